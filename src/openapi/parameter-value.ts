import { isJson } from '../content/media-kind.ts'
import { MAX_VIOLATIONS, type Violation } from '../core/problem.ts'
import type { Schemas, SchemaValidator } from '../json-schema/schemas.ts'
import { type JsonFault, type JsonLimits, readJson } from '../lib/json-body.ts'
import { jsonPointer } from '../lib/json-pointer.ts'
import type { Parameter, ParameterPlace } from './description.ts'
import { SchemaFacts } from './schema-facts.ts'
import { textValueOf } from './text-value.ts'
import { Unread } from './unread.ts'

/** A described parameter, as far as it is judged alike wherever it stands. */
export class ParameterValue {
  readonly name: string
  readonly pointer: string
  readonly #parameter: Parameter
  readonly #schemas: Schemas
  #validator: SchemaValidator | undefined

  constructor(parameter: Parameter, schemas: Schemas) {
    this.name = parameter.name
    this.pointer = jsonPointer(parameter.in, [parameter.name])
    this.#parameter = parameter
    this.#schemas = schemas
  }

  get allowsEmpty(): boolean {
    return this.#parameter.allowEmptyValue === true
  }

  /** It is not there. */
  miss(found: Violation[]): void {
    if (this.#parameter.required) note(found, { pointer: this.pointer, rule: 'required', detail: 'required' })
  }

  /** Judges what was read. @returns whether it is sound; what is wrong is added to `found` */
  judge(value: unknown, found: Violation[]): boolean {
    if (value instanceof Unread) {
      note(found, { pointer: this.pointer, rule: 'style', detail: `expected: ${value.detail}` })
      return false
    }
    const id = this.#parameter.schema ?? this.#parameter.content?.schema
    if (id === undefined) return true
    this.#validator ??= this.#schemas.validator(id)
    if (this.#validator.test(value)) return true
    if (found.length < MAX_VIOLATIONS) found.push(...this.#validator.violations(value, this.pointer, MAX_VIOLATIONS - found.length))
    return false
  }
}

/** What a violation says of something that nothing describes. */
export const NOT_LISTED = 'not allowed here'

/** Something was sent that nothing describes. */
export function unlisted(place: ParameterPlace, name: string): Violation {
  return { pointer: jsonPointer(place, [name]), rule: 'additionalProperties', detail: NOT_LISTED }
}

/** Adds a violation while there is room for it. */
export function note(found: Violation[], violation: Violation): void {
  if (found.length < MAX_VIOLATIONS) found.push(violation)
}

/** @returns a reader of a parameter whose text is a document of a media type: JSON, or else a plain text. */
export function contentReader({ mediaType, schema }: NonNullable<Parameter['content']>, schemas: Schemas, limits: JsonLimits): (text: string) => unknown {
  if (isJson(mediaType)) return (text) => jsonOf(text, limits)
  const node = schema === undefined ? undefined : schemas.node(schema)
  const facts = SchemaFacts.of(schemas)
  return (text) => textValueOf(text, node, facts)
}

const ENCODER = new TextEncoder()

/** @returns the value of a JSON text that has one reading. */
export function jsonOf(text: string, limits: JsonLimits): unknown {
  const reading = readJson(ENCODER.encode(text), limits)
  return reading.fault === undefined ? reading.value : JSON_FAULTS[reading.fault]
}

const JSON_FAULTS: Readonly<Record<JsonFault, Unread>> = {
  encoding: new Unread('JSON in UTF-8'),
  syntax: new Unread('JSON'),
  depth: new Unread('JSON that is nested less deeply'),
  'duplicate-key': new Unread('JSON whose objects have each name once'),
  'forbidden-key': new Unread('JSON with names that are listed'),
  'number-precision': new Unread('numbers that are exact'),
  'too-many-keys': new Unread('JSON with fewer names'),
  'too-many-items': new Unread('JSON with fewer items'),
  'string-length': new Unread('JSON with shorter texts'),
  'key-length': new Unread('JSON with shorter names'),
  'number-length': new Unread('JSON with shorter numbers'),
}
