import { shorten, spellOut } from './shorthands.ts'

/** Many JSON texts one behind the other, so that a module with thousands of values starts as fast as one with a string. */
export interface PackedJson {
  /** The values, then the texts that stand for what they repeat. ASCII alone, which an engine reads fastest. */
  readonly text: string
  /** The length of each of these, in their order. */
  readonly lengths: readonly number[]
  /** How many of them, at the end, are shorthands. Absent: none, and the text is plain JSON. */
  readonly shorthands?: number
}

/** Puts JSON texts into one, and what they repeat in it once. Equal values are not merged: their numbers are their owners' to give. */
export function packJson(texts: readonly string[]): PackedJson {
  const { values, shorthands } = shorten(texts)
  const all = [...values, ...shorthands]
  return { text: all.join(''), lengths: all.map(({ length }) => length), shorthands: shorthands.length }
}

/** Reads values out of {@link PackedJson}, each when it is asked for. */
export class UnpackedJson {
  readonly #packed: PackedJson
  readonly #shorthands = new Map<number, string>()
  #starts: Uint32Array | undefined

  constructor(packed: PackedJson) {
    this.#packed = packed
  }

  get size(): number {
    return this.#packed.lengths.length - (this.#packed.shorthands ?? 0)
  }

  /** Parses anew each time: who asks keeps what it gets. @throws {RangeError} where there is no such value */
  at(index: number): unknown {
    if (!Number.isInteger(index) || index < 0 || index >= this.size) throw new RangeError(`no value ${index}`)
    const text = this.#textAt(index)
    return JSON.parse(this.#packed.shorthands === undefined ? text : spellOut(text, this.#shorthand))
  }

  /** Spelt out once: what one operation repeats, the next repeats too. */
  readonly #shorthand = (number: number): string => {
    let text = this.#shorthands.get(number)
    if (text === undefined) {
      if (number >= (this.#packed.shorthands ?? 0)) throw new RangeError(`no shorthand ${number}`)
      text = spellOut(this.#textAt(this.size + number), this.#shorthand)
      this.#shorthands.set(number, text)
    }
    return text
  }

  #textAt(index: number): string {
    const { text, lengths } = this.#packed
    // The first value lies at the start, and is all that most starts read.
    if (index === 0) return text.slice(0, lengths[0])
    this.#starts ??= startsOf(lengths)
    const start = this.#starts[index] as number
    return text.slice(start, start + (lengths[index] as number))
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
