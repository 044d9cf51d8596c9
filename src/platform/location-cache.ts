import type { LocationCache } from '../core/ports.ts'

/** A slower answer counts as none. */
const PATIENCE_MS = 500

/** Apart from the zone's own cache: what visitors fetch never meets what the gateway keeps. */
const NAME = 'portcullis'

/** The Cache API of the Worker's location. It is keyed by URLs; nobody can fetch these (RFC 6761 §6.4). */
export function locationCache(): LocationCache {
  const urlOf = (key: string) => `https://portcullis.invalid/${encodeURIComponent(key)}`
  return {
    get: (key) =>
      inTime(async () => {
        const cache = await caches.open(NAME)
        const found = await cache.match(urlOf(key))
        return await found?.text()
      }),
    put: (key, text, forSeconds) =>
      inTime(async () => {
        const cache = await caches.open(NAME)
        await cache.put(urlOf(key), new Response(text, { headers: { 'cache-control': `max-age=${Math.floor(forSeconds)}` } }))
      }),
  }
}

/** @returns what came, or nothing when it came too late or broke. */
async function inTime<T>(work: () => Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE_MS)
  })
  try {
    return await Promise.race([work(), late])
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}
