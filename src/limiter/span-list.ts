/** So many tokens, each charged at some time from `firstMs` to `lastMs`, and used by `untilMs`. */
export interface Span {
  readonly firstMs: number
  readonly lastMs: number
  readonly untilMs: number
  readonly count: number
  /** How many of them were only reserved, and lost by a restart. */
  readonly stranded: number
}

const SPAN_BYTES = 128

/** When tokens were charged and used, in spans that never overlap, the earliest first. Neighbours closer together than the grain are one, which bounds their number. */
export class SpanList {
  readonly #spans: Span[] = []
  readonly #grainMs: number
  /** All tokens. */
  total = 0
  /** All stranded ones. */
  stranded = 0

  /** @param grainMs longer than the time between the first and the last charge of any span. */
  constructor(grainMs: number) {
    this.#grainMs = grainMs
  }

  /** All spans, the earliest first. */
  get spans(): readonly Span[] {
    return this.#spans
  }

  /** About how much memory it takes. */
  get bytes(): number {
    return SPAN_BYTES * this.#spans.length
  }

  /** Adds charges, joining them to a neighbour where that stays shorter than the grain. */
  add(span: Span): void {
    this.total += span.count
    this.stranded += span.stranded
    let at = this.#spans.length
    while (at > 0 && span.firstMs <= (this.#spans[at - 1]?.lastMs ?? 0)) at--
    // What stands before that ended earlier; what stands there did not, and may overlap.
    const next = this.#spans[at]
    const previous = this.#spans[at - 1]
    if (next !== undefined && (next.firstMs <= span.lastMs || this.#isOne(span, next))) this.#spans[at] = joined(span, next)
    else if (previous !== undefined && this.#isOne(previous, span)) this.#spans[at - 1] = joined(previous, span)
    else this.#spans.splice(at, 0, span)
  }

  /** Forgets, in order, the spans that were used up by then. */
  forget(ms: number): void {
    let over = 0
    for (const { untilMs, count, stranded } of this.#spans) {
      if (untilMs > ms) break
      this.total -= count
      this.stranded -= stranded
      over++
    }
    if (over > 0) this.#spans.splice(0, over)
  }

  /** Lets the last spans not be later than that. @returns the latest charge that was moved; undefined when none was. */
  cap(latestMs: number): number | undefined {
    let movedMs: number | undefined
    for (let last = this.#spans.at(-1); last !== undefined && last.untilMs > latestMs; last = this.#spans.at(-1)) {
      movedMs = Math.max(movedMs ?? 0, last.lastMs)
      this.#spans.pop()
      this.total -= last.count
      this.stranded -= last.stranded
      this.add({ ...last, firstMs: Math.min(last.firstMs, latestMs), lastMs: Math.min(last.lastMs, latestMs), untilMs: latestMs })
    }
    return movedMs
  }

  /**
   * Takes back tokens that were charged at that time and are still counted. Where their span has not as many, as many are taken of those that were used up by then, and the
   * younger ones that were not used stay counted in their place. Never the other way round: what was used last must be counted longest.
   */
  takeBack(count: number, chargedMs: number): void {
    const own = this.#spans.findLastIndex(({ firstMs, lastMs }) => firstMs <= chargedMs && chargedMs <= lastMs)
    let left = own < 0 ? count : this.#takeFrom(own, count)
    const usedMs = own < 0 ? chargedMs : (this.#spans[own]?.untilMs ?? chargedMs)
    for (let at = this.#spans.length - 1; at >= 0 && left > 0; at--) if ((this.#spans[at]?.untilMs ?? usedMs) <= usedMs) left = this.#takeFrom(at, left)
    for (let at = this.#spans.length - 1; at >= 0; at--) if (this.#spans[at]?.count === 0) this.#spans.splice(at, 1)
  }

  /** @returns when, counted from the oldest, so many tokens are used up; of all, when there are not as many. */
  usedUpMs(count: number): number | undefined {
    let sum = 0
    let ms: number | undefined
    for (const span of this.#spans) {
      ms = Math.max(ms ?? 0, span.untilMs)
      sum += span.count
      if (sum >= count) break
    }
    return ms
  }

  #isOne(first: Span, second: Span): boolean {
    return second.lastMs - first.firstMs < this.#grainMs
  }

  /** @returns how many were not there. */
  #takeFrom(at: number, count: number): number {
    const span = this.#spans[at]
    if (span === undefined) return count
    const back = Math.min(count, span.count)
    const stranded = Math.min(span.stranded, span.count - back)
    this.total -= back
    this.stranded -= span.stranded - stranded
    this.#spans[at] = { ...span, count: span.count - back, stranded }
    return count - back
  }
}

function joined(a: Span, b: Span): Span {
  return {
    firstMs: Math.min(a.firstMs, b.firstMs),
    lastMs: Math.max(a.lastMs, b.lastMs),
    untilMs: Math.max(a.untilMs, b.untilMs),
    count: a.count + b.count,
    stranded: a.stranded + b.stranded,
  }
}
