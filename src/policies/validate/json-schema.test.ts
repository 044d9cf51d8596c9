import { describe, expect, expectTypeOf, it } from 'vitest'
import { exchange, type Wanted } from '../../../test/exchange.ts'
import type { Deny, Pass } from '../../core/decision.ts'
import type { Policy } from '../../core/policy.ts'
import { Problems } from '../../core/problems.ts'
import { jsonSchema } from '../../json-schema/json-schema.ts'
import { validate } from './validate.ts'

async function decided(policy: Policy, wanted: Wanted): Promise<Pass | Deny> {
  return (await policy.compile().request?.(exchange(wanted))) as Pass | Deny
}

/** What became of one request: `pass`, or status, reason and each violation's pointer and rule. */
async function brief(policy: Policy, wanted: Wanted): Promise<string> {
  const decision = await decided(policy, wanted)
  if (decision.kind === 'pass') return 'pass'
  return [decision.status, decision.reason, ...(decision.problem?.errors ?? []).map(({ pointer, rule }) => `${pointer}:${rule}`)].join(' ')
}

function problemsOf(policy: Policy): readonly unknown[] {
  const problems = new Problems()
  policy.check(['validate'], problems)
  return problems.all
}

const integer = (more: object = {}) => ({ type: 'integer', ...more })

describe('a body by JSON Schema', () => {
  const policy = validate({
    body: jsonSchema({
      type: 'object',
      required: ['id', 'items'],
      properties: { id: { type: 'string', format: 'uuid' }, items: { type: 'array', maxItems: 3, items: { $ref: '#/$defs/item' } } },
      $defs: { item: { type: 'object', required: ['sku'], properties: { sku: { type: 'string' }, count: { type: 'integer', minimum: 1 } } } },
    }),
  })
  const ID = '7f3b6c1e-6f0a-4b7e-9a8d-0c1d2e3f4a5b'
  const post = (body: string): Wanted => ({ method: 'POST', body, headers: { 'content-type': 'application/json' } })

  it('is in order', () => expect(problemsOf(policy)).toEqual([]))

  it.each<[string, string, string]>([
    ['what the schema says', `{"id":"${ID}","items":[{"sku":"a","count":1}]}`, 'pass'],
    ['an unlisted key, deep', `{"id":"${ID}","items":[{"sku":"a","price":0}]}`, '422 validate.body #/items/0/price:additionalProperties'],
    [
      'everything wrong',
      '{"id":"x","items":[{"count":0},{"sku":1}]}',
      '422 validate.body #/id:format #/items/0/sku:required #/items/0/count:minimum #/items/1/sku:type',
    ],
    ['an inherited name', `{"id":"${ID}","items":[],"toString":1}`, '422 validate.body #/toString:additionalProperties'],
    ['a key twice', `{"id":"${ID}","items":[],"items":[]}`, '400 validate.duplicate-key'],
    ['nothing of it', '[]', '422 validate.body #:type'],
  ])('%s', async (_what, body, outcome) => expect(await brief(policy, post(body))).toBe(outcome))
})

describe('texts', () => {
  const policy = validate({
    query: jsonSchema({
      properties: {
        page: integer({ minimum: 1 }),
        exact: { type: 'boolean' },
        tag: { type: 'array', items: integer() },
        name: { type: 'string' },
        price: { type: 'number' },
      },
    }),
    repeatable: ['tag'],
  })

  it('is in order', () => expect(problemsOf(policy)).toEqual([]))

  it.each<[string, string]>([
    ['page=2&exact=true&tag=1&tag=2&name=5&price=1.5', 'pass'],
    ['', 'pass'],
    ['page=0', '400 validate.query query/page:minimum'],
    ['page=two', '400 validate.query query/page:type'],
    ['page=1e1', '400 validate.query query/page:type'],
    ['page=+1', '400 validate.query query/page:type'],
    ['page=01', '400 validate.query query/page:type'],
    ['page=9007199254740993', '400 validate.query query/page:type'],
    ['exact=1', '400 validate.query query/exact:type'],
    ['tag=a', '400 validate.query query/tag/0:type'],
    ['more=1', '400 validate.query query/more:additionalProperties'],
    ['page=1&page=2', '400 validate.duplicate-parameter'],
  ])('?%s → %s', async (query, outcome) => expect(await brief(policy, { url: `https://a.example/?${query}` })).toBe(outcome))

  it('become values for conditions', async () => {
    expect(await decided(policy, { url: 'https://a.example/?page=2&name=5&tag=7' })).toMatchObject({ validated: { query: { page: 2, name: '5', tag: [7] } } })
  })

  const parts = validate({
    params: jsonSchema({ properties: { id: integer() }, required: ['id'] }),
    headers: jsonSchema({ properties: { 'x-count': integer({ maximum: 9 }) }, required: ['x-count'] }),
  })

  it.each<[string, Record<string, string>, Record<string, string>, string]>([
    ['all well', { id: '7', other: 'x' }, { 'x-count': '5', 'x-more': '1' }, 'pass'],
    ['a parameter that is no number', { id: 'x' }, { 'x-count': '5' }, '404 validate.params path/id:type'],
    ['a header that is too high', { id: '7' }, { 'x-count': '10' }, '400 validate.headers header/x-count:maximum'],
    ['a header that is missing', { id: '7' }, {}, '400 validate.headers header/x-count:required'],
  ])('%s', async (_what, params, headers, outcome) => expect(await brief(parts, { params, headers })).toBe(outcome))

  it('names the parameters of the route', () => {
    expectTypeOf(parts).toEqualTypeOf<Policy<'id', 'validate'>>()
    expect(parts.params).toEqual(['id'])
  })
})

describe('texts under a schema that names no type', () => {
  const policy = validate({ query: jsonSchema({ properties: { page: { maximum: 100 }, tag: { items: { maximum: 5 } } } }), repeatable: ['tag'] })
  it.each<[string, string]>([
    ['?page=5&tag=1', 'pass'],
    ['?page=500', '400 validate.query query/page:maximum'],
    ['?page=+500', '400 validate.query query/page:type'],
    ['?page=0x1f4', '400 validate.query query/page:type'],
    ['?tag=1&tag=+9', '400 validate.query query/tag:type'],
  ])('%s', async (search, outcome) => expect(await brief(policy, { url: `https://api.example.com/${search}` })).toBe(outcome))
})

describe('at start', () => {
  it.each<[string, Policy, readonly unknown[]]>([
    [
      'a fault inside',
      validate({ body: jsonSchema({ properties: { 'a/b': { maxLength: '3' } } }) }),
      [{ path: 'validate.body.properties["a/b"].maxLength', found: '"3"' }],
    ],
    [
      'a reference to nothing',
      validate({ query: jsonSchema({ $ref: '#/$defs/x' }) }),
      [{ path: 'validate.query.$ref', expected: 'a reference to a schema that exists' }],
    ],
    [
      'a fault in another document',
      validate({ body: jsonSchema({ $ref: 'urn:x' }, { documents: { 'urn:x': { type: 1 } } }) }),
      [{ path: 'validate.body', found: '1 in urn:x#/type' }],
    ],
    ['a query of any names', validate({ query: jsonSchema({ type: 'object' }) }), [{ path: 'validate.query', found: 'a schema that lists no names' }]],
    ['headers without names', validate({ headers: jsonSchema({ additionalProperties: { type: 'string' } }) }), [{ path: 'validate.headers' }]],
    ['a header in upper case', validate({ headers: jsonSchema({ properties: { 'X-A': true } }) }), [{ path: 'validate.headers["X-A"]' }]],
    ['a query of no names', validate({ query: jsonSchema({ additionalProperties: false }) }), []],
    ['a query of names of one kind', validate({ query: jsonSchema({ patternProperties: { '^f-': true }, additionalProperties: false }) }), []],
  ])('%s', (_what, policy, found) => expect(problemsOf(policy)).toMatchObject(found as unknown[]))
})
