import { type Server, serve } from '../test/workerd/serve.ts'
import { orderOf, post } from './bodies.ts'
import { type Built, build } from './build.ts'
import { cpuNanoseconds } from './cpu.ts'
import type { Ends } from './ends.ts'
import { GITHUB, importedEntry, ORDERS } from './imported.ts'
import { type Amount, cpuMicrosecondsOf, type Place } from './measure.ts'
import { measureRouting } from './routing.ts'
import { type Comparison, compare, type Spread, spread } from './spread.ts'

/** What validation costs. */
export interface ValidationFigures {
  /** By size of the body and order of the warm-up. */
  readonly validation: readonly ValidationRow[] | null
  /** CPU that an operation's first request takes more than its second in a fresh isolate, in milliseconds, by operation. */
  readonly first_validation_ms: Readonly<Record<string, Comparison>> | null
  /** CPU from the start of the process until it listens that GitHub's operations add to a gateway with ten routes, in milliseconds. */
  readonly github_start_ms: Comparison | null
  /** What they add to the bundle, compressed. */
  readonly github_gzip_bytes: number | null
  /** CPU of finding a route among GitHub's and Kubernetes', in microseconds. */
  readonly routing_us: Spread | null
}

/** One size of body, sent to Workers that were warmed up in one order. */
export interface ValidationRow {
  readonly bytes: number
  readonly warmedUpWith: 'small first' | 'big first'
  /** CPU of a request to a bare Worker that reads, validates with our code and forwards, more than one to a Worker that reads, parses and forwards; in microseconds. */
  readonly own_us: Comparison
  /** What the whole gateway takes over that Worker: all that it does for any request is in it. */
  readonly over_parsed_us: Comparison
  /** What validation adds to the gateway: reading and parsing are in it. */
  readonly added_us: Comparison
  /** CPU of a request to the bare Worker that validates, and to the gateway; the two orders are compared by them. */
  readonly validating_us: readonly number[]
  readonly validated_us: readonly number[]
}

/** The names of these parts, for `--only`. */
export const VALIDATION_PARTS = ['validation', 'first_validation', 'github_start', 'routing'] as const

/** One of {@link VALIDATION_PARTS}. */
export type ValidationPart = (typeof VALIDATION_PARTS)[number]

const SIZES = [300, 7000] as const
const KINDS = ['parsed', 'validating', 'unchecked', 'validated'] as const
/** In how many parts the requests of a round come, so that all Workers see the same of whatever else the machine does. */
const TURNS = 4
/** Of GitHub: the operations whose requests take the most schema. */
const OPERATIONS: Readonly<Record<string, readonly [target: string, body: string]>> = {
  'POST /repos/:owner/:repo/check-runs': ['/repos/a/b/check-runs', '{"name":"build","head_sha":"0123456789abcdef0123456789abcdef01234567","status":"queued"}'],
  'POST /repos/:owner/:repo/rulesets': ['/repos/a/b/rulesets', '{"name":"main","enforcement":"active","rules":[{"type":"creation"}]}'],
  'POST /orgs/:org/repos': ['/orgs/a/repos', '{"name":"b"}'],
}

/** What the isolate has answered by then: the code has run, the operation's schemas have not. */
const BEFORE: readonly (readonly [target: string, body: string])[] = [
  ['/markdown', '{"text":"a"}'],
  ['/gists', '{"files":{"a":{"content":"b"}}}'],
  ['/user/repos', '{"name":"a"}'],
  ['/orgs/a/teams', '{"name":"b"}'],
  ['/repos/a/b/issues', '{"title":"c"}'],
  ['/repos/a/b/labels', '{"name":"c"}'],
  ['/repos/a/b/milestones', '{"title":"c"}'],
  ['/repos/a/b/releases', '{"tag_name":"c"}'],
]

/** Measures the parts that are wanted. */
export async function measureValidation(
  parts: readonly ValidationPart[],
  amount: Amount,
  ends: Ends,
  place: Place,
  progress: (text: string) => void,
): Promise<ValidationFigures> {
  const start = parts.includes('github_start') ? await measureGithubStart(amount.rounds, ends, place, progress) : undefined
  return {
    validation: parts.includes('validation') ? await measureSizes(amount, ends, place, progress) : null,
    first_validation_ms: parts.includes('first_validation') ? await measureFirst(amount.rounds, ends, place, progress) : null,
    github_start_ms: start?.cpuMs ?? null,
    github_gzip_bytes: start?.gzipBytes ?? null,
    routing_us: parts.includes('routing') ? await measureRouting(amount.rounds, place) : null,
  }
}

async function run({ main }: Built, name: string, ends: Ends, { cpu, storage }: Place): Promise<Server> {
  const worker = {
    bundle: main,
    vars: { PSEUDONYM_KEY: 'the-benchmark-hides-nothing-from-anybody' },
    objects: { LEDGER: 'Ledger' },
    datasets: ['DECISIONS'],
    globalOutbound: { address: ends.origin },
  }
  return await serve({ worker, storage: `${storage}-validation-${name.replaceAll(' ', '-')}`, ...(cpu !== undefined && { cpu }) })
}

async function measureSizes(amount: Amount, ends: Ends, place: Place, progress: (text: string) => void): Promise<readonly ValidationRow[]> {
  const built: Readonly<Record<(typeof KINDS)[number], Built>> = {
    parsed: await build({ entry: 'peers/parsed.ts', of: 'base' }),
    validating: await build({ entry: importedEntry(ORDERS, 'orders', 'bare'), of: 'ours' }),
    unchecked: await build({ entry: importedEntry(ORDERS, 'orders', 'unchecked'), of: 'ours' }),
    validated: await build({ entry: importedEntry(ORDERS, 'orders', 'public'), of: 'ours' }),
  }
  const rows: ValidationRow[] = []
  for (const warmedUpWith of ['small first', 'big first'] as const) {
    const servers: { readonly kind: (typeof KINDS)[number]; readonly server: Server }[] = []
    const send = (server: Server, bytes: number, count: number) =>
      ends.load({ port: server.port, requests: [post('/v1/orders', orderOf(bytes))], count, connections: amount.connections, status: 200 })
    try {
      for (const kind of KINDS) {
        progress(`validation: ${kind}, ${warmedUpWith}`)
        const server = await run(built[kind], `${kind} ${warmedUpWith}`, ends, place)
        servers.push({ kind, server })
        for (const bytes of warmedUpWith === 'small first' ? SIZES : SIZES.toReversed()) await send(server, bytes, amount.warmup)
      }
      for (const bytes of SIZES) {
        const us: Record<(typeof KINDS)[number], number[]> = { parsed: [], validating: [], unchecked: [], validated: [] }
        for (let round = 0; round < amount.rounds; round++) {
          progress(`validation: ${bytes} bytes, ${warmedUpWith}, round ${round + 1}`)
          const turns: Record<(typeof KINDS)[number], number[]> = { parsed: [], validating: [], unchecked: [], validated: [] }
          const count = Math.ceil(amount.requests / TURNS)
          for (let turn = 0; turn < TURNS; turn++) {
            for (const { kind, server } of turn % 2 === 0 ? servers : servers.toReversed()) {
              await send(server, bytes, amount.connections)
              const { cpuUs = Number.NaN } = await cpuMicrosecondsOf(server.pid, () => send(server, bytes, count))
              turns[kind].push(cpuUs / count)
            }
          }
          for (const kind of KINDS) us[kind].push(spread(turns[kind]).median)
        }
        const difference = (a: number, b: number) => a - b
        rows.push({
          bytes,
          warmedUpWith,
          own_us: compare(us.validating, us.parsed, difference, 0),
          over_parsed_us: compare(us.validated, us.parsed, difference, 0),
          added_us: compare(us.validated, us.unchecked, difference, 0),
          validating_us: us.validating,
          validated_us: us.validated,
        })
      }
    } finally {
      await Promise.all(servers.map(({ server }) => server.stop()))
    }
  }
  return rows
}

/** Each in a process of its own: the isolate has answered requests to eight other operations by then. */
async function measureFirst(rounds: number, ends: Ends, place: Place, progress: (text: string) => void): Promise<Readonly<Record<string, Comparison>>> {
  const built = await build({ entry: importedEntry(GITHUB, 'github', 'public'), of: 'ours' })
  const found: Record<string, Comparison> = {}
  for (const [operation, [target, body]] of Object.entries(OPERATIONS)) {
    const firstMs: number[] = []
    const secondMs: number[] = []
    for (let round = 0; round < rounds; round++) {
      progress(`first validation: ${operation}, ${round + 1}`)
      const server = await run(built, 'first', ends, place)
      const once = async (at: string, text: string) => {
        const send = () => ends.load({ port: server.port, requests: [post(at, text)], count: 1, connections: 1, status: 200 })
        return ((await cpuMicrosecondsOf(server.pid, send)).cpuUs ?? Number.NaN) / 1000
      }
      try {
        for (const [other, text] of BEFORE) await once(other, text)
        firstMs.push(await once(target, body))
        secondMs.push(await once(target, body))
      } finally {
        await server.stop()
      }
    }
    found[operation] = compare(firstMs, secondMs, (a, b) => a - b, 0)
  }
  return found
}

async function measureGithubStart(rounds: number, ends: Ends, place: Place, progress: (text: string) => void) {
  const ten = await build({ entry: importedEntry(ORDERS, 'orders', 'ten'), of: 'ours' })
  const github = await build({ entry: importedEntry(GITHUB, 'github', 'closed'), of: 'ours' })
  const startOf = async (built: Built, name: string): Promise<number> => {
    const server = await run(built, name, ends, place)
    const ms = (cpuNanoseconds(server.pid) ?? Number.NaN) / 1e6
    await server.stop()
    return ms
  }
  const withGithub: number[] = []
  const withTen: number[] = []
  for (let round = 0; round < rounds; round++) {
    progress(`start with GitHub, ${round + 1}`)
    withTen.push(await startOf(ten, 'ten'))
    withGithub.push(await startOf(github, 'github'))
  }
  return { cpuMs: compare(withGithub, withTen, (a, b) => a - b, 0), gzipBytes: github.gzipBytes - ten.gzipBytes }
}
