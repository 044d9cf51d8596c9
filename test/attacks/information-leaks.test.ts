import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { bearer, type FrontDoor, type Outcome, openFrontDoor, refused, tokenOfOne, tokenOfTwo } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())
afterEach(() => {
  door.answer()
  door.answerKeys(200)
})

const MEMBERS = ['type', 'title', 'status', 'detail', 'errors', 'violated-policies', 'requestId']
/** Reasons, rooms of the house, origins, issuers and the traces of exceptions. */
const INTERNAL =
  /\b(?:transport|ip-list|jwt|authorize|authenticate|validate|cors|route|origin|gateway|config)\.[a-z]|origin-(?:api|partners|open)|issuer-(?:one|two)|\.test\b|\bat \w+ ?\(|\.[jt]s:\d|Error:|workerd|Durable|PSEUDONYM|RATE_LIMITER|key-one/

/** @returns the document, after it was held against everything that none may say. */
function checked({ response }: Outcome): Record<string, unknown> {
  expect(response.headers['content-type']).toBe('application/problem+json')
  const document = JSON.parse(response.body) as Record<string, unknown>
  expect(Object.keys(document).filter((member) => !MEMBERS.includes(member))).toEqual([])
  expect(document.status).toBe(response.status)
  expect(document.requestId).toBe(response.headers['x-request-id'])
  expect(response.body).not.toMatch(INTERNAL)
  expect(response.headers.server).toBeUndefined()
  return document
}

/** What differs from one answer to the next by itself. */
function comparable({ response }: Outcome): unknown {
  const { 'x-request-id': _id, date: _date, ratelimit: _limit, ...headers } = response.headers
  const { requestId: _requestId, ...document } = JSON.parse(response.body) as Record<string, unknown>
  return { headers, document }
}

describe('a problem document says no more than its status does', () => {
  it.each<[string, string, Record<string, string>, string]>([
    ['an unknown host', 'GET /', { Host: 'evil.test' }, '404 route.unknown-host'],
    ['an unlisted path', 'GET /nowhere', {}, '404 route.unlisted'],
    ['an unlisted method', 'PUT /v1/profile', {}, '405 route.method'],
    ['an ambiguous path', 'GET /a//b', {}, '400 transport.ambiguous-path'],
    ['plain http', 'GET /health', { 'portcullis-proto': 'http' }, '403 transport.insecure'],
    ['a denied address', 'GET /health', { 'CF-Connecting-IP': '203.0.113.1' }, '403 ip-list.denied'],
    ['no address', 'GET /health', { 'CF-Connecting-IP': '-' }, '403 ip-list.no-address'],
    ['a Worker', 'GET /health', { 'CF-Worker': 'evil.example' }, '403 ip-list.worker'],
    ['no token', 'GET /v1/profile', {}, '401 jwt.missing'],
    ['half a token', 'GET /v1/profile', { Authorization: 'Bearer a.b.c' }, '401 jwt.malformed'],
    ['a wrong query', 'GET /v1/search?q=a&x=y', {}, '400 validate.query'],
    ['a wrong parameter', 'GET /v1/items/x', {}, '404 validate.params'],
    ['an upgrade', 'GET /v1/docs', { Upgrade: 'h2c' }, '426 transport.upgrade'],
  ])('%s', async (_, line, headers, said) => {
    const outcome = await door.ask(line, headers)
    expect(outcome).toMatchObject(refused(said))
    checked(outcome)
  })

  it('the tokens that are refused look all the same from outside', async () => {
    const now = Math.floor(Date.now() / 1000)
    const bad = [
      await tokenOfOne(door, { exp: now - 60 }),
      await tokenOfOne(door, { nbf: now + 600 }),
      await tokenOfOne(door, { aud: 'https://other.test' }),
      await tokenOfOne(door, { sub: '' }),
      await tokenOfOne(door, {}, { typ: 'JWT' }),
      await tokenOfOne(door, {}, { kid: 'other' }),
      `${(await tokenOfOne(door)).slice(0, -8)}AAAAAAAA`,
    ]
    const outcomes: Outcome[] = []
    for (const token of bad) outcomes.push(await door.ask('GET /v1/profile', bearer(token)))
    expect(new Set(outcomes.map(({ said }) => said)).size, 'the operator sees more').toBeGreaterThan(5)
    for (const outcome of outcomes) {
      checked(outcome)
      expect(comparable(outcome)).toEqual(comparable(outcomes[0] as Outcome))
    }
  })

  it('who is not the owner does not learn whether the thing is there', async () => {
    const ada = bearer(await tokenOfOne(door, { sub: 'ada' }))
    const [bob, nobody] = [await door.ask('GET /v1/users/bob', ada), await door.ask('GET /v1/users/nobody-at-all', ada)]
    expect([bob, nobody]).toMatchObject([refused('403 authorize.owner'), refused('403 authorize.owner')])
    checked(bob)
    expect(comparable(bob)).toEqual(comparable(nobody))
  })

  it('a path that is concealed by its method and a path that is not there are one', async () => {
    const at = { Host: 'partners.example.org' }
    const nothing = await door.ask('GET /nothing', at)
    expect(nothing.said).toBe('404 route.unlisted')
    for (const line of ['POST /own', 'DELETE /shared', 'OPTIONS /open', 'PUT /OWN', 'POST /nothing', 'GET /_portcullis', 'GET /Own/']) {
      const outcome = await door.ask(line, at)
      expect(outcome).toMatchObject({ received: [], response: { status: 404 } })
      checked(outcome)
      expect(comparable(outcome), line).toEqual(comparable(nothing))
    }
  })

  it('a violation names its place and never the value', async () => {
    const outcome = await door.ask('POST /v1/notes', { 'Content-Type': 'application/json' }, '{"title":7771777,"tags":["a",7771777],"owner":{}}')
    expect(outcome.said).toBe('422 validate.body')
    const { errors } = checked(outcome)
    expect(errors).toEqual(expect.arrayContaining([expect.objectContaining({ pointer: '#/title' }), expect.objectContaining({ pointer: '#/tags/1' })]))
    expect(outcome.response.body).not.toContain('7771777')
  })
})

describe('what breaks behind the gateway stays there', () => {
  it('an origin that hangs up', async () => {
    door.answer((_, response) => void response.destroy())
    const outcome = await door.ask('GET /v1/docs')
    expect(outcome.said).toBe('502 origin.unreachable')
    checked(outcome)
  })

  it('an issuer that is down is an outage: nobody’s bad token, and nobody’s name', async () => {
    door.answerKeys(500)
    // Issuer two was not asked before.
    const outcome = await door.ask('GET /own', { Host: 'partners.example.org', ...bearer(await tokenOfTwo(door)) })
    expect(outcome).toMatchObject({ ...refused('503 jwt.error'), decision: { decision: 'error' } })
    expect(outcome.response.headers['retry-after']).toMatch(/^\d+$/)
    checked(outcome)
  })

  it('a record holds no address, no subject, no token and no query', async () => {
    const token = await tokenOfOne(door, { sub: 'ada', jti: 'token-77' })
    await door.ask('GET /v1/users/ada?secret=77', { ...bearer(token), Cookie: 'session=77', 'User-Agent': 'agent-77' })
    const last = (await door.decisions()).findLast(({ route }) => route === 'GET /v1/users/:id')
    expect(last).toMatchObject({ decision: 'allow', principal: expect.stringMatching(/^[\w-]{22}$/), clientIp: expect.stringMatching(/^[\w-]{22}$/) })
    expect(JSON.stringify(last)).not.toMatch(/"ada"|192\.0\.2\.1|token-77|secret|session|agent-77/)
    expect(JSON.stringify(last)).not.toContain(token)
  })
})
