/** How many lows are told apart. Of more, the oldest two count as one: as low as the lower, as late as the later. */
const MAX_LOWS = 64

/**
 * Remembers how low a value has been since some time, in bounded space: the lows that nothing later has gone below, so that they rise with time. It may say lower than
 * the truth, and never higher. Between notes the value may only fall, and so it is to be noted before it rises.
 */
export class LowWater {
  readonly #values: number[] = []
  readonly #times: number[] = []
  #lastMs: number
  /** Nothing is known of times up to this one. */
  #blindToMs: number

  /** @param nowMs from when on it watches. */
  constructor(nowMs: number) {
    this.#lastMs = nowMs
    this.#blindToMs = nowMs - 1
  }

  /** About how much memory it takes. */
  get bytes(): number {
    return 24 * this.#values.length
  }

  /** Takes down the value at that time. */
  note(value: number, nowMs: number): void {
    // The clock was set back: two times have one name, and only what comes after both is told apart.
    if (nowMs < this.#lastMs) this.#blindToMs = Math.max(this.#blindToMs, this.#lastMs)
    this.#lastMs = nowMs
    const [values, times] = [this.#values, this.#times]
    while ((values.at(-1) ?? Number.NEGATIVE_INFINITY) >= value) {
      values.pop()
      times.pop()
    }
    values.push(value)
    times.push(nowMs)
    if (values.length > MAX_LOWS) {
      values.splice(1, 1)
      times.shift()
    }
  }

  /** @returns the lowest value that was noted after that time, or less; minus infinity when that is not known. Note the present value first. */
  after(ms: number): number {
    if (ms <= this.#blindToMs) return Number.NEGATIVE_INFINITY
    const times = this.#times
    let [low, high] = [0, times.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((times[middle] as number) > ms) high = middle
      else low = middle + 1
    }
    return this.#values[low] ?? Number.POSITIVE_INFINITY
  }

  /** Corrects all that was noted downwards. */
  lower(by: number): void {
    for (let i = 0; i < this.#values.length; i++) this.#values[i] = (this.#values[i] as number) - by
  }
}
