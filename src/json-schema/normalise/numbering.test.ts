import { describe, expect, it } from 'vitest'
import { Draft } from './draft.ts'
import { groupsOf } from './groups.ts'
import { Numbering } from './numbering.ts'

/** Schemas by name, and those that each refers to; `text` tells kinds apart. */
type Graph = Readonly<Record<string, readonly [text: string, ...references: string[]]>>

function draftsOf(graph: Graph): Readonly<Record<string, Draft>> {
  const drafts = Object.fromEntries(Object.keys(graph).map((name) => [name, new Draft()]))
  for (const [name, [text, ...references]] of Object.entries(graph)) {
    const draft = drafts[name] as Draft
    draft.node = { text, prefixItems: references.map((other) => ({ $ref: drafts[other] })) }
  }
  return drafts
}

/** The number of each schema, by name. */
function numbers(graph: Graph, same = new Numbering(0)): Readonly<Record<string, unknown>> {
  const drafts = draftsOf(graph)
  same.number(Object.values(drafts))
  return Object.fromEntries(Object.entries(drafts).map(([name, { label }]) => [name, label]))
}

describe('equal schemas', () => {
  it.each<[string, Graph, Record<string, number>]>([
    ['plain', { a: ['x'], b: ['x'], c: ['y'] }, { a: 0, b: 0, c: 1 }],
    ['what refers to equal ones', { a: ['x', 'b'], b: ['y'], c: ['x', 'd'], d: ['y'] }, { b: 0, a: 1, d: 0, c: 1 }],
    ['what refers to the same in another order', { a: ['x', 'b', 'c'], b: ['y'], c: ['z'], d: ['x', 'c', 'b'] }, { b: 0, c: 1, a: 2, d: 3 }],
    ['itself', { a: ['x', 'a'], b: ['x', 'b'] }, { a: 0, b: 0 }],
    ['a circle of two is itself', { a: ['x', 'b'], b: ['x', 'a'] }, { a: 0, b: 0 }],
    ['a way into a circle', { a: ['x', 'b'], b: ['x', 'c'], c: ['x', 'c'] }, { c: 0, b: 0, a: 0 }],
    ['a circle of two kinds, turned', { a: ['x', 'b'], b: ['y', 'a'], c: ['y', 'd'], d: ['x', 'c'] }, { a: 0, b: 1, c: 1, d: 0 }],
    ['a circle of four is one of two', { a: ['x', 'b'], b: ['y', 'c'], c: ['x', 'd'], d: ['y', 'a'] }, { a: 0, b: 1, c: 0, d: 1 }],
    ['three that differ far away', { a: ['x', 'b'], b: ['x', 'c'], c: ['x', 'd'], d: ['y', 'a'] }, { a: 0, b: 1, c: 2, d: 3 }],
  ])('%s', (_what, graph, expected) => {
    const found = numbers(graph)
    // Which number a schema gets says nothing; which ones are equal does.
    const kinds = (of: Readonly<Record<string, unknown>>) => Object.keys(graph).map((name) => Object.keys(graph).find((other) => of[other] === of[name]))
    expect(kinds(found)).toEqual(kinds(expected))
  })

  it('are known again, whole circles too', () => {
    const same = new Numbering(10)
    const first = numbers({ a: ['x', 'b'], b: ['y', 'a', 'c'], c: ['z'] }, same)
    const again = numbers({ p: ['y', 'q', 'r'], q: ['x', 'p'], r: ['z'] }, same)
    expect([again.q, again.p, again.r]).toEqual([first.a, first.b, first.c])
    expect(same.texts).toHaveLength(3)
    const other = numbers({ p: ['y', 'q', 'r'], q: ['x', 'p'], r: ['w'] }, same)
    expect(other.p).not.toBe(first.b)
    expect(same.texts).toHaveLength(6)
  })

  it('are not mixed up with larger circles that begin alike', () => {
    const same = new Numbering(0)
    const one = numbers({ a: ['x', 'a'] }, same)
    const three = numbers({ a: ['x', 'b'], b: ['x', 'c'], c: ['y', 'a'] }, same)
    expect(new Set([one.a, three.a, three.b, three.c]).size).toBe(4)
  })
})

describe('groups', () => {
  it('stand behind those that they refer to', () => {
    const { a, b, c, d } = draftsOf({ a: ['', 'b'], b: ['', 'c', 'a'], c: ['', 'd'], d: ['', 'c'] }) as Record<'a' | 'b' | 'c' | 'd', Draft>
    const groups = groupsOf(new Map([a, b, c, d].map((draft) => [draft, draft.references()])))
    expect(groups.map((group) => new Set(group))).toEqual([new Set([c, d]), new Set([a, b])])
  })

  it('are found along ways of any length', () => {
    const length = 50_000
    const drafts = Array.from({ length }, () => new Draft())
    const references = new Map(drafts.map((draft, i) => [draft, [drafts[(i + 1) % length] as Draft]]))
    expect(groupsOf(references).map((group) => group.length)).toEqual([length])
  })
})
