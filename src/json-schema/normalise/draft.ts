/** Longest chain of schemas that are nothing but a reference to the next. */
const MAX_ALIASES = 1000

/** A schema that waits for its number. */
export class Draft {
  /** What stands for it in JSON: its number once it has one. */
  label: unknown = '?'
  node: unknown
  /** Set while {@link referencesOf} reads. */
  static #reading: Draft[] | undefined

  toJSON(): unknown {
    const meant = this.meant() ?? this
    Draft.#reading?.push(meant)
    return meant.label
  }

  /** @returns the schema itself, or the one that it is no more than another name of; undefined for names that go round in a circle. */
  meant(): Draft | undefined {
    let draft: Draft = this
    for (let steps = 0; steps < MAX_ALIASES; steps++) {
      const { node } = draft
      const other = typeof node === 'object' && node !== null && '$ref' in node && Object.keys(node).length === 1 ? node.$ref : undefined
      if (!(other instanceof Draft)) return draft
      draft = other
    }
    return undefined
  }

  /** @returns the schemas that this one refers to, in the order of its text. */
  references(): readonly Draft[] {
    const read: Draft[] = []
    Draft.#reading = read
    try {
      JSON.stringify(this.node)
    } finally {
      Draft.#reading = undefined
    }
    return read
  }
}
