import { describe, expect, it } from 'vitest'
import { described, type WrittenOperation, type WrittenParameter } from '../../../test/described.ts'
import { exchange, type Wanted } from '../../../test/exchange.ts'
import type { Decision } from '../../core/decision.ts'
import { openapiRequests } from './openapi-requests.ts'

type Extra = Omit<Parameters<typeof openapiRequests>[0], 'description'>

/** @returns the decision on one request to the only operation that is described. */
async function judge(operation: WrittenOperation, wanted: Wanted & { readonly key?: string } = {}, extra: Extra = {}): Promise<Decision> {
  const key = wanted.key ?? `${wanted.method ?? 'GET'} /`
  const handlers = openapiRequests({ description: described({ [key]: operation }), ...extra }).compile()
  return (await handlers.request?.(exchange({ ...wanted, route: { key } }))) as Decision
}

const said = (decision: Decision): string => {
  if (decision.kind !== 'deny') return decision.kind
  const first = decision.problem?.errors?.map(({ pointer, rule }) => `${pointer} ${rule}`).join(', ')
  return `${decision.status} ${decision.reason.replace('openapi-requests.', '')}${first === undefined ? '' : ` ${first}`}`
}

describe('query parameters', () => {
  const INTEGERS = { type: 'array', items: { type: 'integer' } }
  const RGB = { type: 'object', properties: { R: { type: 'integer' }, G: { type: 'integer' } }, additionalProperties: false }
  const DEEP = {
    type: 'object',
    properties: {
      id: { type: 'integer' },
      tags: { type: 'array', items: { type: 'string' } },
      lines: { type: 'array', items: { type: 'object', properties: { price: { type: 'string' }, count: { type: 'integer' } } } },
      created: { anyOf: [{ type: 'object', properties: { gte: { type: 'integer' } } }, { type: 'integer' }] },
      metadata: {
        anyOf: [
          { type: 'object', additionalProperties: { type: 'string' } },
          { type: 'string', enum: [''] },
        ],
      },
    },
  }
  const a = (schema: unknown, more: Partial<WrittenParameter> = {}): readonly WrittenParameter[] => [{ name: 'a', in: 'query', schema, ...more }]
  const obj = (value: object) => Object.assign(Object.create(null), value)

  it.each<[string, readonly WrittenParameter[], string, unknown]>([
    ['a text', a({ type: 'string' }), 'a=x', 'x'],
    ['a text that looks like a number', a({ type: 'string' }), 'a=5', '5'],
    ['an integer', a({ type: 'integer' }), 'a=5', 5],
    ['a number', a({ type: 'number' }), 'a=-0.5e-3', -0.0005],
    ['a boolean', a({ type: 'boolean' }), 'a=true', true],
    ['null', a({ type: ['integer', 'null'] }), 'a=null', null],
    ['a plus', a({ type: 'string' }), 'a=x+y%2Bz', 'x y+z'],
    ['a text or an integer', a({ type: ['string', 'integer'] }), 'a=5', 5],
    ['an integer that is too large, or a text', a({ anyOf: [{ type: 'integer', maximum: 3 }, { type: 'string' }] }), 'a=5', '5'],
    ['a list', a(INTEGERS), 'a=1&a=2', [1, 2]],
    ['a list of one', a(INTEGERS), 'a=1', [1]],
    ['a list in one text', a(INTEGERS, { explode: false }), 'a=1,2', [1, 2]],
    ['a comma as data', a({ type: 'array', items: { type: 'string' } }, { explode: false }), 'a=1%2C2,3', ['1,2', '3']],
    ['a list with spaces', a(INTEGERS, { style: 'spaceDelimited' }), 'a=1%202', [1, 2]],
    ['a list with pluses', a(INTEGERS, { style: 'spaceDelimited' }), 'a=1+2', [1, 2]],
    ['a list with pipes', a(INTEGERS, { style: 'pipeDelimited' }), 'a=1|2%7C3', [1, 2, 3]],
    ['an object in one text', a(RGB, { explode: false }), 'a=R,100,G,200', obj({ R: 100, G: 200 })],
    ['an object with pipes', a(RGB, { style: 'pipeDelimited' }), 'a=R%7C100%7CG%7C200', obj({ R: 100, G: 200 })],
    ['an exploded object', a(RGB), 'R=100&G=200', obj({ R: 100, G: 200 })],
    ['a text or a list', a({ anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }), 'a=1', '1'],
    ['a text or a list: several', a({ anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] }), 'a=1&a=2', ['1', '2']],
    ['deepObject', a(DEEP, { style: 'deepObject' }), 'a[id]=1&a%5Btags%5D%5B%5D=x&a[tags][]=y', obj({ id: 1, tags: ['x', 'y'] })],
    ['deepObject: indices in any order', a(DEEP, { style: 'deepObject' }), 'a[tags][1]=y&a[tags][0]=x', obj({ tags: ['x', 'y'] })],
    [
      'deepObject: lists of objects',
      a(DEEP, { style: 'deepObject' }),
      'a[lines][0][price]=p&a[lines][0][count]=2&a[lines][1][count]=3',
      obj({ lines: [obj({ price: 'p', count: 2 }), obj({ count: 3 })] }),
    ],
    [
      'deepObject: alternatives',
      a(DEEP, { style: 'deepObject' }),
      'a[created][gte]=1&a[metadata][k.x]=1',
      obj({ created: obj({ gte: 1 }), metadata: obj({ 'k.x': '1' }) }),
    ],
    ['deepObject: other alternatives', a(DEEP, { style: 'deepObject' }), 'a[created]=7&a[metadata]=', obj({ created: 7, metadata: '' })],
    ['deepObject: indices as names', a(DEEP, { style: 'deepObject' }), 'a[metadata][0]=x', obj({ metadata: obj({ 0: 'x' }) })],
    ['deepObject: a list at once', a(INTEGERS, { style: 'deepObject' }), 'a[]=1&a[]=2', [1, 2]],
    ['JSON', [{ name: 'a', in: 'query', content: { mediaType: 'application/json', schema: DEEP } }], `a=${encodeURIComponent('{"id":1}')}`, { id: 1 }],
    [
      'a name with brackets that is listed',
      [
        { name: 'a', in: 'query' },
        { name: 'a[]', in: 'query', schema: INTEGERS },
      ],
      'a[]=1&a=x',
      'x',
    ],
    ['an empty value that may be', a({ type: 'integer' }, { allowEmptyValue: true }), 'a=', undefined],
    ['nothing', a({ type: 'integer' }), '', undefined],
  ])('%s', async (_, parameters, query, value) => {
    const decision = await judge({ parameters }, { url: `https://api.example.com/?${query}` })
    expect(decision).toMatchObject({ kind: 'pass' })
    expect((decision as { validated: { query: Record<string, unknown> } }).validated.query.a).toEqual(value)
  })

  it.each<[string, readonly WrittenParameter[], string, string]>([
    ['one that is not listed', [], 'b=1', '400 parameters query/b additionalProperties'],
    ['another case', a({ type: 'string' }), 'A=1', '400 parameters query/A additionalProperties'],
    ['one twice', a({ type: 'string' }), 'a=1&a=2', '400 parameters query/a style'],
    ['one twice, once encoded', a({ type: 'string' }), 'a=1&%61=2', '400 parameters query/a style'],
    ['brackets', a(INTEGERS), 'a[]=1', '400 parameters query/a%5B%5D additionalProperties'],
    ['brackets beside it', a(INTEGERS), 'a=1&a[]=2', '400 parameters query/a%5B%5D additionalProperties'],
    ['a dot', a({ type: 'string' }), 'a.b=1', '400 parameters query/a.b additionalProperties'],
    ['an object beside its text', a(DEEP, { style: 'deepObject' }), 'a=1&a[id]=2', '400 parameters query/a style'],
    ['two notations of a list', a(DEEP, { style: 'deepObject' }), 'a[tags][]=1&a[tags][0]=2', '400 parameters query/a style'],
    ['a list of objects without indices', a(DEEP, { style: 'deepObject' }), 'a[lines][][price]=1&a[lines][][count]=2', '400 parameters query/a style'],
    ['a gap between indices', a(DEEP, { style: 'deepObject' }), 'a[tags][0]=1&a[tags][2]=2', '400 parameters query/a style'],
    ['a name twice', a(DEEP, { style: 'deepObject' }), 'a[id]=1&a[id]=2', '400 parameters query/a style'],
    ['a bracket that is not closed', a(DEEP, { style: 'deepObject' }), 'a[id=1', '400 parameters query/a style'],
    ['something behind the brackets', a(DEEP, { style: 'deepObject' }), 'a[id]x=1', '400 parameters query/a style'],
    ['__proto__ in brackets', a(DEEP, { style: 'deepObject' }), 'a[__proto__]=1', '400 parameters query/a style'],
    ['__proto__ as a name', [], '__proto__=1', '400 query-syntax'],
    ['a property that is not listed', a(DEEP, { style: 'deepObject' }), 'a[admin]=1', '400 parameters query/a/admin unevaluatedProperties'],
    ['a hexadecimal number', a({ type: 'integer' }), 'a=0x10', '400 parameters query/a type'],
    ['a number with a space', a({ type: 'integer' }), 'a=+1', '400 parameters query/a type'],
    ['a number with a zero before it', a({ type: 'integer' }), 'a=01', '400 parameters query/a type'],
    ['an integer with an exponent', a({ type: 'integer' }), 'a=1e3', '400 parameters query/a type'],
    ['an integer that is not exact', a({ type: 'integer' }), 'a=9007199254740993', '400 parameters query/a type'],
    ['a number that is not exact', a({ type: 'number' }), 'a=0.12345678901234567890', '400 parameters query/a type'],
    ['a number beyond a double', a({ type: 'number' }), 'a=1e999', '400 parameters query/a type'],
    ['another true', a({ type: 'boolean' }), 'a=True', '400 parameters query/a type'],
    ['an empty text that is a list', a(INTEGERS, { explode: false }), 'a=', '400 parameters query/a style'],
    ['an odd object', a(RGB, { explode: false }), 'a=R,1,G', '400 parameters query/a style'],
    ['a name twice in one text', a(RGB, { explode: false }), 'a=R,1,R,2', '400 parameters query/a style'],
    ['a required one that is not there', a({ type: 'integer' }, { required: true }), '', '400 parameters query/a required'],
    ['no number though its schema bounds it', a({ maximum: 100 }), 'a=500', '400 parameters query/a maximum'],
    [
      'JSON with a key twice',
      [{ name: 'a', in: 'query', content: { mediaType: 'application/json', schema: DEEP } }],
      'a={%22id%22:1,%22id%22:2}',
      '400 parameters query/a style',
    ],
    ['a semicolon', a({ type: 'string' }), 'a=1;b=2', '400 query-syntax'],
    ['an empty name', a({ type: 'string' }), '=1', '400 query-syntax'],
    ['_method', a({ type: 'object', additionalProperties: { type: 'string' } }), '_method=DELETE', '400 parameters query/_method additionalProperties'],
    [
      'all at once',
      [...a({ type: 'integer' }), { name: 'b', in: 'query', required: true }],
      'a=x&c=1',
      '400 parameters query/c additionalProperties, query/a type, query/b required',
    ],
  ])('refuses %s', async (_, parameters, query, expected) => {
    expect(said(await judge({ parameters }, { url: `https://api.example.com/?${query}` }))).toBe(expected)
  })
})
