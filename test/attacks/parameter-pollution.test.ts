import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rawText } from '../workerd/raw.ts'
import { bearer, type FrontDoor, forwarded, openFrontDoor, refused, tokenOfOne } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())

/** Repeats a field with another value. */
const twice = (bytes: string, field: string) => bytes.replace('\r\n\r\n', `\r\n${field}\r\n\r\n`)

describe('a query with two readings', () => {
  it.each([
    ['?q=a&q=b', '400 validate.duplicate-parameter'],
    ['?q=a&%71=b', '400 validate.duplicate-parameter'],
    ['?q&q=b', '400 validate.duplicate-parameter'],
    ['?q=a&q=a', '400 validate.duplicate-parameter'],
    ['?q=a;q=b', '400 validate.query-syntax'],
    ['?q=a;page=2', '400 validate.query-syntax'],
    ['?q=a&=b', '400 validate.query-syntax'],
    ['?q=a&&page=2', '400 validate.query-syntax'],
    ['?q=a&', '400 validate.query-syntax'],
    ['?&q=a', '400 validate.query-syntax'],
    ['?q[]=a', '400 validate.query'],
    ['?q=a&q[]=b', '400 validate.query'],
    ['?q=a&q[0]=b', '400 validate.query'],
    ['?q=a&q.x=b', '400 validate.query'],
    ['?q=a&Q=b', '400 validate.query'],
    ['?q=a&q%20=b', '400 validate.query'],
    ['?q=a&+q=b', '400 validate.query'],
    ['?q=a&q%00=b', '400 transport.ambiguous-path'],
    ['?q=a%00b', '400 transport.ambiguous-path'],
    ['?q=%c0%af', '400 transport.ambiguous-path'],
    ['?q=a&%u0071=b', '400 transport.ambiguous-path'],
    ['?q=a?q=b&q=c', '400 validate.duplicate-parameter'],
    [`?q=a${'&q=b'.repeat(1000)}`, '400 validate.query-size'],
    [`?q=a&${Array.from({ length: 100 }, (_, i) => `p${i}=1`).join('&')}`, '400 validate.query-size'],
  ])('%s', async (search, said) => {
    const outcome = await door.ask(`GET /v1/search${search}`)
    expect(outcome).toMatchObject(refused(said))
  })

  it.each(['?q=a%26q=b', '?q=a%3Bpage%3D2', '?q=a=b', '?q=a%2523', '?q=a?page=2', '?page=2&q=%2e%2e%2f', '?q=a+b%20c'])(
    '%s has one, and arrives as it was sent',
    async (search) => {
      expect(forwarded(await door.ask(`GET /v1/search${search}`)).target).toBe(`/base/v1/search${search}`)
    },
  )
})

describe('a body with two readings', () => {
  it.each([
    '{"title":"a","title":"b"}',
    '{"title":"a","title":"a"}',
    '{"title":"a","\\u0074itle":"b"}',
    '{"title":"a","owner":{"name":"a","name":"b"}}',
    '{"title":"a","owner":{"name":"a"},"owner":{"name":"b"}}',
    '{"title":"a","tags":[{"x":1,"x":2}]}',
    '{"":1,"":2}',
  ])('%s', async (body) => {
    expect(await door.ask('POST /v1/notes', { 'Content-Type': 'application/json' }, body)).toMatchObject(refused('400 validate.duplicate-key'))
  })

  it.each([
    '{"title":"a","Title":"b"}',
    '{"title":"a","title ":"b"}',
    '{"title":"a","t\\u0131tle":"b"}',
    '{"title":"a","title\\u0000":"b"}',
    '{"title":["a","b"]}',
  ])('%s', async (body) => {
    expect(await door.ask('POST /v1/notes', { 'Content-Type': 'application/json' }, body)).toMatchObject(refused('422 validate.body'))
  })

  it('parameters in the query do not speak for the body, or the other way round', async () => {
    expect(await door.ask('POST /v1/notes?title=a', { 'Content-Type': 'application/json' }, '{}')).toMatchObject(refused('422 validate.body'))
    expect(await door.ask('GET /v1/items/1?id=2')).toMatchObject({ said: '200 origin.answered' })
    expect(await door.ask('GET /v1/items/x?id=2')).toMatchObject(refused('404 validate.params'))
  })
})

describe('a header that comes twice', () => {
  it('two values of a validated one are neither', async () => {
    expect(await door.send(twice(rawText('GET', '/v1/tenants', { 'X-Tenant': 'red' }), 'X-Tenant: blue'))).toMatchObject(refused('400 validate.headers'))
    expect(await door.send(twice(rawText('GET', '/v1/tenants', { 'X-Tenant': 'red' }), 'x-tenant: red'))).toMatchObject(refused('400 validate.headers'))
  })

  it('two that become one at the origin are one', async () => {
    for (const name of ['X_Tenant', 'X.Tenant', 'x_tenant']) {
      const got = forwarded(await door.send(twice(rawText('GET', '/v1/tenants', { 'X-Tenant': 'red' }), `${name}: evil`)))
      expect(JSON.stringify(got.fields), name).not.toContain('evil')
    }
  })

  it('two credentials are none', async () => {
    const [ada, bob] = [await tokenOfOne(door, { sub: 'ada' }), await tokenOfOne(door, { sub: 'bob' })]
    for (const second of [bob, ada, 'a.b.c']) {
      const bytes = twice(rawText('GET', '/v1/profile', bearer(ada)), `authorization: Bearer ${second}`)
      expect(await door.send(bytes)).toMatchObject(refused('400 jwt.multiple'))
    }
    const basic = twice(rawText('GET', '/v1/profile', { Authorization: 'Basic YQ==' }), `Authorization: Bearer ${ada}`)
    expect(await door.send(basic)).toMatchObject(refused('400 jwt.multiple'))
  })
})
