import { isJsonObject } from '../../lib/json-object.ts'
import type { SchemaFault } from '../schema-fault.ts'
import type { SchemaNode, SchemaObject } from '../schema-node.ts'

/** A normalised schema while it is written: numbers of others may still be {@link SchemaTarget}s. */
export type WrittenObject = { -readonly [K in keyof SchemaObject]?: unknown }
/** See {@link WrittenObject}. */
export type Written = boolean | WrittenObject

/** Another schema that is referred to by number: the number, or what becomes it in JSON. */
export type SchemaTarget = number | { toJSON(): unknown }

/**
 * How a schema inside of another is used: `here`, it judges the same value; `value`, a value of its own begins; `apart`, only whether it holds is
 * asked (`not`, `if`, `contains`), so that it must stay exactly as its author wrote it.
 */
export type Usage = 'here' | 'value' | 'apart'

/** The schema that is being written, as its keywords see it. */
export interface Site {
  readonly schema: Readonly<Record<string, unknown>>
  /** @returns a schema inside of this one, written. */
  inner(usage: Usage, ...path: readonly (string | number)[]): Written
  /** @returns the schema that a reference in this schema means, used in place. @throws {SchemaFault} where there is none */
  target(reference: string, keyword: string): SchemaTarget
  /** @returns what a dynamic reference asks for; only a target where it is a plain one. @throws {SchemaFault} where there is nothing */
  dynamic(reference: string, keyword: string): { readonly anchor?: string; readonly initial: SchemaTarget }
  /** Whether a property is refused in this direction, so that none can require it. */
  isRefused(name: string): boolean
  /** @returns what OpenAPI's discriminator of this schema decides between; undefined where it must not decide again, or has nothing to. */
  dispatch(): Dispatch | undefined
  /** Whether what is said about XML is kept. */
  readonly xml: boolean
  /** @returns the fault to throw; `path`: where, inside of this schema. */
  fault(path: readonly (string | number)[], found: unknown, expected: string, fix: string): SchemaFault
}

/** See {@link Site.dispatch}. */
export interface Dispatch {
  readonly property: string
  readonly mapping: Readonly<Record<string, SchemaTarget>>
  /** What judges objects without that property, and those whose value is not listed (OpenAPI 3.2). */
  readonly otherwise?: SchemaTarget
}

/** One keyword of a dialect. One without `write` is known and says nothing that is kept. */
export interface Keyword {
  readonly name: string
  /** Where schemas stand in its value: it is one or a list of them, or an object of them. */
  readonly holds?: 'schemas' | 'map'
  readonly write?: (out: WrittenObject, value: unknown, site: Site) => void
}

/** @returns an object without prototype: schemas may name `__proto__`. */
export function mapOf<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  const map: Record<string, T> = Object.create(null)
  for (const [name, value] of entries) map[name] = value
  return map
}

/** Adds schemas that must hold too; a reference that stands there already adds nothing. */
export function alsoAllOf(out: WrittenObject, schemas: readonly Written[]): void {
  const all = [...((out.allOf as readonly Written[] | undefined) ?? [])]
  const referred = new Set(all.map(onlyReference))
  for (const schema of schemas) {
    const target = onlyReference(schema)
    if (target === undefined || !referred.has(target)) all.push(schema)
    referred.add(target)
  }
  out.allOf = all
}

function onlyReference(schema: Written): unknown {
  return typeof schema === 'object' && Object.keys(schema).length === 1 ? schema.$ref : undefined
}

/** @returns an object's own property; undefined for all others, and for what is no object. */
export function own(value: unknown, name: string): unknown {
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

/** Whether a written schema says nothing. */
export function saysNothing(node: SchemaNode | Written): boolean {
  return node === true || (node !== false && Object.keys(node).length === 0)
}
