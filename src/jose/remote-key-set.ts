import type { Shared } from '../core/shared.ts'
import { pause } from '../lib/pause.ts'
import type { Algorithm } from './algorithms.ts'
import { FETCH_TIMEOUT_MS, fetchKeys, type KeyLocation } from './fetch-keys.ts'
import { type KeyCopy, MAX_STALE_MS, placeOf, readCopy, writeCopy } from './key-copy.ts'
import { importKeys, type KeyLookup, type KeyRing } from './key-ring.ts'
import { type KeySet, type KeySetAccess, KeySetUnavailable } from './key-set.ts'

/** Keys older than this are fetched again, behind a request. */
export const REFRESH_AFTER_MS = 5 * 60_000

/** The issuer is left alone for this long after it failed, and asked no more often about key ids that it does not have. */
export const COOLDOWN_MS = 30_000

/** A fetch that has not come back after this is given up by those who wait for it: its request may be gone. */
const FETCH_LOST_AFTER_MS = FETCH_TIMEOUT_MS + 1000
const WAIT_MS = 25
const MAX_WAITS = FETCH_LOST_AFTER_MS / WAIT_MS

/** A key set that its issuer publishes; several authenticators may use one. */
export interface RemoteKeySet extends KeySet {
  /** Has keys imported for these algorithms too. To be called at start. */
  serve(algorithms: readonly Algorithm[]): void
}

/** @returns the key set of that place: one for all authenticators of a gateway, so that an issuer is asked once for all of them. */
export function sharedKeySet(location: KeyLocation, algorithms: readonly Algorithm[], shared: Shared): KeySet {
  const set = shared.of(`jwt-keys ${placeOf(location)}`, () => remoteKeySet(location))
  set.serve(algorithms)
  return set
}

/** A key set that its issuer publishes: remembered by this isolate, then by the location, then by the issuer itself. */
export function remoteKeySet(location: KeyLocation): RemoteKeySet {
  const place = placeOf(location)
  const algorithms = new Set<Algorithm>()
  let ring: KeyRing | undefined
  /** When the issuer was asked for the keys of the ring, by whichever isolate. */
  let fetchedAtMs = Number.NEGATIVE_INFINITY
  let failedAt = Number.NEGATIVE_INFINITY
  let unknownAt = Number.NEGATIVE_INFINITY
  /** Set while a fetch is under way. Plain data: a request that waits for it looks again and again, with timers of its own. */
  let fetching: { readonly since: number } | undefined

  const isFetching = (now: number) => fetching !== undefined && now - fetching.since < FETCH_LOST_AFTER_MS
  const isCooling = (now: number) => now - failedAt < COOLDOWN_MS

  const adopt = async (copy: KeyCopy): Promise<void> => {
    const imported = await importKeys(copy.document, [...algorithms], ring)
    // An issuer without a single key for us is broken: that no token of it holds any more is not for a document like this to say.
    if (imported.isEmpty) throw new Error('the key set has no key that may serve')
    // A fetch that was given up may still arrive: it must not replace what a later one brought.
    if (copy.fetchedAtMs < fetchedAtMs) return
    ring = imported
    fetchedAtMs = copy.fetchedAtMs
  }

  const isAdopted = (copy: KeyCopy): Promise<boolean> =>
    adopt(copy).then(
      () => true,
      () => false,
    )

  const fetchAndAdopt = async (since: number, { ports, background }: KeySetAccess): Promise<void> => {
    const fetched = { fetchedAtMs: since, document: await fetchKeys(location, ports) }
    await adopt(fetched)
    failedAt = Number.NEGATIVE_INFINITY
    background.waitUntil(writeCopy(place, fetched, ports))
  }

  /** Takes the location's copy if that is young enough, else asks the issuer. @returns whether what the issuer publishes is known, and no older than the cooldown. */
  const load = async (access: KeySetAccess, maxAgeMs: number): Promise<boolean> => {
    const { clock, notice } = access.ports
    const mine = { since: clock.now() }
    fetching = mine
    const found = await readCopy(place, access.ports)
    const copy = found !== undefined && found.fetchedAtMs > fetchedAtMs ? found : undefined
    try {
      const isYoung = copy !== undefined && mine.since - copy.fetchedAtMs < maxAgeMs
      if (!(isYoung && (await isAdopted(copy)))) await fetchAndAdopt(mine.since, access)
      return clock.now() - fetchedAtMs < COOLDOWN_MS
    } catch (cause) {
      failedAt = clock.now()
      notice('jwt.key-set', `${location.url}: ${String(cause)}`)
      // Older than one would like, and better than nothing.
      if (copy !== undefined) await isAdopted(copy)
      return false
    } finally {
      if (fetching === mine) fetching = undefined
    }
  }

  /** The fetch goes on when its request is aborted: others may wait for what it brings. */
  const loadInBackground = (access: KeySetAccess, maxAgeMs: number): Promise<boolean> => {
    const loading = load(access, maxAgeMs)
    access.background.waitUntil(loading)
    return loading
  }

  const current = (access: KeySetAccess): KeyRing | undefined => {
    const now = access.ports.clock.now()
    const ageMs = now - fetchedAtMs
    if (ageMs >= MAX_STALE_MS) return undefined
    if (ageMs >= REFRESH_AFTER_MS && !isFetching(now) && !isCooling(now)) void loadInBackground(access, REFRESH_AFTER_MS)
    return ring
  }

  const findWaiting = async (kid: string | undefined, alg: string, access: KeySetAccess): Promise<KeyLookup> => {
    let isKnown = false
    for (let waits = 0; ; ) {
      const found = current(access)?.find(kid, alg)
      if (found !== undefined && (found !== 'unknown' || isKnown)) return found
      const now = access.ports.clock.now()
      if (isFetching(now)) {
        if (waits++ >= MAX_WAITS) throw new KeySetUnavailable('waited too long for a key set that another request fetches')
        await pause(WAIT_MS)
        continue
      }
      if (isCooling(now)) throw new KeySetUnavailable(`the key set ${location.url} cannot be had`)
      if (found !== undefined) {
        if (now - unknownAt < COOLDOWN_MS) return found
        unknownAt = now
      }
      isKnown = await loadInBackground(access, found === undefined ? REFRESH_AFTER_MS : COOLDOWN_MS)
    }
  }

  return {
    serve(more) {
      for (const alg of more) algorithms.add(alg)
    },
    current,
    find: (kid, alg, access) => {
      const found = current(access)?.find(kid, alg)
      return found === undefined || found === 'unknown' ? findWaiting(kid, alg, access) : found
    },
  }
}
