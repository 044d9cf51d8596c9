/** Rules by user agent: whole, or by a beginning that ends in `*`. Upper and lower case are one: what a client writes in is its own choice. */
export class UserAgentRules<R> {
  readonly #whole = new Map<string, R[]>()
  readonly #beginnings = new Map<string, R[]>()
  /** A look-up for each length that there is, however many beginnings there are. */
  readonly #lengths = new Set<number>()
  #longest = 0

  add(value: string, rule: R): void {
    const isBeginning = value.endsWith('*')
    const text = (isBeginning ? value.slice(0, -1) : value).toLowerCase()
    const map = isBeginning ? this.#beginnings : this.#whole
    const rules = map.get(text)
    if (rules === undefined) map.set(text, [rule])
    else rules.push(rule)
    if (isBeginning) this.#lengths.add(text.length)
    this.#longest = Math.max(this.#longest, text.length)
  }

  /** @returns a rule that concerns what a client sent, and that `holds`. */
  find(userAgent: string, holds: (rule: R) => boolean): R | undefined {
    if (this.#longest === 0) return undefined
    // A client may make it as long as it likes: one character more than the longest rule tells that it is another.
    const text = userAgent.slice(0, this.#longest + 1).toLowerCase()
    const whole = this.#whole.get(text)?.find(holds)
    if (whole !== undefined) return whole
    for (const length of this.#lengths) {
      if (length > text.length) continue
      const found = this.#beginnings.get(text.slice(0, length))?.find(holds)
      if (found !== undefined) return found
    }
    return undefined
  }
}
