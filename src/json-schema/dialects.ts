import type { Keyword } from './keyword.ts'
import * as k from './keywords.ts'

/** How a dialect of JSON Schema is read. */
export interface Rules {
  /** In the order in which they are written. */
  readonly keywords: ReadonlyMap<string, Keyword>
  /** `$ref` stands alone: what is beside it says nothing. */
  readonly refAlone: boolean
  /** Fragments of `$id` are names; else `$anchor` and `$dynamicAnchor` give names. */
  readonly anchorsInId: boolean
}

const VALIDATION: readonly Keyword[] = [
  k.type,
  k.enumeration,
  k.constant,
  k.multipleOf,
  k.figure('maximum'),
  k.figure('exclusiveMaximum'),
  k.figure('minimum'),
  k.figure('exclusiveMinimum'),
  k.count('maxLength'),
  k.count('minLength'),
  k.pattern,
  k.count('maxItems'),
  k.count('minItems'),
  k.uniqueItems,
  k.count('maxProperties'),
  k.count('minProperties'),
  k.required,
]
const OBJECTS: readonly Keyword[] = [
  k.byName('properties', 'value'),
  k.patternProperties,
  k.one('additionalProperties', 'value'),
  k.one('propertyNames', 'apart'),
]
const IN_PLACE: readonly Keyword[] = [k.list('allOf', 'here'), k.list('anyOf', 'here'), k.list('oneOf', 'here'), k.one('not', 'apart')]
const CONDITION: readonly Keyword[] = [k.one('if', 'apart'), k.one('then', 'here'), k.one('else', 'here')]
const CONTAINS = k.one('contains', 'apart')

const rules = (keywords: readonly (readonly Keyword[])[], refAlone: boolean): Rules => ({
  keywords: new Map(keywords.flat().map((keyword) => [keyword.name, keyword])),
  refAlone,
  anchorsInId: refAlone,
})

/** Draft-07 (https://json-schema.org/draft-07). */
export const DRAFT_07 = rules(
  [
    [k.reference, k.definitions('definitions')],
    VALIDATION,
    [k.format, k.itemsOrList, { name: 'additionalItems', holds: 'schemas' }, CONTAINS],
    OBJECTS,
    [k.dependencies],
    IN_PLACE,
    CONDITION,
  ],
  true,
)

/** 2020-12 (https://json-schema.org/draft/2020-12). */
export const DRAFT_2020_12 = rules(
  [
    [k.reference, k.definitions('$defs'), k.definitions('definitions')],
    VALIDATION,
    [k.format, k.list('prefixItems', 'value'), k.one('items', 'value'), CONTAINS, k.count('maxContains'), k.count('minContains')],
    [k.one('unevaluatedItems', 'value'), k.dependentRequired],
    OBJECTS,
    [k.byName('dependentSchemas', 'here'), k.one('unevaluatedProperties', 'value')],
    IN_PLACE,
    CONDITION,
  ],
  false,
)

const DIALECTS: ReadonlyMap<string, Rules> = new Map([
  ['http://json-schema.org/draft-07/schema', DRAFT_07],
  ['https://json-schema.org/draft/2020-12/schema', DRAFT_2020_12],
])

/** @returns how a dialect is read, by its `$schema`; undefined for one that is not known. */
export function rulesOf(uri: string): Rules | undefined {
  return DIALECTS.get(uri.replace(/#$/, ''))
}
