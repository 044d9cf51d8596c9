import { KIND } from '../json-schema/kinds.ts'
import type { SchemaNode } from '../json-schema/schema-node.ts'
import { decodeFormText, type FormPair } from '../lib/form-pairs.ts'
import { isForbiddenKey } from '../lib/json-keys.ts'
import type { SchemaFacts } from './schema-facts.ts'
import { textValueOf } from './text-value.ts'
import { BAD_NAME, MIXED, NOT_TEXT, REPEATED, Unread } from './unread.ts'

/** What stands below a name: one text, texts of `[]`, or more names. */
interface Branch {
  raw?: string
  listed?: string[]
  below?: Map<string, Branch>
}

/** Deeper nesting is no parameter that anybody describes. */
const MAX_DEPTH = 12
const SEGMENTS = /^(?:\[[^[\]]*\])+$/
const INDEX = /^(?:0|[1-9]\d{0,3})$/

/** @returns what stands before the first bracket of `a[b][c]`. */
export function deepRoot(name: string): string {
  const bracket = name.indexOf('[')
  return bracket < 0 ? name : name.slice(0, bracket)
}

/**
 * Reads `a[b]=1`, `a[b][c]=1`, lists as `a[0]=x&a[1]=y` or `a[]=x&a[]=y`, and `a=1` where no object is meant. The names are decoded before: all servers look for brackets after that.
 * One reading only: the schema says whether a place holds a list or an object; indices are there from 0 on, each once; `[]` ends a name, since servers do not agree on which of `a[][b]`
 * belong together; no place is written in two ways.
 * @param pairs of one root.
 */
export function readDeep(pairs: readonly FormPair[], node: SchemaNode | undefined, facts: SchemaFacts): unknown {
  const root: Branch = {}
  for (const pair of pairs) {
    const fault = grow(root, pair)
    if (fault !== undefined) return fault
  }
  return branchValue(root, node, facts)
}

function grow(root: Branch, { name, raw }: FormPair): Unread | undefined {
  const bracket = name.indexOf('[')
  if (bracket >= 0 && !SEGMENTS.test(name.slice(bracket))) return BAD_NAME
  const path = bracket < 0 ? [] : name.slice(bracket + 1, -1).split('][')
  if (path.length > MAX_DEPTH) return BAD_NAME
  let branch = root
  for (const [i, segment] of path.entries()) {
    if (branch.raw !== undefined) return MIXED
    if (segment === '') {
      if (i < path.length - 1 || branch.below !== undefined) return MIXED
      branch.listed ??= []
      branch.listed.push(raw)
      return undefined
    }
    if (branch.listed !== undefined) return MIXED
    if (isForbiddenKey(segment)) return BAD_NAME
    branch.below ??= new Map()
    let next = branch.below.get(segment)
    if (next === undefined) {
      next = {}
      branch.below.set(segment, next)
    }
    branch = next
  }
  if (branch.raw !== undefined) return REPEATED
  if (branch.below !== undefined || branch.listed !== undefined) return MIXED
  branch.raw = raw
  return undefined
}

function branchValue({ raw, listed, below }: Branch, node: SchemaNode | undefined, facts: SchemaFacts): unknown {
  const types = node === undefined ? 0 : facts.types(node)
  if (raw !== undefined) {
    const text = decodeFormText(raw)
    return text === undefined ? NOT_TEXT : textValueOf(text, node, facts)
  }
  if (listed !== undefined) return (types & KIND.array) === 0 ? MIXED : each(listed, (item, i) => branchValue({ raw: item }, inList(node, i, facts), facts))
  const names = below as Map<string, Branch>
  if ((types & KIND.array) !== 0 && ((types & KIND.object) === 0 || allIndices(names))) {
    const indexed: Branch[] = []
    for (let i = 0; i < names.size; i++) {
      const item = names.get(String(i))
      if (item === undefined) return MIXED
      indexed.push(item)
    }
    return each(indexed, (item, i) => branchValue(item, inList(node, i, facts), facts))
  }
  const object: Record<string, unknown> = Object.create(null)
  for (const [name, branch] of names) {
    const value = branchValue(branch, node === undefined ? undefined : facts.property(node, name), facts)
    if (value instanceof Unread) return value
    object[name] = value
  }
  return object
}

function inList(node: SchemaNode | undefined, index: number, facts: SchemaFacts): SchemaNode | undefined {
  return node === undefined ? undefined : facts.item(node, index)
}

function each<T>(items: readonly T[], read: (item: T, index: number) => unknown): unknown {
  const values: unknown[] = []
  for (const [i, item] of items.entries()) {
    const value = read(item, i)
    if (value instanceof Unread) return value
    values.push(value)
  }
  return values
}

function allIndices(names: ReadonlyMap<string, Branch>): boolean {
  for (const name of names.keys()) if (!INDEX.test(name)) return false
  return true
}
