import { type PackedJson, UnpackedJson } from '../lib/packed-json.ts'

/** Rounds after which schemas that are alike so far count as the same: each round looks one reference further. */
const MAX_ROUNDS = 32

/** Keywords whose number, or whose numbers by name, are those of other schemas. */
const REFERENCES: ReadonlySet<string> = new Set(['$ref', 'initial'])
const NAMED_REFERENCES: ReadonlySet<string> = new Set(['mapping', '$scope'])

/**
 * Numbers the schemas of two packed descriptions together, so that two schemas have one number where they say the same, whatever their own numbers:
 * those that look alike are told apart, round by round, by what they refer to.
 */
export function sameSchemas(sides: readonly PackedJson[]): (side: number, id: number) => number {
  const values = sides.map((packed) => {
    const unpacked = new UnpackedJson(packed)
    return Array.from({ length: unpacked.size }, (_, i) => unpacked.at(i))
  })
  let classes = values.map((side) => side.map(() => 0))
  let count = 1
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const known = new Map<string, number>()
    const next = values.map((side, s) =>
      side.map((value) => {
        const text = JSON.stringify(value, (key, member: unknown) => withClasses(key, member, (id) => classes[s]?.[id] ?? -1))
        const number = known.get(text) ?? known.size
        known.set(text, number)
        return number
      }),
    )
    classes = next
    if (known.size === count) break
    count = known.size
  }
  return (side, id) => classes[side]?.[id] ?? -1
}

function withClasses(key: string, member: unknown, classOf: (id: number) => number): unknown {
  if (REFERENCES.has(key) && typeof member === 'number') return classOf(member)
  if (NAMED_REFERENCES.has(key) && typeof member === 'object' && member !== null) {
    return Object.fromEntries(Object.entries(member).map(([name, id]) => [name, typeof id === 'number' ? classOf(id) : id]))
  }
  return member
}
