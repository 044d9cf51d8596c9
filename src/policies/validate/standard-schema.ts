import type * as v from 'valibot'

/** What every schema library that implements Standard Schema v1 (https://standardschema.dev) offers; the parts of it that are used here. */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** What validation came to. Present `issues` mean failure. */
export type StandardResult<Output = unknown> = { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly StandardIssue[] }

/** One thing that a schema found wrong. The message may repeat the value: it is never shown. */
export interface StandardIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Tells schemas from everything else that could stand in a configuration. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || !('~standard' in value)) return false
  const standard = value['~standard']
  return typeof standard === 'object' && standard !== null && 'validate' in standard && typeof standard.validate === 'function'
}

/** Tells valibot's schemas, whose structure can be read and whose issues can be put into words. */
export function isValibot(schema: unknown): schema is v.GenericSchema | v.GenericSchemaAsync {
  return isStandardSchema(schema) && schema['~standard'].vendor === 'valibot' && 'kind' in schema && schema.kind === 'schema'
}

/** Tells valibot's synchronous schemas. */
export function isSynchronousValibot(schema: unknown): schema is v.GenericSchema {
  return isValibot(schema) && !schema.async
}

/** The keys that a schema takes, over all its alternatives. */
export type InputKeys<S> = S extends StandardSchema<infer Input, unknown> ? KeysOf<Input> : never
type KeysOf<Input> = Input extends unknown ? Extract<keyof Input, string> : never
