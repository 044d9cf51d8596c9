import type { HeaderWriter } from '../core/policy.ts'

/**
 * A response's headers while they change: read once, changed here, written once. Each call to the platform's own object leaves JavaScript, and most responses have none of the headers
 * that are removed.
 */
export class ResponseHeaders implements HeaderWriter {
  readonly #given = new Map<string, string>()
  readonly #constants: ReadonlyMap<string, string>
  /** `null` removes. */
  readonly #changes = new Map<string, string | null>()
  readonly #cookies: string[] = []

  /**
   * @param given the headers that the response has.
   * @param constants lower-case names and values that it gets whatever comes.
   * @param stripped lower-case names that it loses.
   */
  constructor(given: Headers, constants: ReadonlyMap<string, string>, stripped: ReadonlySet<string>) {
    this.#constants = constants
    given.forEach((value, name) => {
      this.#given.set(name, value)
      if (stripped.has(name)) this.#changes.set(name, null)
    })
  }

  get(name: string): string | null {
    const key = name.toLowerCase()
    const change = this.#changes.get(key)
    return change === undefined ? (this.#constants.get(key) ?? this.#given.get(key) ?? null) : change
  }

  has(name: string): boolean {
    return this.get(name) !== null
  }

  set(name: string, value: string): void {
    this.#changes.set(name.toLowerCase(), value)
  }

  append(name: string, value: string): void {
    const key = name.toLowerCase()
    // The one field whose values cannot be joined (RFC 9110 §5.3).
    if (key === 'set-cookie') return void this.#cookies.push(value)
    const earlier = this.get(key)
    this.#changes.set(key, earlier === null ? value : `${earlier}, ${value}`)
  }

  delete(name: string): void {
    this.#changes.set(name.toLowerCase(), null)
  }

  /** @param to a copy of the headers that were given. */
  write(to: Headers): void {
    for (const [name, value] of this.#constants) if (!this.#changes.has(name)) to.set(name, value)
    for (const [name, value] of this.#changes) {
      if (value !== null) to.set(name, value)
      else if (this.#given.has(name)) to.delete(name)
    }
    for (const cookie of this.#cookies) to.append('set-cookie', cookie)
  }
}
