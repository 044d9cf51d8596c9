import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '../..')
/** What `npx portcullis` runs. */
export const MAIN = join(ROOT, 'src/cli/main.ts')

/** How a command is run. */
export interface Run {
  /** In place of the environment that a command could take a gateway or a secret from. */
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  readonly cwd?: string
}

/** What became of it. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly error: string
  /** What other processes could read of it while it ran. */
  readonly commandLine: string
}

/** Runs the command line as a process of its own, as whoever types it does. */
export function portcullis(args: readonly string[], { env = {}, input, cwd = ROOT }: Run = {}): Promise<Ran> {
  const { PATH = '' } = process.env
  const variables = { PATH, NO_COLOR: '1', ...env } as unknown as NodeJS.ProcessEnv
  const child: ChildProcess = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: variables,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  })
  const commandLine = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8')
  child.stdin?.end(input)
  let out = ''
  let error = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    error += text
  })
  return new Promise((done, failed) => {
    child.once('error', failed)
    child.once('close', (code) => done({ code: code ?? -1, out, error, commandLine }))
  })
}

/** Runs a command that prints JSON. @throws unless it is done */
export async function portcullisJson<T = unknown>(args: readonly string[], run?: Run): Promise<T> {
  const ran = await portcullis([...args, '--json'], run)
  if (ran.code !== 0) throw new Error(`exit code ${ran.code}: ${ran.error}`)
  return JSON.parse(ran.out) as T
}
