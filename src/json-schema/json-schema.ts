import type { Violation } from '../core/problem.ts'
import { parsePointer } from '../lib/json-pointer.ts'
import { SchemaPool } from './normalise/schema-pool.ts'
import { SchemaFault } from './schema-fault.ts'
import type { SchemaId, SchemaNode } from './schema-node.ts'
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

/** A normalised schema and the compiled ones that it stands among. */
export interface CompiledJsonSchema {
  readonly schemas: Schemas
  readonly id: SchemaId
}

/** The names that a schema lists, as far as TypeScript sees them: what a route's parameters are held against. */
type Listed<S> = S extends { readonly properties: infer P } ? { readonly [K in Extract<keyof P, string>]?: unknown } : unknown

/**
 * Makes a schema of JSON Schema (2020-12, or draft-07) into one that {@link https://standardschema.dev Standard Schema} is implemented by, so that it stands wherever such
 * schemas stand: `validate({ body: jsonSchema({ type: 'object', properties: { … } }) })`. What is wrong with it is told when the configuration is checked, with its place.
 */
export function jsonSchema<const S>(schema: S, options: JsonSchemaOptions = {}): JsonSchema<Listed<S>> {
  return new JsonSchema(schema, options)
}

/** Most issues that validation by itself tells. */
const MAX_ISSUES = 20

/** A schema written in JSON Schema. It is normalised when it is first asked for. */
export class JsonSchema<Value = unknown> {
  readonly #schema: unknown
  readonly #options: JsonSchemaOptions
  #compiled: CompiledJsonSchema | SchemaFault | undefined

  constructor(schema: unknown, options: JsonSchemaOptions = {}) {
    this.#schema = schema
    this.#options = options
  }

  /** Standard Schema v1; its validation throws a {@link SchemaFault} where the schema is none. Values are those of JSON, of bounded depth. */
  get '~standard'() {
    return {
      version: 1 as const,
      vendor: 'portcullis',
      validate: (value: unknown): { readonly value: Value; readonly issues?: undefined } | { readonly issues: readonly JsonSchemaIssue[] } => {
        const { schemas, id } = this.compiled()
        const validator = schemas.validator(id)
        return validator.test(value) ? { value: value as Value } : { issues: validator.violations(value, '#', MAX_ISSUES).map(issueOf) }
      },
      types: undefined as { readonly input: Value; readonly output: Value } | undefined,
    }
  }

  /** What is wrong with the schema itself; undefined for nothing. */
  get fault(): SchemaFault | undefined {
    const found = this.#compile()
    return found instanceof SchemaFault ? found : undefined
  }

  /** @returns the compiled schema. @throws {SchemaFault} */
  compiled(): CompiledJsonSchema {
    const found = this.#compile()
    if (found instanceof SchemaFault) throw found
    return found
  }

  /** What a configuration's hash is made of. */
  toJSON(): unknown {
    return { schema: this.#schema, ...this.#options }
  }

  #compile(): CompiledJsonSchema | SchemaFault {
    this.#compiled ??= compile(this.#schema, this.#options)
    return this.#compiled
  }
}

/** An issue of Standard Schema. It never repeats a value. */
export interface JsonSchemaIssue {
  readonly message: string
  readonly path: readonly PropertyKey[]
}

function issueOf({ pointer, detail }: Violation): JsonSchemaIssue {
  const way = decodeURIComponent(pointer.slice(1))
  return { message: detail, path: way === '' ? [] : parsePointer(way) }
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
