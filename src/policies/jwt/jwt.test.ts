import type { JWK } from 'jose'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { deferred, exchange } from '../../../test/exchange.ts'
import { challengeField } from '../../core/challenge.ts'
import type { Decision } from '../../core/decision.ts'
import type { Handlers } from '../../core/policy.ts'
import { principalId } from '../../core/principal.ts'
import { Problems } from '../../core/problems.ts'
import { TokenRevocable } from '../../core/revocation.ts'
import { MAX_STALE_MS } from '../../jose/key-copy.ts'
import { REFRESH_AFTER_MS } from '../../jose/remote-key-set.ts'
import { CLAIMS, NOW_SECONDS, portsWith, SETTINGS, TestClock, TestEndpoint, TestIssuer } from '../../jose/test-issuer.ts'
import { jwt } from './jwt.ts'
import { TOKEN_TTL_MS } from './token-cache.ts'

let issuer: TestIssuer
let next: TestIssuer
let endpoint: TestEndpoint
let clock: TestClock
let users: Handlers

const URL_KEYS = { url: 'https://issuer.example/jwks' }
type More = Partial<Parameters<typeof jwt>[0]>
const compiled = (more: More = {}): Handlers => jwt({ ...SETTINGS, keySet: URL_KEYS, ...more }).compile()
/** A key as it stands in a configuration. */
const inline = (jwk: JWK): More => ({ keySet: { jwks: { keys: [{ ...jwk }] } } })

beforeAll(async () => {
  ;[issuer, next] = await Promise.all([TestIssuer.create('ES256', 'one'), TestIssuer.create('ES256', 'two')])
})

beforeEach(() => {
  endpoint = new TestEndpoint(issuer.jwk)
  clock = new TestClock()
  users = compiled()
})

/** What the authenticator says to that `Authorization` field: at once, or after work. */
function ask(authorization: string | undefined, handlers = users): Decision | Promise<Decision> {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
  const decision = handlers.request?.(exchange({ headers, ports: portsWith(endpoint, clock) }))
  if (decision === undefined) throw new TypeError('no request handler')
  return decision
}

async function said(authorization: string | undefined, handlers = users): Promise<string> {
  const decision = await ask(authorization, handlers)
  if (decision.kind === 'deny') return `${decision.status} ${decision.reason}`
  return decision.kind === 'pass' ? `pass ${decision.principal?.subject}` : decision.kind
}

describe('what it claims', () => {
  type Case = [name: string, make: () => string | undefined | Promise<string>, expected: string]
  it.each<Case>([
    ['no credential', () => undefined, 'skip'],
    ['another scheme', () => 'Basic YTpi', 'skip'],
    ['an opaque token', () => 'Bearer 2YotnFZFEjr1zCsicMWpAA', 'skip'],
    ['a JWE', () => 'Bearer eyJ.a.b.c.d', 'skip'],
    ['another issuer', async () => `Bearer ${await issuer.token({ iss: 'https://other.example' })}`, 'skip'],
    ['a good token', async () => `Bearer ${await issuer.token()}`, 'pass ada'],
    ['a good token, scheme in upper case', async () => `BEARER ${await issuer.token()}`, 'pass ada'],
    ['a token without issuer', async () => `Bearer ${await issuer.token({ iss: undefined })}`, '401 jwt.issuer'],
    ['three parts of nothing', () => 'Bearer a.b.c', '401 jwt.malformed'],
    ['an expired token', async () => `Bearer ${await issuer.token({ exp: NOW_SECONDS - 60 })}`, '401 jwt.expired'],
    ['another’s signature', async () => `Bearer ${await next.token({}, { kid: 'one' })}`, '401 jwt.signature'],
    ['an unknown key', async () => `Bearer ${await next.token()}`, '401 jwt.key'],
    ['too large', async () => `Bearer ${await issuer.token({ x: 'x'.repeat(8000) })}`, '401 jwt.too-large'],
    ['two spaces', async () => `Bearer  ${await issuer.token()}`, '400 jwt.syntax'],
    ['no token', () => 'Bearer', '400 jwt.syntax'],
    ['a trailing comma', async () => `Bearer ${await issuer.token()},`, '400 jwt.multiple'],
    ['two tokens', async () => `Bearer ${await issuer.token()}, Bearer ${await issuer.token({ sub: 'eve' })}`, '400 jwt.multiple'],
    ['a token behind another scheme', async () => `Basic YTpi, Bearer ${await issuer.token()}`, '400 jwt.multiple'],
  ])('%s', async (_name, make, expected) => {
    expect(await said(await make())).toBe(expected)
  })

  it('two Authorization fields are two credentials', async () => {
    const headers = new Headers()
    headers.append('authorization', `Bearer ${await issuer.token()}`)
    headers.append('authorization', `Bearer ${await issuer.token()}`)
    expect(await said(headers.get('authorization') ?? '')).toBe('400 jwt.multiple')
  })

  it('reads no token from anywhere else', async () => {
    const token = await issuer.token()
    const x = exchange({
      url: `https://api.example.com/?access_token=${token}`,
      headers: { cookie: `access_token=${token}` },
      ports: portsWith(endpoint, clock),
    })
    expect(users.request?.(x)).toMatchObject({ kind: 'skip' })
  })
})

describe('what the caller is told', () => {
  it.each<[string, string | undefined, More, string]>([
    ['nothing sent', undefined, {}, 'Bearer'],
    ['nothing sent, with a realm', undefined, { realm: 'the API' }, 'Bearer realm="the API"'],
    ['a bad token', 'Bearer a.b.c', {}, 'Bearer error="invalid_token", error_description="The access token is not valid here"'],
    [
      'a bad token, with a realm',
      'Bearer a.b.c',
      { realm: 'the API' },
      'Bearer realm="the API", error="invalid_token", error_description="The access token is not valid here"',
    ],
    ['two tokens', 'Bearer a, Bearer b', {}, 'Bearer error="invalid_request", error_description="The request must carry one well-formed Bearer credential"'],
  ])('%s', async (_name, authorization, more, challenge) => {
    const decision = await ask(authorization, compiled(more))
    expect('challenges' in decision && challengeField(decision.challenges ?? [])).toBe(challenge)
  })

  it('is the same whatever is wrong, and nothing of the token is repeated', async () => {
    const tokens = [await issuer.token({ exp: 1 }), await issuer.token({ aud: 'x' }), await next.token(), await next.token({}, { kid: 'one' }), 'x.y.z']
    const told = new Set<string>()
    for (const token of tokens) {
      const decision = await ask(`Bearer ${token}`)
      if (decision.kind !== 'deny') throw new TypeError(decision.kind)
      told.add(JSON.stringify([decision.status, decision.headers, decision.challenges, decision.problem]))
      expect(token.split('.').some((part) => String(decision.detail).includes(part))).toBe(false)
    }
    expect(told.size).toBe(1)
  })
})

describe('the principal', () => {
  it('is issuer and subject, with what the token says', async () => {
    const decision = await ask(`Bearer ${await issuer.token()}`)
    expect(decision).toEqual({
      kind: 'pass',
      principal: {
        id: principalId(SETTINGS.issuer, 'ada'),
        issuer: SETTINGS.issuer,
        subject: 'ada',
        method: 'jwt',
        scheme: 'Bearer',
        credentialHeader: 'authorization',
        scopes: new Set(['read', 'write']),
        roles: new Set(),
        claims: expect.objectContaining({ sub: 'ada', jti: 'token-1' }),
        credentialId: 'token-1',
        revocable: expect.any(TokenRevocable),
      },
    })
  })

  const revocableOf = (decision: Decision) => (decision.kind === 'pass' ? decision.principal?.revocable : undefined)

  it('can be revoked by its id, its user, the key that signed it and its issuer', async () => {
    const revocable = revocableOf(await ask(`Bearer ${await issuer.token()}`))
    expect(revocable?.names).toEqual([
      'token|22:https://issuer.example|7:token-1',
      'subject|22:https://issuer.example|3:ada',
      'key|22:https://issuer.example|3:one',
      'issuer|22:https://issuer.example|0:',
    ])
    expect(revocable?.issuedAtMs).toBe(NOW_SECONDS * 1000)
  })

  it('can be revoked by its session and client too, where the token names them, and by any time where it does not say when it was issued', async () => {
    const decision = await ask(`Bearer ${await issuer.token({ sid: 's1', client_id: 'c1', azp: 'c2', jti: undefined, iat: undefined })}`)
    expect([revocableOf(decision)?.names, revocableOf(decision)?.issuedAtMs]).toEqual([
      ['subject', 'session', 'client', 'client', 'key', 'issuer'].map(
        (kind, i) => `${kind}|22:https://issuer.example|${['3:ada', '2:s1', '2:c1', '2:c2', '3:one', '0:'][i]}`,
      ),
      0,
    ])
  })

  it.each<[string, Record<string, unknown>, More, readonly string[], readonly string[]]>([
    ['scope as a list', { scope: ['a', 'b'] }, {}, ['a', 'b'], []],
    ['scp where there is no scope', { scope: undefined, scp: 'a b' }, {}, ['a', 'b'], []],
    ['scp beside scope says nothing', { scope: 'a', scp: 'admin' }, {}, ['a'], []],
    ['scope with more spaces', { scope: ' a  b ' }, {}, ['a', 'b'], []],
    ['scope an object', { scope: { admin: true } }, {}, [], []],
    ['scope with what is no text', { scope: ['a', 1, null, ['b']] }, {}, ['a'], []],
    ['a scopes claim of another name', { scope: 'a', permissions: ['b'] }, { scopesClaim: 'permissions' }, ['b'], []],
    ['no roles unless configured', { roles: ['admin'] }, {}, ['read', 'write'], []],
    ['roles as a list', { roles: ['a b', 'c'] }, { rolesClaim: 'roles' }, ['read', 'write'], ['a b', 'c']],
    ['one role', { roles: 'a b' }, { rolesClaim: 'roles' }, ['read', 'write'], ['a b']],
    ['roles in a claim named by an address', { 'https://x.example/roles': ['a'] }, { rolesClaim: 'https://x.example/roles' }, ['read', 'write'], ['a']],
    ['nested roles', { realm_access: { roles: ['a'] } }, { rolesClaim: ['realm_access', 'roles'] }, ['read', 'write'], ['a']],
    ['nested roles that are not there', { realm_access: 'roles' }, { rolesClaim: ['realm_access', 'roles'] }, ['read', 'write'], []],
    ['an inherited property is no claim', {}, { rolesClaim: ['constructor', 'name'], scopesClaim: 'toString' }, [], []],
  ])('%s', async (_name, claims, more, scopes, roles) => {
    const decision = await ask(`Bearer ${await issuer.token(claims)}`, compiled(more))
    expect(decision).toMatchObject({ kind: 'pass', principal: { scopes: new Set(scopes), roles: new Set(roles) } })
  })

  it.each([[1], [''], [['a']], [null]])('a jti %j is no credential id', async (jti) => {
    const decision = await ask(`Bearer ${await issuer.token({ jti })}`)
    expect(decision.kind === 'pass' && decision.principal && 'credentialId' in decision.principal).toBe(false)
  })
})

describe('verified tokens', () => {
  const good = async (changes: Record<string, unknown> = {}) => {
    const authorization = `Bearer ${await issuer.token(changes)}`
    expect(await said(authorization)).toBe(`pass ${changes.sub ?? 'ada'}`)
    return authorization
  }

  it('are answered at once, with the same principal', async () => {
    const authorization = await good()
    const again = ask(authorization)
    expect(again).not.toBeInstanceOf(Promise)
    expect(again).toBe(ask(authorization))
  })

  it('never answer for another token', async () => {
    const ada = await good()
    const eve = await good({ sub: 'eve', jti: 'token-2' })
    expect([await said(ada), await said(eve), await said(ada)]).toEqual(['pass ada', 'pass eve', 'pass ada'])
    const swapped = `${ada.slice(0, ada.lastIndexOf('.'))}${eve.slice(eve.lastIndexOf('.'))}`
    expect(await said(swapped)).toBe('401 jwt.signature')
    expect(await said(`${ada}x`)).toMatch(/^401/)
    expect(await said(ada.slice(0, -1))).toMatch(/^401/)
  })

  it('never answer for another authenticator', async () => {
    const ada = await good()
    expect(await said(ada, compiled({ audience: 'https://other.example' }))).toBe('401 jwt.audience')
    expect(await said(ada, compiled({ issuer: 'https://other.example' }))).toBe('skip')
  })

  it('end with exp, to the millisecond of the tolerance', async () => {
    const authorization = await good({ exp: NOW_SECONDS + 10 })
    clock.pass(14_999)
    expect(ask(authorization)).toMatchObject({ kind: 'pass' })
    clock.pass(1)
    expect(ask(authorization)).toMatchObject({ kind: 'deny', reason: 'jwt.expired' })
  })

  it('are verified again after a while', async () => {
    const authorization = await good()
    clock.pass(TOKEN_TTL_MS)
    expect(ask(authorization)).toBeInstanceOf(Promise)
    expect(await said(authorization)).toBe('pass ada')
  })

  it('wait for nbf again when the clock goes back', async () => {
    const authorization = await good({ nbf: NOW_SECONDS })
    clock.pass(-60_000)
    expect(await said(authorization)).toBe('401 jwt.not-yet-valid')
  })

  it('leave with their key, and those of other keys stay', async () => {
    endpoint.publish(issuer.jwk, next.jwk)
    expect(await said(`Bearer ${await next.token()}`)).toBe('pass ada')
    clock.pass(REFRESH_AFTER_MS - 1000)
    const exp = NOW_SECONDS + 3600
    const removed = await good({ exp })
    const kept = `Bearer ${await next.token({ exp })}`
    expect(await said(kept)).toBe('pass ada')
    clock.pass(1000)
    endpoint.publish(next.jwk)
    const x = exchange({ headers: { authorization: removed }, ports: portsWith(endpoint, clock) })
    expect(users.request?.(x)).toMatchObject({ kind: 'pass' })
    await Promise.all(deferred(x))
    expect(await said(removed)).toBe('401 jwt.key')
    expect(ask(kept)).toMatchObject({ kind: 'pass' })
  })

  it('do not outlive the trust in old keys', async () => {
    const exp = NOW_SECONDS + 7200
    await good({ exp })
    endpoint.fail()
    clock.pass(MAX_STALE_MS - 1000)
    const authorization = await good({ exp })
    clock.pass(1000)
    await expect(ask(authorization)).rejects.toThrow('cannot be had')
  })

  it('a failure is not remembered', async () => {
    const rotated = `Bearer ${await next.token()}`
    await good()
    expect(await said(rotated)).toBe('401 jwt.key')
    clock.pass(30_000)
    endpoint.publish(issuer.jwk, next.jwk)
    expect(await said(rotated)).toBe('pass ada')
  })

  it('are shared by requests, and nobody can change them', async () => {
    const decision = await ask(await good())
    expect(Object.isFrozen(decision) && decision.kind === 'pass' && Object.isFrozen(decision.principal) && Object.isFrozen(decision.principal?.claims)).toBe(
      true,
    )
  })
})

describe('time that passes while keys are fetched', () => {
  it('counts', async () => {
    const token = await issuer.token({ exp: NOW_SECONDS + 1 })
    const { answer } = endpoint
    endpoint.answer = () => {
      clock.pass(6000)
      return answer()
    }
    expect(await said(`Bearer ${token}`)).toBe('401 jwt.expired')
  })
})

describe('an outage of the issuer', () => {
  it('is a failure and no denial', async () => {
    endpoint.fail()
    await expect(ask(`Bearer ${await issuer.token()}`)).rejects.toThrow('cannot be had')
  })

  it('does not hide that a token is bad anyway', async () => {
    endpoint.fail()
    expect(await said(`Bearer ${await issuer.token({ exp: 1 })}`)).toBe('401 jwt.expired')
    expect(endpoint.calls).toBe(0)
  })
})

describe('key sets', () => {
  it('are not asked for a kid that cannot be one', async () => {
    for (const kid of ['k'.repeat(257), 1, null, ['one']]) {
      expect(await said(`Bearer ${await issuer.raw({ alg: 'ES256', typ: 'at+jwt', kid }, CLAIMS)}`)).toBe('401 jwt.key')
    }
    expect(endpoint.calls).toBe(0)
  })

  it('inline', async () => {
    const handlers = compiled(inline(issuer.jwk))
    expect(await said(`Bearer ${await issuer.token()}`, handlers)).toBe('pass ada')
    expect(await said(`Bearer ${await next.token()}`, handlers)).toBe('401 jwt.key')
    expect(endpoint.calls).toBe(0)
  })

  it('by service binding', async () => {
    const policy = jwt({ ...SETTINGS, keySet: { service: 'ISSUER', ...URL_KEYS } })
    expect(policy.bindings).toEqual(['ISSUER'])
    expect(await said(`Bearer ${await issuer.token()}`, policy.compile())).toBe('pass ada')
  })

  it('inline keys that only turn out bad when imported are a failure', async () => {
    const handlers = compiled(inline({ ...issuer.jwk, x: issuer.jwk.y ?? '' }))
    await expect(ask(`Bearer ${await issuer.token()}`, handlers)).rejects.toThrow('could not be imported')
  })
})

describe('what may be asked of a token beyond the standard', () => {
  it.each<[string, More, Record<string, unknown>, string]>([
    ['a claim that must be there', { requiredClaims: ['client_id'] }, { client_id: 'app' }, 'pass ada'],
    ['and is not', { requiredClaims: ['client_id'] }, {}, '401 jwt.claims'],
    ['and is null', { requiredClaims: ['client_id'] }, { client_id: null }, '401 jwt.claims'],
    ['and is empty', { requiredClaims: ['client_id'] }, { client_id: '' }, '401 jwt.claims'],
    ['and is only inherited', { requiredClaims: ['toString'] }, {}, '401 jwt.claims'],
    ['a value', { claims: { token_use: 'access' } }, { token_use: 'access' }, 'pass ada'],
    ['and it is another', { claims: { token_use: 'access' } }, { token_use: 'id' }, '401 jwt.claims'],
    ['and it is missing', { claims: { token_use: 'access' } }, {}, '401 jwt.claims'],
    ['and it is a list that has it', { claims: { token_use: 'access' } }, { token_use: ['access'] }, '401 jwt.claims'],
    ['and it differs by case', { claims: { token_use: 'access' } }, { token_use: 'Access' }, '401 jwt.claims'],
    ['and it differs by type', { claims: { verified: true } }, { verified: 'true' }, '401 jwt.claims'],
    ['a boolean', { claims: { verified: true } }, { verified: true }, 'pass ada'],
    ['one of some values', { claims: { level: [2, 3] } }, { level: 3 }, 'pass ada'],
    ['none of some values', { claims: { level: [2, 3] } }, { level: 1 }, '401 jwt.claims'],
    ['a value of each of two claims', { claims: { a: 1, b: 2 } }, { a: 1 }, '401 jwt.claims'],
    ['a value that is only inherited', { claims: { toString: 'x' } }, {}, '401 jwt.claims'],
    ['an audience in another claim', { audienceClaim: 'client_id' }, { aud: undefined, client_id: SETTINGS.audience }, 'pass ada'],
    ['and it is somebody else’s', { audienceClaim: 'client_id' }, { aud: undefined, client_id: 'other' }, '401 jwt.audience'],
    ['and it is missing', { audienceClaim: 'client_id' }, { aud: undefined }, '401 jwt.audience'],
    ['and only aud is for us', { audienceClaim: 'client_id' }, {}, '401 jwt.audience'],
    ['and aud is for us as well', { audienceClaim: 'client_id' }, { client_id: SETTINGS.audience }, 'pass ada'],
    ['and aud is for somebody else', { audienceClaim: 'client_id' }, { aud: 'https://other.example', client_id: SETTINGS.audience }, '401 jwt.audience'],
    ['and aud is null', { audienceClaim: 'client_id' }, { aud: null, client_id: SETTINGS.audience }, '401 jwt.audience'],
    ['and it is only inherited', { audienceClaim: 'constructor' }, { aud: undefined }, '401 jwt.audience'],
    ['a lifetime', { maxLifetimeSeconds: 300 }, {}, 'pass ada'],
    ['a second longer', { maxLifetimeSeconds: 299 }, {}, '401 jwt.lifetime'],
    ['that nobody knows', { maxLifetimeSeconds: 300 }, { iat: undefined }, '401 jwt.lifetime'],
    ['a way of authenticating', { acr: ['mfa', 'phr'] }, { acr: 'phr' }, 'pass ada'],
    ['another', { acr: ['mfa', 'phr'] }, { acr: 'pwd' }, '401 jwt.step-up'],
    ['none', { acr: 'mfa' }, {}, '401 jwt.step-up'],
    ['a list of them', { acr: 'mfa' }, { acr: ['mfa'] }, '401 jwt.step-up'],
    ['a recent one', { maxAgeSeconds: 60 }, { auth_time: NOW_SECONDS - 60 }, 'pass ada'],
    ['one within the tolerance of clocks', { maxAgeSeconds: 60 }, { auth_time: NOW_SECONDS - 65 }, 'pass ada'],
    ['one too long ago', { maxAgeSeconds: 60 }, { auth_time: NOW_SECONDS - 66 }, '401 jwt.step-up'],
    ['one at a time still to come', { maxAgeSeconds: 60 }, { auth_time: NOW_SECONDS + 60 }, '401 jwt.step-up'],
    ['one at no time', { maxAgeSeconds: 60 }, {}, '401 jwt.step-up'],
    ['one at a time that is none', { maxAgeSeconds: 60 }, { auth_time: 'now' }, '401 jwt.step-up'],
  ])('%s', async (_, more, claims, expected) => {
    expect(await said(`Bearer ${await issuer.token(claims)}`, compiled(more))).toBe(expected)
  })

  it.each<[string, More, Record<string, unknown>, string]>([
    ['none listed, and there is none', { typ: ['at+jwt', 'none'] }, { typ: undefined }, 'pass ada'],
    ['none listed, and there is a listed one', { typ: ['at+jwt', 'none'] }, { typ: 'at+jwt' }, 'pass ada'],
    ['none listed, and there is another', { typ: ['at+jwt', 'none'] }, { typ: 'JWT' }, '401 jwt.type'],
    ['none alone', { typ: 'none' }, { typ: undefined }, 'pass ada'],
    ['none alone, and there is one', { typ: 'none' }, { typ: 'at+jwt' }, '401 jwt.type'],
    ['none listed, and the token says none', { typ: 'none' }, { typ: 'none' }, '401 jwt.type'],
    ['none listed, and it is null', { typ: 'none' }, { typ: null }, '401 jwt.type'],
    ['none listed, and it is empty', { typ: 'none' }, { typ: '' }, '401 jwt.type'],
    ['none not listed, and there is none', {}, { typ: undefined }, '401 jwt.type'],
  ])('a typ: %s', async (_, more, header, expected) => {
    const token = await issuer.raw({ alg: 'ES256', kid: 'one', typ: 'at+jwt', ...header }, CLAIMS)
    expect(await said(`Bearer ${token}`, compiled(more))).toBe(expected)
  })

  it('who must authenticate again, or better, is told what would do (RFC 9470)', async () => {
    const decision = await ask(`Bearer ${await issuer.token()}`, compiled({ acr: ['mfa', 'phr'], maxAgeSeconds: 60 }))
    expect('challenges' in decision && challengeField(decision.challenges ?? [])).toBe(
      'Bearer error="insufficient_user_authentication", error_description="The user must authenticate again", acr_values="mfa phr", max_age="60"',
    )
  })

  it('a forged token is told nothing of it', async () => {
    const forged = `${(await issuer.token()).split('.').slice(0, 2).join('.')}.${(await next.token()).split('.')[2]}`
    expect(await said(`Bearer ${forged}`, compiled({ acr: 'mfa' }))).toBe('401 jwt.signature')
  })

  it('a remembered token is asked again how long ago its user authenticated', async () => {
    const handlers = compiled({ maxAgeSeconds: 30 })
    const token = `Bearer ${await issuer.token({ auth_time: NOW_SECONDS })}`
    expect(await said(token, handlers)).toBe('pass ada')
    clock.pass(36_000)
    expect(await said(token, handlers)).toBe('401 jwt.step-up')
  })
})

describe('a header of its own', () => {
  const handlers = () => compiled({ header: 'CF-Access-Jwt-Assertion' })
  const saidOf = async (headers: Record<string, string>) => {
    const decision = await handlers().request?.(exchange({ headers, ports: portsWith(endpoint, clock) }))
    return decision?.kind === 'deny' ? `${decision.status} ${decision.reason}` : decision?.kind
  }

  it('holds the bare token', async () => {
    const token = await issuer.token()
    expect(await saidOf({ 'cf-access-jwt-assertion': token })).toBe('pass')
    expect(await saidOf({ authorization: `Bearer ${token}` })).toBe('skip')
    expect(await saidOf({ 'cf-access-jwt-assertion': `Bearer ${token}` })).toBe('400 jwt.syntax')
    expect(await saidOf({ 'cf-access-jwt-assertion': `${token}, ${token}` })).toBe('400 jwt.multiple')
  })

  it('is kept from the origin like any credential', () => {
    expect(jwt({ ...SETTINGS, keySet: URL_KEYS, header: 'CF-Access-Jwt-Assertion' }).credentials).toEqual(['cf-access-jwt-assertion'])
  })
})

describe('discovery', () => {
  const discovering = () => compiled({ keySet: { discovery: 'oidc' } })
  const configuration = (change: Record<string, unknown> = {}) => ({ issuer: SETTINGS.issuer, jwks_uri: 'https://keys.example/jwks', ...change })
  /** Answers for the two documents in turn. */
  const answer = (first: unknown) => {
    endpoint.answer = () => Response.json(endpoint.requests.at(-1)?.url.includes('.well-known') ? first : { keys: [issuer.jwk] })
  }

  it("finds the keys where the issuer's own configuration says", async () => {
    answer(configuration())
    expect(await said(`Bearer ${await issuer.token()}`, discovering())).toBe('pass ada')
    expect(endpoint.requests.map(({ url }) => url)).toEqual(['https://issuer.example/.well-known/openid-configuration', 'https://keys.example/jwks'])
  })

  it.each<[string, unknown]>([
    ['of another issuer', configuration({ issuer: 'https://evil.example' })],
    ['of the issuer with a slash', configuration({ issuer: `${SETTINGS.issuer}/` })],
    ['without keys', configuration({ jwks_uri: undefined })],
    ['with keys in the open', configuration({ jwks_uri: 'http://keys.example/jwks' })],
    ['with a password', configuration({ jwks_uri: 'https://a:b@keys.example/jwks' })],
    ['that is a list', [configuration()]],
  ])('a configuration %s is a failure, never a key', async (_, document) => {
    answer(document)
    await expect(ask(`Bearer ${await issuer.token()}`, discovering())).rejects.toThrow('cannot be had')
  })
})

describe('settings', () => {
  const problemsOf = (more: Record<string, unknown>) => {
    const problems = new Problems()
    jwt({ ...SETTINGS, keySet: URL_KEYS, ...more }).check(['users'], problems)
    return problems.all.map(({ path }) => path)
  }

  it.each<[string, Record<string, unknown>, readonly string[]]>([
    ['good', {}, []],
    ['an issuer that is no URL', { issuer: 'my issuer' }, []],
    ['an issuer with a line in it', { issuer: 'https://issuer.example/\n' }, ['users.issuer']],
    ['an issuer in angle brackets', { issuer: '<https://issuer.example>' }, ['users.issuer']],
    ['no issuer', { issuer: undefined }, ['users.issuer']],
    ['no audience', { audience: undefined }, ['users.audience']],
    ['an empty audience list', { audience: [] }, ['users.audience']],
    ['no algorithms', { algorithms: [] }, ['users.algorithms']],
    ['HS256 with published keys', { algorithms: ['HS256'] }, ['users.algorithms[0]']],
    ['HS256 with discovery', { algorithms: ['HS256'], keySet: { discovery: 'oidc' } }, ['users.algorithms[0]']],
    ['HS256 beside an asymmetric algorithm', { algorithms: ['RS256', 'HS256'] }, ['users.algorithms[1]']],
    ['HS256 beside one, with a secret', { algorithms: ['HS256', 'RS256'], keySet: { secret: 'NAME' } }, ['users.algorithms[1]']],
    ['RS256 with a secret', { algorithms: ['RS256'], keySet: { secret: 'NAME' } }, ['users.algorithms[0]']],
    ['a secret', { algorithms: ['HS256'], keySet: { secret: 'NAME' } }, []],
    ['two secrets', { algorithms: ['HS256', 'HS512'], keySet: { secret: ['NEW', 'OLD'] } }, []],
    ['one secret twice', { algorithms: ['HS256'], keySet: { secret: ['NAME', 'NAME'] } }, ['users.keySet.secret']],
    ['three secrets', { algorithms: ['HS256'], keySet: { secret: ['A', 'B', 'C'] } }, ['users.keySet.secret']],
    ['no secret', { algorithms: ['HS256'], keySet: { secret: [] } }, ['users.keySet.secret']],
    ['a secret in the configuration', { algorithms: ['HS256'], keySet: { secret: 'c2VjcmV0-c2VjcmV0' } }, ['users.keySet.secret']],
    ['a secret beside a URL', { algorithms: ['HS256'], keySet: { secret: 'NAME', ...URL_KEYS } }, ['users.keySet']],
    [
      'a secret key inline',
      { algorithms: ['HS256'], keySet: { jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } } },
      ['users.algorithms[0]', 'users.keySet.jwks.keys[0]'],
    ],
    ['none', { algorithms: ['RS256', 'none'] }, ['users.algorithms[1]']],
    ['no typ', { typ: undefined }, ['users.typ']],
    ['no key set', { keySet: undefined }, ['users.keySet']],
    ['http', { keySet: { url: 'http://issuer.example/jwks' } }, ['users.keySet.url']],
    ['a URL with a password', { keySet: { url: 'https://a:b@issuer.example/jwks' } }, ['users.keySet.url']],
    ['two key sets', { keySet: { ...URL_KEYS, jwks: { keys: [] } } }, ['users.keySet']],
    ['two hours of tolerance', { clockToleranceSeconds: 7200 }, ['users.clockToleranceSeconds']],
    ['a realm that leaves its quotes', { realm: 'a", error="' }, ['users.realm']],
    ['a realm with a line break', { realm: 'a\r\nx: y' }, ['users.realm']],
    ['an unknown setting', { audiences: ['x'] }, ['users.audiences']],
    ['discovery of an issuer that is no URL', { issuer: 'accounts', keySet: { discovery: 'oidc' } }, ['users.issuer']],
    ['an acr that leaves its quotes', { acr: 'a", max_age="9' }, ['users.acr']],
    ['a token in a cookie', { header: 'cookie' }, ['users.header']],
    ['claims without one', { claims: {} }, ['users.claims']],
    ['a claim of nothing', { claims: { a: [] } }, ['users.claims.a']],
    ['a claim that is null', { claims: { a: null } }, ['users.claims.a']],
    ['a claim of an object', { claims: { a: { b: 1 } } }, ['users.claims.a']],
    ['a claim that a record would lose', { claims: { constructor: 'a' } }, ['users.claims.constructor']],
    ['an audience in no claim', { audienceClaim: '' }, ['users.audienceClaim']],
    ['a lifetime of nothing', { maxLifetimeSeconds: 0 }, ['users.maxLifetimeSeconds']],
  ])('%s', (_name, more, paths) => {
    expect(problemsOf(more)).toEqual(paths)
  })

  it('a problem says what stands there, what should, and what to do', () => {
    const problems = new Problems()
    jwt({ ...SETTINGS, algorithms: ['HS256'], keySet: URL_KEYS }).check(['users'], problems)
    expect(problems.all).toEqual([
      {
        path: 'users.algorithms[0]',
        found: 'HS256, with keys that the issuer publishes',
        expected: 'an asymmetric algorithm',
        fix: "name the algorithm of the issuer's keys, or keySet: { secret: 'NAME' }",
      },
    ])
  })

  it('reads the authorization field', () => {
    expect(jwt({ ...SETTINGS, keySet: URL_KEYS })).toMatchObject({ stage: 'authenticate', credentials: ['authorization'], bindings: [] })
  })
})

describe('issuers that a client is told of (RFC 9728)', () => {
  it.each<[string, More, readonly string[]]>([
    ['its own', {}, ['https://issuer.example']],
    ['its own, with a path', { issuer: 'https://issuer.example/tenant/' }, ['https://issuer.example/tenant/']],
    ['none that is no https URL', { issuer: 'accounts.example' }, []],
    ['none of plain http', { issuer: 'http://issuer.example' }, []],
    ['none with a query (RFC 8414 §2)', { issuer: 'https://issuer.example?a' }, []],
    ['none for a header of its own: its client gets the token elsewhere', { header: 'cf-access-jwt-assertion' }, []],
  ])('%s', (_name, more, issuers) => {
    expect(jwt({ ...SETTINGS, keySet: URL_KEYS, ...more }).issuers).toEqual(issuers)
  })
})
