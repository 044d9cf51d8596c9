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

/** Finds equal schemas, those of groups that refer to each other included, and gives each kind one number. */
export class SameSchemas {
  readonly #first: number
  /** The texts of the schemas, their references as numbers. */
  readonly texts: string[] = []
  readonly #byText = new Map<string, number>()
  readonly #byGroup = new Map<string, number>()
  readonly #colours = new Map<string, number>()

  constructor(first: number) {
    this.#first = first
  }

  /** Gives numbers to drafts that refer to each other and to numbers. */
  number(drafts: readonly Draft[]): void {
    const references = new Map(drafts.filter((draft) => draft.meant() === draft).map((draft) => [draft, draft.references()]))
    for (const group of groupsOf(references)) {
      const [only] = group as [Draft]
      if (group.length === 1 && !references.get(only)?.includes(only)) only.label = this.#numberOf(JSON.stringify(only.node))
      else this.#numberGroup(group, references)
    }
  }

  #numberOf(text: string): number {
    const known = this.#byText.get(text)
    if (known !== undefined) return known
    const id = this.#append(text)
    this.#byText.set(text, id)
    return id
  }

  #append(text: string): number {
    this.texts.push(text)
    return this.#first + this.texts.length - 1
  }

  /**
   * Schemas that refer to each other are equal if no walk from one to the next tells them apart: they are coloured by their text, then by the colours
   * of those that they refer to, until no colour splits any more. Colours are the same for the same texts, so that an equal group of earlier is known.
   */
  #numberGroup(group: readonly Draft[], references: ReadonlyMap<Draft, readonly Draft[]>): void {
    const inside = new Set(group)
    const text = new Map(group.map((draft) => [draft, JSON.stringify(draft.node)]))
    let colours = new Map(group.map((draft) => [draft, this.#colour(text.get(draft) as string)]))
    for (let kinds = 0; ; ) {
      const before = colours
      const next = (draft: Draft) => (references.get(draft) ?? []).filter((other) => inside.has(other)).map((other) => before.get(other))
      colours = new Map(group.map((draft) => [draft, this.#colour(`${text.get(draft)} ${next(draft).join()}`)]))
      const size = new Set(colours.values()).size
      if (size === kinds) break
      kinds = size
    }
    const kinds = [...new Set(colours.values())].toSorted((a, b) => a - b).join()
    const ids = new Map<number, number>()
    const fresh: Draft[] = []
    for (const draft of group) {
      const colour = colours.get(draft) as number
      const key = `${colour} of ${kinds}`
      let id = ids.get(colour) ?? this.#byGroup.get(key)
      if (id === undefined) {
        id = this.#append('')
        this.#byGroup.set(key, id)
        fresh.push(draft)
      }
      ids.set(colour, id)
    }
    for (const draft of group) draft.label = ids.get(colours.get(draft) as number)
    for (const draft of fresh) {
      const text = JSON.stringify(draft.node)
      this.texts[(draft.label as number) - this.#first] = text
      this.#byText.set(text, draft.label as number)
    }
  }

  #colour(text: string): number {
    const known = this.#colours.get(text) ?? this.#colours.size
    this.#colours.set(text, known)
    return known
  }
}

/** @returns groups of schemas that refer to each other; those that a group refers to stand before it (Tarjan's algorithm, without recursion). */
export function groupsOf(references: ReadonlyMap<Draft, readonly Draft[]>): readonly (readonly Draft[])[] {
  const groups: Draft[][] = []
  const index = new Map<Draft, number>()
  const lowest = new Map<Draft, number>()
  const open: Draft[] = []
  const isOpen = new Set<Draft>()
  const enter = (draft: Draft) => {
    index.set(draft, index.size)
    lowest.set(draft, index.size - 1)
    open.push(draft)
    isOpen.add(draft)
    return { draft, rest: (references.get(draft) ?? []).filter((other) => references.has(other)).values() }
  }
  const lower = (draft: Draft, to: number) => lowest.set(draft, Math.min(lowest.get(draft) as number, to))
  for (const start of references.keys()) {
    if (index.has(start)) continue
    const way = [enter(start)]
    for (let step = way.at(-1); step !== undefined; step = way.at(-1)) {
      const { draft, rest } = step
      const { value: next, done } = rest.next()
      if (!done) {
        if (!index.has(next)) way.push(enter(next))
        else if (isOpen.has(next)) lower(draft, index.get(next) as number)
        continue
      }
      way.pop()
      const above = way.at(-1)
      if (above !== undefined) lower(above.draft, lowest.get(draft) as number)
      if (lowest.get(draft) !== index.get(draft)) continue
      const group = open.splice(open.indexOf(draft))
      for (const member of group) isOpen.delete(member)
      groups.push(group)
    }
  }
  return groups
}
