/** How many bits say the status of one token. */
export type StatusBits = 1 | 2 | 4 | 8

/** Whether a value is one of {@link StatusBits}. */
export function isStatusBits(value: unknown): value is StatusBits {
  return value === 1 || value === 2 || value === 4 || value === 8
}

/** The statuses of many tokens, as a status list packs them (draft-ietf-oauth-status-list §4.1): bytes in their order, within one the lowest bits first. */
export class Statuses {
  /** How many tokens the list speaks of. */
  readonly size: number
  readonly #packed: Uint8Array
  readonly #mask: number
  /** Binary logarithms of the bits of a status, and of the statuses of a byte. */
  readonly #bitsLog: number
  readonly #perByteLog: number

  constructor(packed: Uint8Array, bits: StatusBits) {
    this.#packed = packed
    this.#mask = (1 << bits) - 1
    this.#bitsLog = Math.log2(bits)
    this.#perByteLog = 3 - this.#bitsLog
    this.size = packed.byteLength * (8 / bits)
  }

  /** The size in memory. */
  get bytes(): number {
    return this.#packed.byteLength
  }

  /** @param index a whole number, 0 or more. @returns the status, or `undefined` for a token of which the list says nothing. */
  at(index: number): number | undefined {
    // Before any shift: that would take an index beyond 2^32 for another one.
    if (index >= this.size) return undefined
    const place = (index & ((1 << this.#perByteLog) - 1)) << this.#bitsLog
    return ((this.#packed[index >>> this.#perByteLog] as number) >>> place) & this.#mask
  }
}
