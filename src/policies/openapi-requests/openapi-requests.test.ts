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
    ['a property that is not listed', a(DEEP, { style: 'deepObject' }), 'a[admin]=1', '400 parameters query/a/admin additionalProperties'],
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

describe('path parameters', () => {
  const one = (schema: unknown, more: Partial<WrittenParameter> = {}): WrittenOperation => ({
    parameters: [{ name: 'a', in: 'path', required: true, schema, ...more }],
  })
  const pathOf = (decision: Decision) => (decision as { validated?: { params: Record<string, unknown> } }).validated?.params.a
  const LIST = { type: 'array', items: { type: 'string' } }
  const RG = { type: 'object', properties: { R: { type: 'integer' }, G: { type: 'integer' } } }

  it.each<[string, WrittenOperation, string, unknown]>([
    ['simple', one({ type: 'integer' }), '5', 5],
    ['simple, encoded', one({ type: 'string' }), 'x%20y+z', 'x y+z'],
    ['simple list', one(LIST), 'x,y%2Cz', ['x', 'y,z']],
    ['simple object', one(RG), 'R,1,G,2', { R: 1, G: 2 }],
    ['simple object, exploded', one(RG, { explode: true }), 'R=1,G=2', { R: 1, G: 2 }],
    ['label', one({ type: 'string' }, { style: 'label' }), '.x', 'x'],
    ['label list', one(LIST, { style: 'label' }), '.x,y', ['x', 'y']],
    ['label list, exploded', one(LIST, { style: 'label', explode: true }), '.x.y', ['x', 'y']],
    ['label object, exploded', one(RG, { style: 'label', explode: true }), '.R=1.G=2', { R: 1, G: 2 }],
    ['matrix', one({ type: 'integer' }, { style: 'matrix' }), ';a=5', 5],
    ['matrix list', one(LIST, { style: 'matrix' }), ';a=x,y', ['x', 'y']],
    ['matrix list, exploded', one(LIST, { style: 'matrix', explode: true }), ';a=x;a=y', ['x', 'y']],
    ['matrix object', one(RG, { style: 'matrix' }), ';a=R,1,G,2', { R: 1, G: 2 }],
    ['matrix object, exploded', one(RG, { style: 'matrix', explode: true }), ';R=1;G=2', { R: 1, G: 2 }],
    [
      'the first of two in a segment',
      one({ type: 'string' }, { from: { param: 'both', parts: { literals: ['', '...', ''], index: 0 } } }),
      'v1.0...v1.1',
      'v1.0',
    ],
    [
      'the second of two in a segment',
      one({ type: 'string' }, { from: { param: 'both', parts: { literals: ['', '...', ''], index: 1 } } }),
      'v1.0...v1.1',
      'v1.1',
    ],
    [
      'the second of three in a segment',
      one({ type: 'string' }, { from: { param: 'both', parts: { literals: ['x-', '-', '-', '.js'], index: 1 } } }),
      'x-a-b-c.js',
      'b',
    ],
  ])('%s', async (_, operation, segment, value) => {
    const name = operation.parameters?.[0]?.from?.param ?? 'a'
    // The gateway's own URLs hold no segment that begins with a semicolon; the style is read all the same.
    const x = { ...exchange({ url: 'https://api.example.com/' }), route: { key: `GET /v1/:${name}`, credentialHeaders: [] } }
    const url = { ...x.url, path: `/v1/${segment}` }
    const handlers = openapiRequests({ description: described({ [`GET /v1/:${name}`]: operation }) }).compile()
    expect(pathOf((await handlers.request?.({ ...x, url })) as Decision)).toEqual(value)
  })

  it.each<[string, WrittenOperation, string]>([
    ['no integer', one({ type: 'integer' }), 'x'],
    ['no dot before a label', one({ type: 'string' }, { style: 'label' }), 'x'],
    ['an odd object', one(RG), 'R,1,G'],
    ['an unlisted property', one(RG), 'R,1,admin,2'],
    ['an ambiguous split', one({ type: 'string' }, { from: { param: 'a', parts: { literals: ['', '...', ''], index: 0 } } }), 'x....y'],
    ['a split with two places', one({ type: 'string' }, { from: { param: 'a', parts: { literals: ['', '-', ''], index: 0 } } }), 'x-y-z'],
    ['a split without a value', one({ type: 'string' }, { from: { param: 'a', parts: { literals: ['', '...', ''], index: 0 } } }), 'x...'],
    ['a split without its text', one({ type: 'string' }, { from: { param: 'a', parts: { literals: ['v', '', ''], index: 0 } } }), 'x'],
    ['something that is too long after decoding', one({ type: 'string', maxLength: 3 }), '%F0%9F%98%80abc'],
  ])('refuses %s', async (_, operation, segment) => {
    const decision = await judge(operation, { url: `https://api.example.com/v1/${segment}`, key: 'GET /v1/:a' })
    expect(decision).toMatchObject({ kind: 'deny', status: 404, reason: 'openapi-requests.path' })
  })
})

describe('headers and cookies', () => {
  const header = (schema: unknown, more: Partial<WrittenParameter> = {}): WrittenOperation => ({ parameters: [{ name: 'X-A', in: 'header', schema, ...more }] })
  const cookie = (schema: unknown, more: Partial<WrittenParameter> = {}): WrittenOperation => ({ parameters: [{ name: 'a_b', in: 'cookie', schema, ...more }] })
  const LIST = { type: 'array', items: { type: 'integer' } }

  it.each<[string, WrittenOperation, Record<string, string>, string]>([
    ['an integer', header({ type: 'integer' }), { 'x-a': '5' }, 'pass'],
    ['a list', header(LIST), { 'x-a': '1, 2' }, 'pass'],
    ['a list with an empty member', header(LIST), { 'x-a': '1,,2' }, '400 parameters header/X-A style'],
    ['a percent sign', header({ const: '%41' }), { 'x-a': '%41' }, 'pass'],
    ['no integer', header({ type: 'integer' }), { 'x-a': 'x' }, '400 parameters header/X-A type'],
    ['an object', header({ type: 'object', properties: { R: { type: 'integer' } } }, { explode: true }), { 'x-a': 'R=1' }, 'pass'],
    ['none, though required', header({ type: 'integer' }, { required: true }), {}, '400 parameters header/X-A required'],
    ['one that is not listed', {}, { 'x-b': 'x' }, 'pass'],
    ['JSON', header({}, { content: { mediaType: 'application/json', schema: { type: 'object', properties: { a: {} } } } }), { 'x-a': '{"a":1}' }, 'pass'],
    [
      'names that are no parameters',
      { parameters: ['Accept', 'Content-Type', 'Authorization'].map((name) => ({ name, in: 'header', required: true })) },
      {},
      'pass',
    ],
    ['a method of its own', {}, { 'x-http-method-override': 'DELETE' }, '400 method-override'],
    [
      'a method of its own, described',
      { parameters: [{ name: 'X-HTTP-Method-Override', in: 'header', schema: { const: 'PATCH' } }] },
      { 'x-http-method-override': 'PATCH' },
      'pass',
    ],
    ['a cookie', cookie({ type: 'integer' }), { cookie: 'b=x; a_b=5' }, 'pass'],
    ['a cookie, encoded', cookie({ const: 'x+y z' }), { cookie: 'a_b=x+y%20z' }, 'pass'],
    ['a cookie as it is', cookie({ const: 'x%20' }, { style: 'cookie' }), { cookie: 'a_b=x%20' }, 'pass'],
    ['a list of cookies', cookie(LIST, { style: 'cookie' }), { cookie: 'a_b=1; a_b=2' }, 'pass'],
    ['a list in a cookie', cookie(LIST, { explode: false }), { cookie: 'a_b=1,2' }, 'pass'],
    ['an object of cookies', cookie({ type: 'object', properties: { R: { type: 'integer' } } }, { style: 'cookie' }), { cookie: 'R=1' }, 'pass'],
    ['no cookie, though required', cookie({}, { required: true }), { cookie: 'b=1' }, '400 parameters cookie/a_b required'],
    ['a cookie twice', cookie({ type: 'integer' }), { cookie: 'a_b=1; a_b=2' }, '400 parameters cookie/a_b style'],
    ['a cookie twice, to those who fold', cookie({ type: 'integer' }), { cookie: 'a_b=1; a.b=2' }, '400 parameters cookie/a_b style'],
    ['a cookie under another name, to those who fold', cookie({ type: 'integer' }), { cookie: 'a%5fb=2' }, '400 parameters cookie/a_b style'],
    ['a cookie in quotation marks', cookie({ type: 'string' }), { cookie: 'a_b="1"' }, '400 parameters cookie/a_b style'],
  ])('%s', async (_, operation, headers, expected) => {
    expect(said(await judge(operation, { headers }))).toBe(expected)
  })

  it('leaves credentials to their authenticators', async () => {
    const operation = { parameters: [...(header({ type: 'integer' }).parameters ?? []), ...(cookie({ type: 'integer' }).parameters ?? [])] }
    const handlers = openapiRequests({ description: described({ 'GET /': operation }) }).compile()
    const x = exchange({ headers: { 'x-a': 'secret', cookie: 'a_b=secret' }, route: { key: 'GET /', credentialHeaders: ['x-a', 'cookie:a_b'] } })
    expect(await handlers.request?.(x)).toMatchObject({ kind: 'pass' })
  })
})

describe('Accept', () => {
  const json = { '200': { content: { 'application/json': {} } } }
  it.each<[string | undefined, WrittenOperation['responses'], string]>([
    [undefined, json, 'pass'],
    ['*/*', json, 'pass'],
    ['application/json', json, 'pass'],
    ['text/html, application/*;q=0.1', json, 'pass'],
    ['text/html', json, '406 accept'],
    ['*/*, application/json;q=0', json, '406 accept'],
    ['application/*;q=0.000, */*', json, '406 accept'],
    ['application/json;q=0.001', json, 'pass'],
    ['application/vnd.github+json', json, 'pass'],
    ['application/vnd.github+json;q=0', json, '406 accept'],
    ['application/vnd.github+xml', json, '406 accept'],
    ['text/html', {}, 'pass'],
    ['text/html', { '204': {} }, 'pass'],
    ['text/html', { '200': { content: { 'application/json': {} } }, '204': {} }, 'pass'],
    ['text/html', { default: { content: { 'application/json': {} } } }, 'pass'],
    ['image/png', { '2XX': { content: { 'image/*': {} } } }, 'pass'],
    ['text/plain', { '2XX': { content: { 'image/*': {} } } }, '406 accept'],
    ['json', json, '406 accept'],
    ['application/json;v="a,b", text/html', json, 'pass'],
    ['*/json', json, '406 accept'],
    ['', json, '406 accept'],
  ])('%j', async (accept, responses, expected) => {
    expect(said(await judge({ ...(responses && { responses }) }, accept === undefined ? {} : { headers: { accept } }))).toBe(expected)
  })

  it('is not looked at where the settings say so', async () => {
    expect(said(await judge({ responses: json }, { headers: { accept: 'text/html' } }, { accept: false }))).toBe('pass')
  })
})

describe('the whole query', () => {
  const form = { type: 'object', properties: { a: { type: 'integer' }, b: { type: 'array', items: { type: 'string' } } }, required: ['a'] }
  it.each<[string, string, boolean, string, string]>([
    ['a form', 'application/x-www-form-urlencoded', false, 'a=1&b=x&b=y', 'pass'],
    ['a form with more', 'application/x-www-form-urlencoded', false, 'a=1&c=x', '400 parameters query/c additionalProperties'],
    ['a form with less', 'application/x-www-form-urlencoded', false, 'b=x', '400 parameters query/a required'],
    ['a field twice', 'application/x-www-form-urlencoded', false, 'a=1&a=2', '400 parameters query/a style'],
    ['JSON', 'application/json', false, encodeURIComponent('{"a":1}'), 'pass'],
    ['no JSON', 'application/json', false, 'a=1', '400 parameters query style'],
    ['nothing', 'application/json', false, '', 'pass'],
    ['nothing, though required', 'application/json', true, '', '400 parameters query required'],
  ])('%s', async (_, mediaType, isRequired, query, expected) => {
    const querystring = { mediaType, schema: form, ...(isRequired && { required: true as const }) }
    expect(said(await judge({ querystring }, { url: `https://api.example.com/?${query}` }))).toBe(expected)
  })
})

describe('bodies', () => {
  const SCHEMA = {
    type: 'object',
    properties: {
      id: { type: 'integer' },
      name: { type: 'string', maxLength: 5 },
      at: { type: 'string', readOnly: true },
      nested: { type: 'object', properties: { a: { type: 'string' } } },
    },
    required: ['id'],
  }
  const JSON_ONLY: WrittenOperation = { body: { content: { 'application/json': { schema: SCHEMA } } } }
  const FORM: WrittenOperation = {
    body: {
      content: {
        'application/x-www-form-urlencoded': {
          schema: {
            type: 'object',
            properties: {
              amount: { type: 'integer' },
              expand: { type: 'array', items: { type: 'string' } },
              tags: { type: 'array', items: { type: 'integer' } },
              metadata: {
                anyOf: [
                  { type: 'object', additionalProperties: { type: 'string' } },
                  { type: 'string', enum: [''] },
                ],
              },
              card: { type: 'object', properties: { number: { type: 'string' } } },
              address: { type: 'object', properties: { city: { type: 'string' } } },
            },
            required: ['amount'],
          },
          encoding: {
            expand: { style: 'deepObject', explode: true },
            metadata: { style: 'deepObject', explode: true },
            address: { style: 'deepObject', explode: true },
          },
        },
      },
    },
  }
  const ANY: WrittenOperation = { body: { content: { '*/*': { schema: SCHEMA } } } }
  const FILE: WrittenOperation = { body: { content: { 'image/*': {}, 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } } }
  const TEXT: WrittenOperation = { body: { content: { 'text/plain': { schema: { type: 'string', maxLength: 3 } } } } }
  const post = (body: BodyInit, type?: string, headers: Record<string, string> = {}): Wanted => ({
    method: 'POST',
    body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
    headers: { ...(type !== undefined && { 'content-type': type }), ...headers },
  })
  const json = (body: string) => post(body, 'application/json')
  const form = (body: string) => post(body, 'application/x-www-form-urlencoded')

  it.each<[string, WrittenOperation, Wanted, string]>([
    ['JSON', JSON_ONLY, json('{"id":1,"name":"x"}'), 'pass'],
    ['JSON with a charset', JSON_ONLY, post('{"id":1}', 'application/json; charset=UTF-8'), 'pass'],
    ['JSON in another charset', JSON_ONLY, post('{"id":1}', 'application/json; charset=utf-16'), '415 content-type'],
    ['another media type', JSON_ONLY, post('{"id":1}', 'text/plain'), '415 content-type'],
    ['two media types', JSON_ONLY, post('{"id":1}', 'application/json, text/plain'), '415 content-type'],
    ['no media type', JSON_ONLY, post('{"id":1}'), '415 content-type'],
    ['a compressed body', JSON_ONLY, post('{"id":1}', 'application/json', { 'content-encoding': 'gzip' }), '415 content-encoding'],
    ['no body', JSON_ONLY, { method: 'POST' }, 'pass'],
    ['no body, though required', { body: { required: true, content: {} } }, { method: 'POST' }, '400 body-missing'],
    ['an empty body, though required', { body: { required: true, content: { 'application/json': {} } } }, json(''), '400 body-missing'],
    ['a body that nothing describes', {}, json('{}'), '400 body-unexpected'],
    ['an empty body that nothing describes', {}, json(''), 'pass'],
    ['everything wrong at once', JSON_ONLY, json('{"name":"longer","x":1}'), '422 body #/id required, #/name maxLength, #/x additionalProperties'],
    ['what is read only', JSON_ONLY, json('{"id":1,"at":"x"}'), '422 body #/at readOnly'],
    ['a key twice', JSON_ONLY, json('{"id":1,"id":2}'), '400 duplicate-key'],
    ['__proto__', JSON_ONLY, json('{"id":1,"__proto__":{}}'), '400 forbidden-key'],
    ['no JSON', JSON_ONLY, json('{"id":1'), '400 body-syntax'],
    ['a number that is not exact', JSON_ONLY, json('{"id":9007199254740993}'), '400 number-precision'],
    ['bytes that are no text', JSON_ONLY, post(new Uint8Array([0x22, 0xff, 0x22]), 'application/json'), '400 encoding'],
    ['a body that is too long', JSON_ONLY, json(`{"id":1,"name":"${'x'.repeat(70_000)}"}`), '413 too-large'],
    [
      'parameters and body together',
      { ...JSON_ONLY, parameters: [{ name: 'a', in: 'query', required: true }] },
      json('{}'),
      '400 parameters query/a required, #/id required',
    ],
    [
      'parameters and a body of no known type',
      { ...JSON_ONLY, parameters: [{ name: 'a', in: 'query', required: true }] },
      post('x', 'text/plain'),
      '400 parameters query/a required',
    ],
    [
      'a structured suffix',
      { body: { content: { 'application/*': { schema: SCHEMA } } } },
      post('{"id":"x"}', 'application/merge-patch+json'),
      '422 body #/id type',
    ],
    ['the more specific range', { body: { content: { '*/*': {}, 'application/json': { schema: SCHEMA } } } }, json('{}'), '422 body #/id required'],
    ['any type, of JSON', ANY, json('{}'), '422 body #/id required'],
    ['any type, of what nobody can read', ANY, post('{"id":1}', 'application/x-yaml'), '415 content-type'],
    ['any type, of text that should be an object', ANY, post('{"id":1}', 'text/plain'), '422 body # type'],
    ['a file', FILE, post('x', 'image/png'), 'pass'],
    ['a file of bytes', FILE, post(new Uint8Array([0xff]), 'application/octet-stream'), 'pass'],
    ['a file that is not listed', FILE, post('x', 'text/html'), '415 content-type'],
    ['a text', TEXT, post('abc', 'text/plain'), 'pass'],
    ['a text that is too long', TEXT, post('abcd', 'text/plain'), '422 body # maxLength'],
    ['a form', FORM, form('amount=5&expand[]=x&expand[]=y&metadata[k]=v&tags=1&tags=2&address[city]=x'), 'pass'],
    ['a form with indices', FORM, form('amount=5&expand[0]=x&expand%5B1%5D=y'), 'pass'],
    ['a form with an alternative', FORM, form('amount=5&metadata='), 'pass'],
    ['a form with JSON inside', FORM, form(`amount=5&card=${encodeURIComponent('{"number":"4"}')}`), 'pass'],
    ['a form with JSON inside that is not listed', FORM, form(`amount=5&card=${encodeURIComponent('{"x":"4"}')}`), '422 body #/card/x additionalProperties'],
    ['a form with more', FORM, form('amount=5&admin=1'), '422 body #/admin additionalProperties'],
    ['a form with brackets', FORM, form('amount=5&amount[]=6'), '422 body #/amount%5B%5D additionalProperties'],
    ['a form with a dot', FORM, form('amount=5&address.city=6'), '422 body #/address.city additionalProperties'],
    ['a form with a field twice', FORM, form('amount=5&amount=6'), '422 body #/amount style'],
    [
      'a form with _method',
      { body: { content: { 'application/x-www-form-urlencoded': { schema: { type: 'object', additionalProperties: true } } } } },
      form('_method=DELETE'),
      '422 body #/_method additionalProperties',
    ],
    [
      'a form with anything',
      { body: { content: { 'application/x-www-form-urlencoded': { schema: { type: 'object', additionalProperties: true } } } } },
      form('a=1'),
      'pass',
    ],
    ['a form of which nothing is said', { body: { content: { 'application/x-www-form-urlencoded': {} } } }, form('a[]=1&a[]=2'), 'pass'],
    ['a form of which nothing is said, and none', { body: { content: { 'application/x-www-form-urlencoded': {} } } }, form('a=1;b=2'), '400 body-syntax'],
    ['a form with __proto__', FORM, form('amount=5&__proto__=1'), '400 forbidden-key'],
    ['a form with __proto__ inside', FORM, form('amount=5&metadata[__proto__]=1'), '422 body #/metadata style'],
    ['a form with bytes that are not encoded', FORM, form('amount=5&metadata[k]=é'), '400 encoding'],
    ['a form with a semicolon', FORM, form('amount=5;expand[]=x'), '400 body-syntax'],
    ['a form with NUL', FORM, form('amount=5&metadata[k]=%00'), '400 body-syntax'],
  ])('%s', async (_, operation, wanted, expected) => {
    expect(said(await judge(operation, wanted))).toBe(expected)
  })

  it.each<[string, WrittenOperation, Wanted, string | undefined]>([
    ['JSON', JSON_ONLY, json('{"id":1, "x":2,"nested":{"a":"b","c":[]}}'), '{"id":1,"nested":{"a":"b"}}'],
    ['JSON that has nothing more', JSON_ONLY, json('{"id" : 1}'), undefined],
    ['a form', FORM, form('admin=1&amount=5&metadata[k]=v&address[city]=x&address[zip]=1&a.b=1'), 'amount=5&metadata[k]=v&address[city]=x'],
    ['a form that has nothing more', FORM, form('amount=5&expand[0]=x'), undefined],
  ])('leaves out what is not listed: %s', async (_, operation, wanted, expected) => {
    const decision = await judge(operation, wanted, { unlisted: 'strip' })
    expect(decision.kind).toBe('pass')
    const { body } = decision as { body?: Uint8Array }
    expect(body === undefined ? undefined : new TextDecoder().decode(body)).toBe(expected)
  })

  it('leaves out what is not listed and refuses what is wrong beside it', async () => {
    expect(said(await judge(JSON_ONLY, json('{"id":"x","y":1}'), { unlisted: 'strip' }))).toBe('422 body #/id type')
    expect(said(await judge(FORM, form('amount=x&y=1'), { unlisted: 'strip' }))).toBe('422 body #/amount type')
    expect(said(await judge(FORM, form('amount=5&__proto__=1'), { unlisted: 'strip' }))).toBe('400 forbidden-key')
  })

  it('judges what it writes: a number beyond a double is written as null', async () => {
    const wanted = json('{"id":1e999,"y":1}')
    const number = { body: { content: { 'application/json': { schema: { type: 'object', properties: { id: { type: 'number' } } } } } } }
    expect(said(await judge(number, wanted, { unlisted: 'strip', largeNumbers: 'round' }))).toBe('422 body #/id type')
  })

  it('knows no operation that is not described', async () => {
    const handlers = openapiRequests({ description: described({ 'GET /a': {} }) }).compile()
    expect(said((await handlers.request?.(exchange({ route: { key: 'GET /b' } }))) as Decision)).toBe('404 operation')
  })

  it('gives conditions what it read', async () => {
    const decision = await judge(
      { ...FORM, parameters: [{ name: 'a', in: 'query', schema: { type: 'boolean' } }] },
      { ...form('amount=5'), url: 'https://api.example.com/?a=true' },
    )
    expect(decision).toMatchObject({ kind: 'pass', validated: { query: { a: true }, body: { amount: 5 } } })
  })
})
