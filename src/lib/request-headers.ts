/**
 * A request's headers, read once: every question to the platform's own object is a call out of JavaScript and a new string. Names are lower case, several fields of one name are joined
 * by `, `, as that object gives them.
 */
export class RequestHeaders {
  readonly #values = new Map<string, string>()
  /** Of all names and values, in UTF-16 units. */
  readonly length: number
  /** Some value may not be what was sent: bytes that are not UTF-8 are U+FFFD here. */
  readonly isLossy: boolean

  constructor(headers: Headers) {
    let length = 0
    let isLossy = false
    // The cheapest way through them in workerd.
    headers.forEach((value, name) => {
      this.#values.set(name, value)
      length += name.length + value.length
      if (value.includes('\ufffd')) isLossy = true
    })
    this.length = length
    this.isLossy = isLossy
  }

  /** How many names there are. */
  get size(): number {
    return this.#values.size
  }

  /** @param name in lower case. */
  get(name: string): string | null {
    return this.#values.get(name) ?? null
  }

  /** @param name in lower case. */
  has(name: string): boolean {
    return this.#values.has(name)
  }

  [Symbol.iterator](): MapIterator<[name: string, value: string]> {
    return this.#values[Symbol.iterator]()
  }
}
