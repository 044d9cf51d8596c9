import type { Background, Ports } from '../../core/ports.ts'
import type { Algorithm } from './algorithms.ts'
import { FETCH_TIMEOUT_MS, fetchKeys, type KeyLocation } from './fetch-keys.ts'
import { importKeys, type KeyLookup, type KeyRing } from './key-ring.ts'

/** Keys older than this are fetched again, behind a request. */
export const REFRESH_AFTER_MS = 5 * 60_000

/** Keys that could not be refreshed for this long are not trusted any more. */
export const MAX_STALE_MS = 60 * 60_000

/** The issuer is left alone for this long after it failed, and asked no more often about key ids that it does not have. */
export const COOLDOWN_MS = 30_000

/** A fetch that has not come back after this is given up by those who wait for it: its request may be gone. */
const FETCH_LOST_AFTER_MS = FETCH_TIMEOUT_MS + 1000
const WAIT_MS = 25
const MAX_WAITS = FETCH_LOST_AFTER_MS / WAIT_MS

/** What a key set needs of the request in whose name it works; an exchange has it. */
export interface KeySetAccess {
  readonly ports: Pick<Ports, 'clock' | 'network' | 'service' | 'notice'>
  readonly background: Background
}

/** An issuer's keys, as this isolate knows them. Requests share its data and never its promises. */
export interface KeySet {
  /** @returns the keys that may be used now without waiting; refreshes old ones behind the request. */
  current(access: KeySetAccess): KeyRing | undefined
  /**
   * Finds a key, and asks the issuer where that can help. A known key never waits.
   * @throws {KeySetUnavailable} when the issuer is out of reach and the answer depends on it.
   */
  find(kid: string | undefined, alg: string, access: KeySetAccess): KeyLookup | Promise<KeyLookup>
}

/** The issuer's keys are out of reach: an outage, never the token's fault. */
export class KeySetUnavailable extends Error {
  override readonly name = 'KeySetUnavailable'
}

/** A key set that stands in the configuration. It is imported in the first request: at start there is no asynchronous work. */
export function inlineKeySet(jwks: unknown, algorithms: readonly Algorithm[]): KeySet {
  let ring: KeyRing | undefined
  return {
    current: () => ring,
    find: (kid, alg) => {
      if (ring !== undefined) return ring.find(kid, alg)
      return importKeys(jwks, algorithms).then((imported) => {
        if (imported.unfit.length > 0) throw new KeySetUnavailable(imported.unfit.join('; '))
        ring = imported
        return ring.find(kid, alg)
      })
    },
  }
}

/** A key set that its issuer publishes. */
export function remoteKeySet(location: KeyLocation, algorithms: readonly Algorithm[]): KeySet {
  let ring: KeyRing | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  let failedAt = Number.NEGATIVE_INFINITY
  let unknownAt = Number.NEGATIVE_INFINITY
  /** Set while a fetch is under way. Plain data: a request that waits for it looks again and again, with timers of its own. */
  let fetching: { readonly since: number } | undefined

  const isFetching = (now: number) => fetching !== undefined && now - fetching.since < FETCH_LOST_AFTER_MS
  const isCooling = (now: number) => now - failedAt < COOLDOWN_MS

  const load = async ({ ports }: KeySetAccess): Promise<void> => {
    const mine = { since: ports.clock.now() }
    fetching = mine
    try {
      const loaded = await importKeys(await fetchKeys(location, ports), algorithms, ring)
      // An issuer without a single key for us is broken: that no token of it holds any more is not for a document like this to say.
      if (loaded.isEmpty) throw new Error('the key set has no key that may serve')
      // A fetch that was given up may still arrive: it must not replace what a later one brought.
      if (mine.since < askedAt) return
      ring = loaded
      askedAt = mine.since
      failedAt = Number.NEGATIVE_INFINITY
    } catch (cause) {
      failedAt = ports.clock.now()
      ports.notice('jwt.key-set', `${location.url}: ${String(cause)}`)
      throw new KeySetUnavailable(`the key set ${location.url} cannot be had`, { cause })
    } finally {
      if (fetching === mine) fetching = undefined
    }
  }

  /** The fetch goes on when its request is aborted: others may wait for what it brings. */
  const loadInBackground = (access: KeySetAccess): Promise<void> => {
    const loading = load(access)
    access.background.waitUntil(loading.catch(() => {}))
    return loading
  }

  const current = (access: KeySetAccess): KeyRing | undefined => {
    const now = access.ports.clock.now()
    if (now - askedAt >= MAX_STALE_MS) return undefined
    if (now - askedAt >= REFRESH_AFTER_MS && !isFetching(now) && !isCooling(now)) loadInBackground(access).catch(() => {})
    return ring
  }

  const findWaiting = async (kid: string | undefined, alg: string, access: KeySetAccess): Promise<KeyLookup> => {
    let asked = false
    for (let waits = 0; ; ) {
      const found = current(access)?.find(kid, alg)
      if (found !== undefined && (found !== 'unknown' || asked)) return found
      const now = access.ports.clock.now()
      if (isFetching(now)) {
        if (waits++ >= MAX_WAITS) throw new KeySetUnavailable('waited too long for a key set that another request fetches')
        await new Promise((resolve) => setTimeout(resolve, WAIT_MS))
        continue
      }
      if (isCooling(now)) throw new KeySetUnavailable('the key set could not be had a moment ago')
      if (found !== undefined) {
        if (now - unknownAt < COOLDOWN_MS) return found
        unknownAt = now
      }
      asked = true
      await loadInBackground(access)
    }
  }

  return {
    current,
    find: (kid, alg, access) => {
      const found = current(access)?.find(kid, alg)
      return found === undefined || found === 'unknown' ? findWaiting(kid, alg, access) : found
    },
  }
}
