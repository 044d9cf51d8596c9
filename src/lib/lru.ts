/** What a {@link Lru} may hold at most. */
export interface LruBounds {
  readonly maxEntries: number
  /** In the caller's own count, as given to {@link Lru.set}. */
  readonly maxBytes: number
}

interface Entry<V> {
  readonly value: V
  readonly bytes: number
}

/** A cache bounded by entries and by bytes; what was used longest ago leaves first. It knows no time: expiry is its owner's. */
export class Lru<V> {
  readonly #bounds: LruBounds
  /** A Map keeps the order of insertion: the first key is the one used longest ago. */
  readonly #entries = new Map<string, Entry<V>>()
  #bytes = 0

  constructor(bounds: LruBounds) {
    this.#bounds = bounds
  }

  get size(): number {
    return this.#entries.size
  }

  /** The sum of the bytes of all entries. */
  get bytes(): number {
    return this.#bytes
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  /** Takes the entry in and makes room for it; one that is larger than the whole cache is not taken. */
  set(key: string, value: V, bytes: number): void {
    this.delete(key)
    if (bytes > this.#bounds.maxBytes || this.#bounds.maxEntries < 1) return
    this.#entries.set(key, { value, bytes })
    this.#bytes += bytes
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#bounds.maxEntries && this.#bytes <= this.#bounds.maxBytes) return
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#bytes -= entry.bytes
    this.#entries.delete(key)
  }
}
