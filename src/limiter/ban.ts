import * as v from 'valibot'
import type { BanFigures, Cell } from '../core/limit.ts'
import type { CellRow } from './algorithm.ts'
import { isCount, readState, WHOLE, writeState } from './counter-state.ts'
import { isTokenBucket } from './figures.ts'

/** The most episodes that a ban may wait for: all are in one row. */
export const MAX_EPISODES = 64
/** The longest times that a ban's figures may name. */
export const MAX_BAN_MS = 366 * 86_400_000
/** What may still be given back is given back by then, nearly always: until so long after the cell turned it is no episode. */
export const SETTLED_MS = 5000
/** Episodes are at least so far apart. */
const LEAST_EPISODE_MS = 1000

const TAG = 'ban/1'
const STATE = v.object({
  /** When the episodes began that count towards the next ban. */
  episodes: v.array(WHOLE),
  /** When the last one of all began. */
  lastMs: WHOLE,
  /** The end of the last ban. */
  untilMs: WHOLE,
  /** How many bans there were in a row. */
  bans: WHOLE,
})

/** How a key that may be banned stands. */
export interface BanState {
  /** When it is free again: at once, if that is over. */
  readonly untilMs: number
  /** How many bans there were in a row, this one included. */
  readonly bans: number
  /** How many episodes count towards the next. */
  readonly episodes: number
}

/** @returns in one sentence why nothing can be banned by these figures, if so. */
export function banFault({ after, withinMs, forMs, maxMs }: BanFigures): string | undefined {
  if (!isCount(after, MAX_EPISODES)) return `a ban must come after 1 to ${MAX_EPISODES} episodes`
  if (!isCount(withinMs, MAX_BAN_MS) || !isCount(maxMs, MAX_BAN_MS)) return 'the times of a ban must be from 1 ms to 366 days'
  return isCount(forMs, maxMs) ? undefined : 'a ban must last for 1 ms or longer, and at most for its longest time'
}

/** @returns how far apart the episodes of a cell are at least: a full cell can be used up once in that time. */
export function episodeMs(cell: Cell): number {
  if (isTokenBucket(cell)) return Math.max(LEAST_EPISODE_MS, Math.ceil((cell.burst * cell.periodMs) / cell.tokens))
  if (cell.algorithm === 'concurrency') return LEAST_EPISODE_MS
  return Math.max(LEAST_EPISODE_MS, cell.algorithm === 'sliding-window' ? cell.windowMs : cell.windowEndMs - cell.windowStartMs)
}

/** The name of the row that a cell's ban is kept in. */
export function banId(cellId: string): string {
  return `ban|${cellId}`
}

/**
 * Bans a cell's key that goes on and on: after so many episodes for some time, after as many more for twice as long, and so on up to the longest. An episode is the cell turning
 * from admitting to denying; each is a row, and no other denial is. Bans in a row are such of which each begins before the longest time has passed since the end of the last.
 */
export class Ban {
  #episodes: readonly number[] = []
  #lastMs = 0
  #untilMs = 0
  #bans = 0
  /** Not known after a start: a cell that was not denying for a window has admitted since. */
  #isDenying = false
  /** When a cell turned whose charges may still come back; not kept in storage. */
  #openMs: number | undefined
  #isUnsaved = false

  constructor(row: CellRow | undefined) {
    const state = row === undefined ? undefined : readState(TAG, STATE, row.state)
    if (state === undefined) return
    this.#episodes = state.episodes
    this.#lastMs = state.lastMs
    this.#untilMs = state.untilMs
    this.#bans = state.bans
  }

  /** @returns how long nothing is admitted; 0 when the key is not banned. */
  leftMs({ maxMs }: BanFigures, nowMs: number): number {
    // No ban is longer: the clock was set back, or the figures were changed.
    if (this.#untilMs > nowMs + maxMs) this.#untilMs = nowMs + maxMs
    return Math.max(0, this.#untilMs - nowMs)
  }

  /**
   * Takes down whether the cell, which is not banned, admits a request.
   * @param apartMs how far apart its episodes are at least.
   * @param isOpen what was charged may still come back: that the cell denies says nothing until then.
   */
  note(admits: boolean, figures: BanFigures, apartMs: number, nowMs: number, isOpen = false): void {
    let isTurn = !admits && !this.#isDenying
    this.#isDenying = !admits
    if (isOpen && !admits) {
      // A clock that was set back begins it anew.
      if (isTurn && !(nowMs >= (this.#openMs ?? Number.POSITIVE_INFINITY))) this.#openMs = nowMs
      isTurn = this.#openMs !== undefined && nowMs - this.#openMs >= SETTLED_MS
      if (isTurn) this.#openMs = undefined
    }
    if (!isTurn || (nowMs >= this.#lastMs && nowMs - this.#lastMs < apartMs)) return
    this.#isUnsaved = true
    this.#lastMs = nowMs
    this.#episodes = [...this.#episodes, nowMs].filter((ms) => ms <= nowMs && nowMs - ms < figures.withinMs)
    if (this.#episodes.length < figures.after) return
    this.#bans = this.#bans > 0 && nowMs - this.#untilMs < figures.maxMs ? this.#bans + 1 : 1
    this.#untilMs = nowMs + Math.min(figures.maxMs, figures.forMs * 2 ** (this.#bans - 1))
    this.#episodes = []
  }

  /** Something came back: the cell denied for what was under way. */
  gaveBack(): void {
    if (this.#openMs === undefined) return
    this.#openMs = undefined
    this.#isDenying = false
  }

  /** Ends the ban and forgets what led to it. */
  lift(): void {
    this.#episodes = []
    this.#lastMs = 0
    this.#untilMs = 0
    this.#bans = 0
    this.#isUnsaved = true
  }

  state(nowMs: number): BanState {
    return { untilMs: Math.max(nowMs, this.#untilMs), bans: this.#bans, episodes: this.#episodes.length }
  }

  /** @returns the row to be written before anything that was said since the last call may leave. */
  unsaved({ withinMs, maxMs }: BanFigures, apartMs: number, nowMs: number): CellRow | undefined {
    if (!this.#isUnsaved) return undefined
    this.#isUnsaved = false
    const state: v.InferOutput<typeof STATE> = { episodes: [...this.#episodes], lastMs: this.#lastMs, untilMs: this.#untilMs, bans: this.#bans }
    const fullMs = Math.max(nowMs, this.#lastMs + apartMs, this.#episodes.length > 0 ? this.#lastMs + withinMs : 0, this.#bans > 0 ? this.#untilMs + maxMs : 0)
    return { fullMs, fullTicks: 0, state: writeState(TAG, state) }
  }
}
