import type { Caller } from '../../core/exchange.ts'
import { isWithin } from '../../lib/age.ts'
import { networkOf } from '../../lib/ip.ts'
import { Lru } from '../../lib/lru.ts'

/** So many keys that nobody has one caller may bring in {@link WINDOW_MS}, in an isolate; then those that it has not brought before are not looked for. */
export const MAX_UNKNOWN_OF_ONE = 20
/** After this the count begins anew. */
export const WINDOW_MS = 10_000
/** The most keys that an isolate has not met which one caller may have looked for at once: half of what the isolate looks for at all. */
export const MAX_OPEN_OF_ONE = 32
/** The most callers that are counted. */
export const MAX_CALLERS = 10_000
/** A search that has not ended by then is not counted any more: its request may be gone. */
const LOST_AFTER_MS = 5000

/** A search under way. */
export interface Search {
  readonly caller: string
  readonly id: string
  readonly sinceMs: number
}

interface Count {
  readonly sinceMs: number
  unknown: number
}

/**
 * Counts keys that nobody has by who brings them (an address or /64; Workers by their zone): a well-formed one is made in no time, and each would be a question to the keyring.
 * A count of its own for each caller: nobody is held up by another's.
 */
export class Strangers {
  readonly #open = new Set<Search>()
  readonly #counts = new Lru<Count>({ maxEntries: MAX_CALLERS, maxBytes: Number.POSITIVE_INFINITY })

  /** @returns in how many seconds a caller that has brought too many may go on; undefined where it may now. */
  restSeconds(caller: Caller, id: string, nowMs: number): number | undefined {
    const name = nameOf(caller)
    const count = this.#countOf(name, nowMs)
    if (count !== undefined && count.unknown >= MAX_UNKNOWN_OF_ONE) return Math.max(1, Math.ceil((count.sinceMs + WINDOW_MS - nowMs) / 1000))
    const ids = new Set<string>()
    for (const search of this.#open) {
      if (!isWithin(search.sinceMs, nowMs, LOST_AFTER_MS)) this.#open.delete(search)
      else if (search.caller === name) ids.add(search.id)
    }
    return ids.size >= MAX_OPEN_OF_ONE && !ids.has(id) ? 1 : undefined
  }

  /** A search begins that may be for nothing. */
  begin(caller: Caller, id: string, nowMs: number): Search {
    const search = { caller: nameOf(caller), id, sinceMs: nowMs }
    this.#open.add(search)
    return search
  }

  end(search: Search): void {
    this.#open.delete(search)
  }

  add(caller: Caller, nowMs: number): void {
    const name = nameOf(caller)
    const count = this.#countOf(name, nowMs)
    if (count === undefined) this.#counts.set(name, { sinceMs: nowMs, unknown: 1 }, 0)
    else count.unknown++
  }

  #countOf(name: string, nowMs: number): Count | undefined {
    const count = this.#counts.get(name)
    return count !== undefined && isWithin(count.sinceMs, nowMs, WINDOW_MS) ? count : undefined
  }
}

function nameOf(caller: Caller): string {
  if (caller.kind === 'client') return networkOf(caller.ip, 32, 64) ?? caller.ip
  return caller.kind === 'worker' ? `worker:${caller.zone}` : ''
}
