import type { LimitVerdict } from '../core/limit.ts'

/**
 * What storage keeps of one cell. A counter that is opened with it has admitted at least all that was ever granted, whatever became of the memory since:
 * a row may say that more was taken than was (a reservation), never less.
 */
export interface CellRow {
  /** From then on a cell without a row is the same, and the row may be deleted. For a token bucket that was asked for by one set of figures also its state: when it is full again. */
  readonly fullMs: number
  /** The ticks of the millisecond that begins at `fullMs`, for a token bucket; else 0. */
  readonly fullTicks: number
  /** The rest, in the algorithm's own words: short, and understood by every later version. */
  readonly state: string
}

/** Where an owner keeps its rows. Synchronous: between reading and writing nobody else may come in. */
export interface RowStore {
  read(id: string): CellRow | undefined
  /** What is written is safe before any reply that was given after it leaves. */
  write(id: string, row: CellRow): void
}

/**
 * One cell as its object counts it in memory, of whatever algorithm. Made for one set of figures: other figures open it anew from its row.
 * Everything is synchronous, so that several cells can be taken from all together or not at all: first all are asked, then all are charged.
 * Times are the object's own, in milliseconds since the epoch; they may also be earlier than those of the call before, after a clock was set back.
 */
export interface Counter {
  /** The most that one request can ever take: more is an error of the configuration, not a denial. */
  readonly capacity: number

  /** About how much memory it takes. */
  readonly bytes: number

  /** @returns how many tokens are to be had now: a whole number, 0 or more. Does not reserve for anybody: who holds leases is the owner's affair. */
  available(nowMs: number): number

  /**
   * Charges so many tokens, which {@link available} has just said are there. They may be spent by an isolate until `leaseMs` after now: an algorithm whose bound
   * has no term for that holds them for so much longer.
   * @param slot names what is taken, where it has to be released: it comes from the request, and the same slot twice is taken once.
   */
  take(count: number, nowMs: number, leaseMs: number, slot: string): void

  /**
   * Takes a charge back, as far as the bound allows: what has come back to the cell in the meantime is not given twice.
   * @param chargedMs when `count` tokens were charged, as this object said (`LimitVerdict.chargedMs`).
   */
  giveBack(count: number, chargedMs: number, nowMs: number): void

  /** Ends what {@link take} began under that slot; nothing, where there is no such slot or the algorithm has none. */
  release(slot: string, nowMs: number): void

  /** Says how the cell stands. `admitted`: whether `cost` was had, or was to be had; else when it will be. */
  verdict(cost: number, admitted: boolean, nowMs: number): LimitVerdict

  /**
   * @returns the row to be written before anything that was said since the last call may leave, so that a crash forgives nothing; undefined when what is stored covers
   * it already. A denial needs none, but for a stored state that these figures cannot have brought about.
   */
  unsaved(nowMs: number): CellRow | undefined
}

/** Makes a counter of one algorithm. @param row what is stored, if anything. @throws {RangeError} for figures that cannot be counted. */
export type OpenCounter<C> = (cell: C, row: CellRow | undefined, nowMs: number) => Counter

/** How long tokens that an isolate took ahead may be spent, from the time of asking. Part of the stated bounds: never changed without them. */
export const LEASE_MS = 1000
