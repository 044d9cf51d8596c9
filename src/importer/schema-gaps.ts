import { ASSERTED } from '../json-schema/formats/formats.ts'
import type { Gaps } from './gap.ts'
import { mayBacktrack } from './pattern-risk.ts'
import type { Place } from './place.ts'

/** Keywords under which one schema stands that judges the same value, or a part of it. */
const ONE = [
  'items',
  'additionalProperties',
  'additionalItems',
  'contains',
  'unevaluatedItems',
  'unevaluatedProperties',
  'propertyNames',
  'then',
  'else',
] as const
/** Lists of schemas. */
const MANY = ['allOf', 'anyOf', 'oneOf', 'prefixItems'] as const
/** Schemas by name. */
const NAMED = ['properties', 'patternProperties', 'dependentSchemas'] as const

/** Formats whose values are short by themselves. */
const SHORT_FORMATS: ReadonlySet<string> = new Set([
  'date',
  'date-time',
  'time',
  'duration',
  'uuid',
  'ipv4',
  'ipv6',
  'email',
  'idn-email',
  'hostname',
  'idn-hostname',
])
/** Formats that say what a text is for, not what it looks like. */
const WORDS_ALONE: ReadonlySet<string> = new Set(['password', 'binary'])

/** Looks through schemas of requests for what they leave open. Each schema is looked at once, wherever it is used. */
export class SchemaGaps {
  readonly #gaps: Gaps
  readonly #seen = new Set<string>()

  constructor(gaps: Gaps) {
    this.#gaps = gaps
  }

  /** Looks at a schema and all that it uses. */
  look(schema: Place): void {
    const open = [schema]
    for (let given = open.pop(); given !== undefined; given = open.pop()) {
      const place = given.resolved()
      if (this.#seen.has(place.pointer)) continue
      this.#seen.add(place.pointer)
      if (!place.isObject() || place.is('readOnly')) continue
      this.#judge(place)
      open.push(...below(place).toReversed())
    }
  }

  #judge(place: Place): void {
    const types = [place.child('type')?.value].flat()
    const pattern = place.text('pattern')
    if (pattern !== undefined && mayBacktrack(pattern)) this.#gaps.add('pattern', `${place.pointer}/pattern`, 'a repetition inside of a repetition')
    if (place.has('enum') || place.has('const')) return
    const format = place.text('format') ?? ''
    if (format !== '' && !isKnown(format)) this.#gaps.add('unchecked', `${place.pointer}/format`, `format ${JSON.stringify(format)}, which nobody checks`)
    if (types.includes('string') && !place.has('maxLength') && !SHORT_FORMATS.has(format)) {
      this.#gaps.add('long-text', place.pointer, pattern === undefined ? 'no maxLength, no pattern' : 'no maxLength')
    }
    if (types.includes('array') && !place.has('maxItems')) this.#gaps.add('long-list', place.pointer, 'no maxItems')
    if (types.includes('integer') && ASSERTED.number(format) === undefined) {
      const missing = [
        ...(place.has('minimum') || place.has('exclusiveMinimum') ? [] : ['minimum']),
        ...(place.has('maximum') || place.has('exclusiveMaximum') ? [] : ['maximum']),
      ]
      if (missing.length > 0) this.#gaps.add('large-number', place.pointer, `no ${missing.join(', no ')}`)
    }
    this.#judgeObject(place, types.includes('object'))
  }

  #judgeObject(place: Place, isObject: boolean): void {
    const further = place.child('additionalProperties')?.value
    if (further === true || (further !== undefined && further !== false)) {
      const isFree = further === true || Object.keys(Object(further)).length === 0
      this.#gaps.add('open-object', place.pointer, isFree ? 'additionalProperties of any kind' : 'additionalProperties of any name')
      return
    }
    const saysMore = ['properties', 'patternProperties', 'allOf', 'anyOf', 'oneOf', '$ref', 'unevaluatedProperties'].some((key) => place.has(key))
    if (isObject && further === undefined && !saysMore) this.#gaps.add('open-object', place.pointer, 'an object without properties')
  }
}

function isKnown(format: string): boolean {
  return ASSERTED.string(format) !== undefined || ASSERTED.number(format) !== undefined || WORDS_ALONE.has(format)
}

/** @returns the schemas that a schema uses. */
function below(place: Place): readonly Place[] {
  return [
    ...ONE.flatMap((key) => place.child(key) ?? []).filter((one) => one.isObject()),
    ...MANY.flatMap((key) => place.child(key)?.items() ?? []),
    ...NAMED.flatMap((key) => membersOf(place.child(key))),
  ]
}

/** A property may be called as an extension is. */
function membersOf(place: Place | undefined): readonly Place[] {
  return place?.isObject() ? Object.keys(place.value as object).map((key) => place.child(key) as Place) : []
}
