import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Server, serve } from '../test/workerd/serve.ts'
import { build } from './build.ts'
import { cpuNanoseconds } from './cpu.ts'
import type { Place } from './measure.ts'
import { residentBytes } from './memory.ts'
import { spread } from './spread.ts'

/** What the limiter costs by itself: parts of the benchmark that no client waits for. */
export interface LimiterFigures {
  /** CPU of one answer from a lease, in microseconds. */
  readonly lease_hit_us: number | null
  /** How much an isolate's process grew while a million keys came by, in megabytes. */
  readonly keys_rss_growth_mb: number | null
  /** The same with all the objects in the process, and a row of each key. */
  readonly keys_objects_rss_growth_mb: number | null
}

/** The names of these parts, for `--only`. The last one takes minutes and is only measured when it is named. */
export const LIMITER_PARTS = ['lease_hit', 'keys', 'keys_objects'] as const

/** One of {@link LIMITER_PARTS}. */
export type LimiterPart = (typeof LIMITER_PARTS)[number]

const TAKES = 200_000
const KEYS = 1_000_000
/** Keys that come before: caches fill, the heap grows to its size. */
const KEYS_BEFORE = 300_000
const KEYS_A_REQUEST = 2000
/** Requests under way at once. */
const LANES = 4

/** Measures the parts that are wanted. */
export async function measureLimiter(parts: readonly LimiterPart[], rounds: number, place: Place, progress: (text: string) => void): Promise<LimiterFigures> {
  return {
    lease_hit_us: parts.includes('lease_hit') ? await measureLeaseHit(rounds, place) : null,
    keys_rss_growth_mb: parts.includes('keys') ? await measureKeys(place, false, progress) : null,
    keys_objects_rss_growth_mb: parts.includes('keys_objects') ? await measureObjects(place, progress) : null,
  }
}

/** Measures answers from leases in a loop within one request, so that nothing of a request is in them; the few that have to ask, and the fetching of leases, are. */
async function measureLeaseHit(rounds: number, place: Place): Promise<number> {
  const server = await start('lease-hit.ts', true, place)
  try {
    const us: number[] = []
    // The first rounds lead up to leases of full size.
    for (let round = -3; round < rounds; round++) {
      const before = cpuNanoseconds(server.pid) ?? Number.NaN
      const { misses } = (await (await ask(server, `/${TAKES}`)).json()) as { readonly misses: number }
      const after = cpuNanoseconds(server.pid) ?? Number.NaN
      if (round < 0) continue
      if (misses > TAKES / 1000) throw new Error(`${misses} of ${TAKES} answers did not come from a lease`)
      us.push((after - before) / 1000 / TAKES)
    }
    return spread(us).median
  } finally {
    await server.stop()
  }
}

/** With a row of each key, in memory where that is to be had: a disk would take an hour. */
async function measureObjects(place: Place, progress: (text: string) => void): Promise<number> {
  const folder = mkdtempSync(process.platform === 'linux' ? '/dev/shm/portcullis-bench-' : `${place.storage}-`)
  try {
    return await measureKeys({ ...place, storage: join(folder, 'objects') }, true, progress)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Sends a million keys through the limiter, each once, and weighs the process before and after. */
async function measureKeys(place: Place, hasObjects: boolean, progress: (text: string) => void): Promise<number> {
  const server = await start('keys.ts', hasObjects, place)
  try {
    const send = async (from: number, to: number) => {
      let next = from
      const lane = async () => {
        while (next < to) {
          const first = next
          next += KEYS_A_REQUEST
          await ask(server, `/${first}/${Math.min(KEYS_A_REQUEST, to - first)}`)
        }
      }
      await Promise.all(Array.from({ length: LANES }, lane))
      progress(`keys: ${to - KEYS_BEFORE} of ${KEYS}, ${megabytes(server).toFixed(0)} MB`)
    }
    await send(0, KEYS_BEFORE)
    const before = await settledMegabytes(server)
    for (let done = 0; done < KEYS; done += KEYS / 10) await send(KEYS_BEFORE + done, KEYS_BEFORE + done + KEYS / 10)
    return (await settledMegabytes(server)) - before
  } finally {
    await server.stop()
  }
}

/** The least of what the process has in RAM over two seconds in which garbage may go. */
async function settledMegabytes(server: Server): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 20; i++) {
    await new Promise((go) => setTimeout(go, 100))
    least = Math.min(least, megabytes(server))
  }
  return least
}

function megabytes({ pid }: Server): number {
  return (residentBytes(pid) ?? Number.NaN) / 1e6
}

async function start(entry: string, hasObjects: boolean, { cpu, storage }: Place): Promise<Server> {
  const { main } = await build({ entry, of: 'ours' })
  return serve({
    worker: { bundle: main, ...(hasObjects && { objects: { RATE_LIMITER: 'RateLimiter' } }) },
    storage: `${storage}-${entry.replace(/\W+/g, '-')}`,
    ...(cpu !== undefined && { cpu }),
  })
}

async function ask({ url }: Server, path: string): Promise<Response> {
  const response = await fetch(`${url}${path}`)
  if (!response.ok) throw new Error(`${path} is answered ${response.status}`)
  return response
}
