import * as v from 'valibot'
import { MAX_VIOLATIONS, type Violation } from '../../core/problem.ts'
import { JsonSchema } from '../../json-schema/hand-written.ts'
import { tallyValue } from '../../lib/json-keys.ts'
import { jsonPointer } from '../../lib/json-pointer.ts'
import { STRAY } from '../../openapi/unread.ts'
import { constantMessages } from './schema-tree.ts'
import { isSynchronousValibot, isValibot, type StandardResult, type StandardSchema } from './standard-schema.ts'
import { textReader } from './text-values.ts'
import { unlisted } from './unlisted.ts'
import { type Issue, type Place, unlistedAt, violationOf } from './violations.ts'

/** The schema's output, or everything wrong with the input. */
export type Verdict = { readonly value: unknown; readonly violations?: never } | { readonly violations: readonly Violation[] }

/** Judges input of bounded depth. `every`: collect all violations, not only the first. */
export type Validator = (input: unknown, every: boolean) => Verdict | Promise<Verdict>

/** How one part of the request is judged. */
export interface ValidatorOptions {
  readonly place: Place
  /** Whether input that the schema does not list is refused. */
  readonly closed: boolean
}

/** @returns a validator; a synchronous one for valibot's synchronous schemas, and for others whenever they answer at once. */
export function compileValidator(schema: StandardSchema, { place, closed }: ValidatorOptions): Validator {
  if (schema instanceof JsonSchema) return compileJsonSchema(schema, { place, closed })
  const ownMessages = constantMessages(schema)
  const refuse = (issues: readonly Issue[]): Verdict => ({
    violations: issues.slice(0, MAX_VIOLATIONS).map((issue) => violationOf(issue, place, ownMessages)),
  })
  const accept = (input: unknown, value: unknown): Verdict => {
    const violations = closed ? unlisted(input, value, place) : []
    return violations.length === 0 ? { value } : { violations }
  }
  if (isSynchronousValibot(schema)) {
    return (input, every) => {
      const result = v.safeParse(schema, input, { abortEarly: true })
      if (result.success) return accept(input, result.output)
      return refuse((every ? v.safeParse(schema, input).issues : undefined) ?? result.issues)
    }
  }
  // A library that strips what it does not know from the input itself would hide it from the comparison.
  const count = isValibot(schema) ? () => 0 : (input: unknown) => tallyValue(input).keys
  const judge = (input: unknown, keys: number, result: StandardResult): Verdict => {
    if (result.issues !== undefined) return refuse(result.issues)
    // Neither a value nor issues: whatever this is, it is no yes.
    if (!('value' in result)) throw new TypeError('a schema gave a result that is not of Standard Schema')
    return closed && count(input) !== keys ? { violations: [unlistedAt(place, [])] } : accept(input, result.value)
  }
  const standard = schema['~standard']
  return (input) => {
    const keys = count(input)
    const result = standard.validate(input)
    return result instanceof Promise ? result.then((settled) => judge(input, keys, settled)) : judge(input, keys, result)
  }
}

/** Says yes or no first; why not is found out only then. The schema itself says which properties it refuses. */
function compileJsonSchema(schema: JsonSchema, { place, closed }: ValidatorOptions): Validator {
  const compiled = schema.compiled()
  const validator = compiled.schemas.validator(compiled.id)
  const read = place === '#' ? undefined : textReader(compiled, closed)
  return (input, every) => {
    const { values: value, stray } = read === undefined ? { values: input, stray: NONE } : read(input)
    if (stray.length > 0) return { violations: stray.slice(0, MAX_VIOLATIONS).map((name) => strayAt(place, name)) }
    return validator.test(value) ? { value } : { violations: validator.violations(value, place, every ? MAX_VIOLATIONS : 1) }
  }
}

const NONE: readonly string[] = []

function strayAt(place: Place, name: string): Violation {
  return { pointer: jsonPointer(place, [name]), rule: 'type', detail: STRAY.detail }
}
