import Ajv from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Decision } from '../src/core/decision.ts'
import { openapiRequests } from '../src/policies/openapi-requests/openapi-requests.ts'
import { described } from './described.ts'
import { exchange } from './exchange.ts'

const SCHEMA = {
  type: 'object',
  properties: {
    a: { type: 'integer', maximum: 50 },
    b: { type: 'array', items: { type: 'string', maxLength: 3 }, maxItems: 3 },
    c: { type: 'object', properties: { a: { type: 'boolean' }, d: { type: 'array', items: { type: 'object', properties: { a: { type: 'integer' } } } } } },
    e: {
      anyOf: [
        { type: 'object', additionalProperties: { type: 'string' } },
        { type: 'string', enum: [''] },
      ],
    },
    f: { type: 'array', items: { type: 'integer' } },
  },
}
/** As `closed` makes it, for a reference that does not know the word. */
const closed = (schema: object): object =>
  JSON.parse(JSON.stringify(schema), (_, value) =>
    value?.properties !== undefined && value.type === 'object' ? { ...value, additionalProperties: false } : value,
  )
const ajv = new Ajv({ strict: false })
const isValid = ajv.compile(closed(SCHEMA))

const deep = { style: 'deepObject', explode: true } as const
const TYPES = { json: 'application/json', form: 'application/x-www-form-urlencoded' } as const
const description = described({
  'POST /': { body: { content: { [TYPES.json]: { schema: SCHEMA }, [TYPES.form]: { schema: SCHEMA, encoding: { b: deep, c: deep, e: deep } } } } },
})
const strips = openapiRequests({ description, unlisted: 'strip' }).compile()
const refuses = openapiRequests({ description }).compile()

async function send(handlers: typeof strips, type: string, body: string): Promise<Decision> {
  return (await handlers.request?.(exchange({ method: 'POST', body, headers: { 'content-type': type }, route: { key: 'POST /' } }))) as Decision
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** What goes on is what was judged: it passes where nothing is stripped, and says the same. */
async function holds(type: string, body: string): Promise<boolean> {
  const decision = await send(strips, type, body)
  if (decision.kind !== 'pass') return false
  expect(isValid(plain(decision.validated?.body))).toBe(true)
  const forwarded = decision.body === undefined ? body : new TextDecoder().decode(decision.body)
  if (forwarded === '') return true
  const again = await send(refuses, type, forwarded)
  expect(again).toMatchObject({ kind: 'pass' })
  expect(plain((again as typeof decision).validated?.body)).toEqual(plain(decision.validated?.body))
  // And where nothing had to go nothing went.
  if ((await send(refuses, type, body)).kind === 'pass') expect(decision.body).toBe(undefined)
  return decision.body !== undefined
}

const names = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'x', 'y z', 'a.b', '_method')
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.integer({ min: 0, max: 60 }),
    fc.boolean(),
    fc.constantFrom('', 'ab', 'abcd'),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(names, tie('json'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))
const leaf = fc.constantFrom('1', '60', 'true', 'ab', '', 'abcd')
const object = fc.record(
  {
    a: fc.integer({ min: 0, max: 55 }),
    b: fc.array(fc.constantFrom('', 'ab', 'abc'), { maxLength: 3 }),
    c: fc.record(
      { a: fc.boolean(), d: fc.array(fc.record({ a: fc.integer(), x: json }, { requiredKeys: [] }), { maxLength: 2 }), x: json },
      { requiredKeys: [] },
    ),
    e: fc.constantFrom('', {}, { k: 'v' }),
    x: json,
    y: json,
  },
  { requiredKeys: [], noNullPrototype: true },
)
const pair = fc.tuple(
  fc.oneof(
    fc.constantFrom(
      'a',
      'b[]',
      'b[0]',
      'b[1]',
      'c[a]',
      'c[d][0][a]',
      'c[d][0][x]',
      'c[x]',
      'c[x][a]',
      'e',
      'e[k]',
      'e[k.l]',
      'f',
      'x',
      'x[a]',
      'a.b',
      'a[]',
      '_method',
      'b',
      'c',
    ),
    fc.array(fc.constantFrom('a', 'b', 'c', '[', ']', '[]', '[0]', '[a]', '.'), { minLength: 1, maxLength: 5 }).map((parts) => parts.join('')),
  ),
  leaf,
)

describe('a body that is stripped', () => {
  it('of JSON: what goes on is what was judged', async () => {
    let stripped = 0
    await fc.assert(
      fc.asyncProperty(fc.oneof(object, json), async (value) => {
        if (await holds(TYPES.json, JSON.stringify(value))) stripped++
      }),
      { numRuns: 1500 },
    )
    expect(stripped).toBeGreaterThan(20)
  })

  it('of a form: what goes on is what was judged', async () => {
    let stripped = 0
    await fc.assert(
      fc.asyncProperty(fc.array(pair, { minLength: 1, maxLength: 5 }), async (pairs) => {
        if (await holds(TYPES.form, pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&'))) stripped++
      }),
      { numRuns: 3000 },
    )
    expect(stripped).toBeGreaterThan(20)
  })
})
