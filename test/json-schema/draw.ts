/** Choices that follow from one number, taken one after the other: a case that failed is found again by its number. */
export class Draw {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  /** From 0 to one less than `count`. */
  below(count: number): number {
    // Mulberry32.
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits
    return ((bits ^ (bits >>> 14)) >>> 0) % count
  }

  /** True in so many of a hundred cases. */
  chance(percent: number): boolean {
    return this.below(100) < percent
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  /** Some of them, in their order. */
  some<T>(list: readonly T[], percent: number): readonly T[] {
    return list.filter(() => this.chance(percent))
  }

  /** A few. */
  few<T>(most: number, make: () => T): readonly T[] {
    return Array.from({ length: 1 + this.below(most) }, make)
  }
}
