import type { Keyword } from './keyword.ts'
import * as k from './keywords.ts'
import * as openapi from './openapi-keywords.ts'

/** How a dialect of JSON Schema is read. */
export interface Rules {
  /** In the order in which they are written. */
  readonly keywords: ReadonlyMap<string, Keyword>
  /** `$ref` stands alone: what is beside it says nothing. */
  readonly refAlone: boolean
  /** Where names of schemas inside of a resource come from: fragments of `$id`, `$anchor` (and `$dynamicAnchor`), or nowhere. */
  readonly names: '$id' | '$anchor' | 'none'
}

const NUMBERS: readonly Keyword[] = [k.figure('maximum'), k.figure('exclusiveMaximum'), k.figure('minimum'), k.figure('exclusiveMinimum')]
const SIZES: readonly Keyword[] = [
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
const VALIDATION: readonly Keyword[] = [k.type, k.enumeration, k.constant, k.multipleOf, ...NUMBERS, ...SIZES]
const COUNTED: readonly Keyword[] = [k.count('maxContains'), k.count('minContains'), k.dependentRequired]
const CONTAINS = k.one('contains', 'apart')
const PROPERTIES = k.byName('properties', 'value')
const ADDITIONAL = k.one('additionalProperties', 'value')
const OBJECTS: readonly Keyword[] = [PROPERTIES, k.patternProperties, ADDITIONAL, k.one('propertyNames', 'apart')]
const COMPOSED: readonly Keyword[] = [k.allOf, k.list('anyOf', 'here'), k.list('oneOf', 'here'), k.one('not', 'apart')]
const CONDITION: readonly Keyword[] = [k.one('if', 'apart'), k.one('then', 'here'), k.one('else', 'here')]
const LISTED_ITEMS: readonly Keyword[] = [k.itemsOrList, { name: 'additionalItems', holds: 'schemas' }, CONTAINS]
const UNEVALUATED: readonly Keyword[] = [k.one('unevaluatedItems', 'value'), k.one('unevaluatedProperties', 'value')]
const DEPENDENT = k.byName('dependentSchemas', 'here')

const rules = (names: Rules['names'], ...keywords: readonly (readonly Keyword[])[]): Rules => ({
  keywords: new Map(keywords.flat().map((keyword) => [keyword.name, keyword])),
  refAlone: names !== '$anchor',
  names,
})

/** Draft-07 (https://json-schema.org/draft-07). */
export const DRAFT_07 = rules(
  '$id',
  [k.reference, k.definitions('definitions')],
  VALIDATION,
  [k.format],
  LISTED_ITEMS,
  OBJECTS,
  [k.dependencies],
  COMPOSED,
  CONDITION,
)

/** 2019-09 (https://json-schema.org/draft/2019-09): only for documents that say so. */
const DRAFT_2019_09 = rules(
  '$anchor',
  [k.reference, k.dynamicReference('$recursiveRef'), k.definitions('$defs'), k.definitions('definitions')],
  VALIDATION,
  COUNTED,
  [k.format],
  LISTED_ITEMS,
  OBJECTS,
  [DEPENDENT, k.dependencies],
  COMPOSED,
  CONDITION,
  UNEVALUATED,
)

const CORE: readonly Keyword[] = [k.reference, k.dynamicReference('$dynamicRef'), k.definitions('$defs'), k.definitions('definitions')]
const APPLICATOR: readonly Keyword[] = [
  k.list('prefixItems', 'value'),
  k.one('items', 'value'),
  CONTAINS,
  ...OBJECTS,
  DEPENDENT,
  k.dependencies,
  ...COMPOSED,
  ...CONDITION,
]

/** 2020-12 (https://json-schema.org/draft/2020-12). */
export const DRAFT_2020_12 = rules('$anchor', CORE, VALIDATION, COUNTED, [k.format], APPLICATOR, UNEVALUATED)

/** OpenAPI 3.0 (3.0.4 §4.7.24): its own subset of an old draft. */
export const OPENAPI_30 = rules(
  'none',
  [k.reference, openapi.type, k.enumeration, k.multipleOf],
  openapi.BOUNDS,
  SIZES,
  [k.format, k.one('items', 'value'), PROPERTIES, ADDITIONAL],
  COMPOSED,
  openapi.OWN,
)

/** OpenAPI 3.1 and 3.2: 2020-12 with OpenAPI's base vocabulary. */
export const OPENAPI_31 = rules('$anchor', CORE, VALIDATION, COUNTED, [k.format], APPLICATOR, UNEVALUATED, openapi.OWN)

const DIALECTS: ReadonlyMap<string, Rules> = new Map([
  ['http://json-schema.org/draft-06/schema', DRAFT_07],
  ['http://json-schema.org/draft-07/schema', DRAFT_07],
  ['https://json-schema.org/draft/2019-09/schema', DRAFT_2019_09],
  ['https://json-schema.org/draft/2020-12/schema', DRAFT_2020_12],
  ['https://spec.openapis.org/oas/3.1/dialect/base', OPENAPI_31],
  ['https://spec.openapis.org/oas/3.1/dialect/2024-11-10', OPENAPI_31],
  ['https://spec.openapis.org/oas/3.2/dialect/2025-09-17', OPENAPI_31],
])

/** @returns how a dialect is read, by its `$schema`; undefined for one that is not known. */
export function rulesOf(uri: string): Rules | undefined {
  return DIALECTS.get(uri.replace(/#$/, ''))
}

const VOCABULARY = 'https://json-schema.org/draft/2020-12/vocab/'
/** What each vocabulary of 2020-12 brings; the others only annotate. */
const VOCABULARIES: ReadonlyMap<string, readonly Keyword[]> = new Map([
  [`${VOCABULARY}core`, CORE],
  [`${VOCABULARY}validation`, [...VALIDATION, ...COUNTED]],
  [`${VOCABULARY}applicator`, APPLICATOR],
  [`${VOCABULARY}unevaluated`, UNEVALUATED],
  [`${VOCABULARY}format-annotation`, [k.format]],
  [`${VOCABULARY}format-assertion`, [k.format]],
  [`${VOCABULARY}meta-data`, []],
  [`${VOCABULARY}content`, []],
  ['https://spec.openapis.org/oas/3.1/vocab/base', openapi.OWN],
  ['https://spec.openapis.org/oas/3.2/vocab/base', openapi.OWN],
])

/** @returns a dialect without the keywords of vocabularies that a metaschema's `$vocabulary` does not name; the name of one that is not known but required. */
export function withVocabularies(base: Rules, vocabularies: Readonly<Record<string, unknown>>): Rules | string {
  const unknown = Object.keys(vocabularies).find((uri) => vocabularies[uri] === true && !VOCABULARIES.has(uri))
  if (unknown !== undefined) return unknown
  const brought = new Set([...VOCABULARIES].flatMap(([uri, keywords]) => (Object.hasOwn(vocabularies, uri) ? keywords : [])))
  return { ...base, keywords: new Map([...base.keywords].filter(([, keyword]) => brought.has(keyword))) }
}
