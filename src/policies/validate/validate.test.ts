import * as v from 'valibot'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { exchange, type Wanted } from '../../../test/exchange.ts'
import type { Deny, Pass } from '../../core/decision.ts'
import type { Policy } from '../../core/policy.ts'
import { problemDocument } from '../../core/problem.ts'
import { Problems } from '../../core/problems.ts'
import type { StandardResult, StandardSchema } from './standard-schema.ts'
import { validate } from './validate.ts'

/** What became of one request, in brief: `pass`, or status, reason and pointers. */
function outcome(policy: Policy, wanted: Wanted): unknown {
  const problems = new Problems()
  policy.check(['validate'], problems)
  expect(problems.all).toEqual([])
  return policy.compile().request?.(exchange(wanted))
}

async function brief(policy: Policy, wanted: Wanted): Promise<string> {
  const decision = (await outcome(policy, wanted)) as Pass | Deny
  if (decision.kind === 'pass') return 'pass'
  const pointers = (decision.problem?.errors ?? []).map(({ pointer }) => pointer)
  return [decision.status, decision.reason, ...pointers].join(' ')
}

const post = (body: BodyInit, contentType = 'application/json', headers: Record<string, string> = {}): Wanted => ({
  method: 'POST',
  body,
  headers: { 'content-type': contentType, ...headers },
})

const order = v.object({
  id: v.pipe(v.string(), v.uuid()),
  items: v.pipe(v.array(v.object({ sku: v.string(), count: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))) })), v.maxLength(50)),
  note: v.optional(v.nullable(v.string())),
})
const ID = '7f3b6c1e-6f0a-4b7e-9a8d-0c1d2e3f4a5b'
const ORDER = { id: ID, items: [{ sku: 'a', count: 1 }, { sku: 'b' }] }

describe('body', () => {
  const policy = validate({ body: order })
  it.each<[string, string | Uint8Array, string]>([
    ['what the schema says', JSON.stringify(ORDER), 'pass'],
    ['an unlisted key', JSON.stringify({ ...ORDER, admin: true }), '422 validate.body #/admin'],
    ['an unlisted key, deep', JSON.stringify({ ...ORDER, items: [{ sku: 'a' }, { sku: 'b', price: 0 }] }), '422 validate.body #/items/1/price'],
    ['two unlisted keys', JSON.stringify({ ...ORDER, a: 1, b: 1 }), '422 validate.body #/a #/b'],
    ['an inherited name', JSON.stringify({ ...ORDER, toString: 1 }), '422 validate.body #/toString'],
    ['another case', JSON.stringify({ ...ORDER, ID: 1 }), '422 validate.body #/ID'],
    ['a missing key', '{"items":[]}', '422 validate.body #/id'],
    ['several violations', '{"id":"x","items":[{"count":0}]}', '422 validate.body #/id #/items/0/sku #/items/0/count'],
    ['a wrong root', '[]', '422 validate.body #/id #/items'],
    ['null', 'null', '422 validate.body #'],
    ['the prototype', `{"id":"${ID}","items":[],"__proto__":{"admin":true}}`, '400 validate.forbidden-key'],
    ['the prototype, deep and escaped', String.raw`{"items":[{"\u005f\u005fproto__":1}]}`, '400 validate.forbidden-key'],
    ['the constructor', '{"constructor":{"prototype":{"admin":true}}}', '400 validate.forbidden-key'],
    ['a key twice', `{"id":"${ID}","items":[],"id":"${ID}"}`, '400 validate.duplicate-key'],
    ['no JSON', 'id=1', '400 validate.body-syntax'],
    ['a byte order mark', `\u{feff}${JSON.stringify(ORDER)}`, '400 validate.encoding'],
    ['invalid UTF-8', new Uint8Array([0x22, 0xff, 0x22]), '400 validate.encoding'],
    ['nesting', '['.repeat(60_000), '400 validate.depth'],
    ['closed nesting', `${'['.repeat(33)}${']'.repeat(33)}`, '400 validate.depth'],
    ['an integer that parsing rounds', '{"n":9007199254740993}', '400 validate.number-precision'],
    ['more than the default allows', JSON.stringify({ ...ORDER, note: 'x'.repeat(65_536) }), '413 validate.too-large'],
    ['nothing', '', '400 validate.body-missing'],
  ])('%s', async (_name, body, expected) => {
    expect(await brief(policy, post(body))).toBe(expected)
  })

  it.each<[string, string, string]>([
    ['as listed', 'application/json', 'pass'],
    ['in another case', 'Application/JSON', 'pass'],
    ['UTF-8', 'application/json; charset=UTF-8', 'pass'],
    ['quoted UTF-8', 'application/json;charset="utf-8"', 'pass'],
    ['another charset', 'application/json; charset=utf-16', '415 validate.content-type'],
    ['UTF-7', 'application/json; charset=utf-7', '415 validate.content-type'],
    ['two charsets', 'application/json; charset=utf-8; charset=utf-16', '415 validate.content-type'],
    ['a form can send it', 'text/plain', '415 validate.content-type'],
    ['a form that mentions it', 'text/plain; application/json', '415 validate.content-type'],
    ['a longer type', 'application/jsonp', '415 validate.content-type'],
    ['another type of JSON', 'application/problem+json', '415 validate.content-type'],
    ['two types', 'application/json, text/plain', '415 validate.content-type'],
    ['a wildcard', '*/*', '415 validate.content-type'],
    ['an empty type', '', '415 validate.content-type'],
  ])('content type: %s', async (_name, contentType, expected) => {
    expect(await brief(policy, post(JSON.stringify(ORDER), contentType))).toBe(expected)
  })

  it.each<[string, Wanted, string]>([
    ['no content type', { method: 'POST', body: new TextEncoder().encode('{}') }, '415 validate.content-type'],
    ['compressed', post('{}', 'application/json', { 'content-encoding': 'gzip' }), '415 validate.content-encoding'],
    ['said to be compressed twice', post('{}', 'application/json', { 'content-encoding': 'identity, gzip' }), '415 validate.content-encoding'],
    ['said to be as it is', post(JSON.stringify(ORDER), 'application/json', { 'content-encoding': 'identity' }), 'pass'],
    ['a declared length beyond the cap', post('{}', 'application/json', { 'content-length': '65537' }), '413 validate.too-large'],
    ['no body', { method: 'POST', headers: { 'content-type': 'application/json' } }, '400 validate.body-missing'],
    ['a GET', {}, '400 validate.body-missing'],
  ])('%s', async (_name, wanted, expected) => {
    expect(await brief(policy, wanted)).toBe(expected)
  })

  it('is read no further than the cap', async () => {
    let pulled = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++
        controller.enqueue(new TextEncoder().encode(' '.repeat(1000)))
      },
    })
    expect(await brief(validate({ body: order, maxBytes: 10_000 }), post(endless))).toBe('413 validate.too-large')
    expect(pulled).toBeLessThan(20)
  })

  it.each<[string, Wanted, string]>([
    ['may be missing', { method: 'POST' }, 'pass'],
    ['may be empty', post(new Uint8Array()), 'pass'],
    ['may be declared empty', { method: 'POST', body: '', headers: { 'content-length': '0' } }, 'pass'],
    ['is judged when it is there', post('{}'), '422 validate.body #/id #/items'],
  ])('where it is not required: %s', async (_name, wanted, expected) => {
    expect(await brief(validate({ body: order, bodyRequired: false }), wanted)).toBe(expected)
  })

  it.each<[string, Parameters<typeof validate>[0], string, string]>([
    ['a tuple drops no items', { body: v.tuple([v.string()]) }, '["a","smuggled"]', '422 validate.body #/1'],
    ['a strict object refuses by itself', { body: v.strictObject({ a: v.string() }) }, '{"a":"1","b":2}', '422 validate.body #/b'],
    [
      'a union drops what its option does not list',
      { body: v.union([v.object({ a: v.string() }), v.object({ b: v.string() })]) },
      '{"a":"","b":""}',
      '422 validate.body #/b',
    ],
    [
      'a variant',
      { body: v.variant('t', [v.object({ t: v.literal('a'), x: v.string() }), v.object({ t: v.literal('b') })]) },
      '{"t":"b","x":""}',
      '422 validate.body #/x',
    ],
    [
      'an intersection lists what all its parts list',
      { body: v.intersect([v.object({ a: v.string() }), v.object({ b: v.string() })]) },
      '{"a":"","b":""}',
      'pass',
    ],
    ['a record with bounded keys', { body: v.record(v.pipe(v.string(), v.regex(/^[a-z]+$/)), v.number()) }, '{"a":1,"B":2}', '422 validate.body #/B'],
    [
      'a record that rewrites keys',
      { body: v.record(v.pipe(v.string(), v.maxLength(3), v.toLowerCase()), v.number()) },
      '{"a":1,"A":2}',
      '422 validate.body #/A',
    ],
    ['a recursive schema', { body: tree() }, '{"children":[{"children":[{"evil":1,"children":[]}]}]}', '422 validate.body #/children/0/children/0/evil'],
    ['an unknown value holds anything', { body: v.object({ any: v.unknown() }) }, '{"any":{"deep":[{"x":1}]}}', 'pass'],
    ['but no prototype', { body: v.unknown() }, '{"a":{"__proto__":1}}', '400 validate.forbidden-key'],
    [
      'a list made into a set',
      {
        body: v.pipe(
          v.array(v.string()),
          v.transform((list) => new Set(list)),
        ),
      },
      '["a","a"]',
      'pass',
    ],
    ['large numbers, where they may round', { body: v.unknown(), largeNumbers: 'round' }, '[9007199254740993]', 'pass'],
    ['another depth', { body: v.unknown(), maxDepth: 2 }, '[[[]]]', '400 validate.depth'],
    ['as deep as allowed', { body: v.unknown(), maxDepth: 2 }, '[[]]', 'pass'],
    ['another type of JSON', { body: v.unknown(), contentTypes: ['application/vnd.api+json'] }, '[]', '415 validate.content-type'],
  ])('%s', async (_name, settings, body, expected) => {
    expect(await brief(validate(settings), post(body))).toBe(expected)
  })

  it('leaves the received bytes to be forwarded, and gives what the schema made of them to conditions', async () => {
    const x = exchange(post('{ "n":"1" }'))
    const policy = validate({ body: v.object({ n: v.pipe(v.string(), v.digits(), v.transform(Number)), d: v.optional(v.number(), 7) }) })
    expect(await policy.compile().request?.(x)).toEqual({ kind: 'pass', validated: { body: { n: 1, d: 7 } } })
    expect(new TextDecoder().decode(x.body.forward() as Uint8Array)).toBe('{ "n":"1" }')
  })

  it('names at most twenty violations, and one in a large body', async () => {
    const policy = validate({ body: v.array(v.object({ a: v.string() })) })
    const count = async (items: number, item: unknown) =>
      ((await outcome(policy, post(JSON.stringify(Array.from({ length: items }, () => item))))) as Deny).problem?.errors?.length
    expect(await count(100, 1)).toBe(20)
    expect(await count(100, { a: '', b: 1 })).toBe(20)
    expect(await count(20_000, 1)).toBe(1)
  })
})

function tree(): v.GenericSchema<unknown> {
  const node: v.GenericSchema<unknown> = v.object({ children: v.array(v.lazy(() => node)) })
  return node
}

describe('without a body schema', () => {
  it.each<[string, Parameters<typeof validate>[0], Wanted, string]>([
    ['a body streams on', { query: v.object({}) }, post('not json', 'text/plain'), 'pass'],
    ['its type alone can be judged', { contentTypes: ['image/png'] }, post('…', 'image/png'), 'pass'],
    ['and refused', { contentTypes: ['image/png'] }, post('…', 'text/html'), '415 validate.content-type'],
    ['no body has no type', { contentTypes: ['image/png'] }, {}, 'pass'],
  ])('%s', (_name, settings, wanted, expected) => {
    const x = exchange(wanted)
    const original = x.request.body
    const decision = validate(settings).compile().request?.(x) as Pass | Deny
    expect(decision.kind === 'pass' ? 'pass' : `${decision.status} ${decision.reason}`).toBe(expected)
    expect(x.body.forward()).toBe(original)
  })
})

describe('query', () => {
  const policy = validate({
    query: v.object({
      limit: v.optional(v.pipe(v.string(), v.regex(/^[1-9]\d?$/), v.transform(Number))),
      q: v.optional(v.pipe(v.string(), v.maxLength(20))),
      tag: v.optional(v.pipe(v.array(v.string()), v.maxLength(2))),
    }),
    repeatable: ['tag'],
    maxQueryParameters: 8,
    maxQueryBytes: 100,
  })
  it.each<[string, string, string]>([
    ['nothing', '', 'pass'],
    ['listed', '?limit=10&q=a+b', 'pass'],
    ['repeated where it may', '?tag=a&tag=b', 'pass'],
    ['repeated too often', '?tag=a&tag=b&tag=c', '400 validate.query query/tag'],
    ['unlisted', '?debug=1', '400 validate.query query/debug'],
    ['unlisted by case', '?Limit=1', '400 validate.query query/Limit'],
    ['brackets', '?limit[]=1', '400 validate.query query/limit%5B%5D'],
    ['an inherited name', '?toString=1', '400 validate.query query/toString'],
    ['a wrong value', '?limit=0x10', '400 validate.query query/limit'],
    ['twice', '?limit=1&limit=2', '400 validate.duplicate-parameter'],
    ['twice, once encoded', '?limit=1&%6Cimit=2', '400 validate.duplicate-parameter'],
    ['the prototype', '?__proto__=1', '400 validate.forbidden-key'],
    ['a semicolon', '?limit=1;q=2', '400 validate.query-syntax'],
    ['an empty parameter', '?limit=1&', '400 validate.query-syntax'],
    ['too many', `?${'tag=1&'.repeat(8)}q=1`, '400 validate.query-size'],
    ['too long', `?q=${'x'.repeat(100)}`, '400 validate.query-size'],
    ['an ambiguous URL', '?q=%ff', '400 validate.url'],
    ['NUL', '?q=%00', '400 validate.url'],
  ])('%s', async (_name, search, expected) => {
    expect(await brief(policy, { url: `https://api.example.com/${search}` })).toBe(expected)
  })

  it('gives its outputs to conditions', () => {
    expect(outcome(policy, { url: 'https://api.example.com/?limit=5&tag=a' })).toMatchObject({ kind: 'pass', validated: { query: { limit: 5, tag: ['a'] } } })
  })
})

describe('path parameters', () => {
  const policy = validate({ params: v.object({ id: v.pipe(v.string(), v.uuid()) }) })
  it.each<[string, Record<string, string>, string]>([
    ['as the schema says', { id: ID }, 'pass'],
    ['others are the route’s own', { id: ID, tenant: 'x' }, 'pass'],
    ['wrong', { id: '1 OR 1=1' }, '404 validate.params path/id'],
    ['missing', {}, '404 validate.params path/id'],
  ])('%s', async (_name, params, expected) => {
    expect(await brief(policy, { params })).toBe(expected)
  })

  it('stand in the policy and in its type', () => {
    expect(policy.params).toEqual(['id'])
    expectTypeOf(policy).toEqualTypeOf<Policy<'id', 'validate'>>()
    expectTypeOf(validate({ query: v.object({}) })).toEqualTypeOf<Policy<never, 'validate'>>()
    // @ts-expect-error a route without the parameter cannot have it
    const elsewhere: Policy<'user', 'validate'> = policy
    expect(elsewhere).toBe(policy)
    // @ts-expect-error an unknown setting
    const problems = problemsOf(validate({ query: v.object({}), maxByte: 1 }))
    expect(problems).toEqual(['validate.maxByte: an unknown setting "maxByte"'])
  })
})

describe('headers', () => {
  const policy = validate({ headers: v.strictObject({ 'x-tenant': v.pipe(v.string(), v.regex(/^[a-z]{1,8}$/)), 'if-match': v.optional(v.string()) }) })
  it.each<[string, Record<string, string>, string]>([
    ['listed', { 'X-Tenant': 'red' }, 'pass'],
    ['others are left alone', { 'x-tenant': 'red', accept: '*/*' }, 'pass'],
    ['wrong', { 'x-tenant': 'RED' }, '400 validate.headers header/x-tenant'],
    ['missing', {}, '400 validate.headers header/x-tenant'],
  ])('%s', async (_name, headers, expected) => {
    expect(await brief(policy, { headers })).toBe(expected)
  })

  it('twice is one joined value, for the schema to refuse', async () => {
    const x = exchange()
    const headers = new Headers([['x-tenant', 'red']])
    headers.append('x-tenant', 'blue')
    const decision = await policy.compile().request?.({ ...x, request: new Request('https://api.example.com/', { headers }) })
    expect(decision).toMatchObject({ kind: 'deny', status: 400, reason: 'validate.headers' })
  })
})

describe('all parts', () => {
  const policy = validate({
    params: v.object({ id: v.pipe(v.string(), v.digits()) }),
    query: v.object({ q: v.string() }),
    headers: v.object({ 'x-a': v.string() }),
    body: v.object({ b: v.boolean() }),
  })
  const good = { ...post('{"b":true}', 'application/json', { 'x-a': 'A' }), url: 'https://api.example.com/?q=Q', params: { id: '1' } }
  it('are given to conditions', async () => {
    expect(await outcome(policy, good)).toMatchObject({ validated: { params: { id: '1' }, query: { q: 'Q' }, headers: { 'x-a': 'A' }, body: { b: true } } })
  })

  it('are judged in order, the body last', async () => {
    expect(await brief(policy, { params: { id: 'x' } })).toBe('404 validate.params path/id')
    expect(await brief(policy, { params: { id: '1' } })).toBe('400 validate.query query/q')
    expect(await brief(policy, { params: { id: '1' }, url: good.url })).toBe('400 validate.headers header/x-a')
    expect(await brief(policy, { ...good, body: '{"b":1}' })).toBe('422 validate.body #/b')
  })

  it('answer at once, without a promise, until a body must be read', () => {
    const handler = validate({ params: v.object({ id: v.string() }), query: v.object({}), headers: v.object({ 'x-a': v.string() }) }).compile()
    expect(handler.request?.(exchange({ headers: { 'x-a': 'A' }, params: { id: '1' } }))).not.toBeInstanceOf(Promise)
    expect(policy.compile().request?.(exchange({ ...good, headers: { 'x-a': 'A' } }))).not.toBeInstanceOf(Promise)
    expect(policy.compile().request?.(exchange(good))).toBeInstanceOf(Promise)
  })
})

describe('what the caller reads', () => {
  const secret = 'hunter2-secret'
  it.each<[string, v.GenericSchema, unknown, string]>([
    ['a type', v.object({ a: v.number() }), { a: secret }, 'expected number'],
    ['a picklist', v.object({ a: v.picklist(['x', 'y']) }), { a: secret }, 'expected ("x" | "y")'],
    ['a length', v.object({ a: v.pipe(v.string(), v.maxLength(3)) }), { a: secret }, 'expected <=3'],
    ['a missing key', v.object({ a: v.string() }), {}, 'required'],
    ['an unlisted key', v.object({}), { a: secret }, 'not allowed here'],
    ['an unlisted key of a strict object', v.strictObject({}), { a: secret }, 'not allowed here'],
    [
      'a check',
      v.object({
        a: v.pipe(
          v.string(),
          v.check(() => false),
        ),
      }),
      { a: secret },
      'does not match the schema',
    ],
    [
      'the author’s own constant words',
      v.object({
        a: v.pipe(
          v.string(),
          v.check(() => false, 'must be even'),
        ),
      }),
      { a: secret },
      'must be even',
    ],
    [
      'the author’s own function',
      v.object({
        a: v.pipe(
          v.string(),
          v.check(
            () => false,
            ({ input }) => `not ${input}`,
          ),
        ),
      }),
      { a: secret },
      'does not match the schema',
    ],
    ['a key of a record', v.record(v.pipe(v.string(), v.maxLength(0)), v.string()), { a: secret }, 'expected <=0'],
  ])('%s', async (_name, body, value, detail) => {
    const decision = (await outcome(validate({ body }), post(JSON.stringify(value)))) as Deny
    expect(decision.problem?.errors).toEqual([{ pointer: '#/a', detail }])
    expect(problemDocument(decision.status, 'id', decision.problem)).not.toContain(secret)
    expect(JSON.stringify(decision.detail)).not.toContain(secret)
  })

  it.each<[string, Wanted]>([
    ['syntax', post(`{"a":${secret}}`)],
    ['a key twice', post(`{"a":"${secret}","a":"${secret}"}`)],
    ['a query', { url: `https://api.example.com/?a=${secret}` }],
  ])('%s: nothing of the input', async (_name, wanted) => {
    const decision = (await outcome(validate({ query: v.object({}), body: v.object({ a: v.number() }) }), wanted)) as Deny
    expect(decision.kind).toBe('deny')
    expect(JSON.stringify(decision)).not.toContain(secret)
  })

  it('repeats a client’s own keys encoded and cut', async () => {
    const key = `<script>"\n${'k'.repeat(5000)}`
    const decision = (await outcome(validate({ body: v.object({}) }), post(JSON.stringify({ [key]: 1 })))) as Deny
    expect(decision.problem?.errors).toEqual([{ pointer: `#/%3Cscript%3E%22%0A${'k'.repeat(54)}%E2%80%A6`, detail: 'not allowed here' }])
  })
})

/** A schema of another library. */
function standard(judge: (value: unknown) => unknown): StandardSchema<{ a: string }> {
  return { '~standard': { version: 1, vendor: 'other', validate: (value) => judge(value) as StandardResult<{ a: string }> } }
}

describe('other libraries', () => {
  it.each<[string, (value: unknown) => unknown, string]>([
    ['accepts at once', (value) => ({ value }), 'pass'],
    ['accepts later', (value) => Promise.resolve({ value }), 'pass'],
    ['refuses', () => ({ issues: [{ message: 'was 1', path: ['a', { key: 0 }] }] }), '422 validate.body #/a/0'],
    ['refuses later', () => Promise.resolve({ issues: [{ message: 'was 1' }] }), '422 validate.body #'],
    ['drops keys', () => ({ value: {} }), '422 validate.body #/a'],
    ['drops keys from the input itself', (value) => ({ value: Reflect.deleteProperty(Object(value), 'a') && value }), '422 validate.body #'],
    ['makes something else of it', () => ({ value: 'a' }), '422 validate.body #/a'],
  ])('one that %s', async (_name, judge, expected) => {
    expect(await brief(validate({ body: standard(judge) }), post('{"a":1}'))).toBe(expected)
  })

  it('does not show a message, which may repeat the value', async () => {
    const decision = (await outcome(validate({ body: standard(() => ({ issues: [{ message: 'was hunter2' }] })) }), post('1'))) as Deny
    expect(decision.problem?.errors).toEqual([{ pointer: '#', detail: 'does not match the schema' }])
  })

  it.each<[string, (value: unknown) => unknown]>([
    ['throws', () => JSON.parse('{')],
    ['answers with no result', () => ({})],
    ['answers with nothing', () => undefined],
    ['answers with a number', () => 1],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ])('fails, and so denies, where one %s', async (_name, judge) => {
    await expect(async () => outcome(validate({ query: standard(judge) }), {})).rejects.toThrow()
  })

  it('gives their parameter names to the type, and headers whole', async () => {
    expectTypeOf(validate({ params: standard((value) => ({ value })) })).toEqualTypeOf<Policy<'a', 'validate'>>()
    const seen: unknown[] = []
    await outcome(validate({ headers: standard((value) => ({ value, seen: seen.push({ ...Object(value) }) })) }), { headers: { 'X-A': '1', 'X-B': '2' } })
    expect(seen).toEqual([expect.objectContaining({ 'x-a': '1', 'x-b': '2' })])
  })

  it('works with valibot’s asynchronous schemas', async () => {
    const body = v.objectAsync({
      a: v.pipeAsync(
        v.string(),
        v.checkAsync(async (a) => (await Promise.resolve(a)) === 'ok', 'must be ok'),
      ),
    })
    expect(await brief(validate({ body }), post('{"a":"ok"}'))).toBe('pass')
    expect(await brief(validate({ body }), post('{"a":"ok","b":1}'))).toBe('422 validate.body #/b')
    expect(await outcome(validate({ body }), post('{"a":"no"}'))).toMatchObject({ problem: { errors: [{ pointer: '#/a', detail: 'must be ok' }] } })
  })
})

function problemsOf(policy: Policy): readonly string[] {
  const problems = new Problems()
  policy.check(['validate'], problems)
  return problems.all.map(({ path, found }) => `${path}: ${found}`)
}

describe('at start', () => {
  const loop = (): v.GenericSchema => v.object({ next: v.lazy(() => loop()) })
  const bush = (): v.GenericSchema => v.object({ left: v.lazy(() => bush()), right: v.lazy(() => bush()) })
  const knot = (): v.GenericSchema => v.lazy(() => knot())
  it.each<[string, Parameters<typeof validate>[0], readonly string[]]>([
    ['nothing to do', {}, ['validate: nothing to validate']],
    ['no schema', { body: {} as never }, ['validate.body: {}']],
    ['a loose object', { body: v.looseObject({}) }, ['validate.body: a loose_object']],
    ['a loose object, deep', { body: v.object({ a: v.array(v.looseObject({})) }) }, ['validate.body.a["*"]: a loose_object']],
    ['a loose object, optional', { body: v.object({ a: v.optional(v.nullable(v.looseObject({}))) }) }, ['validate.body.a: a loose_object']],
    [
      'a loose object in a pipe',
      {
        body: v.pipe(
          v.looseObject({}),
          v.check(() => true),
        ),
      },
      ['validate.body: a loose_object'],
    ],
    ['a loose object in a union', { body: v.union([v.string(), v.looseObject({})]) }, ['validate.body: a loose_object']],
    ['a loose object in a variant', { body: v.variant('t', [v.looseObject({ t: v.literal(1) })]) }, ['validate.body: a loose_object']],
    ['a loose object in an intersection', { body: v.intersect([v.object({}), v.looseObject({})]) }, ['validate.body: a loose_object']],
    ['a loose object behind a lazy one', { body: v.lazy(() => v.looseObject({})) }, ['validate.body: a loose_object']],
    ['a loose object made partial', { body: v.partial(v.looseObject({ a: v.string() })) }, ['validate.body: a loose_object']],
    ['a loose asynchronous object', { body: v.looseObjectAsync({}) }, ['validate.body: a loose_object']],
    ['an object with a rest', { body: v.objectWithRest({}, v.string()) }, ['validate.body: a object_with_rest']],
    ['an object without a rest', { body: v.objectWithRest({}, v.never()) }, []],
    ['a loose tuple', { body: v.looseTuple([]) }, ['validate.body: a loose_tuple']],
    ['a record with any keys', { body: v.record(v.string(), v.string()) }, ['validate.body: a record with any keys']],
    ['a record with listed keys', { body: v.record(v.picklist(['a']), v.string()) }, []],
    ['a loose object in a record', { body: v.record(v.picklist(['a']), v.looseObject({})) }, ['validate.body["*"]: a loose_object']],
    ['a fallback', { body: v.object({ a: v.fallback(v.string(), '') }) }, ['validate.body.a: a fallback']],
    ['a fallback in a pipe', { body: v.object({ a: v.pipe(v.fallback(v.string(), ''), v.trim()) }) }, ['validate.body.a: a fallback']],
    ['a fallback of a pipe', { body: v.object({ a: v.fallback(v.pipe(v.string(), v.trim()), '') }) }, ['validate.body.a: a fallback']],
    [
      'a lazy schema that reads the value',
      { body: v.lazy((input) => (input ? v.string() : v.number())) },
      ['validate.body: a lazy schema that reads the value, or whose schema is not there yet'],
    ],
    ['a schema without end', { body: loop() }, ['validate.body: a schema without end']],
    ['a schema without end that branches', { body: bush() }, ['validate.body: a schema without end']],
    ['a schema without end in one place', { body: knot() }, ['validate.body: a schema without end']],
    ['a recursive schema', { body: tree() }, []],
    ['an inherited key', { body: v.object({ toString: v.any() }) }, ['validate.body: the key "toString"']],
    [
      'a transformed object',
      {
        body: v.pipe(
          v.object({ a: v.string() }),
          v.transform((o) => ({ ...o, total: 1 })),
        ),
      },
      ['validate.body: the transformation transform of something that has keys'],
    ],
    [
      'a sorted list of objects',
      { body: v.pipe(v.array(v.object({})), v.sortItems()) },
      ['validate.body: the transformation sort_items of something that has keys'],
    ],
    [
      'an object behind anything, transformed',
      {
        body: v.pipe(
          v.unknown(),
          v.object({}),
          v.transform(() => 1),
        ),
      },
      ['validate.body: the transformation transform of something that has keys'],
    ],
    ['a transformed value', { body: v.object({ a: v.pipe(v.unknown(), v.transform(String)) }) }, []],
    [
      'JSON in a string',
      {
        body: v.object({
          a: v.pipe(
            v.string(),
            v.parseJson(),
            v.object({ b: v.string() }),
            v.transform(({ b }) => b),
          ),
        }),
      },
      [],
    ],
    ['a branded object', { body: v.pipe(v.object({}), v.brand('Order'), v.readonly()) }, []],
    ['an unknown body', { body: v.unknown() }, []],
    ['an unknown query', { query: v.unknown() }, ['validate.query: unknown']],
    ['unknown headers', { headers: v.any() }, ['validate.headers: any']],
    ['an empty query', { query: v.object({}) }, []],
    ['a header in capitals', { headers: v.object({ 'X-A': v.string() }) }, ['validate.headers["X-A"]: "X-A"']],
    ['a repeatable name that is not listed', { query: v.object({ a: v.string() }), repeatable: ['b'] }, ['validate.repeatable[0]: "b"']],
    [
      'settings of a body without one',
      { query: v.object({}), maxBytes: 1, maxDepth: 2 },
      ['validate.maxBytes: maxBytes without body', 'validate.maxDepth: maxDepth without body'],
    ],
    ['settings of a query without one', { body: v.object({}), repeatable: [] }, ['validate.repeatable: repeatable without query']],
    ['a type that is no JSON', { body: v.object({}), contentTypes: ['text/plain'] }, ['validate.contentTypes[0]: "text/plain"']],
    ['a type with a parameter', { contentTypes: ['application/json; charset=utf-8'] }, ['validate.contentTypes[0]: "application/json; charset=utf-8"']],
    [
      'every problem at once',
      { query: v.any(), body: v.object({ a: v.looseObject({}), b: v.looseTuple([]) }) },
      ['validate.query: any', 'validate.body.a: a loose_object', 'validate.body.b: a loose_tuple'],
    ],
  ])('%s', (_name, settings, expected) => {
    expect([...problemsOf(validate(settings))].sort()).toEqual([...expected].sort())
  })
})
