import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { bearer, type FrontDoor, forwarded, goodClaims, openFrontDoor, refused, tokenOfOne } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())
afterEach(async () => {
  expect(await door.ask('GET /v1/admin/report'), 'nobody became somebody').toMatchObject(refused('401 jwt.missing'))
})

const post = (body: string) => door.ask('POST /v1/notes', { 'Content-Type': 'application/json' }, body)

describe('in a body', () => {
  it.each([
    '{"__proto__":{"admin":true}}',
    '{"title":"a","__proto__":{"admin":true}}',
    '{"title":"a","__proto__":null}',
    '{"title":"a","\\u005f_proto__":{"admin":true}}',
    '{"title":"a","\\u005F\\u005fproto\\u005f\\u005f":1}',
    '{"title":"a","constructor":{"prototype":{"admin":true}}}',
    '{"title":"a","prototype":{}}',
    '{"title":"a","owner":{"name":"b","__proto__":{"admin":true}}}',
    '{"title":"a","owner":{"__proto__":{"name":"b"}}}',
    '{"title":"a","tags":[{"__proto__":{}}]}',
    '[{"__proto__":{}}]',
  ])('%s', async (body) => {
    const outcome = await post(body)
    expect(outcome).toMatchObject(refused('400 validate.forbidden-key'))
    expect(outcome.response.body).not.toMatch(/proto|constructor/)
  })

  it.each(['toString', 'hasOwnProperty', '__defineGetter__', 'valueOf', '__proto__x', 'length'])('%s is a key that is not listed', async (key) => {
    expect(await post(`{"title":"a",${JSON.stringify(key)}:1}`)).toMatchObject(refused('422 validate.body'))
  })

  it('a prototype satisfies no schema', async () => {
    expect(await post('{}')).toMatchObject(refused('422 validate.body'))
    expect(await post('[]')).toMatchObject(refused('422 validate.body'))
  })

  it('as text it is text', async () => {
    expect((await post('{"title":"__proto__","tags":["constructor"]}')).said).toBe('200 origin.answered')
  })
})

describe('in a query', () => {
  it.each([
    ['?q=a&__proto__=b', '400 validate.forbidden-key'],
    ['?q=a&%5f%5fproto__=b', '400 validate.forbidden-key'],
    ['?q=a&constructor=b', '400 validate.forbidden-key'],
    ['?q=a&prototype=b', '400 validate.forbidden-key'],
    ['?q=a&__proto__[admin]=true', '400 validate.query'],
    ['?q=a&constructor[prototype][admin]=true', '400 validate.query'],
    ['?q=a&toString=b', '400 validate.query'],
    ['?q=a&hasOwnProperty=b', '400 validate.query'],
    ['?__proto__[q]=a', '400 validate.query'],
    ['?', '400 validate.query'],
  ])('%s', async (search, said) => {
    expect(await door.ask(`GET /v1/search${search}`)).toMatchObject(refused(said))
  })
})

describe('in a path', () => {
  it.each(['__proto__', 'constructor', 'prototype', 'toString', '%5f_proto__', ':id', 'id'])('%s is an id like any other that is wrong', async (id) => {
    expect(await door.ask(`GET /v1/items/${id}`)).toMatchObject(refused('404 validate.params'))
    const ada = bearer(await tokenOfOne(door))
    expect(await door.ask(`GET /v1/users/${id}`, ada)).toMatchObject(refused('403 authorize.owner'))
  })
})

describe('in a header', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s', async (name) => {
    const outcome = await door.ask('GET /v1/tenants', { [name]: 'red', 'X-Tenant': 'blue' })
    expect(outcome.said).toBe('200 origin.answered')
    expect(await door.ask('GET /v1/tenants', { 'X-Tenant': name })).toMatchObject(refused('400 validate.headers'))
  })
})

describe('in a token that its issuer signed', () => {
  const admin = { scope: 'admin', sub: 'bob', iss: 'https://issuer-one.test' }
  const sign = (claims: string) => door.one.raw({ alg: 'RS256', typ: 'at+jwt', kid: 'key-one' }, claims)

  it.each([
    ['__proto__', admin],
    ['constructor', { prototype: admin }],
    ['prototype', admin],
  ])('%s gives no scope and no other subject', async (name, value) => {
    const claims = JSON.stringify({ ...goodClaims(), scope: '' })
    const token = await sign(`${claims.slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(value)}}`)
    expect(await door.ask('GET /v1/admin/report', bearer(token))).toMatchObject(refused('403 authorize.scope'))
    const got = forwarded(await door.ask('GET /v1/profile', bearer(token)))
    expect(got.fields).toContainEqual(['x-portcullis-subject', 'ada'])
  })

  it('what stands in the prototype alone is no claim', async () => {
    const token = await sign(`{"__proto__":${JSON.stringify({ ...goodClaims(), scope: 'admin' })}}`)
    expect(await door.ask('GET /v1/profile', bearer(token))).toMatchObject(refused('401 jwt.issuer'))
  })

  it.each(['__proto__', 'constructor', 'toString'])('the scope %s is one that nobody asks for', async (scope) => {
    expect(await door.ask('GET /v1/admin/report', bearer(await tokenOfOne(door, { scope })))).toMatchObject(refused('403 authorize.scope'))
  })
})
