import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Server, serve } from '../test/workerd/serve.ts'
import { build } from './build.ts'
import { cpuNanoseconds } from './cpu.ts'
import type { Place } from './measure.ts'
import { residentBytes } from './memory.ts'

/** What the keyring costs with so many keys in it: CPU of workerd, with the isolate and all objects in one process. For comparison of one size with another. */
export interface KeyringSize {
  readonly keys: number
  /** A key that no isolate has met, asked of its owner: the median of batches, in microseconds. */
  readonly lookup_cpu_us: number
  /** A key that the isolate has a copy of, in microseconds. */
  readonly copy_cpu_us: number
  /** A page of 100 of all keys, from a place anywhere, in milliseconds. */
  readonly page_cpu_ms: number
  /** A page of an owner's keys, of which there are 20 over all shards, in milliseconds. */
  readonly owner_page_cpu_ms: number
  /** What the process, with the isolate and all objects, has in memory, in megabytes. */
  readonly rss_mb: number
}

/** The sizes of the keyring, smallest first. */
export interface KeyringFigures {
  readonly keyring: readonly KeyringSize[] | null
  /** How much the process grew while 300,000 keys were looked up that it had not met. */
  readonly keyring_lookups_rss_growth_mb: number | null
}

/** The name of this part, for `--only`. It takes minutes and is only measured when it is named. */
export const KEYRING_PARTS = ['keyring'] as const

const SIZES = [10_000, 100_000, 1_000_000] as const
const KEYS_A_REQUEST = 2000
const BATCHES = 15
const LOOKUPS_A_BATCH = 1000
const PAGES = 50
const LOOKED_UP = 300_000

/** Fills a keyring and measures it at each size. */
export async function measureKeyring(isWanted: boolean, place: Place, progress: (text: string) => void): Promise<KeyringFigures> {
  if (!isWanted) return { keyring: null, keyring_lookups_rss_growth_mb: null }
  // In memory where that is to be had: a disk would take an hour.
  const folder = mkdtempSync(process.platform === 'linux' ? '/dev/shm/portcullis-bench-' : `${place.storage}-`)
  const { main } = await build({ entry: 'keyring-worker.ts', of: 'ours' })
  const server = await serve({
    worker: { bundle: main, objects: { KEYRING: 'Keyring' } },
    storage: join(folder, 'objects'),
    ...(place.cpu !== undefined && { cpu: place.cpu }),
  })
  try {
    const sizes: KeyringSize[] = []
    let from = 0
    for (const size of SIZES) {
      for (; from < size; from += KEYS_A_REQUEST) {
        await ask(server, `/fill/${from}/${Math.min(KEYS_A_REQUEST, size - from)}`)
        if (from % 100_000 === 0) progress(`keyring: ${from} of ${SIZES.at(-1)} keys`)
      }
      sizes.push(await measureSize(server, size))
      progress(`keyring: ${JSON.stringify(sizes.at(-1))}`)
    }
    const before = await settledMegabytes(server)
    for (let done = 0; done < LOOKED_UP; done += LOOKUPS_A_BATCH) await ask(server, `/copies/${done}/${LOOKUPS_A_BATCH}`)
    return { keyring: sizes, keyring_lookups_rss_growth_mb: (await settledMegabytes(server)) - before }
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measureSize(server: Server, keys: number): Promise<KeyringSize> {
  const timed = async (path: string) => {
    const before = cpuNanoseconds(server.pid) ?? Number.NaN
    await ask(server, path)
    return ((cpuNanoseconds(server.pid) ?? Number.NaN) - before) / 1e6
  }
  const ids: number[] = []
  const lookups: number[] = []
  const copies: number[] = []
  const pages: number[] = []
  const ownerPages: number[] = []
  for (let i = 0; i < BATCHES; i++) {
    // Strides over all of it, the same for each size.
    const first = (i * 7919) % (keys - LOOKUPS_A_BATCH)
    ids.push((await timed(`/ids/${first}/${LOOKUPS_A_BATCH}`)) / LOOKUPS_A_BATCH)
    lookups.push((await timed(`/lookups/${first}/${LOOKUPS_A_BATCH}`)) / LOOKUPS_A_BATCH)
    await ask(server, `/copies/0/${LOOKUPS_A_BATCH}`)
    copies.push((await timed(`/copies/0/${LOOKUPS_A_BATCH}`)) / LOOKUPS_A_BATCH)
  }
  for (let i = 0; i < PAGES; i++) {
    pages.push(await timed(`/page/${(i * 7919) % keys}/100`))
    ownerPages.push(await timed(`/owner/${(i * 7919) % keys}/100`))
  }
  return {
    keys,
    lookup_cpu_us: 1000 * (median(lookups) - median(ids)),
    copy_cpu_us: 1000 * (median(copies) - median(ids)),
    page_cpu_ms: median(pages),
    owner_page_cpu_ms: median(ownerPages),
    rss_mb: await settledMegabytes(server),
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** The least of what the process has in RAM over two seconds in which garbage may go. */
async function settledMegabytes({ pid }: Server): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 20; i++) {
    await new Promise((go) => setTimeout(go, 100))
    least = Math.min(least, (residentBytes(pid) ?? Number.NaN) / 1e6)
  }
  return least
}

async function ask({ url }: Server, path: string): Promise<void> {
  const response = await fetch(`${url}${path}`)
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`${path} is answered ${response.status}`)
}
