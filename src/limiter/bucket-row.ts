import type { CellRow } from './algorithm.ts'
import type { Tat } from './cell.ts'

/** When a bucket of such figures is full again. */
export interface BucketState {
  /** Tokens, period and burst, as in `600/60000/60`. */
  readonly figures: string
  readonly tat: Tat
}

const FIGURES = /^\d+\/\d+\/\d+$/
const TWO = /^(\d+\/\d+\/\d+)@(\d+)\+(\d+) (\d+\/\d+\/\d+)@(\d+)\+(\d+)$/

/**
 * @param other what some requests still take from, under other figures, as long as a gradual deployment lasts.
 * @returns the row of a token bucket: of one state, it is the row's time; of two, the later one is, and both are in its text.
 */
export function bucketRow(own: BucketState, other: BucketState | undefined): CellRow {
  const { figures, tat } = own
  if (other === undefined) return { fullMs: tat.ms, fullTicks: tat.ticks, state: figures }
  const { ms, ticks } = isAfter(other.tat, tat) ? other.tat : tat
  return { fullMs: ms, fullTicks: ticks, state: `${textOf(own)} ${textOf(other)}` }
}

/** @returns the state that was written last, of whatever algorithm, and the other one if there is any. */
export function readBucketRow({ fullMs, fullTicks, state }: CellRow): { readonly own: BucketState; readonly other?: BucketState } {
  const [, figures, ms, ticks, otherFigures, otherMs, otherTicks] = TWO.exec(state) ?? []
  if (figures === undefined || otherFigures === undefined) return { own: { figures: state, tat: { ms: fullMs, ticks: fullTicks } } }
  return {
    own: { figures, tat: { ms: Number(ms), ticks: Number(ticks) } },
    other: { figures: otherFigures, tat: { ms: Number(otherMs), ticks: Number(otherTicks) } },
  }
}

/** @returns whether it is the state of a token bucket. */
export function isBucketState({ figures }: BucketState): boolean {
  return FIGURES.test(figures)
}

/** @returns whether the one is later than the other, both counted in the same ticks, or by their milliseconds alone. */
export function isAfter(a: Tat, b: Tat): boolean {
  return a.ms > b.ms || (a.ms === b.ms && a.ticks > b.ticks)
}

function textOf({ figures, tat }: BucketState): string {
  return `${figures}@${tat.ms}+${tat.ticks}`
}
