import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { values } from '../workerd/origin.ts'
import { type FrontDoor, forwarded, openFrontDoor, refused, tokenOfOne, tokenOfTwo } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())

const AUD = 'https://mixed.example.com'
const METADATA = 'resource_metadata="https://mixed.example.com/.well-known/oauth-protected-resource"'
const BAD = 'error_description="The access token is not valid here"'

/** What stands in a header: a token by its name, or a text as it is. */
type Kind = 'user' | 'partner' | 'expired' | 'other' | 'down' | (string & {})

async function credential(kind: Kind): Promise<string> {
  switch (kind) {
    case 'user':
      return await tokenOfOne(door, { aud: AUD, sub: 'ada' })
    case 'partner':
      return await tokenOfTwo(door, { aud: AUD, sub: 'grace' })
    case 'expired':
      return await tokenOfOne(door, { aud: AUD, exp: 1 })
    case 'other':
      return await tokenOfTwo(door, { aud: AUD, iss: 'https://issuer-three.test' })
    case 'down':
      return await tokenOfTwo(door, { aud: AUD, iss: 'https://issuer-down.test' })
    default:
      return kind
  }
}

interface Sent {
  /** As a Bearer credential. */
  readonly bearer?: Kind
  readonly assertion?: Kind
  readonly more?: Readonly<Record<string, string>>
}

async function ask(path: string, { bearer, assertion, more = {} }: Sent) {
  const headers = {
    Host: 'mixed.example.com',
    ...(bearer !== undefined && { Authorization: `Bearer ${await credential(bearer)}` }),
    ...(assertion !== undefined && { 'Cf-Access-Jwt-Assertion': await credential(assertion) }),
    ...more,
  }
  return { sent: headers, outcome: await door.ask(`GET ${path}`, headers) }
}

describe('who is asking, where there are several ways to say it', () => {
  it.each<[string, string, Sent, string]>([
    ['a user', '/either', { bearer: 'user' }, 'ada'],
    ['a device', '/either', { assertion: 'partner' }, 'grace'],
    ['both: the first of the configuration', '/either', { bearer: 'user', assertion: 'partner' }, 'ada'],
    ['and a bad one behind it', '/either', { bearer: 'user', assertion: 'expired' }, 'ada'],
    ['a device, beside a credential that nobody claims', '/either', { bearer: 'other', assertion: 'partner' }, 'grace'],
    ['a device, beside another scheme', '/either', { assertion: 'partner', more: { Authorization: 'Basic YWRhOmFkYQ==' } }, 'grace'],
    ['either issuer', '/issuers', { bearer: 'partner' }, 'grace'],
    ['both of two', '/both', { bearer: 'user', assertion: 'partner' }, 'ada'],
    ['both of two, one of them either way', '/nested', { bearer: 'partner', assertion: 'partner' }, 'grace'],
  ])('%s', async (_name, path, how, subject) => {
    const { outcome } = await ask(path, how)
    expect(outcome.said).toBe('200 origin.answered')
    expect(values(forwarded(outcome), 'x-portcullis-subject')).toEqual([subject])
  })
})

describe('nobody is let in', () => {
  it.each<[string, string, Sent, string, string | undefined]>([
    ['nothing', '/either', {}, '401 authenticate.missing', `Bearer ${METADATA}`],
    [
      'a bad first one, whatever stands in the second',
      '/either',
      { bearer: 'expired', assertion: 'partner' },
      '401 jwt.expired',
      `Bearer error="invalid_token", ${BAD}, ${METADATA}`,
    ],
    ['a bad second one alone', '/either', { assertion: 'a.b.c' }, '401 jwt.malformed', `Bearer error="invalid_token", ${BAD}, ${METADATA}`],
    ['one that nobody claims', '/either', { bearer: 'other' }, '401 authenticate.unclaimed', `Bearer error="invalid_token", ${METADATA}`],
    ['two that nobody claims', '/either', { bearer: 'abc', assertion: 'abc' }, '401 authenticate.unclaimed', `Bearer error="invalid_token", ${METADATA}`],
    ['a user’s token in the device’s header', '/either', { assertion: 'user' }, '401 authenticate.unclaimed', `Bearer error="invalid_token", ${METADATA}`],
    ['a device’s token as a user’s', '/either', { bearer: 'partner' }, '401 authenticate.unclaimed', `Bearer error="invalid_token", ${METADATA}`],
    ['another scheme', '/either', { more: { Authorization: 'Basic YWRhOmFkYQ==' } }, '401 authenticate.unclaimed', `Bearer ${METADATA}`],
    ['two issuers, nothing', '/issuers', {}, '401 authenticate.missing', `Bearer ${METADATA}, Bearer realm="partners", ${METADATA}`],
    [
      'two issuers, neither claims',
      '/issuers',
      { bearer: 'other' },
      '401 authenticate.unclaimed',
      `Bearer error="invalid_token", ${METADATA}, Bearer realm="partners", error="invalid_token", ${METADATA}`,
    ],
    [
      'a header that this route does not read',
      '/issuers',
      { assertion: 'partner' },
      '401 authenticate.missing',
      `Bearer ${METADATA}, Bearer realm="partners", ${METADATA}`,
    ],
    ['half of both', '/both', { bearer: 'user' }, '401 authenticate.incomplete', `Bearer ${METADATA}`],
    [
      'half of both, and a bad other',
      '/both',
      { bearer: 'user', assertion: 'other' },
      '401 authenticate.incomplete',
      `Bearer error="invalid_token", ${METADATA}`,
    ],
    ['the other half', '/both', { assertion: 'partner' }, '401 authenticate.incomplete', `Bearer ${METADATA}`],
    ['one good, one expired', '/both', { bearer: 'expired', assertion: 'partner' }, '401 jwt.expired', `Bearer error="invalid_token", ${BAD}, ${METADATA}`],
    ['one good, one forged', '/both', { bearer: 'user', assertion: 'a.b.c' }, '401 jwt.malformed', `Bearer error="invalid_token", ${BAD}, ${METADATA}`],
    ['one credential for two factors', '/nested', { bearer: 'partner' }, '401 authenticate.incomplete', `Bearer ${METADATA}`],
    ['a reporting authenticator’s', '/tried', { more: { 'X-Tried-Assertion': 'a.b.c' } }, '401 authenticate.missing', `Bearer ${METADATA}`],
  ])('%s', async (_name, path, how, said, challenge) => {
    const { outcome } = await ask(path, how)
    expect(outcome).toMatchObject(refused(said))
    expect(outcome.response.headers['www-authenticate']).toBe(challenge)
  })

  it('a good token without the scope is told where to get a better one', async () => {
    const outcome = await door.ask('GET /one', { Host: 'mixed.example.com', Authorization: `Bearer ${await tokenOfOne(door, { aud: AUD, scope: '' })}` })
    expect(outcome).toMatchObject(refused('403 authorize.scope'))
    expect(outcome.response.headers['www-authenticate']).toBe(`Bearer error="insufficient_scope", scope="users:read", ${METADATA}`)
  })
})

describe('two credentials in one scheme are none', () => {
  it.each<[string, (good: string, bad: string) => Readonly<Record<string, string>>]>([
    ['two fields', (good, bad) => ({ Authorization: `Bearer ${good}`, authorization: `Bearer ${bad}` })],
    ['two fields, the bad one first', (good, bad) => ({ Authorization: `Bearer ${bad}`, authorization: `Bearer ${good}` })],
    ['the same twice', (good) => ({ Authorization: `Bearer ${good}`, authorization: `Bearer ${good}` })],
    ['one field', (good, bad) => ({ Authorization: `Bearer ${good}, Bearer ${bad}` })],
    ['behind another scheme', (good) => ({ Authorization: 'Basic YQ==', authorization: `Bearer ${good}` })],
    ['two assertions', (good) => ({ 'Cf-Access-Jwt-Assertion': good, 'cf-access-jwt-assertion': good })],
  ])('%s', async (_name, headers) => {
    const [good, bad] = await Promise.all([tokenOfOne(door, { aud: AUD }), tokenOfOne(door, { aud: AUD, exp: 1 })])
    for (const path of ['/either', '/both', '/nested']) {
      const outcome = await door.ask(`GET ${path}`, { Host: 'mixed.example.com', ...headers(good, bad) })
      expect(outcome).toMatchObject(refused('400 jwt.multiple'))
    }
  })
})

describe('the origin gets no credential that did not decide', () => {
  it.each<[string, string, Sent, (string | undefined)[]]>([
    ['not even the one that did', '/either', { bearer: 'user', assertion: 'partner' }, []],
    ['where it is to get one: that one', '/either-forwarded', { bearer: 'user', assertion: 'partner' }, ['Authorization']],
    ['beside one that nobody claims', '/either-forwarded', { bearer: 'other', assertion: 'partner' }, ['Cf-Access-Jwt-Assertion']],
    ['of two factors the first', '/both', { bearer: 'user', assertion: 'partner' }, ['Authorization']],
    ['on a public route none', '/open', { bearer: 'user', assertion: 'partner' }, []],
  ])('%s', async (_name, path, how, expected) => {
    const { sent, outcome } = await ask(path, how)
    const got = forwarded(outcome)
    const credentials = Object.entries(sent).filter(([name]) => name !== 'Host')
    expect(credentials.filter(([name]) => values(got, name).length > 0).map(([name]) => name)).toEqual(expected)
    for (const [name, value] of credentials) {
      if (!expected.includes(name)) expect(JSON.stringify(got.fields)).not.toContain(value.split('.')[2])
      else expect(values(got, name)).toEqual([value])
    }
  })
})

describe('an issuer out of reach is nobody’s way round it', () => {
  it.each<[string, string, Sent]>([
    ['the next one is not tried', '/down', { bearer: 'down', assertion: 'partner' }],
    ['nor from an anyOf within', '/down-within', { bearer: 'down', assertion: 'partner' }],
    ['and it is no 401', '/down', { bearer: 'down' }],
  ])('%s', async (_name, path, how) => {
    const { outcome } = await ask(path, how)
    expect(outcome.said).toBe('503 authenticate.error')
    expect(outcome.response.headers).not.toHaveProperty('www-authenticate')
    expect(outcome.received.filter((received) => values(received, 'host')[0] === 'origin-mixed.test')).toEqual([])
  })

  it('whoever it is not for does not notice', async () => {
    expect((await ask('/down', { bearer: 'user' })).outcome.said).toBe('200 origin.answered')
  })
})

describe('a challenge names the host of the configuration', () => {
  it.each<[string, Readonly<Record<string, string>>, string]>([
    ['by its name', {}, `Bearer ${METADATA}`],
    ['by another case', { Host: 'MIXED.example.COM' }, `Bearer ${METADATA}`],
    ['with its port', { Host: 'mixed.example.com:443' }, `Bearer ${METADATA}`],
    ['by another host of the zone: it is not the resource', { Host: 'mixed.example.net' }, 'Bearer'],
    ['whatever others call it', { 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example', 'X-Host': 'evil.example' }, `Bearer ${METADATA}`],
  ])('%s', async (_name, headers, challenge) => {
    const outcome = await door.ask('GET /one', { Host: 'mixed.example.com', ...headers })
    expect(outcome.said).toBe('401 jwt.missing')
    expect(outcome.response.headers['www-authenticate']).toBe(challenge)
  })

  it.each(['mixed.example.com:8443', 'mixed.example.com.', 'mixed.example.com@evil.example', 'evil.example', 'mixed.example.com"'])(
    '%j gets none',
    async (host) => {
      const { response, received } = await door.ask('GET /one', { Host: host })
      expect([response.headers['www-authenticate'], received]).toEqual([undefined, []])
      expect(response.status).toBeGreaterThanOrEqual(400)
    },
  )
})
