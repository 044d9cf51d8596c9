import * as v from 'valibot'
import type { Clock, LocationCache } from '../core/ports.ts'
import { readKept } from '../core/read-kept.ts'
import { MAX_STALENESS_SECONDS } from '../core/staleness-settings.ts'
import { MAX_SKEW_MS } from '../lib/age.ts'
import { DATED_KEY, type DatedKey } from './message.ts'

/** No route accepts older knowledge. */
export const MAX_FAIL_AFTER_MS = MAX_STALENESS_SECONDS * 1000

const KEPT = v.object({ v: v.literal(1), asOfMs: v.number(), ...DATED_KEY.entries })

/** A key, and when its owner was asked for it: whatever tiers it came through, its age counts from there. */
export interface KeyAsOf extends DatedKey {
  readonly asOfMs: number
}

/** What the isolates of one location know together of keys: an entry a key. That there is no such key is never kept here: a new one must work at once. */
export class NearKeys {
  readonly #location: LocationCache
  readonly #clock: Clock

  constructor(location: LocationCache, clock: Clock) {
    this.#location = location
    this.#clock = clock
  }

  /** Never rejects: what cannot be read is not there. @returns what the location knows, if it is no older than `maxAgeMs`. */
  async read(id: string, maxAgeMs: number): Promise<KeyAsOf | undefined> {
    const kept = readKept(KEPT, await this.#location.get(nameOf(id)))
    const now = this.#clock.now()
    if (kept === undefined || kept.key.id !== id || kept.asOfMs < now - maxAgeMs || kept.asOfMs > now + MAX_SKEW_MS) return undefined
    return { key: kept.key, version: kept.version, asOfMs: Math.min(kept.asOfMs, now) }
  }

  /** Lets the others have it. */
  async write({ key, version, asOfMs }: KeyAsOf): Promise<void> {
    await this.#location.put(nameOf(key.id), JSON.stringify({ v: 1, asOfMs, version, key }), MAX_FAIL_AFTER_MS / 1000)
  }
}

function nameOf(id: string): string {
  return `keys/${id}`
}
