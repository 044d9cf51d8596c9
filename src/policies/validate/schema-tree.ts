import { JsonSchema } from '../../json-schema/hand-written.ts'
import { isValibot } from './standard-schema.ts'
import { listedNames } from './text-values.ts'

/** A valibot schema or action, as far as its structure is read here. */
export type SchemaNode = Readonly<Record<string, unknown>> & {
  readonly kind: string
  readonly type: string
  readonly getter?: (input: unknown) => unknown
}

/** A schema and the place of the values that it judges: entries' names, `*` for items and values. */
export interface PlacedSchema {
  readonly node: SchemaNode
  readonly path: readonly string[]
}

/** Every schema and action inside of a valibot schema. */
export interface SchemaTree {
  readonly placed: readonly PlacedSchema[]
  /** False where a lazy schema makes new schemas without end. */
  readonly complete: boolean
}

/** Far beyond any schema that was written down; one that makes new schemas on and on passes one of them soon. */
const MAX_NODES = 20_000
const MAX_PATH = 100
const EMPTY: SchemaTree = { placed: [], complete: true }

/** @returns the tree of a valibot schema, each schema once; an empty one for other libraries, whose structure is their own. */
export function schemaTree(schema: unknown): SchemaTree {
  if (!isValibot(schema) || !isNode(schema)) return EMPTY
  const placed: PlacedSchema[] = [{ node: schema, path: [] }]
  const seen = new Set<unknown>([schema])
  for (let i = 0; i < placed.length; i++) {
    const { node, path } = placed[i] as PlacedSchema
    if (i === MAX_NODES || path.length > MAX_PATH) return { placed, complete: false }
    if (node.getter !== undefined) {
      if (seen.has(node.getter)) continue
      seen.add(node.getter)
    }
    for (const child of childrenOf(node)) {
      if (seen.has(child.node)) continue
      seen.add(child.node)
      placed.push({ node: child.node, path: [...path, ...child.path] })
    }
  }
  return { placed, complete: true }
}

/** @returns the keys that the schema lists for its outermost object, over all alternatives. */
export function outermostKeys(schema: unknown): readonly string[] {
  // A faulty one is refused for its fault.
  if (schema instanceof JsonSchema) return schema.fault === undefined ? listedNames(schema.compiled()) : []
  const entries = schemaTree(schema).placed.filter(({ path }) => path.length === 0)
  return [...new Set(entries.flatMap(({ node }) => (isObject(node.entries) ? Object.keys(node.entries) : [])))]
}

/** @returns the messages that the schema's author wrote as constants: they cannot repeat a value. */
export function constantMessages(schema: unknown): ReadonlySet<string> {
  return new Set(schemaTree(schema).placed.flatMap(({ node }) => (typeof node.message === 'string' ? [node.message] : [])))
}

/** The schemas and actions directly inside of one. What a pipe's schema holds is read from the pipe, which repeats it. */
export function childrenOf(node: SchemaNode): readonly PlacedSchema[] {
  const { entries, items, pipe, options } = node
  if (Array.isArray(pipe)) return at([], pipe)
  return [
    ...(isObject(entries) ? Object.entries(entries).flatMap(([key, entry]) => at([key], [entry])) : []),
    ...(Array.isArray(items) ? items.flatMap((item, i) => at([String(i)], [item])) : []),
    ...at(['*'], [node.key, node.item, node.value, node.rest]),
    ...at([], [node.wrapped, lazily(node), ...(Array.isArray(options) ? options : [])]),
  ]
}

function at(path: readonly string[], nodes: readonly unknown[]): readonly PlacedSchema[] {
  return nodes.filter(isNode).map((node) => ({ node, path }))
}

function lazily({ getter }: SchemaNode): unknown {
  if (getter === undefined || getter.length > 0) return undefined
  try {
    return getter(undefined)
  } catch {
    return undefined
  }
}

/** Whether the schema is a lazy one of which nothing can be said. */
export function isUnknowable(node: SchemaNode): boolean {
  return node.getter !== undefined && !isNode(lazily(node))
}

function isNode(value: unknown): value is SchemaNode {
  return isObject(value) && 'kind' in value && 'type' in value && typeof value.kind === 'string' && typeof value.type === 'string'
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
