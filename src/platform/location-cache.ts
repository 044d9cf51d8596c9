import type { LocationCache } from '../core/ports.ts'

/** A slower answer counts as none. */
const PATIENCE_MS = 500

/** Apart from the zone's own cache: what visitors fetch never meets what the gateway keeps. */
const NAME = 'portcullis'

/**
 * The Cache API of the Worker's location. It is keyed by URLs; nobody can fetch these (RFC 6761 §6.4).
 * All Workers of a zone share it, those of other environments among them: what one keeps must never be another's.
 * @param owner names this deployment, and no other of the zone.
 */
export function locationCache(owner: string): LocationCache {
  const urlOf = (key: string) => `https://portcullis.invalid/${encodeURIComponent(owner)}/${encodeURIComponent(key)}`
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

/** Of a deployment that nothing tells from others: it remembers nothing. */
export const NO_LOCATION_CACHE: LocationCache = { get: () => Promise.resolve(undefined), put: () => Promise.resolve() }

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
