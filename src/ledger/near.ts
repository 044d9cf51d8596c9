import { Buffer } from 'node:buffer'
import * as v from 'valibot'
import type { Clock, LocationCache } from '../core/ports.ts'
import { readKept } from '../core/read-kept.ts'
import { MAX_STALENESS_SECONDS } from '../core/staleness-settings.ts'
import { MAX_SKEW_MS } from '../lib/age.ts'
import { Filter } from './filter.ts'
import { Known } from './known.ts'
import { COPIED_RULES, ENTRIES, FILTER_HASHES } from './message.ts'
import { CompiledRules } from './rules-in-force.ts'

/** No route accepts older knowledge. */
export const MAX_FAIL_AFTER_MS = MAX_STALENESS_SECONDS * 1000

const HEAD = v.object({ v: v.literal(1), epoch: v.string(), version: v.number(), asOfMs: v.number() })
const BODY = v.union([
  v.object({ v: v.literal(1), rules: COPIED_RULES, entries: ENTRIES }),
  v.object({ v: v.literal(1), rules: COPIED_RULES, seed: v.number(), hashes: FILTER_HASHES, bits: v.pipe(v.string(), v.nonEmpty()) }),
])

/** What is known, and when the ledger was asked for it: whatever tiers it came through, its age counts from there. */
export interface Dated {
  readonly known: Known
  readonly asOfMs: number
}

/**
 * What the isolates of one location know together: a small head that says how the ledger stood and when, and a body for each version, which never changes.
 * So most refreshes read the head alone, and only a change is fetched.
 */
export class Near {
  readonly #location: LocationCache
  readonly #clock: Clock
  readonly #name: string

  /** @param name of the ledger. */
  constructor(location: LocationCache, clock: Clock, name: string) {
    this.#location = location
    this.#clock = clock
    this.#name = name
  }

  /**
   * Never rejects: what cannot be read is not there.
   * @returns what the location knows, if it is no older than `maxAgeMs` and not of another ledger or an older version than `mine`: what that is, only the ledger can say.
   */
  async read(mine: Known | undefined, maxAgeMs: number): Promise<Dated | undefined> {
    const head = readKept(HEAD, await this.#location.get(`${this.#name}/head`))
    if (head === undefined) return undefined
    const now = this.#clock.now()
    if (head.asOfMs < now - maxAgeMs || head.asOfMs > now + MAX_SKEW_MS) return undefined
    const asOfMs = Math.min(head.asOfMs, now)
    if (mine !== undefined && (mine.epoch !== head.epoch || mine.version > head.version)) return undefined
    if (mine?.version === head.version && mine.rules !== undefined) return { known: mine, asOfMs }
    const body = readKept(BODY, await this.#location.get(this.#bodyOf(head)))
    if (body === undefined) return undefined
    const rules = new CompiledRules(body.rules)
    if ('entries' in body) return { known: Known.ofList(head, body.entries, rules), asOfMs }
    const bits = new Uint8Array(Buffer.from(body.bits, 'base64'))
    return { known: Known.ofFilter(head, new Filter({ seed: body.seed, hashes: body.hashes, bits }), rules), asOfMs }
  }

  /**
   * Lets the others have it; the body before the head, so that a head never leads to nothing for long. Of a ledger that knows no rules there is no body: it would say that there are none.
   */
  async write({ known, asOfMs }: Dated, isNewVersion: boolean): Promise<void> {
    const { epoch, version, filter, rules } = known
    if (isNewVersion && rules !== undefined) {
      const body =
        filter === undefined
          ? { v: 1, rules: rules.copied, entries: known.entries() }
          : { v: 1, rules: rules.copied, seed: filter.seed, hashes: filter.hashes, bits: Buffer.from(filter.bits).toString('base64') }
      await this.#location.put(this.#bodyOf(known), JSON.stringify(body), MAX_FAIL_AFTER_MS / 1000)
    }
    const head: v.InferOutput<typeof HEAD> = { v: 1, epoch, version, asOfMs }
    await this.#location.put(`${this.#name}/head`, JSON.stringify(head), MAX_FAIL_AFTER_MS / 1000)
  }

  /** Not as Workers of the former version name it: theirs know no rules, and during a deployment they stand in the same location. */
  #bodyOf({ epoch, version }: Pick<Known, 'epoch' | 'version'>): string {
    return `${this.#name}/${epoch}/${version}/with-rules`
  }
}
