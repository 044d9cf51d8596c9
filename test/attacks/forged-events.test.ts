import { createHmac } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { part } from '../../src/jose/test-issuer.ts'
import { bearer, type Claims, type FrontDoor, forwarded, goodClaims, type Outcome, openFrontDoor, refused, tokenOfOne } from './front-door.ts'

const HOST = 'events.example.com'
const ONE = 'https://issuer-one.test'
const REVOKED = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'
const ENABLED = 'https://schemas.openid.net/secevent/risc/event-type/account-enabled'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())
afterEach(async () => {
  door.answerKeys(200)
  await door.operate({ isOut: false })
})

const nowSeconds = () => Math.floor(Date.now() / 1000)

let users = 0
/** A user of their own for each test, with a token of some minutes ago. */
async function someone(): Promise<{ readonly sub: string; readonly token: string }> {
  const sub = `events-${users++}`
  return { sub, token: await tokenOfOne(door, { sub, iat: nowSeconds() - 600 }) }
}

const HEADER = { typ: 'secevent+jwt', alg: 'RS256', kid: 'key-one' }
const about = (sub: string, claims: Claims = {}): Claims => ({
  iss: ONE,
  aud: 'https://events.example.com',
  iat: nowSeconds() - 5,
  jti: crypto.randomUUID(),
  sub_id: { format: 'iss_sub', iss: ONE, sub },
  events: { [REVOKED]: { event_timestamp: nowSeconds() - 10 } },
  ...claims,
})
const sign = (claims: unknown, header: Claims = {}) => door.one.raw({ ...HEADER, ...header }, claims)

const push = (body: string, headers: Readonly<Record<string, string>> = {}, path = '/.portcullis-events') =>
  door.ask(`POST ${path}`, { Host: HOST, 'Content-Type': 'application/secevent+jwt', ...headers }, body)
const ask = (token: string, path = '/own') => door.ask(`GET ${path}`, { Host: HOST, ...bearer(token) })

/** Pushes a forgery about somebody, whose token is as good afterwards as it was before. */
async function pushInVain(make: (sub: string) => string | Promise<string>, headers?: Readonly<Record<string, string>>): Promise<Outcome> {
  const { sub, token } = await someone()
  const outcome = await push(await make(sub), headers)
  forwarded(await ask(token))
  return outcome
}

function errorOf({ response }: Outcome): unknown {
  expect(response.headers).toMatchObject({ 'content-type': 'application/json', 'content-language': 'en', 'cache-control': 'no-store' })
  const { err, ...rest } = JSON.parse(response.body) as Record<string, unknown>
  expect(Object.keys(rest)).toEqual(['description'])
  return err
}

describe('an event of the issuer', () => {
  it('ends its user’s tokens from the next request on, and no others', async () => {
    const [{ sub, token }, other] = [await someone(), await someone()]
    forwarded(await ask(token))
    const outcome = await push(await sign(about(sub)))
    expect(outcome).toMatchObject({ said: '202 security-events.revoked', received: [], response: { body: '' } })
    expect(await ask(token)).toMatchObject(refused('401 revocation.revoked'))
    forwarded(await ask(other.token))
  })

  it('lets in who logs in later, also when it comes again', async () => {
    const { sub, token } = await someone()
    const event = await sign(about(sub))
    const later = await tokenOfOne(door, { sub, iat: nowSeconds() - 8 })
    for (let i = 0; i < 3; i++) {
      expect(await push(event)).toMatchObject(refused('202 security-events.revoked'))
      expect(await ask(token)).toMatchObject(refused('401 revocation.revoked'))
      forwarded(await ask(later))
    }
  })

  it('lifts nothing', async () => {
    const { sub, token } = await someone()
    await push(await sign(about(sub)))
    expect(await push(await sign(about(sub, { events: { [ENABLED]: {} } })))).toMatchObject(refused('202 security-events.acknowledged'))
    expect(await ask(token)).toMatchObject(refused('401 revocation.revoked'))
  })

  it('leaves nothing of its subject in record and trace', async () => {
    const { trace, decision } = await push(await sign(about('somebody-with-a-name', { sub_id: { format: 'email', email: 'jane@example.com' } })))
    expect(JSON.stringify([trace, decision])).not.toMatch(/somebody|jane/)
    expect(door.server.log()).toContain('session-revoked: a subject of format email')
    expect(door.server.log()).not.toContain('jane@example.com')
  })

  it('that comes from the year 9999 locks nobody out', async () => {
    const { sub, token } = await someone()
    const later = await tokenOfOne(door, { sub, iat: nowSeconds() })
    await push(await sign(about(sub, { events: { [REVOKED]: { event_timestamp: 253_402_300_799 } } })))
    expect(await ask(token)).toMatchObject(refused('401 revocation.revoked'))
    forwarded(await ask(later))
  })

  it('revokes nothing where it is only tried: the origin gets it as before', async () => {
    const { sub, token } = await someone()
    const event = await sign(about(sub))
    const outcome = await push(event, {}, '/tried')
    expect(forwarded(outcome).body.toString()).toBe(event)
    expect(outcome.decision?.reported).toBe('security-events:security-events.revoked')
    forwarded(await ask(token))
  })

  it('counts behind every limit of its route, and behind who may push', async () => {
    const { sub, token } = await someone()
    const event = await sign(about(sub))
    expect(await push(event, {}, '/guarded')).toMatchObject(refused('401 jwt.missing'))
    const said: string[] = []
    for (let i = 0; i < 3; i++) said.push((await push('no token', {}, '/limited')).said)
    expect(said).toEqual(['400 security-events.malformed', '400 security-events.malformed', '429 rate-limit.exceeded'])
    expect(await push(event, {}, '/limited')).toMatchObject(refused('429 rate-limit.exceeded'))
    forwarded(await ask(token))
    expect(await push(event, bearer((await someone()).token), '/guarded')).toMatchObject(refused('202 security-events.revoked'))
    expect(await ask(token)).toMatchObject(refused('401 revocation.revoked'))
  })
})

describe('a forged event', () => {
  it.each<[string, string, string, (sub: string) => string | Promise<string>]>([
    ['unsigned', '400 security-events.algorithm', 'invalid_key', (sub) => `${part({ ...HEADER, alg: 'none' })}.${part(about(sub))}.`],
    ['with its signature cut off', '400 security-events.signature', 'invalid_key', async (sub) => (await sign(about(sub))).replace(/[^.]*$/, '')],
    [
      'with other claims under a good signature',
      '400 security-events.signature',
      'invalid_key',
      async (sub) => (await sign(about('x'))).replace(/\..*\./, `.${part(about(sub))}.`),
    ],
    ['signed by another key', '400 security-events.algorithm', 'invalid_key', (sub) => door.two.raw({ ...HEADER, alg: 'ES256' }, about(sub))],
    ['signed by another key of the same name', '400 security-events.signature', 'invalid_key', (sub) => door.two.raw(HEADER, about(sub))],
    ['signed with the public key as a secret', '400 security-events.algorithm', 'invalid_key', (sub) => hmac(about(sub))],
    ['with its own key', '400 security-events.key', 'invalid_key', (sub) => door.two.raw({ ...HEADER, kid: 'mine', jwk: door.two.jwk }, about(sub))],
    ['with its own key set', '400 security-events.key', 'invalid_key', (sub) => sign(about(sub), { kid: 'mine', jku: 'https://attacker.test/jwks' })],
    ['of another issuer', '400 security-events.issuer', 'invalid_issuer', (sub) => sign(about(sub, { iss: 'https://issuer-two.test' }))],
    ['for another recipient', '400 security-events.audience', 'invalid_audience', (sub) => sign(about(sub, { aud: 'https://api.example.com' }))],
    ['for nobody', '400 security-events.audience', 'invalid_audience', (sub) => sign(about(sub, { aud: [] }))],
    ['from the future', '400 security-events.not-yet-issued', 'invalid_request', (sub) => sign(about(sub, { iat: nowSeconds() + 3600 }))],
    ['from long ago', '400 security-events.too-old', 'invalid_request', (sub) => sign(about(sub, { iat: nowSeconds() - 8 * 86_400 }))],
    [
      'about another issuer’s user',
      '400 security-events.foreign-subject',
      'access_denied',
      (sub) => sign(about(sub, { sub_id: { format: 'iss_sub', iss: 'https://issuer-two.test', sub } })),
    ],
    ['that is an access token', '400 security-events.type', 'invalid_request', (sub) => tokenOfOne(door, { ...about(sub), sub })],
    [
      'that is an access token by another name',
      '400 security-events.claims',
      'invalid_request',
      (sub) => tokenOfOne(door, { ...about(sub), sub }, { typ: 'secevent+jwt' }),
    ],
    ['that is a logout token', '400 security-events.type', 'invalid_request', (sub) => sign(about(sub), { typ: 'logout+jwt' })],
    ['with an extension', '400 security-events.critical', 'invalid_request', (sub) => sign(about(sub), { crit: ['b64'], b64: false })],
    [
      'of thousands of events',
      '400 security-events.claims',
      'invalid_request',
      (sub) => sign(about(sub, { events: Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [i, {}])) })),
    ],
    ['with a key twice', '400 security-events.malformed', 'invalid_request', (sub) => sign(JSON.stringify(about(sub)).replace('{', `{"iss":"${ONE}",`))],
    [
      'with an event twice',
      '400 security-events.malformed',
      'invalid_request',
      (sub) => sign(JSON.stringify(about(sub)).replace('"events":{', `"events":{"${REVOKED}":{},`)),
    ],
    ['with __proto__', '400 security-events.malformed', 'invalid_request', (sub) => sign(JSON.stringify(about(sub)).replace('{', '{"__proto__":{"a":1},'))],
    [
      'with a subject of __proto__',
      '400 security-events.malformed',
      'invalid_request',
      (sub) => sign(JSON.stringify(about(sub)).replace('"sub_id":{', '"sub_id":{"constructor":{"prototype":1},')),
    ],
    [
      'nested deeply',
      '400 security-events.malformed',
      'invalid_request',
      (sub) => sign(JSON.stringify(about(sub)).replace('{', `{"a":${'['.repeat(15_000)}${']'.repeat(15_000)},`)),
    ],
    ['as a JSON document', '400 security-events.malformed', 'invalid_request', (sub) => JSON.stringify(about(sub))],
    ['twice in one body', '400 security-events.malformed', 'invalid_request', async (sub) => `${await sign(about(sub))}\n${await sign(about(sub))}`],
  ])('%s: %s', async (_what, said, err, make) => {
    const outcome = await pushInVain(make)
    expect(outcome).toMatchObject({ ...refused(said), decision: { decision: 'deny', policy: 'security-events' } })
    expect(errorOf(outcome)).toBe(err)
  })

  it.each([
    ['as something else', { 'Content-Type': 'application/json' }],
    ['as two things', { 'Content-Type': 'application/json, application/secevent+jwt' }],
    ['compressed', { 'Content-Encoding': 'gzip' }],
  ])('sent %s: 415', async (_what, headers) => {
    const outcome = await pushInVain(async (sub) => await sign(about(sub)), headers)
    expect(outcome).toMatchObject(refused('415 security-events.content-type'))
    expect(outcome.response.headers['content-type']).toBe('application/problem+json')
  })

  it('that is large is not read to its end: 413', async () => {
    const outcome = await pushInVain((sub) => sign(about(sub, { more: 'a'.repeat(65_536) })))
    expect(outcome).toMatchObject(refused('413 security-events.too-large'))
  })

  it('by another method: 405', async () => {
    const { sub } = await someone()
    const outcome = await door.ask('PUT /.portcullis-events', { Host: HOST, 'Content-Type': 'application/secevent+jwt' }, await sign(about(sub)))
    expect(outcome).toMatchObject(refused('405 route.method'))
  })

  it('is as bad an access token as any', async () => {
    const { sub } = await someone()
    const event = await sign(about(sub, { aud: [goodClaims().aud, 'https://events.example.com'] }))
    expect(await ask(event)).toMatchObject(refused('401 jwt.type'))
    const asToken = await sign({ ...about(sub), ...goodClaims() })
    expect(await ask(asToken)).toMatchObject(refused('401 jwt.type'))
  })

  it('is told the same whatever it says: nothing of it, and nothing of what was expected', async () => {
    const answers = await Promise.all(['a', 'b'].map(async (sub) => (await push(await sign(about(sub, { aud: `https://${sub}.example` })))).response.body))
    expect(new Set(answers)).toEqual(new Set(['{"err":"invalid_audience","description":"The token is not meant for this recipient."}']))
  })
})

describe('an outage', () => {
  it('of the ledger acknowledges nothing, and what comes again is taken', async () => {
    const { sub, token } = await someone()
    const event = await sign(about(sub))
    await door.operate({ isOut: true })
    const outcome = await push(event)
    expect(outcome).toMatchObject(refused('503 security-events.error'))
    expect(outcome.response.headers).toMatchObject({ 'retry-after': expect.stringMatching(/^\d+$/) })
    await door.operate({ isOut: false })
    expect(await push(event)).toMatchObject(refused('202 security-events.revoked'))
    expect(await ask(token)).toMatchObject(refused('401 revocation.revoked'))
  })
})

/** Takes the published key for a secret. */
function hmac(claims: Claims): string {
  const input = `${part({ ...HEADER, alg: 'HS256' })}.${part(claims)}`
  return `${input}.${createHmac('sha256', JSON.stringify(door.one.jwk)).update(input).digest('base64url')}`
}
