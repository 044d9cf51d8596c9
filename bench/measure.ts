import { type Server, serve } from '../test/workerd/serve.ts'
import type { Built } from './build.ts'
import type { Clients } from './clients.ts'
import { cpuNanoseconds } from './cpu.ts'
import type { Ends } from './ends.ts'
import type { Facts, Variant } from './variants.ts'

/** How much is measured. */
export interface Amount {
  readonly rounds: number
  /** Requests of one variant in one round. */
  readonly requests: number
  /** Requests before the first round, and half of it before each: code gets hot, objects wake, leases that ran out since the last round are taken again. */
  readonly warmup: number
  readonly connections: number
}

/** A variant with its Worker running. */
export interface Runner {
  readonly variant: Variant
  readonly built: Built
  readonly server: Server
  readonly startupMs: number[]
  readonly cpuUs: number[]
  readonly requestsPerSecond: number[]
}

/** Where the servers may run; undefined where processes cannot be pinned. */
export interface Place {
  readonly cpu: number | undefined
  /** Holds the objects' data, on disk as in production. */
  readonly storage: string
}

/** Starts a variant's Worker. */
export async function startRunner(variant: Variant, built: Built, facts: Facts, place: Place): Promise<Runner> {
  const server = await serveVariant(variant, built, facts, place)
  return { variant, built, server, startupMs: [server.startupMs], cpuUs: [], requestsPerSecond: [] }
}

/** Starts a variant once more, only to see how long that takes. */
export async function measureStart(runner: Runner, facts: Facts, place: Place): Promise<void> {
  const server = await serveVariant(runner.variant, runner.built, facts, { ...place, storage: `${place.storage}-start` })
  runner.startupMs.push(server.startupMs)
  await server.stop()
}

function serveVariant(variant: Variant, built: Built, facts: Facts, { cpu, storage }: Place): Promise<Server> {
  const worker = { ...variant.worker(facts), bundle: built.main, globalOutbound: { address: facts.origin } }
  return serve({ worker, storage: `${storage}-${variant.name.replace(/\W+/g, '-')}`, ...(cpu !== undefined && { cpu }) })
}

/** Sends a variant its requests, unmeasured. */
export async function warmUp(runner: Runner, clients: Clients, ends: Ends, count: number, connections: number): Promise<void> {
  await ends.load(loadFor(runner, clients, count, connections))
}

/** Measures a variant once. */
export async function measure(runner: Runner, clients: Clients, ends: Ends, { requests, warmup, connections }: Amount): Promise<void> {
  await warmUp(runner, clients, ends, Math.ceil(warmup / 2), connections)
  const { result: seconds, cpuUs } = await cpuMicrosecondsOf(runner.server.pid, () => ends.load(loadFor(runner, clients, requests, connections)))
  runner.requestsPerSecond.push(requests / seconds)
  if (cpuUs !== undefined) runner.cpuUs.push(cpuUs / requests)
}

/** @returns what the work gave, and the CPU time that the server had for it. CPU is read when what goes on behind the responses is done too. */
export async function cpuMicrosecondsOf<T>(pid: number, work: () => Promise<T>): Promise<{ readonly result: T; readonly cpuUs: number | undefined }> {
  await settled(pid)
  const before = cpuNanoseconds(pid)
  const result = await work()
  await settled(pid)
  const after = cpuNanoseconds(pid)
  return { result, cpuUs: before === undefined || after === undefined ? undefined : (after - before) / 1000 }
}

/** Waits until a server has done nothing for a moment, or for a second at most. */
async function settled(pid: number): Promise<void> {
  let last = cpuNanoseconds(pid)
  for (let waits = 0; waits < 40; waits++) {
    await new Promise((go) => setTimeout(go, 25))
    const now = cpuNanoseconds(pid)
    if (now === undefined || last === undefined || now - last < 500_000) return
    last = now
  }
}

function loadFor({ variant, server }: Runner, { good, anonymous }: Clients, count: number, connections: number) {
  const { refused } = variant
  return { port: server.port, requests: refused === 401 ? anonymous : good, count, connections, status: refused ?? 200 }
}
