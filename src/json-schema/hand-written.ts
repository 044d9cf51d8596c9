import type { Violation } from '../core/problem.ts'
import { parsePointer } from '../lib/json-pointer.ts'
import { SchemaFault } from './schema-fault.ts'
import type { SchemaId } from './schema-node.ts'
import type { Schemas } from './schemas.ts'

/** A normalised schema and the compiled ones that it stands among. */
export interface CompiledJsonSchema {
  readonly schemas: Schemas
  readonly id: SchemaId
}

/** Most issues that validation by itself tells. */
const MAX_ISSUES = 20

/**
 * A schema written in JSON Schema, as controls know it. It is normalised when it is first asked for, by who made it: a Worker without such schemas carries neither
 * the normaliser nor the compiler.
 */
export class JsonSchema<Value = unknown> {
  readonly #make: () => CompiledJsonSchema | SchemaFault
  readonly #written: unknown
  #compiled: CompiledJsonSchema | SchemaFault | undefined

  /** @param written what it was made of, for the configuration's hash */
  constructor(make: () => CompiledJsonSchema | SchemaFault, written: unknown) {
    this.#make = make
    this.#written = written
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
    return this.#written
  }

  #compile(): CompiledJsonSchema | SchemaFault {
    this.#compiled ??= this.#make()
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
