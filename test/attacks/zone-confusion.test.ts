import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { values } from '../workerd/origin.ts'
import { bearer, type Claims, type FrontDoor, forwarded, goodClaims, openFrontDoor, refused, tokenOfOne, tokenOfTwo } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())

const API = 'https://api.example.com'
const PARTNERS = 'https://partners.example.org'
const ONE = 'https://issuer-one.test'
const TWO = 'https://issuer-two.test'
const api = (token: string) => door.ask('GET /v1/profile', bearer(token))
const partners = (path: string, token: string) => door.ask(`GET ${path}`, { Host: 'partners.example.org', ...bearer(token) })

describe('a token is for one zone', () => {
  it.each([
    ['issuer two’s in zone api', () => tokenOfTwo(door), api, '401 authenticate.unclaimed'],
    ['issuer two’s for zone api’s audience', () => tokenOfTwo(door, { aud: API }), api, '401 authenticate.unclaimed'],
    ['issuer one’s where issuer two is asked for', () => tokenOfOne(door), (token: string) => partners('/own', token), '401 authenticate.unclaimed'],
    ['issuer one’s for zone api in zone partners', () => tokenOfOne(door), (token: string) => partners('/shared', token), '401 jwt.audience'],
    ['the same where two issuers are asked for', () => tokenOfOne(door), (token: string) => partners('/either', token), '401 jwt.audience'],
    ['issuer one’s for zone partners in zone api', () => tokenOfOne(door, { aud: PARTNERS }), api, '401 jwt.audience'],
    ['issuer two’s where issuer one is asked for', () => tokenOfTwo(door), (token: string) => partners('/shared', token), '401 authenticate.unclaimed'],
  ])('%s', async (_, make, ask, said) => {
    const token = await make()
    expect(await ask(token)).toMatchObject(refused(said))
    expect(await ask(token), 'the second time, too').toMatchObject(refused(said))
  })

  it('a token that its own zone has verified and remembers is as foreign elsewhere as before', async () => {
    const token = await tokenOfOne(door)
    for (let i = 0; i < 2; i++) expect((await api(token)).said).toBe('200 origin.answered')
    expect(await partners('/shared', token)).toMatchObject(refused('401 jwt.audience'))
    expect(await partners('/own', token)).toMatchObject(refused('401 authenticate.unclaimed'))
    const other = await tokenOfOne(door, { aud: PARTNERS })
    for (let i = 0; i < 2; i++) expect((await partners('/shared', other)).said).toBe('200 origin.answered')
    expect(await api(other)).toMatchObject(refused('401 jwt.audience'))
  })
})

describe('audience confusion', () => {
  it.each<[string, unknown]>([
    ['none', undefined],
    ['null', null],
    ['empty', ''],
    ['an empty list', []],
    ['a longer one', `${API}.evil.test`],
    ['with a slash', `${API}/`],
    ['a shorter one', 'https://api.example'],
    ['another case', 'https://API.example.com'],
    ['with a space', `${API} `],
    ['a pattern', '*'],
    ['a text of several', `${API} ${PARTNERS}`],
    ['a number', 1],
    ['true', true],
    ['a nested list', [[API]]],
    ['a list with something that is no text', [API, 1]],
    ['an object', { [API]: true }],
  ])('%s', async (_, aud) => {
    expect(await api(await tokenOfOne(door, { aud }))).toMatchObject(refused('401 jwt.audience'))
  })

  it('one of a list will do', async () => {
    expect((await api(await tokenOfOne(door, { aud: [PARTNERS, API] }))).said).toBe('200 origin.answered')
  })
})

describe('issuer confusion', () => {
  it.each<[string, unknown, string]>([
    ['with a slash', `${ONE}/`, '401 authenticate.unclaimed'],
    ['another case', 'https://Issuer-one.test', '401 authenticate.unclaimed'],
    ['a longer one', `${ONE}.evil.test`, '401 authenticate.unclaimed'],
    ['plain http', 'http://issuer-one.test', '401 authenticate.unclaimed'],
    ['empty', '', '401 authenticate.unclaimed'],
    ['none', undefined, '401 jwt.issuer'],
    ['null', null, '401 jwt.issuer'],
    ['a list', [ONE], '401 jwt.issuer'],
    ['a list of both', [ONE, TWO], '401 jwt.issuer'],
    ['an object', { iss: ONE }, '401 jwt.issuer'],
  ])('%s', async (_, iss, said) => {
    expect(await api(await tokenOfOne(door, { iss }))).toMatchObject(refused(said))
  })

  it.each<[string, Claims, string]>([
    ['with its own kid', { kid: 'key-two' }, '401 jwt.key'],
    ['with the other’s kid', { kid: 'key-one' }, '401 jwt.key'],
    ['with no kid', { kid: undefined }, '401 jwt.key'],
  ])('issuer two cannot speak for issuer one, %s', async (_, header, said) => {
    expect(await api(await door.two.token(goodClaims(), header))).toMatchObject(refused(said))
    const claims = { ...goodClaims(), aud: PARTNERS }
    expect(await partners('/either', await door.two.token(claims, header))).toMatchObject(refused(said))
  })

  it('issuer one cannot speak for issuer two', async () => {
    const claims = { ...goodClaims(), iss: TWO, aud: PARTNERS }
    for (const kid of ['key-one', 'key-two', undefined]) {
      expect(await partners('/either', await door.one.token(claims, { kid }))).toMatchObject(refused('401 jwt.key'))
    }
  })

  it('one subject of two issuers is two principals', async () => {
    const first = await partners('/either', await tokenOfOne(door, { aud: PARTNERS, sub: 'ada' }))
    const second = await partners('/either', await tokenOfTwo(door, { sub: 'ada' }))
    expect([first, second].map((outcome) => values(forwarded(outcome), 'x-caller-issuer'))).toEqual([[ONE], [TWO]])
    expect(first.decision?.principal).not.toBe('')
    expect(first.decision?.principal).not.toBe(second.decision?.principal)
  })
})

describe('a request is in the zone of its Host and nowhere else', () => {
  it.each(['X-Forwarded-Host', 'X-Host', 'X-Original-Host', 'Forwarded', 'X-HTTP-Host-Override'])('%s is not asked', async (name) => {
    const value = name === 'Forwarded' ? 'host=partners.example.org' : 'partners.example.org'
    const outcome = await door.ask('GET /open', { [name]: value })
    expect(outcome).toMatchObject({ ...refused('404 route.unlisted'), decision: { zone: 'api' } })
    expect(forwarded(await door.ask('GET /health', { [name]: value })).fields).toContainEqual(['Host', 'origin-api.test'])
  })

  it.each([
    ['partners.example.org', '/health'],
    ['partners.example.org', '/v1/docs'],
    ['api.example.com', '/open'],
    ['api.example.com', '/own'],
  ])('%s does not have %s', async (host, path) => {
    expect(await door.ask(`GET ${path}`, { Host: host })).toMatchObject(refused('404 route.unlisted'))
  })
})
