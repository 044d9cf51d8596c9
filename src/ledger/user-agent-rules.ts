interface Beginning<R> {
  readonly text: string
  readonly rules: R[]
}

/** FNV-1a's start and prime, over UTF-16 code units: a hash that grows with each character. */
const HASH_START = 0x811c9dc5
const HASH_PRIME = 0x01000193

/** Rules by user agent: whole, or by a beginning that ends in `*`. Upper and lower case are one: what a client writes in is its own choice. */
export class UserAgentRules<R> {
  readonly #whole = new Map<string, R[]>()
  readonly #beginnings = new Map<string, Beginning<R>>()
  /** By their hash, so that one walk along a text finds all beginnings of it, however many lengths there are. */
  readonly #byHash = new Map<number, Beginning<R>[]>()
  readonly #lengths = new Set<number>()
  #longest = 0

  add(value: string, rule: R): void {
    const isBeginning = value.endsWith('*')
    const text = (isBeginning ? value.slice(0, -1) : value).toLowerCase()
    if (isBeginning) this.#addBeginning(text, rule)
    else {
      const rules = this.#whole.get(text)
      if (rules === undefined) this.#whole.set(text, [rule])
      else rules.push(rule)
    }
    this.#longest = Math.max(this.#longest, text.length)
  }

  /** @returns a rule that concerns what a client sent, and that `holds`. */
  find(userAgent: string, holds: (rule: R) => boolean): R | undefined {
    if (this.#longest === 0) return undefined
    // A client may make it as long as it likes: one character more than the longest rule tells that it is another.
    const text = userAgent.slice(0, this.#longest + 1).toLowerCase()
    const whole = this.#whole.get(text)?.find(holds)
    return whole ?? (this.#lengths.size === 0 ? undefined : this.#findBeginning(text, holds))
  }

  #addBeginning(text: string, rule: R): void {
    const known = this.#beginnings.get(text)
    if (known !== undefined) return void known.rules.push(rule)
    const beginning = { text, rules: [rule] }
    this.#beginnings.set(text, beginning)
    this.#lengths.add(text.length)
    let hash = HASH_START
    for (let i = 0; i < text.length; i++) hash = grown(hash, text.charCodeAt(i))
    const same = this.#byHash.get(hash)
    if (same === undefined) this.#byHash.set(hash, [beginning])
    else same.push(beginning)
  }

  #findBeginning(text: string, holds: (rule: R) => boolean): R | undefined {
    let hash = HASH_START
    for (let i = 0; i < text.length; ) {
      hash = grown(hash, text.charCodeAt(i++))
      if (!this.#lengths.has(i)) continue
      for (const beginning of this.#byHash.get(hash) ?? []) {
        const found = text.startsWith(beginning.text) ? beginning.rules.find(holds) : undefined
        if (found !== undefined) return found
      }
    }
    return undefined
  }
}

function grown(hash: number, code: number): number {
  return Math.imul(hash ^ code, HASH_PRIME)
}
