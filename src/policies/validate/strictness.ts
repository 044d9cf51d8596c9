import type { ConfigurationProblem } from '../../core/problems.ts'
import { isForbiddenKey } from '../../lib/json-keys.ts'
import { childrenOf, isUnknowable, type SchemaNode } from './schema-tree.ts'

/** Why a schema lets through what it does not list, and what to do about it. */
export type Looseness = Omit<ConfigurationProblem, 'path'>

/** @returns what is loose about one valibot schema, without those inside of it. */
export function loosenessOf(node: SchemaNode): readonly Looseness[] {
  const rules = Array.isArray(node.pipe) ? PIPE_RULES : SCHEMA_RULES
  return rules.flatMap((rule) => rule(node) ?? [])
}

type Rule = (node: SchemaNode) => Looseness | undefined

const looseObject: Rule = ({ type, rest }) => {
  const open = type === 'loose_object' || (type === 'object_with_rest' && !isType(rest, 'never'))
  return open
    ? { found: `a ${type}`, expected: 'v.object or v.strictObject', fix: 'list the keys; for a map, use v.record with keys that a schema bounds' }
    : undefined
}

const looseTuple: Rule = ({ type }) =>
  type === 'loose_tuple' ? { found: 'a loose_tuple', expected: 'v.tuple, v.strictTuple or v.tupleWithRest', fix: 'say what the further items are' } : undefined

const boundlessRecord: Rule = ({ type, key }) =>
  type === 'record' && isBoundless(key)
    ? {
        found: 'a record with any keys',
        expected: 'a record whose keys a schema bounds',
        fix: 'give the keys a picklist or a pattern: v.record(v.pipe(v.string(), v.regex(/^[a-z]{1,32}$/)), …)',
      }
    : undefined

const fallback: Rule = (node) =>
  'fallback' in node && !repeatsFallback(node)
    ? { found: 'a fallback', expected: 'a schema that fails', fix: 'remove v.fallback: it calls an invalid value valid, and the origin gets the invalid one' }
    : undefined

const unknowableLazy: Rule = (node) =>
  isUnknowable(node)
    ? {
        found: 'a lazy schema that reads the value, or whose schema is not there yet',
        expected: 'v.lazy(() => schema)',
        fix: 'use v.variant or v.union, whose alternatives can be checked at start; declare the schema above the gateway',
      }
    : undefined

const inheritedKey: Rule = ({ entries }) => {
  const key = Object.keys(entries ?? {}).find((name) => name in Object.prototype || isForbiddenKey(name))
  return key === undefined
    ? undefined
    : { found: `the key ${JSON.stringify(key)}`, expected: 'a key that objects do not inherit', fix: 'rename it: it is refused, or taken from the prototype' }
}

const reshaping: Rule = ({ pipe }) => {
  if (!Array.isArray(pipe) || !holdsKeys(pipe[0], true)) return undefined
  const first = pipe.findIndex((item) => isKind(item, 'schema') && holdsKeys(item, false))
  const found = first < 0 ? undefined : pipe.slice(first).find((item) => isKind(item, 'transformation') && !KEEPING.has(item.type))
  return found === undefined
    ? undefined
    : {
        found: `the transformation ${found.type} of something that has keys`,
        expected: 'transformations of single values',
        fix: 'transform its fields instead: keys that were not listed are found by comparing what was sent with what comes out',
      }
}

/** A pipe repeats its first schema, which is judged on its own. */
const PIPE_RULES: readonly Rule[] = [fallback, reshaping]
const SCHEMA_RULES: readonly Rule[] = [looseObject, looseTuple, boundlessRecord, fallback, unknowableLazy, inheritedKey]

/** Transformations that change types, not values. */
const KEEPING: ReadonlySet<string> = new Set(['readonly', 'brand', 'flavor'])
const KEYED: ReadonlySet<string> = new Set(['object', 'strict_object', 'loose_object', 'object_with_rest', 'record', 'lazy', 'variant', 'tuple', 'loose_tuple'])
const ANYTHING: ReadonlySet<string> = new Set(['any', 'unknown', 'custom'])

/** Whether what the schema takes can hold keys (or, as a tuple does, items) that it drops. `anything` is what schemas without structure count as. */
function holdsKeys(node: unknown, anything: boolean): boolean {
  if (!isKind(node, 'schema')) return false
  if (ANYTHING.has(node.type)) return anything
  if (KEYED.has(node.type)) return true
  const inside = childrenOf(node).map((child) => child.node)
  return (Array.isArray(node.pipe) ? inside.slice(0, 1) : inside).some((child) => holdsKeys(child, anything))
}

function repeatsFallback({ pipe }: SchemaNode): boolean {
  return Array.isArray(pipe) && isKind(pipe[0], 'schema') && 'fallback' in pipe[0]
}

function isBoundless(key: unknown): boolean {
  if (!isKind(key, 'schema') || !(key.type === 'string' || ANYTHING.has(key.type))) return false
  return !(Array.isArray(key.pipe) && key.pipe.some((item) => isKind(item, 'validation')))
}

function isKind(value: unknown, kind: string): value is SchemaNode {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind
}

function isType(value: unknown, type: string): boolean {
  return isKind(value, 'schema') && value.type === type
}
