/** What a {@link Lru} may hold at most. */
export interface LruBounds {
  readonly maxEntries: number
  /** In the caller's own count, as given to {@link Lru.set}. */
  readonly maxBytes: number
}

interface Entry<V> {
  readonly key: string
  value: V
  bytes: number
  older: Entry<V> | undefined
  newer: Entry<V> | undefined
}

/** A cache bounded by entries and by bytes; what was used longest ago leaves first. It knows no time: expiry is its owner's. */
export class Lru<V> {
  readonly #bounds: LruBounds
  readonly #entries = new Map<string, Entry<V>>()
  // Not the order of the map: to delete a key and set it again leaves a hole in its bucket, and thousands of them until the map is made anew.
  #oldest: Entry<V> | undefined
  #newest: Entry<V> | undefined
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
    this.#unlink(entry)
    this.#append(entry)
    return entry.value
  }

  /** Takes the entry in and makes room for it; one that is larger than the whole cache is not taken. */
  set(key: string, value: V, bytes: number): void {
    if (bytes > this.#bounds.maxBytes || this.#bounds.maxEntries < 1) {
      this.delete(key)
      return
    }
    let entry = this.#entries.get(key)
    if (entry === undefined) {
      entry = { key, value, bytes, older: undefined, newer: undefined }
      this.#entries.set(key, entry)
      this.#bytes += bytes
    } else {
      this.#unlink(entry)
      this.#bytes += bytes - entry.bytes
      entry.value = value
      entry.bytes = bytes
    }
    this.#append(entry)
    while (this.#oldest !== undefined && (this.#entries.size > this.#bounds.maxEntries || this.#bytes > this.#bounds.maxBytes)) this.delete(this.#oldest.key)
  }

  delete(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#unlink(entry)
    this.#bytes -= entry.bytes
    this.#entries.delete(key)
  }

  #append(entry: Entry<V>): void {
    entry.older = this.#newest
    entry.newer = undefined
    if (this.#newest === undefined) this.#oldest = entry
    else this.#newest.newer = entry
    this.#newest = entry
  }

  #unlink({ older, newer }: Entry<V>): void {
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
  }
}
