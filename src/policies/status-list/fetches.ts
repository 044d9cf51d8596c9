import { Lru } from '../../lib/lru.ts'
import { FETCH_TIMEOUT_MS } from './fetch-list.ts'

/** The most lists that are being fetched at once: each may take some ten megabytes on its way. */
export const MAX_OPEN = 4

/** The most of them from one host: one that does not answer leaves the rest to others. */
export const MAX_OPEN_OF_ONE_HOST = MAX_OPEN / 2

/** A list is left alone for this long after it could not be had, and asked for no more often because of tokens beyond its end. */
export const COOLDOWN_MS = 30_000

/** A fetch that has not come back after this is not waited for: its request may be gone. Keys may have to be fetched on the way. */
export const LOST_AFTER_MS = 2 * FETCH_TIMEOUT_MS + 2000

/** So many lists of which nothing was known may be sought at once… */
export const NEW_LISTS = 100

/** …and one more for each of these. */
export const NEW_LIST_EVERY_MS = 600

/** So many lists are remembered by name, longer than what they say. */
export const MAX_MARKS = 1024

/** A fetch that is under way. Plain data: whoever waits for it looks again and again, with timers of its own. */
export interface OpenFetch {
  readonly uri: string
  readonly host: string
  /** Milliseconds since the epoch. */
  readonly sinceMs: number
}

/** Why a list is not fetched now. `full`: there is no place at the moment. `spent`: too many lists that nobody knew. */
export type NotNow = 'full' | 'cooling' | 'spent'

interface Mark {
  failedAtMs: number
  issuedAtMs: number
}

/** What an isolate knows of its fetches of lists: which are under way, which failed, and how old each list is at least. Shared by requests. */
export class Fetches {
  readonly #open = new Map<string, OpenFetch>()
  readonly #marks = new Lru<Mark>({ maxEntries: MAX_MARKS, maxBytes: Number.POSITIVE_INFINITY })
  #allowance = NEW_LISTS
  #allowedAtMs = Number.NEGATIVE_INFINITY

  /** Whether somebody fetches the list, and may still come back. */
  isOpen(uri: string, now: number): boolean {
    const open = this.#open.get(uri)
    return open !== undefined && now - open.sinceMs < LOST_AFTER_MS
  }

  /** Takes a place for a fetch; {@link close} gives it back. Ask {@link isOpen} first. */
  open(uri: string, now: number): OpenFetch | NotNow {
    const mark = this.#marks.get(uri)
    if (mark !== undefined && now - mark.failedAtMs < COOLDOWN_MS) return 'cooling'
    const host = uri.slice(0, uri.indexOf('/', 'https://'.length))
    if (this.#isFull(host, now)) return 'full'
    if (mark === undefined && !this.#mayBeNew(now)) return 'spent'
    if (mark === undefined) this.#mark(uri)
    const fetch = { uri, host, sinceMs: now }
    this.#open.set(uri, fetch)
    return fetch
  }

  close(fetch: OpenFetch): void {
    if (this.#open.get(fetch.uri) === fetch) this.#open.delete(fetch.uri)
  }

  failed(uri: string, now: number): void {
    this.#mark(uri).failedAtMs = now
  }

  /** Remembers that a list of this date was seen. */
  seen(uri: string, issuedAtMs: number): void {
    const mark = this.#mark(uri)
    mark.issuedAtMs = Math.max(mark.issuedAtMs, issuedAtMs)
  }

  /** @returns the date of the newest list that was seen of this place; no older one may take its place. */
  newestMs(uri: string): number {
    return this.#marks.get(uri)?.issuedAtMs ?? 0
  }

  #mark(uri: string): Mark {
    const known = this.#marks.get(uri)
    if (known !== undefined) return known
    const mark = { failedAtMs: Number.NEGATIVE_INFINITY, issuedAtMs: 0 }
    this.#marks.set(uri, mark, 0)
    return mark
  }

  #isFull(host: string, now: number): boolean {
    let ofHost = 0
    for (const open of this.#open.values()) {
      if (now - open.sinceMs >= LOST_AFTER_MS) this.#open.delete(open.uri)
      else if (open.host === host) ofHost++
    }
    return this.#open.size >= MAX_OPEN || ofHost >= MAX_OPEN_OF_ONE_HOST
  }

  #mayBeNew(now: number): boolean {
    const earned = Math.max(0, now - this.#allowedAtMs) / NEW_LIST_EVERY_MS
    this.#allowance = Math.min(NEW_LISTS, this.#allowance + earned)
    this.#allowedAtMs = now
    if (this.#allowance < 1) return false
    this.#allowance--
    return true
  }
}
