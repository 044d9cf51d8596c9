import type { FilterParts } from './message.ts'

/** With these, one name in about 3,000 that is not there looks as if it were. */
const BITS_PER_NAME = 17
const HASHES = 12
/** A filter has room for as many at least, so that it is not built anew for each. */
const MIN_NAMES = 65_536

/** Says of a name that it is certainly not there, or that it may be: a Bloom filter. What was added never leaves; a new one is built instead. */
export class Filter {
  readonly seed: number
  readonly hashes: number
  readonly bits: Uint8Array<ArrayBuffer>
  /** How many names it is meant for. */
  readonly capacity: number
  #size = 0

  /** @param parts as another isolate or the ledger sent them. */
  constructor({ seed, hashes, bits }: FilterParts) {
    this.seed = seed
    this.hashes = hashes
    this.bits = bits
    this.capacity = Math.floor((bits.length * 8) / BITS_PER_NAME)
  }

  /** @param seed unknown to clients, so that nobody can choose names that look revoked. */
  static for(names: number, seed: number): Filter {
    const bits = new Uint8Array(Math.ceil((Math.max(MIN_NAMES, 2 * names) * BITS_PER_NAME) / 8))
    return new Filter({ seed, hashes: HASHES, bits })
  }

  /** Whether one more name would make it less sure than it should be. */
  get isFull(): boolean {
    return this.#size >= this.capacity
  }

  add(name: string): void {
    this.#size++
    this.#walk(name, (byte, bit) => {
      this.bits[byte] = (this.bits[byte] ?? 0) | bit
      return true
    })
  }

  /** @returns false only for names that were never added. */
  mayHave(name: string): boolean {
    return this.#walk(name, (byte, bit) => ((this.bits[byte] ?? 0) & bit) !== 0)
  }

  /** Two hashes make all of them (Kirsch and Mitzenmacher 2008). */
  #walk(name: string, visit: (byte: number, bit: number) => boolean): boolean {
    const count = this.bits.length * 8
    const step = hash(name, this.seed ^ 0x9e3779b9) | 1
    let at = hash(name, this.seed)
    for (let i = 0; i < this.hashes; i++) {
      const index = (at >>> 0) % count
      if (!visit(index >>> 3, 1 << (index & 7))) return false
      at = (at + step) | 0
    }
    return true
  }
}

/** Murmur3's body over UTF-16 code units, and its finaliser. */
function hash(text: string, seed: number): number {
  let h = seed | 0
  for (let i = 0; i < text.length; i++) {
    let k = Math.imul(text.charCodeAt(i), 0xcc9e2d51)
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593)
    h ^= k
    h = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
  }
  h ^= text.length
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
