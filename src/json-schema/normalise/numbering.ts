import type { Draft } from './draft.ts'
import { groupsOf } from './groups.ts'

/** Finds equal schemas, those of groups that refer to each other included, and gives each kind one number. */
export class Numbering {
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
