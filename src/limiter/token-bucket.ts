import type { LimitVerdict, TokenBucketCell } from '../core/limit.ts'
import type { CellRow, Counter } from './algorithm.ts'
import { type Bucket, bucketOf } from './bucket.ts'
import { type BucketState, bucketRow, isAfter, isBucketState, readBucketRow } from './bucket-row.ts'
import { lackingTicks, type Tat, tatOf, verdictOf } from './cell.ts'
import { LowWater } from './low-water.ts'

/** After so long without a request the platform forgets an object's memory, and with it how much of a reservation was not used. */
const HIBERNATION_MS = 10_000
/** The most tokens that are reserved ahead: what a crash can cost. For very high rates, those of a tenth of a second; for low ones, those of 25 s. */
const MAX_RESERVED = 64
const MAX_RESERVED_MS = 100
const LONGEST_RESERVED_MS = 25_000
/** What may be reserved at once, a fifth of what comes back until memory is forgotten; and beyond that, as a part of what was charged since the start. */
const FREELY_RESERVED_MS = HIBERNATION_MS / 5
const RESERVED_PART = 0.5
/** What the clocks of two machines may differ by without anything being forgiven: a state that lies further ahead comes of a clock that was set back. */
const CLOCKS_APART_MS = 10_000
/** About what a bucket takes in memory, beside its lows. */
const BYTES = 512
/** Added to a full bucket's ticks, still exact. */
const MAX_EXACT_TICKS = 2 ** 52

/** Opens a token bucket. Over any interval of length w it grants at most burst + rate·w tokens, across crashes and second instances of its object too. */
export function openTokenBucket(cell: TokenBucketCell, row: CellRow | undefined, nowMs: number): Counter {
  return new TokenBucket(cell, row, nowMs)
}

/**
 * Holds the exact state in memory and a later one, the ceiling, in storage: a row stands for all charges up to it. Whoever starts from the row starts from the ceiling, and whoever
 * lost the object while it still runs can grant no further than to the ceiling, because raising it needs a write.
 * Where requests come with two sets of figures, as during a gradual deployment, each set has its own bound: were one taken for the other, whoever can choose the version
 * could have either filled up by asking the other.
 */
class TokenBucket implements Counter {
  readonly capacity: number
  readonly #bucket: Bucket
  readonly #figures: string
  readonly #maxReserved: number
  readonly #freelyReserved: number
  /** The exact state; after a start, the ceiling. */
  #tat: Tat | undefined
  /** What storage says. */
  #ceiling: Tat | undefined
  /** What it says of other figures, which may still be asked for. */
  #other: BucketState | undefined
  #isSaved = true
  /** Nothing was charged since the start: the state is a ceiling, and may lack more than an empty bucket. */
  #isRestored: boolean
  /** Tokens charged since the start. */
  #charged = 0
  /** Made with the first charge, when what came before is known not to come back. */
  #lowest: LowWater | undefined

  constructor({ tokens, periodMs, burst }: TokenBucketCell, row: CellRow | undefined, nowMs: number) {
    const bucket = bucketOf({ tokens, periodMs, burst })
    if ('fault' in bucket) throw new RangeError(bucket.fault)
    this.#bucket = bucket
    this.capacity = burst
    this.#figures = `${tokens}/${periodMs}/${burst}`
    this.#maxReserved = Math.min(maxReserved({ tokens, periodMs, burst }), Math.floor(MAX_EXACT_TICKS / bucket.ticksPerToken))
    this.#freelyReserved = Math.floor((tokens * FREELY_RESERVED_MS) / periodMs)
    this.#isRestored = row !== undefined
    if (row === undefined) return
    const { own, other } = readBucketRow(row)
    this.#other = own.figures === this.#figures ? other : isBucketState(own) ? own : undefined
    const known = own.figures === this.#figures ? own : other?.figures === this.#figures ? other : undefined
    if (known !== undefined) {
      this.#tat = this.#ceiling = known.tat
      return
    }
    // Of other figures: nobody waits for longer than an empty bucket of these makes them wait.
    this.#tat = tatOf(bucket, Math.min(lackingOf(own, bucket, nowMs), bucket.capacityTicks), nowMs)
    this.#ceiling = this.#tat
    this.#isSaved = false
  }

  get bytes(): number {
    return BYTES + (this.#lowest?.bytes ?? 0)
  }

  available(nowMs: number): number {
    return Math.max(0, Math.floor((this.#bucket.capacityTicks - this.#lacking(nowMs)) / this.#bucket.ticksPerToken))
  }

  take(count: number, nowMs: number): void {
    const before = this.#lacking(nowMs)
    this.#lowest ??= new LowWater(nowMs)
    this.#lowest.note(before, nowMs)
    this.#isRestored = false
    this.#tat = tatOf(this.#bucket, before + count * this.#bucket.ticksPerToken, nowMs)
    // One charge says nothing of more to come.
    const ahead = this.#charged === 0 ? 0 : Math.min(this.#maxReserved, Math.max(this.#freelyReserved, Math.floor((this.#charged + count) * RESERVED_PART)))
    this.#charged += count
    if (this.#ceiling === undefined || isAfter(this.#tat, this.#ceiling)) {
      this.#ceiling = tatOf(this.#bucket, this.#lacking(nowMs) + ahead * this.#bucket.ticksPerToken, nowMs)
      this.#isSaved = false
    }
  }

  giveBack(count: number, chargedMs: number, nowMs: number): void {
    if (this.#lowest === undefined) return
    const lacking = this.#lacking(nowMs)
    this.#lowest.note(lacking, nowMs)
    // Uncharged, the bucket would have been full sooner, and what came back after that would have been lost: so much is not given twice.
    // What was noted in the very millisecond of the charge came before it, or is no less than the charge.
    const back = Math.min(count * this.#bucket.ticksPerToken, this.#lowest.after(chargedMs), lacking)
    if (!(back > 0)) return
    this.#lowest.lower(count * this.#bucket.ticksPerToken)
    this.#tat = tatOf(this.#bucket, lacking - back, nowMs)
  }

  release(): void {}

  verdict(cost: number, admitted: boolean, nowMs: number): LimitVerdict {
    return verdictOf(this.#bucket, this.#lacking(nowMs), cost, admitted)
  }

  unsaved(nowMs: number): CellRow | undefined {
    if (this.#isSaved || this.#ceiling === undefined) return undefined
    this.#isSaved = true
    if (this.#other !== undefined && this.#other.tat.ms < nowMs) this.#other = undefined
    return bucketRow({ figures: this.#figures, tat: this.#ceiling }, this.#other)
  }

  /** The ticks that the bucket lacks, brought down to what these figures and reservations explain when a clock was set back. */
  #lacking(nowMs: number): number {
    const { capacityTicks, ticksPerToken, ticksPerMs } = this.#bucket
    const lacking = lackingTicks(this.#bucket, this.#tat, nowMs)
    const most = this.#isRestored ? capacityTicks + this.#maxReserved * ticksPerToken + CLOCKS_APART_MS * ticksPerMs : capacityTicks
    if (lacking <= most) return lacking
    this.#tat = tatOf(this.#bucket, most, nowMs)
    if (this.#isRestored) {
      this.#ceiling = this.#tat
      this.#isSaved = false
    }
    return most
  }
}

/**
 * So few that one pause after which memory is forgotten never leaves a client that kept to its rate without a token: what comes back in the pause, and half a burst.
 */
function maxReserved({ tokens, periodMs, burst }: { readonly tokens: number; readonly periodMs: number; readonly burst: number }): number {
  const inMs = (ms: number) => Math.floor((tokens * ms) / periodMs)
  const forgotten = inMs(HIBERNATION_MS) + Math.floor(burst / 2) - 1
  return Math.max(0, Math.min(Math.max(MAX_RESERVED, inMs(MAX_RESERVED_MS)), inMs(LONGEST_RESERVED_MS), forgotten))
}

/** @returns the ticks of this bucket that a cell lacks by a state of other figures: for as many tokens, or, where it does not say of which, for as long a time. */
function lackingOf({ figures, tat }: BucketState, bucket: Bucket, nowMs: number): number {
  const [tokens = 0, periodMs = 0, burst = 0] = figures.split('/').map(Number)
  const former = bucketOf({ tokens, periodMs, burst })
  if ('fault' in former) return lackingTicks(bucket, { ms: tat.ms + Math.sign(tat.ticks), ticks: 0 }, nowMs)
  return Math.ceil(lackingTicks(former, tat, nowMs) / former.ticksPerToken) * bucket.ticksPerToken
}
