import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type FrontDoor, forwarded, openFrontDoor, refused } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())
afterEach(async () => {
  expect((await door.ask('GET /health')).said, 'the gateway lives on').toBe('200 origin.answered')
})

const HOST = { Host: 'schemas.example.com' }
const post = (path: string, body: string) => door.ask(`POST ${path}`, { ...HOST, 'Content-Type': 'application/json' }, body)
const PASSED = '200 origin.answered'
const BODY = '422 validate.body'

/** Each in the only child of the one before. */
const nested = (levels: number, innermost: string) => `${'{"name":"a","children":['.repeat(levels)}${innermost}${']}'.repeat(levels)}`

it('an honest body arrives byte for byte', async () => {
  const body = ' {"kind":"firm",\n"vat":"DE123456789", "limit":0.10}'
  const outcome = await post('/account', body)
  expect(outcome.said).toBe(PASSED)
  expect(forwarded(outcome).body.toString()).toBe(body)
})

describe('a recursive schema', () => {
  it('takes what is nested as deep as the body may be', async () => expect((await post('/tree', nested(31, '{"name":"b"}'))).said).toBe(PASSED))

  it.each([
    ['deeper', nested(32, '{"name":"b"}'), '400 validate.depth'],
    ['far deeper', nested(2_000, ''), '400 validate.depth'],
    ['something unlisted at the very bottom', nested(31, '{"name":"b","admin":true}'), BODY],
    ['nothing required at the very bottom', nested(31, '{}'), BODY],
    ['the prototype at the very bottom', nested(31, '{"name":"b","__proto__":{"admin":true}}'), '400 validate.forbidden-key'],
    ['a text where children were', '{"name":"a","children":"[]"}', BODY],
    ['an object where a list was', '{"name":"a","children":{"0":{"name":"b"},"length":1}}', BODY],
    ['thousands of violations', `{"name":"a","children":[${Array(2_000).fill('{"x":1}').join()}]}`, BODY],
    ['more children than may be', `{"name":"a","children":[${Array(51).fill('{"name":"b"}').join()}]}`, BODY],
  ])('%s', async (_, body, said) => expect(await post('/tree', body)).toMatchObject(refused(said)))

  it('tells at most twenty violations, and no value', async () => {
    const { response } = await post('/tree', `{"name":"a","children":[${Array(40).fill('{"secret-name":"secret-value"}').join()}]}`)
    const { errors } = JSON.parse(response.body.toString())
    expect(errors).toHaveLength(20)
    expect(response.body.toString()).not.toContain('secret-value')
  })
})

describe('a schema of parts', () => {
  it.each([
    ['a person', '{"kind":"person","name":"a","limit":99.99}'],
    ['the highest', '{"kind":"person","name":"a","limit":1e2}'],
  ])('takes %s', async (_, body) => expect((await post('/account', body)).said).toBe(PASSED))

  it.each([
    ['what the other alternative lists', '{"kind":"person","name":"a","vat":"DE123456789"}'],
    ['what none lists', '{"kind":"person","name":"a","admin":true}'],
    ['no alternative', '{"kind":"person","vat":"DE123456789"}'],
    ['a name that objects inherit', '{"kind":"person","name":"a","toString":1}'],
    ['a kind that objects inherit', '{"kind":"toString","name":"a"}'],
    ['a kind in a list', '{"kind":["person"],"name":"a"}'],
    ['a pattern met by one line of several', '{"kind":"firm","vat":"x\\nDE123456789"}'],
    ['a pattern with a line end behind it', '{"kind":"firm","vat":"DE123456789\\n"}'],
    ['digits of another script', '{"kind":"firm","vat":"DE12345678\\u0669"}'],
    ['letters of full width', '{"kind":"firm","vat":"\\uff24\\uff25123456789"}'],
    ['a limit as text', '{"kind":"person","name":"a","limit":"1"}'],
    ['a limit between the steps', '{"kind":"person","name":"a","limit":0.015}'],
    ['a limit just above', '{"kind":"person","name":"a","limit":100.01}'],
    ['no object', '[]'],
    ['null', 'null'],
  ])('refuses %s', async (_, body) => expect(await post('/account', body)).toMatchObject(refused(BODY)))

  it.each([
    ['a limit that is no double', '{"kind":"person","name":"a","limit":1e999}', '400 validate.number-precision'],
    ['two kinds', '{"kind":"person","name":"a","kind":"firm"}', '400 validate.duplicate-key'],
    ['two kinds, one escaped', '{"kind":"person","name":"a","\\u006bind":"firm"}', '400 validate.duplicate-key'],
  ])('refuses %s', async (_, body, said) => expect(await post('/account', body)).toMatchObject(refused(said)))
})

describe('a schema of draft-07', () => {
  it('takes a list as it says', async () => expect((await post('/tuple', '["a",1]')).said).toBe(PASSED))
  it.each(['["a",1,2]', '["a"]', '["a","1"]', '[1,"a"]', '["a",1.5]'])('refuses %s', async (body) =>
    expect(await post('/tuple', body)).toMatchObject(refused(BODY)),
  )
})

describe('a query of values', () => {
  const search = (query: string) => door.ask(`GET /search?${query}`, HOST)

  it.each(['page=1', 'exact=false', 'ids=1&ids=2', 'name=%F0%9F%98%80%F0%9F%98%80', 'page=1000&name=1'])('takes %s, as it is', async (query) => {
    const outcome = await search(query)
    expect(outcome.said).toBe(PASSED)
    expect(forwarded(outcome).target).toMatch(new RegExp(`\\?${query}$`))
  })

  it.each([
    'page=0',
    'page=1001',
    'page=-1',
    'page=%2B1',
    'page=+1',
    'page=01',
    'page=1.0',
    'page=1e0',
    'page=0x1',
    'page=1%00',
    'page=%201',
    'page=%D9%A1',
    'page=',
    'page',
    'page=null',
    'page=true',
    'page[]=1',
    'page.x=1',
    'exact=1',
    'exact=TRUE',
    'exact=',
    'ids=1&ids=1',
    'ids=1&ids=01',
    'ids=1&ids=2&ids=3&ids=4',
    'ids=1,2',
    'name=abc',
    'admin=true',
    'toString=1',
    'Page=1',
  ])('refuses %s', async (query) => {
    const { said, received } = await search(query)
    expect(received).toEqual([])
    expect(said).toMatch(/^400 (?:validate\.query|transport\.)/)
  })

  it.each([
    ['page=1&page=2', '400 validate.duplicate-parameter'],
    ['__proto__=1', '400 validate.forbidden-key'],
    ['page=1;exact=true', '400 validate.query-syntax'],
  ])('refuses %s', async (query, said) => expect(await search(query)).toMatchObject(refused(said)))
})

describe('numbers in a path and in a header', () => {
  it.each(['/items/1', '/items/9007199254740991'])('%s', async (path) => expect((await door.ask(`GET ${path}`, HOST)).said).toBe(PASSED))
  it.each(['/items/0', '/items/-1', '/items/01', '/items/1.0', '/items/1e0', '/items/9007199254740993', '/items/1%0a', '/items/%31%20', '/items/x'])(
    'not %s',
    async (path) => {
      const { said, received } = await door.ask(`GET ${path}`, HOST)
      expect(received).toEqual([])
      expect(said).toMatch(/^40[04] /)
    },
  )

  it.each(['5', '-5'])('X-Count: %s', async (count) => expect((await door.ask('GET /counted', { ...HOST, 'X-Count': count })).said).toBe(PASSED))
  it.each(['10', '5, 5', '0x5', '5.5', '05', 'five', '5;'])('not X-Count: %s', async (count) =>
    expect(await door.ask('GET /counted', { ...HOST, 'X-Count': count })).toMatchObject(refused('400 validate.headers')),
  )
  it('not without it', async () => expect(await door.ask('GET /counted', HOST)).toMatchObject(refused('400 validate.headers')))
})
