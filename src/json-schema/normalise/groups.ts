import type { Draft } from './draft.ts'

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
