import { spawn } from 'node:child_process'
import type { Order, Report } from './far-side.ts'
import type { Load } from './load.ts'

/** The clients and the origin, in a process of their own. */
export interface Ends {
  /** `127.0.0.1:port` of the origin. */
  readonly origin: string
  /** @returns the seconds that the load took. */
  load(load: Load): Promise<number>
  stop(): void
}

/** Starts them, on the given CPU where `taskset` is there. */
export async function startEnds(keySet: string, cpu: number | undefined): Promise<Ends> {
  const script = new URL('./far-side.ts', import.meta.url).pathname
  const [command, ...args] = [...(cpu === undefined ? [] : ['taskset', '-c', String(cpu)]), process.execPath, script]
  const child = spawn(command as string, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const waiting = new Map<number, { done: (value: number) => void; failed: (error: Error) => void }>()
  child.on('message', (report: Report) => {
    const asked = waiting.get(report.id)
    waiting.delete(report.id)
    if ('error' in report) asked?.failed(new Error(report.error))
    else asked?.done(report.value)
  })
  const lost = (error: Error) => {
    for (const { failed } of waiting.values()) failed(error)
    waiting.clear()
  }
  child.on('error', lost)
  child.on('exit', (code) => lost(new Error(`the clients' process ended with ${code}`)))
  let id = 0
  const ask = (order: (id: number) => Order) =>
    new Promise<number>((done, failed) => {
      id += 1
      waiting.set(id, { done, failed })
      child.send(order(id))
    })
  const port = await ask((id) => ({ id, origin: { keySet } }))
  return { origin: `127.0.0.1:${port}`, load: (wanted) => ask((id) => ({ id, load: wanted })), stop: () => void child.kill() }
}
