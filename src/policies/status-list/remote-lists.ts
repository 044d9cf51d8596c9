import type { KeySet, KeySetAccess } from '../../jose/key-set.ts'
import { Lru } from '../../lib/lru.ts'
import { pause } from '../../lib/pause.ts'
import { fetchList } from './fetch-list.ts'
import { COOLDOWN_MS, Fetches, LOST_AFTER_MS, type NotNow, type OpenFetch } from './fetches.ts'
import { type ListCopy, MAX_SKEW_MS, readCopy, writeCopy } from './list-copy.ts'
import { BadStatusList, type ListRules, type VerifiedList, verifyList } from './list-token.ts'

/** The most lists that are kept in an isolate, for each `status-list` of settings of its own. */
export const MAX_LISTS = 256

/** The most memory that they may take: 128 Mi statuses of one bit. */
export const MAX_LISTS_BYTES = 16 * 1024 * 1024

/** A list is fetched no more often, whatever it says of itself. */
export const MIN_FRESH_MS = 5000

/** A request that could go by an older list waits no longer for a newer one. */
export const STALE_PATIENCE_MS = 1000

const WAIT_MS = 25
const MAX_WAITS = LOST_AFTER_MS / WAIT_MS
const MAX_STALE_WAITS = STALE_PATIENCE_MS / WAIT_MS

/** The status of a token cannot be known: an outage, never the token's fault. */
export class StatusListUnavailable extends Error {
  override readonly name = 'StatusListUnavailable'
}

/** A verified list, and until when it may be gone by. */
export interface KeptList extends VerifiedList {
  /** When its host was asked for it, by whichever isolate. */
  readonly fetchedAtMs: number
  /** From then on it is fetched again behind a request. */
  readonly refreshAtMs: number
  /** From then on a request waits for a newer one. */
  readonly freshUntilMs: number
  /** From then on nobody goes by it. */
  readonly usableUntilMs: number
}

/** What {@link remoteLists} works with. */
export interface ListSource {
  readonly keys: KeySet
  readonly rules: ListRules
  /** The binding to ask instead of the network. */
  readonly service: string | undefined
  readonly maxStalenessMs: number
  readonly failAfterMs: number
}

/** An issuer's status lists, as this isolate knows them. Requests share its data and never its promises. */
export interface StatusLists {
  /** @returns the list, if it may be gone by without waiting; an old one is refreshed behind the request. */
  current(uri: string, access: KeySetAccess): KeptList | undefined
  /**
   * Finds a list that is new enough and speaks of `idx`, or that is new and does not. Only for addresses that the settings allow.
   * @throws {StatusListUnavailable} when there is none.
   */
  find(uri: string, idx: number, access: KeySetAccess): Promise<KeptList>
}

const WHY: Readonly<Record<Exclude<NotNow, 'full'>, string>> = {
  cooling: 'could not be had a moment ago',
  spent: 'is one of too many that nobody knew',
}

/** What was fetched in the future is by a clock that was set back: nobody knows how old it is. */
function isFresh({ fetchedAtMs, freshUntilMs }: KeptList, now: number): boolean {
  return now < freshUntilMs && now >= fetchedAtMs - MAX_SKEW_MS
}

/** Status lists of one issuer: remembered by this isolate, then by the location as they were signed, then by their hosts. */
export function remoteLists({ keys, rules, service, maxStalenessMs, failAfterMs }: ListSource): StatusLists {
  const { issuer } = rules
  const memory = new Lru<KeptList>({ maxEntries: MAX_LISTS, maxBytes: MAX_LISTS_BYTES })
  const fetches = new Fetches()

  const keep = (list: VerifiedList, fetchedAtMs: number): KeptList => {
    const freshForMs = Math.max(MIN_FRESH_MS, Math.min(maxStalenessMs, list.ttlMs))
    const freshUntilMs = Math.min(fetchedAtMs + freshForMs, list.expiresAtMs)
    const refreshAtMs = Math.max((fetchedAtMs + freshUntilMs) / 2, fetchedAtMs + MIN_FRESH_MS / 2)
    return Object.freeze({ ...list, fetchedAtMs, refreshAtMs, freshUntilMs, usableUntilMs: Math.min(fetchedAtMs + failAfterMs, list.expiresAtMs) })
  }

  const adopt = async (uri: string, { compact, fetchedAtMs }: ListCopy, access: KeySetAccess): Promise<void> => {
    const list = await verifyList(compact, uri, (kid, alg) => keys.find(kid, alg, access), rules, access.ports.clock.now())
    const known = memory.get(uri)
    // Whoever serves an old list could bring back what was revoked since.
    if (list.issuedAtMs < Math.max(fetches.newestMs(uri), known?.issuedAtMs ?? 0)) throw new BadStatusList('it is older than one that was seen before')
    fetches.seen(uri, list.issuedAtMs)
    // A fetch that was given up may still arrive: it must not replace what a later one brought.
    if (known !== undefined && fetchedAtMs < known.fetchedAtMs) return
    memory.set(uri, keep(list, fetchedAtMs), list.statuses.bytes + 2 * uri.length + 1024)
  }

  const isAdopted = (uri: string, copy: ListCopy, access: KeySetAccess): Promise<boolean> =>
    adopt(uri, copy, access).then(
      () => true,
      () => false,
    )

  /** Takes the location's copy if that is young enough, else asks the list's host. Never rejects. */
  const load = async (fetch: OpenFetch, maxAgeMs: number, access: KeySetAccess): Promise<void> => {
    const { uri, sinceMs } = fetch
    const { ports, background } = access
    const place = { issuer, service, uri }
    try {
      const found = await readCopy(place, failAfterMs, ports)
      const copy = found !== undefined && found.fetchedAtMs > (memory.get(uri)?.fetchedAtMs ?? Number.NEGATIVE_INFINITY) ? found : undefined
      const isYoung = copy !== undefined && sinceMs - copy.fetchedAtMs < maxAgeMs
      if (isYoung && (await isAdopted(uri, copy, access))) return
      try {
        const fetched = { fetchedAtMs: sinceMs, compact: await fetchList(uri, service, ports) }
        await adopt(uri, fetched, access)
        background.waitUntil(writeCopy(place, failAfterMs, fetched, ports))
      } catch (cause) {
        fetches.failed(uri, ports.clock.now())
        // Without the query: an issuer may have written there who the token is of.
        ports.notice('status-list.fetch', `${uri.split('?', 1)[0]}: ${String(cause)}`)
        // Older than one would like, and better than nothing.
        if (copy !== undefined && !isYoung) await isAdopted(uri, copy, access)
      }
    } finally {
      fetches.close(fetch)
    }
  }

  /** The fetch goes on when its request is aborted: others may wait for what it brings. */
  const loadInBackground = (fetch: OpenFetch, maxAgeMs: number, access: KeySetAccess): Promise<void> => {
    const loading = load(fetch, maxAgeMs, access)
    access.background.waitUntil(loading)
    return loading
  }

  const refresh = (uri: string, now: number, access: KeySetAccess): void => {
    if (fetches.isOpen(uri, now)) return
    const fetch = fetches.open(uri, now)
    if (typeof fetch !== 'string') void loadInBackground(fetch, maxStalenessMs / 2, access)
  }

  /** Begins a fetch unless there is one. @returns why there can be none for a while. */
  const begin = (uri: string, known: KeptList | undefined, maxAgeMs: number, now: number, access: KeySetAccess): string | Promise<void> | undefined => {
    if (fetches.isOpen(uri, now)) return undefined
    if (known !== undefined && now - known.fetchedAtMs < MIN_FRESH_MS) return 'has passed sooner than it may be fetched again'
    const fetch = fetches.open(uri, now)
    if (fetch === 'full') return undefined
    return typeof fetch === 'string' ? WHY[fetch] : loadInBackground(fetch, maxAgeMs, access)
  }

  return {
    current(uri, access) {
      const list = memory.get(uri)
      if (list === undefined) return undefined
      const now = access.ports.clock.now()
      if (!isFresh(list, now)) return undefined
      if (now >= list.refreshAtMs) refresh(uri, now, access)
      return list
    },

    async find(uri, idx, access) {
      for (let waits = 0; waits < MAX_WAITS; waits++) {
        const now = access.ports.clock.now()
        const list = memory.get(uri)
        const isBeyond = list !== undefined && idx >= list.statuses.size
        // A list may have grown since (draft-ietf-oauth-status-list, “Status List Size”).
        if (list !== undefined && isFresh(list, now) && !(isBeyond && now - list.fetchedAtMs >= COOLDOWN_MS)) return list
        const stale = list !== undefined && !isBeyond && now < list.usableUntilMs ? list : undefined
        if (stale !== undefined && waits >= MAX_STALE_WAITS) return stale
        const begun = begin(uri, list, isBeyond ? COOLDOWN_MS : maxStalenessMs / 2, now, access)
        if (typeof begun === 'string') {
          if (stale !== undefined) return stale
          throw new StatusListUnavailable(`the status list ${begun}`)
        }
        await (begun === undefined ? pause(WAIT_MS) : Promise.race([begun, pause(WAIT_MS)]))
      }
      throw new StatusListUnavailable('waited too long for a status list')
    },
  }
}
