import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { form, type Tokens } from './browser.ts'
import { values } from './outside.ts'
import { ACR, APP, AUDIENCE, ISSUER, OPAQUE_AUDIENCE } from './provider.ts'
import { startWorld, type World } from './world.ts'

const TARGET = '/v1/users/7'

let world: World
let tokens: Tokens
beforeAll(async () => {
  world = await startWorld()
  tokens = await world.browser().logIn({ user: 'lin' })
})
afterAll(() => world.stop())
beforeEach(() => world.outside.forget())

/** Status and private reason. */
async function said(token: string, target = TARGET): Promise<string> {
  const { status, requestId } = await world.ask(target, { token })
  return `${status} ${(await world.decision(requestId)).record.reason}`
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Readonly<Record<string, unknown>>
}

const refresh = (token: string) => world.askIssuer('/token', form(APP, { grant_type: 'refresh_token', refresh_token: token, resource: AUDIENCE }))
const jsonOf = ({ body }: { readonly body: Buffer }) => JSON.parse(body.toString()) as Readonly<Record<string, unknown>>

describe('what a user who logged in was given', () => {
  it('the access token passes, in the name of the user and not of the application', async () => {
    expect(claimsOf(tokens.access_token)).toMatchObject({
      iss: ISSUER,
      aud: AUDIENCE,
      sub: 'lin',
      client_id: APP,
      scope: 'users:read',
      sid: expect.any(String),
      acr: ACR.password,
      auth_time: expect.any(Number),
    })
    for (const target of [TARGET, '/v1/discovered', '/v1/bound'])
      expect([target, await said(tokens.access_token, target)]).toEqual([target, '200 origin.answered'])
    const subjects = world.outside.received.map((arrived) => values(arrived, 'x-portcullis-subject'))
    expect(subjects).toEqual([['lin'], ['lin'], ['lin']])
  })

  it.each<[what: string, token: () => string | Promise<string>, said: string]>([
    ['the ID token', () => tokens.id_token, '401 jwt.type'],
    ['the refresh token', () => tokens.refresh_token, '401 authenticate.unclaimed'],
    [
      'the access token of another resource',
      async () => (await world.browser().logIn({ user: 'lin', resource: 'https://other.example.com' })).access_token,
      '401 jwt.audience',
    ],
    [
      'an opaque access token',
      async () => (await world.browser().logIn({ user: 'lin', resource: OPAQUE_AUDIENCE })).access_token,
      '401 authenticate.unclaimed',
    ],
  ])('%s does not', async (_, token, expected) => {
    expect(await said(await token())).toBe(expected)
    expect(world.outside.received).toEqual([])
  })
})

describe('a refresh', () => {
  it('gives an access token that passes, of the same session, and a refresh token that works once', async () => {
    const first = await world.browser().logIn({ user: 'grace' })
    const second = jsonOf(await refresh(first.refresh_token)) as unknown as Tokens
    expect(await said(second.access_token)).toBe('200 origin.answered')
    const { sid, auth_time, acr } = claimsOf(first.access_token)
    expect(claimsOf(second.access_token)).toMatchObject({ sub: 'grace', sid, auth_time, acr })

    const again = await refresh(first.refresh_token)
    expect([again.status, jsonOf(again).error]).toEqual([400, 'invalid_grant'])
    // Whoever sent a used one may have stolen it: the provider takes the whole grant back.
    const newest = await refresh(second.refresh_token)
    expect([newest.status, jsonOf(newest).error]).toEqual([400, 'invalid_grant'])
  })

  it('works after the provider started again with another key', async () => {
    const { issuer } = world
    const first = await world.browser().logIn({ user: 'grace' })
    issuer.publish(await issuer.makeKey())
    await world.forward(30_000)
    const { access_token } = jsonOf(await refresh(first.refresh_token)) as unknown as Tokens
    expect(await said(access_token)).toBe('200 origin.answered')
    tokens = await world.browser().logIn({ user: 'lin' })
  })
})

describe('revocation', () => {
  const introspect = async (token: string) => jsonOf(await world.askIssuer('/token/introspection', form('ada', { token })))
  const revoke = async (token: string) => (await world.askIssuer('/token/revocation', form(APP, { token }))).status

  it('of an opaque token shows at the issuer at once', async () => {
    const { access_token } = await world.browser().logIn({ user: 'lin', resource: OPAQUE_AUDIENCE })
    expect(await introspect(access_token)).toMatchObject({ active: true, sub: 'lin', client_id: APP, aud: OPAQUE_AUDIENCE, acr: ACR.password })
    expect(await revoke(access_token)).toBe(200)
    expect(await introspect(access_token)).toEqual({ active: false })
  })

  it('of a refresh token ends what it would have given, and not a signed token that is out: that one lives to its end', async () => {
    const { refresh_token, access_token } = await world.browser().logIn({ user: 'lin' })
    expect(await revoke(refresh_token)).toBe(200)
    expect((await refresh(refresh_token)).status).toBe(400)
    expect(await said(access_token)).toBe('200 origin.answered')
  })
})

describe('step-up (RFC 9470)', () => {
  /** The challenge of a refusal for want of a better login. */
  async function challenge(target: string, token: string): Promise<string> {
    const { status, headers, requestId } = await world.ask(target, { token })
    expect([status, (await world.decision(requestId)).record.reason]).toEqual([401, 'jwt.step-up'])
    expect(world.outside.received).toEqual([])
    return String(headers['www-authenticate'])
  }

  it('an old login is told how old it may be, and a new one on the same browser suffices until it is old too', async () => {
    const browser = world.browser()
    const ago = (seconds: number) => Math.floor(Date.now() / 1000) - seconds
    const old = await browser.logIn({ user: 'lin', authenticatedAt: ago(3600) })
    expect(await challenge('/v1/recent', old.access_token)).toMatch(/^Bearer error="insufficient_user_authentication", .*max_age="600"/)
    // The session is still there: nobody is asked, and nothing is gained.
    expect(await challenge('/v1/recent', (await browser.logIn({ user: 'lin' })).access_token)).toContain('max_age="600"')
    const { access_token } = await browser.logIn({ user: 'lin', authenticatedAt: ago(560), wanted: { max_age: '600' } })
    world.outside.forget()
    expect(await said(access_token, '/v1/recent')).toBe('200 origin.answered')
    expect(await said(old.access_token)).toBe('200 origin.answered')
    world.outside.forget()
    // Less than the minute for which a token is remembered.
    await world.forward(55_000)
    expect(await challenge('/v1/recent', access_token)).toContain('max_age="600"')
  })

  it('a weak login is told what would do, and the stronger one suffices', async () => {
    const browser = world.browser()
    const weak = await browser.logIn({ user: 'lin' })
    expect(await challenge('/v1/by-phone', weak.access_token)).toMatch(/error="insufficient_user_authentication", .*acr_values="urn:example:phone"/)
    const strong = await browser.logIn({ user: 'lin', acr: ACR.phone, wanted: { acr_values: ACR.phone, prompt: 'login consent' } })
    expect(await said(strong.access_token, '/v1/by-phone')).toBe('200 origin.answered')
    // A token without either claim, of a client that is nobody's login.
    world.outside.forget()
    expect(await challenge('/v1/by-phone', await world.token('ada'))).toContain('acr_values')
  })
})
