/** Many measurements of one thing. */
export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}

/** @returns the smallest, the middle and the largest. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const median =
    sorted.length % 2 === 1 ? (sorted[Math.floor(middle)] ?? Number.NaN) : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
  return { min: sorted[0] ?? Number.NaN, median, max: sorted.at(-1) ?? Number.NaN }
}

/** Two variants compared round by round, so that what slows a whole round down slows both. */
export interface Comparison extends Spread {
  /** Whether the rounds agree that there is a difference: `neutral` lies outside of min to max. */
  readonly differs: boolean
}

/** @returns how `a` compares with `b` in each round; `neutral` is the value that says they are equal. */
export function compare(a: readonly number[], b: readonly number[], by: (a: number, b: number) => number, neutral: number): Comparison {
  const found = spread(a.slice(0, b.length).map((value, round) => by(value, b[round] as number)))
  return { ...found, differs: found.min > neutral || found.max < neutral }
}
