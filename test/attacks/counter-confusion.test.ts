import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bearer, type Claims, type FrontDoor, type Outcome, openFrontDoor, tokenOfOne } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())

/** Each test has an address of its own. */
let ip = ''
let tests = 0
beforeEach(() => {
  ip = `198.51.100.${++tests}`
})

const EXCEEDED = '429 rate-limit.exceeded'
const OPEN = '200 origin.answered'
/** What four requests of one counter get, and two more. */
const ONE_COUNTER = [OPEN, OPEN, OPEN, OPEN, EXCEEDED, EXCEEDED]

const from = (headers: Record<string, string> = {}) => ({ Host: 'limits.example.com', 'CF-Connecting-IP': ip, ...headers })
const range = (n: number) => Array.from({ length: n }, (_, i) => i)
const get = async (path: string, headers: Record<string, string> = {}) => (await door.ask(`GET ${path}`, from(headers))).said
const post = async (path: string, body: string) => (await door.ask(`POST ${path}`, from({ 'Content-Type': 'application/json' }), body)).said

async function each<T>(items: Iterable<T>, ask: (item: T) => Promise<string>): Promise<readonly string[]> {
  const outcomes: string[] = []
  for (const item of items) outcomes.push(await ask(item))
  return outcomes
}

describe('one value in many spellings is one counter', () => {
  it('of a path parameter', async () => {
    expect(await each(['abc', '%61bc', 'a%62c', 'ab%63', '%61%62%63', '%61b%63'], (id) => get(`/by-param/${id}`))).toEqual(ONE_COUNTER)
  })

  it('of a path parameter, beside queries', async () => {
    expect(await each(['', '?', '?id=x', '?id=y&id=z', '?%69d=x', '?a=1'], (query) => get(`/by-param/same${query}`))).toEqual(ONE_COUNTER)
  })

  it('of a field of the body', async () => {
    const bodies = ['{"tag":"ab"}', '{ "tag" : "ab" }', '{"tag":"\\u0061b"}', '{"\\u0074ag":"a\\u0062"}', '{"tag":"\\u0061\\u0062"}\n', '\r\n{"tag":"ab"}']
    expect(await each(bodies, (body) => post('/by-body', body))).toEqual(ONE_COUNTER)
  })

  it('of a number', async () => {
    expect(await each(['1', '1.0', '1e0', '10e-1', '0.1e1', '1.00'], (tag) => post('/by-body', `{"tag":${tag}}`))).toEqual(ONE_COUNTER)
  })

  it('of nothing: missing, null and a list', async () => {
    expect(await each(['{}', '{"tag":null}', '{"tag":[]}', '{"tag":["a"]}', '{}', '{"tag":["b"]}'], (body) => post('/by-body', body))).toEqual(ONE_COUNTER)
  })

  it('of what is too long to be told apart', async () => {
    expect(await each(range(6), (i) => post('/by-body', `{"tag":"${'x'.repeat(300)}${i}"}`))).toEqual(ONE_COUNTER)
    expect(await each(range(6), (i) => get(`/by-param/${'x'.repeat(300)}${i}`))).toEqual(ONE_COUNTER)
  })

  it('of two header lines and one with a comma', async () => {
    const bytes = (fields: string) =>
      `GET /by-two HTTP/1.1\r\n${Object.entries({ ...from(), 'portcullis-proto': 'https' })
        .map((field) => `${field.join(': ')}\r\n`)
        .join('')}${fields}\r\n`
    const spellings = ['X-A: 1, 2\r\n', 'X-A: 1\r\nX-A: 2\r\n', 'x-a: 1\r\nX-A:2\r\n', 'X-A:  1, 2 \r\n', 'X-A: 1\r\nx-A: 2\r\n']
    expect(await each(spellings, async (fields) => (await door.send(bytes(fields))).said)).toEqual(ONE_COUNTER.slice(0, 5))
  })

  it('of a GraphQL operation, called by its name or not, beside others that do not run', async () => {
    const bodies = [
      '{"query":"query A{a}"}',
      '{"query":"query A{a}","operationName":"A"}',
      '{"query":"query A{a} query B{b}","operationName":"A"}',
      '{"query":"mutation B{b} query A{c}","operationName":"A"}',
      '{"query":"query A($x:Int){a}","operationName":"A","variables":{"x":1}}',
    ]
    expect(await each(bodies, (body) => post('/by-operation', body))).toEqual(ONE_COUNTER.slice(0, 5))
  })

  it('of a JA4 that nobody has', async () => {
    expect(await each(range(6), (i) => get('/by-ja4', { 'CF-JA4': `${i}`, JA4: `${i}`, 'CF-Bot-Management': `{"ja4":"${i}"}` }))).toEqual(ONE_COUNTER)
  })
})

describe('two values are two counters, however alike they look', () => {
  /** Uses up one counter. @returns what another then says. */
  const usingUp = async (one: () => Promise<string>, other: () => Promise<string>) => {
    expect(await each(range(6), one)).toEqual(ONE_COUNTER)
    return await other()
  }

  it.each<[string, string, string]>([
    ['a number and its text', '{"tag":1}', '{"tag":"1"}'],
    ['a boolean and its text', '{"tag":true}', '{"tag":"true"}'],
    ['nothing and an empty text', '{}', '{"tag":""}'],
    ['nothing and the text that stands for it', '{}', '{"tag":"-"}'],
    ['null and its text', '{"tag":null}', '{"tag":"null"}'],
    ['nothing and its text', '{}', '{"tag":"undefined"}'],
    ['a text and one with its type before it', '{"tag":"a"}', '{"tag":"string a"}'],
    ['a text and one with its length before it', '{"tag":"a"}', '{"tag":"8:string a"}'],
    ['too long and the text that stands for it', `{"tag":"${'x'.repeat(300)}"}`, '{"tag":"+"}'],
    ['a name of every object', '{"tag":"constructor"}', '{"tag":"__proto__"}'],
  ])('%s', async (_, one, other) => {
    expect(
      await usingUp(
        () => post('/by-body', one),
        () => post('/by-body', other),
      ),
    ).toBe(OPEN)
  })

  it.each<[string, Record<string, string>, Record<string, string>]>([
    ['12 and 3, 1 and 23', { 'X-A': '12', 'X-B': '3' }, { 'X-A': '1', 'X-B': '23' }],
    ['one header and the other', { 'X-A': '1' }, { 'X-B': '1' }],
    ['a value and one that is written like two', { 'X-A': 'v', 'X-B': 'w' }, { 'X-A': 'v10:header x-b1:w' }],
    ['nothing and empty', { 'X-A': '' }, {}],
    ['nothing and a hyphen', {}, { 'X-A': '-', 'X-B': '-' }],
    ['lengths as values', { 'X-A': '1:1' }, { 'X-A': '1', 'X-B': ':1' }],
  ])('%s', async (_, one, other) => {
    expect(
      await usingUp(
        () => get('/by-two', one),
        () => get('/by-two', other),
      ),
    ).toBe(OPEN)
  })

  it('limits whose names differ only by their algorithm', async () => {
    expect(
      await usingUp(
        () => get('/alike'),
        () => get('/alike-bucket'),
      ),
    ).toBe(OPEN)
  })

  it.each([
    ['a slash in a parameter', '/by-param/a%2Fb', '/by-param/a'],
    ['case', '/by-param/a', '/by-param/A'],
    ['a bar', '/by-param/%7C', '/by-param/report%7C'],
  ])('%s', async (_, one, other) => {
    expect([OPEN, '400 transport.ambiguous-path', '404 route.unlisted']).toContain(await get(one))
    await each(range(6), () => get(one))
    expect(await get(other)).toBe(OPEN)
  })
})

describe('a counter takes no harm from a value', () => {
  it.each<[string, string]>([
    ['a NUL', '{"tag":"a\\u0000b"}'],
    ['half a character', '{"tag":"\\ud800"}'],
    ['the other half', '{"tag":"\\udc00"}'],
    ['a quote and a semicolon', `{"tag":"'; DROP TABLE cell; --"}`],
    ['the name of a ban', '{"tag":"ban|x"}'],
    ['the name of an override', '{"tag":"override|x"}'],
    ['an emoji', '{"tag":"\\ud83d\\ude00"}'],
    ['the largest exact number', '{"tag":9007199254740991}'],
    ['minus nothing', '{"tag":-0}'],
  ])('%s', async (_, body) => {
    const outcomes = await each(range(6), () => post('/by-body', body))
    const sound = outcomes[0]?.startsWith('4') ? Array(6).fill(outcomes[0]) : ONE_COUNTER
    expect(outcomes).toEqual(sound)
    expect(door.server.log()).not.toMatch(/uncaught|unhandled/i)
  })
})

describe('limits that are asked together', () => {
  it('what one refuses, the other does not pay', async () => {
    const who = bearer(await tokenOfOne(door, { sub: 'judy' }))
    expect(await each(range(6), () => get('/few', who))).toEqual([OPEN, OPEN, EXCEEDED, EXCEEDED, EXCEEDED, EXCEEDED])
    expect(await each(range(6), () => get('/many', who))).toEqual([OPEN, OPEN, OPEN, OPEN, EXCEEDED, EXCEEDED])
  })

  it('sixty-four at once are two', async () => {
    const who = bearer(await tokenOfOne(door, { sub: 'kim' }))
    const outcomes = await Promise.all(range(64).map(() => get('/few', who)))
    expect(outcomes.filter((said) => said === OPEN)).toHaveLength(2)
    expect(await each(range(5), () => get('/many', who))).toEqual([OPEN, OPEN, OPEN, OPEN, EXCEEDED])
  })
})

describe('plans', () => {
  const as = async (sub: string, claims: Claims) => bearer(await tokenOfOne(door, { sub, ...claims }))
  const admitted = (outcomes: readonly string[]) => outcomes.filter((said) => said === OPEN).length

  it('a caller with tokens of every plan has what they have, once', async () => {
    const tokens = { pro: await as('mallory', { plan: 'pro' }), basic: await as('mallory', { plan: 'basic' }), none: await as('mallory', {}) }
    let all = 0
    for (const _ of range(3)) for (const plan of ['pro', 'basic', 'none'] as const) all += admitted(await each(range(12), () => get('/plans', tokens[plan])))
    expect(all).toBeLessThanOrEqual(10 + 4 + 2)
  })

  it.each<[string, Claims]>([
    ['a plan in another case', { plan: 'PRO' }],
    ['a list of plans', { plan: ['pro'] }],
    ['a name of every object', { plan: 'constructor' }],
    ['__proto__', { plan: '__proto__' }],
    ['an object', { plan: { toString: 'pro' } }],
  ])('%s is none', async (what, claims) => {
    const token = await as(`oscar ${what}`, claims)
    expect(admitted(await each(range(6), () => get('/plans', token)))).toBe(2)
  })

  it('a short window forgets nothing of a long one', async () => {
    const [pro, none] = [await as('trent', { plan: 'pro' }), await as('trent', {})]
    expect(admitted(await each(range(8), () => get('/windows', pro)))).toBe(6)
    // By its own window, which is a second.
    await expect.poll(() => get('/windows', none), { timeout: 15_000 }).toBe(OPEN)
    expect(admitted(await each(range(8), () => get('/windows', pro)))).toBe(0)
  })

  it('nobody else pays for it', async () => {
    await each(range(12), async () => get('/plans', await as('peggy', { plan: 'pro' })))
    expect(await get('/plans', await as('victor', {}))).toBe(OPEN)
  })
})

describe('who shares a counter learns nothing of whom else it counts', () => {
  it('neither from the fields nor from the log', async () => {
    const outcomes: Outcome[] = []
    for (const _ of range(6)) outcomes.push(await door.ask('POST /by-body', from({ 'Content-Type': 'application/json' }), '{"tag":"a-secret-tag"}'))
    for (const { response, decision, trace } of outcomes) {
      for (const text of [response.raw, JSON.stringify(decision), JSON.stringify(trace)]) {
        expect(text).not.toContain('a-secret-tag')
        expect(text).not.toContain(ip)
      }
    }
    expect(door.server.log()).not.toContain('a-secret-tag')
  })
})
