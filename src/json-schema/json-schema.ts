import { type CompiledJsonSchema, JsonSchema } from './hand-written.ts'
import { SchemaPool } from './normalise/schema-pool.ts'
import { SchemaFault } from './schema-fault.ts'
import type { SchemaNode } from './schema-node.ts'
import { Schemas } from './schemas.ts'

/** What {@link jsonSchema} takes besides the schema. */
export interface JsonSchemaOptions {
  /** How the schema is read, unless its `$schema` says otherwise. Default: `2020-12`. */
  readonly dialect?: 'draft-07' | '2020-12'
  /**
   * Refuses properties that are not listed, wherever the schema lists some and says nothing about others: no `additionalProperties` and no
   * `unevaluatedProperties`. Default: true.
   */
  readonly closed?: boolean
  /** Other schemas that it refers to, by their absolute URIs. Nothing is ever fetched. */
  readonly documents?: Readonly<Record<string, unknown>>
}

/** The names that a schema lists, as far as TypeScript sees them: what a route's parameters are held against. */
type Listed<S> = S extends { readonly properties: infer P } ? { readonly [K in Extract<keyof P, string>]?: unknown } : unknown

/**
 * Makes a schema of JSON Schema (2020-12, or draft-07) into one that {@link https://standardschema.dev Standard Schema} is implemented by, so that it stands wherever such
 * schemas stand: `validate({ body: jsonSchema({ type: 'object', properties: { … } }) })`. What is wrong with it is told when the configuration is checked, with its place.
 */
export function jsonSchema<const S>(schema: S, options: JsonSchemaOptions = {}): JsonSchema<Listed<S>> {
  return new JsonSchema(() => compile(schema, options), { schema, ...options })
}

function compile(schema: unknown, { dialect = '2020-12', closed = true, documents = {} }: JsonSchemaOptions): CompiledJsonSchema | SchemaFault {
  try {
    const pool = new SchemaPool({ documents })
    const id = pool.add(schema, { dialect, closed })
    const { nodes } = pool
    return { schemas: new Schemas((id) => nodes[id] as SchemaNode), id }
  } catch (error) {
    if (error instanceof SchemaFault) return error
    throw error
  }
}
