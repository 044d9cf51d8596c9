import Ajv from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Decision } from '../src/core/decision.ts'
import type { ParameterStyle } from '../src/openapi/description.ts'
import { openapiRequests } from '../src/policies/openapi-requests/openapi-requests.ts'
import { described, type WrittenParameter } from './described.ts'
import { exchange, type Wanted } from './exchange.ts'

type Value = string | number | boolean | readonly unknown[] | { readonly [name: string]: unknown }

/** One place and style, and how an honest client writes a value so (RFC 6570 and OpenAPI 3.2 §4.12.2); undefined where the style cannot. */
interface Way {
  readonly in: WrittenParameter['in']
  readonly style: ParameterStyle
  readonly explode: boolean
  write(value: Value): Wanted | undefined
}

const encode = (value: unknown) => encodeURIComponent(String(value)).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)
const flat = (value: Value): readonly unknown[] => (Array.isArray(value) ? value : isObject(value) ? Object.entries(value).flat() : [value])
const pairs = (object: Readonly<Record<string, unknown>>, glue: string) => Object.entries(object).map(([name, one]) => `${encode(name)}${glue}${encode(one)}`)
/** Nothing at all is written as nothing at all. */
const isEmpty = (value: Value) => typeof value === 'object' && Object.keys(value).length === 0

const query = (text: string): Wanted => ({ url: `https://api.example.com/v/x?${text}` })
const path = (text: string): Wanted => ({ url: `https://api.example.com/v/${text}` })

function deep(prefix: string, value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item, i) => deep(`${prefix}[${i}]`, item))
  if (isObject(value)) return Object.entries(value).flatMap(([name, one]) => deep(`${prefix}[${name}]`, one))
  return [`${encode(prefix)}=${encode(value)}`]
}

const WAYS: readonly Way[] = [
  ...[false, true].flatMap((explode): readonly Way[] => [
    {
      in: 'query',
      style: 'form',
      explode,
      write(value) {
        if (!explode) return query(`a=${flat(value).map(encode).join(',')}`)
        if (Array.isArray(value)) return query(value.map((one) => `a=${encode(one)}`).join('&'))
        return query(isObject(value) ? pairs(value, '=').join('&') : `a=${encode(value)}`)
      },
    },
    {
      in: 'path',
      style: 'simple',
      explode,
      write: (value) => path(explode && isObject(value) ? pairs(value, '=').join(',') : flat(value).map(encode).join(',')),
    },
    {
      in: 'path',
      style: 'label',
      explode,
      write: (value) =>
        path(
          `.${
            explode && isObject(value)
              ? pairs(value, '=').join('.')
              : flat(value)
                  .map(encode)
                  .join(explode ? '.' : ',')
          }`,
        ),
    },
    {
      in: 'header',
      style: 'simple',
      explode,
      write(value) {
        const text =
          explode && isObject(value)
            ? Object.entries(value)
                .map((pair) => pair.join('='))
                .join(',')
            : flat(value).join(',')
        return /^[!-~]+(?:[ -~]*[!-~])?$/.test(text) ? { headers: { a: text } } : undefined
      },
    },
    {
      in: 'cookie',
      style: 'form',
      explode: false,
      write: (value) => ({ headers: { cookie: `b=1; a=${flat(value).map(encode).join(',')}` } }),
    },
  ]),
  ...(['spaceDelimited', 'pipeDelimited'] as const).map(
    (style): Way => ({
      in: 'query',
      style,
      explode: false,
      write: (value) =>
        typeof value === 'object'
          ? query(
              `a=${flat(value)
                .map(encode)
                .join(style === 'spaceDelimited' ? '%20' : '|')}`,
            )
          : undefined,
    }),
  ),
  { in: 'query', style: 'deepObject', explode: true, write: (value) => (isObject(value) ? query(deep('a', value).join('&')) : undefined) },
]

const NAMES = ['R', 'G', 'list', 'in']
const scalar = fc.oneof(
  fc.record({ type: fc.constant('string'), maxLength: fc.integer({ min: 0, max: 6 }) }),
  fc.record({ type: fc.constant('integer'), minimum: fc.integer({ min: -5, max: 5 }) }),
  fc.record({ type: fc.constant('number'), maximum: fc.integer({ min: -5, max: 5 }) }),
  fc.constant({ type: 'boolean' }),
  fc.constant({ type: ['integer', 'string'] }),
  fc.constant({ type: ['boolean', 'null'] }),
  fc.constant({ enum: ['x', 1, true] }),
  fc.constant({
    anyOf: [
      { type: 'integer', maximum: 3 },
      { type: 'string', minLength: 2 },
    ],
  }),
)
const list = fc.record({ type: fc.constant('array'), items: scalar, maxItems: fc.integer({ min: 1, max: 4 }) })
const object = fc.record({
  type: fc.constant('object'),
  properties: fc.dictionary(fc.constantFrom(...NAMES), scalar, { minKeys: 1, noNullPrototype: true }),
  additionalProperties: fc.constant(false),
})
const schemas = fc.oneof(
  scalar,
  list,
  object,
  fc.tuple(scalar, list).map((anyOf) => ({ anyOf })),
)

const one = fc.oneof(
  fc.string({ maxLength: 6, unit: 'grapheme' }).filter((text) => text.isWellFormed() && !text.includes('\0')),
  fc.constantFrom('5', 'true', 'null', ',', '|', ' ', '1,2', 'a=b', '%41', '+', '0x1', '.', ';', '&', '1e3'),
  fc.integer({ min: -9, max: 9 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.boolean(),
)
const values: fc.Arbitrary<Value> = fc.oneof(
  one,
  fc.array(one, { minLength: 1, maxLength: 5 }),
  fc.dictionary(fc.constantFrom(...NAMES, 'admin'), one, { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
)

/** Half of them as the schema has them: by chance alone few would be. */
const cases = schemas.chain((schema) => fc.tuple(fc.constant(schema), fc.oneof(values, fitting(schema))))

function fitting(schema: object): fc.Arbitrary<Value> {
  if ('items' in schema) return fc.array(one, { minLength: 1, maxLength: 3 })
  if ('properties' in schema) return fc.dictionary(fc.constantFrom(...Object.keys(schema.properties as object)), one, { minKeys: 1, noNullPrototype: true })
  return one
}

const KEY = 'GET /v/:a'
const PARTS = { path: 'params', query: 'query', header: 'headers', cookie: 'cookie' } as const
const NO_PARAMETER = Symbol('cookies are not given on')

const ajv = new Ajv({ strict: false, validateFormats: false })

async function send(parameter: WrittenParameter, wanted: Wanted): Promise<{ readonly decision: Decision; readonly read: unknown }> {
  const handlers = openapiRequests({ description: described({ [KEY]: { parameters: [parameter] } }) }).compile()
  const decision = (await handlers.request?.(exchange({ ...wanted, route: { key: KEY } }))) as Decision
  if (decision.kind !== 'pass') return { decision, read: undefined }
  const part = (decision.validated as Record<string, Record<string, unknown>>)[PARTS[parameter.in]]
  return { decision, read: part === undefined ? NO_PARAMETER : part.a }
}

/** As JSON has it: without prototypes, and without what JSON cannot tell apart. */
const plain = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)))
/** Texts that stand for the same: what a client writes of 5 and '5' is one text. */
const asText = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(asText)
    : isObject(value)
      ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, asText(inner)]))
      : String(value)

const kindOf = (value: unknown) => (Array.isArray(value) ? 'list' : typeof value === 'object' && value !== null ? 'object' : 'text')

describe('parameter styles', () => {
  it.each(WAYS.map((way) => [`${way.in} ${way.style}${way.explode ? ', exploded' : ''}`, way] as const))(
    '%s: what is written is what is read, or is refused; and what is read is as the schema says',
    async (_, way) => {
      let compared = 0
      let accepted = 0
      await fc.assert(
        fc.asyncProperty(cases, async ([schema, value]) => {
          const wanted = isEmpty(value) ? undefined : way.write(value)
          if (wanted === undefined) return
          const { decision, read } = await send({ name: 'a', in: way.in, style: way.style, explode: way.explode, schema }, wanted)
          if (decision.kind !== 'pass' || read === NO_PARAMETER || read === undefined) return
          accepted++
          expect(ajv.validate(schema, plain(read))).toBe(true)
          // What a client writes as an object a schema of lists takes for a list: texts are all that was sent.
          if (kindOf(value) !== kindOf(read)) return
          // A delimiter that cannot be written as data divides.
          if (way.style === 'spaceDelimited' || way.style === 'pipeDelimited' || way.style === 'label' || way.in === 'header') return
          compared++
          expect(asText(plain(read))).toEqual(asText(plain(value)))
        }),
        { numRuns: 500 },
      )
      if (way.in !== 'cookie') expect(accepted).toBeGreaterThan(3)
      if (way.in === 'query' && way.style === 'form') expect(compared).toBeGreaterThan(5)
    },
  )

  it('whatever comes in whatever style: it is as the schema says or refused, and nothing throws', async () => {
    const texts = fc.oneof(
      fc.string({ maxLength: 30 }),
      fc
        .array(
          fc.constantFrom(
            'a',
            'a',
            '=',
            '&',
            '[',
            ']',
            '[]',
            '[0]',
            '[R]',
            ',',
            '.',
            ';',
            '%2C',
            '%',
            '%5B',
            '%00',
            '+',
            '1',
            'R',
            '__proto__',
            '|',
            '%20',
            '"',
          ),
          { maxLength: 20 },
        )
        .map((parts) => parts.join('')),
    )
    await fc.assert(
      fc.asyncProperty(schemas, fc.constantFrom(...WAYS), texts, async (schema, way, text) => {
        const visible = text.replaceAll(/[^!-~]/g, '')
        const wanted: Wanted =
          way.in === 'query'
            ? query(visible.replaceAll('#', ''))
            : way.in === 'path'
              ? path(visible.replaceAll(/[?#/\\]/g, ''))
              : { headers: { [way.in === 'header' ? 'a' : 'cookie']: way.in === 'header' ? visible : `a=${visible}` } }
        const { read } = await send({ name: 'a', in: way.in, style: way.style, explode: way.explode, schema }, wanted)
        if (read !== undefined && read !== NO_PARAMETER) expect(ajv.validate(schema, plain(read))).toBe(true)
      }),
      { numRuns: 3000 },
    )
  })
})
