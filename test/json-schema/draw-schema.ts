import type { Draw } from './draw.ts'

/** A schema as its author would write it. */
export type Written = boolean | Readonly<Record<string, unknown>>

/** Few names, so that schemas and instances meet; some of them are those of `Object.prototype` (Ajv calls `valueOf` and `toString`). */
export const NAMES = ['a', 'b', 'c', 'k', 'hasOwnProperty', 'isPrototypeOf']
const PATTERNS = ['^a', 'b$', '^.$', 'o', '^\\p{L}+$']
const TYPES = ['null', 'boolean', 'object', 'array', 'number', 'integer', 'string']
export const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  1,
  2,
  -1,
  0.5,
  3,
  '',
  'a',
  'ab',
  'b',
  '💩',
  'foo',
  [],
  [1],
  ['a', 1],
  {},
  { a: 1 },
  { b: 'a', a: 1 },
]
const DEFINITIONS = 3

/** Where in the schema: how deep, and which definitions may be referred to without looping. */
interface At {
  readonly depth: number
  readonly from: number
}

/** A schema over all keywords, recursive by its definitions. */
export function drawSchema(draw: Draw): Written {
  const root = object(draw, { depth: 0, from: 0 })
  const $defs = Object.fromEntries(Array.from({ length: DEFINITIONS }, (_, i) => [`d${i}`, sub(draw, { depth: 1, from: i + 1 })]))
  return { ...root, $defs }
}

function sub(draw: Draw, at: At): Written {
  if (draw.chance(8)) return draw.chance(70)
  if (at.depth > 3) return draw.chance(50) ? { type: draw.of(TYPES) } : { const: draw.of(VALUES) }
  return object(draw, at)
}

/** A schema for a property or an item: every definition may be referred to. */
const inside = (draw: Draw, at: At): Written => sub(draw, { depth: at.depth + 1, from: 0 })

const inPlace = (draw: Draw, at: At): Written => sub(draw, { depth: at.depth + 1, from: at.from })

function object(draw: Draw, at: At): Readonly<Record<string, unknown>> {
  const keywords: Record<string, unknown> = {}
  for (let i = 1 + draw.below(4 - Math.min(at.depth, 2)); i > 0; i--) Object.assign(keywords, draw.of(GROUPS)(draw, at))
  return keywords
}

type Group = (draw: Draw, at: At) => Readonly<Record<string, unknown>>

const record = (draw: Draw, names: readonly string[], percent: number, make: () => unknown) =>
  Object.fromEntries(draw.some(names, percent).map((name) => [name, make()]))

const properties: Group = (draw, at) => ({
  properties: record(draw, NAMES, 45, () => inside(draw, at)),
  ...(draw.chance(40) && { required: draw.some(NAMES, 20) }),
})
const alternatives: Group = (draw, at) => ({ [draw.of(['anyOf', 'oneOf', 'allOf'])]: draw.few(3, () => inPlace(draw, at)) })
/** Alternatives that a constant tells apart. */
const tagged: Group = (draw, at) => ({
  [draw.of(['anyOf', 'oneOf'])]: draw.few(3, () => ({
    type: 'object',
    required: ['k'],
    properties: { k: { enum: draw.few(2, () => draw.of(['a', 'b', 1])) }, a: inside(draw, at) },
  })),
})

const GROUPS: readonly Group[] = [
  (draw) => ({
    type: draw.chance(70)
      ? draw.of(TYPES)
      : draw
          .some(TYPES, 50)
          .concat('object')
          .filter((type, i, all) => all.indexOf(type) === i),
  }),
  (draw) => (draw.chance(50) ? { const: draw.of(VALUES) } : { enum: draw.few(5, () => draw.of(VALUES)) }),
  (draw) => ({ minimum: draw.of([-1, 0, 1]), ...(draw.chance(50) && { exclusiveMaximum: draw.of([1, 2, 3]) }) }),
  (draw) => ({ multipleOf: draw.of([1, 2, 0.5, 3]), maximum: draw.of([1, 2, 3]) }),
  (draw) => ({ minLength: draw.below(2), maxLength: draw.of([0, 1, 2, 3]) }),
  (draw) => ({ pattern: draw.of(PATTERNS) }),
  properties,
  properties,
  properties,
  (draw, at) => ({ ...properties(draw, at), additionalProperties: inside(draw, at) }),
  (draw, at) => ({ ...properties(draw, at), unevaluatedProperties: draw.chance(60) ? false : inside(draw, at) }),
  (draw, at) => ({ ...alternatives(draw, at), unevaluatedProperties: draw.chance(60) ? false : inside(draw, at) }),
  (draw, at) => ({ ...alternatives(draw, at), unevaluatedItems: draw.chance(60) ? false : inside(draw, at) }),
  (draw, at) => ({ patternProperties: record(draw, PATTERNS, 40, () => inside(draw, at)) }),
  (draw, at) => ({ propertyNames: inside(draw, at) }),
  (draw) => ({ minProperties: draw.below(2), maxProperties: draw.of([0, 1, 2, 3]) }),
  (draw) => ({ dependentRequired: record(draw, NAMES, 30, () => draw.some(NAMES, 20)) }),
  (draw, at) => ({ dependentSchemas: record(draw, NAMES, 30, () => inPlace(draw, at)) }),
  (draw, at) => ({ prefixItems: draw.few(2, () => inside(draw, at)), ...(draw.chance(40) && { items: inside(draw, at) }) }),
  (draw, at) => ({ items: inside(draw, at), uniqueItems: draw.chance(30) }),
  (draw, at) => ({
    contains: inside(draw, at),
    ...(draw.chance(40) && { minContains: draw.below(3) }),
    ...(draw.chance(40) && { maxContains: draw.below(3) }),
  }),
  (draw) => ({ minItems: draw.below(2), maxItems: draw.of([0, 1, 2, 3]), uniqueItems: draw.chance(50) }),
  alternatives,
  alternatives,
  tagged,
  (draw, at) => ({ not: inPlace(draw, at) }),
  (draw, at) => Object.fromEntries(['if', 'then', 'else'].filter((name) => name === 'if' || draw.chance(70)).map((name) => [name, inPlace(draw, at)])),
  (draw, at) => (at.from < DEFINITIONS ? { $ref: `#/$defs/d${at.from + draw.below(DEFINITIONS - at.from)}` } : {}),
]
