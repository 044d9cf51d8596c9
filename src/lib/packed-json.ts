/** Many JSON texts one behind the other, so that a module with thousands of values starts as fast as one with a string. */
export interface PackedJson {
  readonly text: string
  /** The length of each value's text, in UTF-16 code units, in their order. */
  readonly lengths: readonly number[]
}

/** Puts JSON texts into one. Equal texts are not merged here: their numbers are their owners' to give. */
export function packJson(texts: readonly string[]): PackedJson {
  return { text: texts.join(''), lengths: texts.map(({ length }) => length) }
}

/** Reads values out of {@link PackedJson}, each when it is asked for. */
export class UnpackedJson {
  readonly #packed: PackedJson
  #starts: Uint32Array | undefined

  constructor(packed: PackedJson) {
    this.#packed = packed
  }

  get size(): number {
    return this.#packed.lengths.length
  }

  /** Parses anew each time: who asks keeps what it gets. @throws {RangeError} where there is no such value */
  at(index: number): unknown {
    const { text, lengths } = this.#packed
    const length = lengths[index]
    if (length === undefined) throw new RangeError(`no value ${index}`)
    this.#starts ??= startsOf(lengths)
    const start = this.#starts[index] as number
    return JSON.parse(text.slice(start, start + length))
  }
}

function startsOf(lengths: readonly number[]): Uint32Array {
  const starts = new Uint32Array(lengths.length)
  let at = 0
  for (let i = 0; i < lengths.length; i++) {
    starts[i] = at
    at += lengths[i] as number
  }
  return starts
}
