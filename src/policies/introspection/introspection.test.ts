import { beforeEach, describe, expect, it } from 'vitest'
import { deferred, exchange } from '../../../test/exchange.ts'
import type { Decision } from '../../core/decision.ts'
import type { Caller, Exchange } from '../../core/exchange.ts'
import type { Handlers } from '../../core/policy.ts'
import { principalId } from '../../core/principal.ts'
import { Problems } from '../../core/problems.ts'
import { TokenRevocable } from '../../core/revocation.ts'
import { ENDPOINT_TTL_MS } from './endpoint.ts'
import { FAILED_FOR_MS } from './failed-tokens.ts'
import { COOLDOWN_MS, FAILURES_OF_OUTAGE, OUTAGE_AFTER_MS } from './failures.ts'
import { introspection, MAX_TOKEN_BYTES } from './introspection.ts'
import { MAX_REFUSED, REFUSED_FOR_MS } from './memory.ts'
import { LOST_AFTER_MS, MAX_OPEN, MAX_OPEN_OF_ONE } from './questions.ts'
import { ANSWER, NOW_SECONDS, portsWith, SECRET, SETTINGS, TestClock, TestEndpoint } from './test-endpoint.ts'

type More = Partial<Parameters<typeof introspection>[0]>

const TOKEN = '2YotnFZFEjr1zCsicMWpAA'

let endpoint: TestEndpoint
let clock: TestClock
let notices: string[]
let users: Handlers

const compiled = (more: More = {}): Handlers => introspection({ ...SETTINGS, ...more }).compile()

beforeEach(() => {
  endpoint = new TestEndpoint()
  clock = new TestClock()
  notices = []
  users = compiled()
})

const request = (authorization: string | undefined, caller?: Caller): Exchange =>
  exchange({
    headers: authorization === undefined ? {} : { authorization },
    ports: portsWith(endpoint, clock, notices),
    ...(caller !== undefined && { caller }),
  })

function ask(authorization: string | undefined, handlers = users, caller?: Caller): Decision | Promise<Decision> {
  const decision = handlers.request?.(request(authorization, caller))
  if (decision === undefined) throw new TypeError('no request handler')
  return decision
}

/** What came of it: `503` for a failure, which the pipeline makes of it. */
async function said(token = TOKEN, handlers = users, caller?: Caller): Promise<string> {
  try {
    return inWords(await ask(`Bearer ${token}`, handlers, caller))
  } catch {
    return '503'
  }
}

function inWords(decision: Decision): string {
  if (decision.kind === 'deny') return `${decision.status} ${decision.reason}`
  return decision.kind === 'pass' ? `pass ${decision.principal?.subject}` : decision.kind
}

describe('what it claims', () => {
  it.each<[string, string | undefined, More, string, number]>([
    ['no credential', undefined, {}, 'skip', 0],
    ['another scheme', 'Basic YTpi', {}, 'skip', 0],
    ['a JWT', 'Bearer a.b.c', {}, 'skip', 0],
    ['three empty parts', 'Bearer ..', {}, 'skip', 0],
    ['a JWE', 'Bearer a.b.c.d.e', {}, 'skip', 0],
    ['an opaque token', `Bearer ${TOKEN}`, {}, 'pass ada', 1],
    ['one with a dot', 'Bearer ory_at_a.b', {}, 'pass ada', 1],
    ['one with three', 'Bearer a.b.c.d', {}, 'pass ada', 1],
    ['the scheme in upper case', `BEARER ${TOKEN}`, {}, 'pass ada', 1],
    ['the prefix', 'Bearer ory_at_a', { prefix: 'ory_at_' }, 'pass ada', 1],
    ['another prefix', 'Bearer ory_rt_a', { prefix: 'ory_at_' }, 'skip', 0],
    ['the prefix in another case', 'Bearer ORY_AT_a', { prefix: 'ory_at_' }, 'skip', 0],
    ['a JWT with the prefix', 'Bearer ory_at_a.b.c', { prefix: 'ory_at_' }, 'skip', 0],
    ['the longest token', `Bearer ${'x'.repeat(MAX_TOKEN_BYTES)}`, {}, 'pass ada', 1],
    ['a longer one', `Bearer ${'x'.repeat(MAX_TOKEN_BYTES + 1)}`, {}, '401 introspection.too-large', 0],
    ['two spaces', `Bearer  ${TOKEN}`, {}, '400 introspection.syntax', 0],
    ['no token', 'Bearer', {}, '400 introspection.syntax', 0],
    ['two tokens', `Bearer ${TOKEN}, Bearer ${TOKEN}`, {}, '400 introspection.multiple', 0],
    ['a token behind another scheme', `Basic YTpi, Bearer ${TOKEN}`, {}, '400 introspection.multiple', 0],
    ['a form in the token', 'Bearer a&token=b', {}, '400 introspection.syntax', 0],
  ])('%s', async (_name, authorization, more, expected, calls) => {
    expect([inWords(await ask(authorization, compiled(more))), endpoint.calls]).toEqual([expected, calls])
  })

  it('reads no token from anywhere else', () => {
    const x = exchange({
      url: `https://api.example.com/?access_token=${TOKEN}`,
      headers: { cookie: `access_token=${TOKEN}` },
      ports: portsWith(endpoint, clock),
    })
    expect(users.request?.(x)).toMatchObject({ kind: 'skip' })
  })
})

describe('what the issuer is asked', () => {
  it.each<[string, More, string, string | undefined, Record<string, string>]>([
    [
      'with Basic',
      {},
      'https://issuer.example/introspect',
      `Basic ${btoa('the+gateway:p%3Ass+w%C3%B6rd%2B%26%3D')}`,
      { token: TOKEN, token_type_hint: 'access_token' },
    ],
    [
      'with a form',
      { client: { ...SETTINGS.client, method: 'client_secret_post' } },
      'https://issuer.example/introspect',
      undefined,
      { token: TOKEN, token_type_hint: 'access_token', client_id: 'the gateway', client_secret: SECRET },
    ],
    [
      'by a binding',
      { endpoint: { service: 'ISSUER', url: 'https://tokens.internal/' } },
      'https://tokens.internal/',
      `Basic ${btoa('the+gateway:p%3Ass+w%C3%B6rd%2B%26%3D')}`,
      { token: TOKEN, token_type_hint: 'access_token' },
    ],
  ])('%s', async (_name, more, url, authorization, form) => {
    expect(await said(TOKEN, compiled(more))).toBe('pass ada')
    const [asked] = endpoint.asked
    expect(asked).toMatchObject({ url, init: { method: 'POST', redirect: 'manual', cache: 'no-store' } })
    expect(new Headers(asked?.init.headers).get('content-type')).toBe('application/x-www-form-urlencoded')
    expect(new Headers(asked?.init.headers).get('authorization') ?? undefined).toBe(authorization)
    expect(Object.fromEntries(asked?.form ?? [])).toEqual(form)
  })

  it('a character of the token that means something in a form means nothing there', async () => {
    await said('a+b/c~d==')
    expect(endpoint.asked[0]?.form.get('token')).toBe('a+b/c~d==')
  })

  it('nothing, when the secret is not set', async () => {
    expect(await said(TOKEN, compiled({ client: { id: 'x', secret: 'OTHER' } }))).toBe('503')
    expect([endpoint.calls, notices]).toEqual([0, [expect.stringContaining('introspection.client')]])
  })
})

describe('what the answer must say', () => {
  const CLIENTS = { clientSubjectPrefix: 'client:' }
  const BY_CLIENT = { audience: 'app', audienceClaim: 'client_id' }
  it.each<[string, Record<string, unknown>, More, string]>([
    ['nothing of the issuer', { iss: undefined }, {}, 'pass ada'],
    ['another issuer', { iss: 'https://evil.example' }, {}, '401 introspection.issuer'],
    ['the issuer with a slash', { iss: `${SETTINGS.issuer}/` }, {}, '401 introspection.issuer'],
    ['an issuer that is null', { iss: null }, {}, '401 introspection.issuer'],
    ['no audience', { aud: undefined }, {}, '401 introspection.audience'],
    ['another audience', { aud: 'https://other.example' }, {}, '401 introspection.audience'],
    ['an audience that contains ours', { aud: `${SETTINGS.audience}.evil.example` }, {}, '401 introspection.audience'],
    ['no audience in a list', { aud: [] }, {}, '401 introspection.audience'],
    ['ours in a list', { aud: ['x', SETTINGS.audience] }, {}, 'pass ada'],
    ['ours beside what is no text', { aud: [SETTINGS.audience, 1] }, {}, '401 introspection.audience'],
    ['the client, where that is the audience', { aud: undefined }, BY_CLIENT, 'pass ada'],
    ['another client', { aud: 'app', client_id: 'other' }, BY_CLIENT, '401 introspection.audience'],
    ['the client, and not that it is no refresh token', { token_type: undefined }, BY_CLIENT, '401 introspection.type'],
    ['an inherited audience', {}, { audienceClaim: 'constructor' }, '401 introspection.audience'],
    ['no type', { token_type: undefined }, {}, 'pass ada'],
    ['bearer', { token_type: 'bearer' }, {}, 'pass ada'],
    ['DPoP', { token_type: 'DPoP' }, {}, '401 introspection.type'],
    ['a refresh token', { token_type: 'refresh_token' }, {}, '401 introspection.type'],
    ['the use of a refresh token', { token_use: 'refresh_token' }, {}, '401 introspection.type'],
    ['the use of an access token', { token_use: 'access_token' }, {}, 'pass ada'],
    ['a type that is null', { token_type: null }, {}, '401 introspection.type'],
    ['a key that it is bound to', { cnf: { jkt: 'x' } }, {}, '401 introspection.bound'],
    ['a certificate that it is bound to', { cnf: { 'x5t#S256': 'x' } }, {}, '401 introspection.bound'],
    ['an empty binding', { cnf: {} }, {}, '401 introspection.bound'],
    ['no subject', { sub: undefined }, {}, '401 introspection.claims'],
    ['an empty subject', { sub: '' }, {}, '401 introspection.claims'],
    ['a list as subject', { sub: ['ada'] }, {}, '401 introspection.claims'],
    ['half a character as subject', { sub: 'ada\ud800' }, {}, '401 introspection.claims'],
    ['no subject of a client', { sub: undefined }, CLIENTS, 'pass client:app'],
    ['no subject and no client', { sub: undefined, client_id: undefined }, CLIENTS, '401 introspection.claims'],
    ['a user, where clients have no subject', {}, CLIENTS, 'pass ada'],
    ['a subject that is null, where clients have none', { sub: null }, CLIENTS, '401 introspection.claims'],
    ['a user who passes for a client', { sub: 'client:app' }, CLIENTS, '401 introspection.claims'],
    ['no end', { exp: undefined }, {}, 'pass ada'],
    ['an end that has come, by less than clocks differ', { exp: NOW_SECONDS - 4 }, {}, 'pass ada'],
    ['an end that has come', { exp: NOW_SECONDS - 5 }, {}, '401 introspection.expired'],
    ['an end as text', { exp: '9999999999' }, {}, '401 introspection.claims'],
    ['an end in milliseconds', { exp: NOW_SECONDS * 1000 }, {}, '401 introspection.claims'],
    ['an end that is null', { exp: null }, {}, '401 introspection.claims'],
    ['a beginning to come', { nbf: NOW_SECONDS + 6 }, {}, '401 introspection.not-yet-valid'],
    ['a beginning to come, with more tolerance', { nbf: NOW_SECONDS + 6 }, { clockToleranceSeconds: 6 }, 'pass ada'],
    ['a beginning that is no date', { nbf: 'now' }, {}, '401 introspection.claims'],
    ['no claim that must be there', {}, { requiredClaims: ['tenant'] }, '401 introspection.claims'],
    ['the claim that must be there', { tenant: 'blue' }, { requiredClaims: ['tenant'] }, 'pass ada'],
    ['more than anybody walks', { deep: JSON.parse(`${'['.repeat(40)}${']'.repeat(40)}`) }, {}, '401 introspection.malformed'],
    ['that it is not active', { active: false }, {}, '401 introspection.inactive'],
  ])('%s', async (_name, changes, more, expected) => {
    endpoint.says(changes)
    expect(await said(TOKEN, compiled(more))).toBe(expected)
  })
})

describe('an answer that is none is a failure, never a yes and never a no', () => {
  it.each<[string, () => Response | Promise<Response>]>([
    ['active as text', () => Response.json({ ...ANSWER, active: 'true' })],
    ['active as a number', () => Response.json({ ...ANSWER, active: 1 })],
    ['active as null', () => Response.json({ ...ANSWER, active: null })],
    ['active as a list', () => Response.json({ ...ANSWER, active: [true] })],
    ['no active', () => Response.json({ ...ANSWER, active: undefined })],
    ['a list', () => Response.json([ANSWER])],
    ['true', () => Response.json(true)],
    ['null', () => Response.json(null)],
    ['garbage', () => new Response('<html>')],
    ['nothing', () => new Response('')],
    ['no UTF-8', () => new Response(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))],
    ['a redirect', () => new Response(JSON.stringify(ANSWER), { status: 302, headers: { location: 'https://evil.example/' } })],
    ['201', () => Response.json(ANSWER, { status: 201 })],
    ['400', () => Response.json({ error: 'invalid_request' }, { status: 400 })],
    ['400 with an answer', () => Response.json(ANSWER, { status: 400 })],
    ['401', () => Response.json({ active: false }, { status: 401 })],
    ['403', () => Response.json({ active: false }, { status: 403 })],
    ['429', () => new Response('', { status: 429 })],
    ['500', () => Response.json({ active: false }, { status: 500 })],
    ['10 MB', () => new Response(new Uint8Array(10_000_000).fill(0x20))],
    ['a declared length above the cap', () => new Response(JSON.stringify(ANSWER), { headers: { 'content-length': '70000' } })],
    ['a body without end', () => new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(0x20)) }))],
    ['a body that breaks', () => new Response(new ReadableStream({ pull: (controller) => controller.error(new Error('reset')) }))],
    ['a failed connection', () => Promise.reject(new Error('connection refused'))],
  ])('%s', async (_name, answer) => {
    endpoint.answer = answer
    await expect(ask(`Bearer ${TOKEN}`)).rejects.toThrow('gave no answer')
  })

  it.each<[string, () => Response, string]>([
    ['401', () => new Response('', { status: 401 }), 'introspection.client'],
    ['403', () => new Response('', { status: 403 }), 'introspection.endpoint'],
    ['400 invalid_client', () => Response.json({ error: 'invalid_client' }, { status: 400 }), 'introspection.client'],
    ['500', () => new Response('', { status: 500 }), 'introspection.endpoint'],
    ['garbage that repeats the token', () => new Response(TOKEN), 'introspection.endpoint'],
  ])('the operator is told of %s once in a while, and of no secret', async (_name, answer, reason) => {
    endpoint.answer = answer
    const failures: string[] = []
    for (let i = 0; i < 3; i++) await Promise.resolve(ask(`Bearer ${TOKEN}${i}`)).catch((error: unknown) => failures.push(String(error)))
    expect(failures.length).toBe(3)
    expect(notices).toEqual([expect.stringContaining(`${reason} https://issuer.example/introspect: `)])
    expect([...notices, ...failures].join()).not.toMatch(new RegExp(`${TOKEN.slice(0, 6)}|p:ss|p%3A`))
  })

  it('what a token can bring about does not keep the operator from hearing of anything else', async () => {
    for (const status of [403, 500, 401, 403, 500, 401]) {
      endpoint.fail(status)
      expect(await said(`of-${status}-${notices.length}`)).toBe('503')
    }
    expect(notices.map((told) => told.replace(/ .* /, ' '))).toEqual(['introspection.endpoint 403', 'introspection.endpoint 500', 'introspection.client 401'])
  })

  it('a kind of token that the issuer does not answer for is refused, and is no outage', async () => {
    endpoint.answer = () => Response.json({ error: 'unsupported_token_type' }, { status: 400 })
    for (let i = 0; i < 10; i++) expect(await said(`x${i}`)).toBe('401 introspection.unsupported')
    endpoint.says()
    expect([await said(), notices]).toEqual(['pass ada', []])
  })
})

describe('what the caller is told', () => {
  it('is the same whatever is wrong, and nothing of the token is repeated', async () => {
    const told = new Set<string>()
    const changes = [{ active: false }, { aud: 'x' }, { sub: 1 }, { cnf: {} }, { exp: 1 }, { nbf: NOW_SECONDS + 60 }, { iss: 'x' }, { token_type: 'DPoP' }]
    for (const [i, change] of changes.entries()) {
      endpoint.says(change)
      const decision = await ask(`Bearer secret-token-${i}`)
      if (decision.kind !== 'deny') throw new TypeError(decision.kind)
      told.add(JSON.stringify([decision.status, decision.challenges, decision.problem]))
      expect(String(decision.detail)).not.toContain('secret-token')
    }
    const tooLarge = await ask(`Bearer ${'x'.repeat(5000)}`)
    told.add(tooLarge.kind === 'deny' ? JSON.stringify([tooLarge.status, tooLarge.challenges, tooLarge.problem]) : tooLarge.kind)
    expect([...told]).toEqual([
      JSON.stringify([
        401,
        [{ scheme: 'Bearer', params: { error: 'invalid_token', error_description: 'The access token is not valid here' } }],
        { detail: 'The access token is not valid here.' },
      ]),
    ])
  })

  it('has the realm', async () => {
    endpoint.says({ active: false })
    const handlers = compiled({ realm: 'the API' })
    expect(await ask(undefined, handlers)).toMatchObject({ challenges: [{ scheme: 'Bearer', params: { realm: 'the API' } }] })
    expect(await ask(`Bearer ${TOKEN}`, handlers)).toMatchObject({ challenges: [{ scheme: 'Bearer', params: { realm: 'the API', error: 'invalid_token' } }] })
  })
})

describe('the principal', () => {
  it('is issuer and subject, with what the answer says', async () => {
    expect(await ask(`Bearer ${TOKEN}`)).toEqual({
      kind: 'pass',
      principal: {
        id: principalId(SETTINGS.issuer, 'ada'),
        issuer: SETTINGS.issuer,
        subject: 'ada',
        method: 'introspection',
        scheme: 'Bearer',
        credentialHeader: 'authorization',
        scopes: new Set(['read', 'write']),
        roles: new Set(),
        claims: ANSWER,
        credentialId: 'token-1',
        revocable: expect.any(TokenRevocable),
      },
    })
  })

  it('has scopes and roles where the settings say', async () => {
    endpoint.says({ permissions: ['a'], realm_access: { roles: ['b c'] } })
    const decision = await ask(`Bearer ${TOKEN}`, compiled({ scopesClaim: 'permissions', rolesClaim: ['realm_access', 'roles'] }))
    expect(decision).toMatchObject({ principal: { scopes: new Set(['a']), roles: new Set(['b c']) } })
  })

  it('is frozen through and through', async () => {
    endpoint.says({ nested: { list: [{}] } })
    const decision = await ask(`Bearer ${TOKEN}`)
    const claims = decision.kind === 'pass' ? decision.principal?.claims : undefined
    const nested = claims?.nested as { readonly list: readonly object[] }
    expect([decision, claims, nested, nested.list, nested.list[0]].every(Object.isFrozen)).toBe(true)
  })
})

describe('accepted tokens', () => {
  it('are answered at once, with the same decision, until maxCacheSeconds after the question was sent', async () => {
    endpoint.answer = () => {
      clock.pass(2000)
      return Response.json(ANSWER)
    }
    const first = await ask(`Bearer ${TOKEN}`)
    clock.pass(20_000)
    expect(ask(`Bearer ${TOKEN}`)).toBe(first)
    endpoint.says({ active: false })
    clock.pass(7999)
    endpoint.hold()
    expect(ask(`Bearer ${TOKEN}`)).toBe(first)
    clock.pass(1)
    expect(ask(`Bearer ${TOKEN}`)).toBeInstanceOf(Promise)
  })

  it.each<[string, More, number]>([
    ['by default', {}, 30_000],
    ['for long', { maxCacheSeconds: 300 }, 300_000],
    ['for a second', { maxCacheSeconds: 1 }, 1000],
  ])('that were revoked are refused in time, %s', async (_name, more, bound) => {
    const handlers = compiled(more)
    expect(await said(TOKEN, handlers)).toBe('pass ada')
    endpoint.says({ active: false })
    clock.pass(bound)
    expect(await said(TOKEN, handlers)).toBe('401 introspection.inactive')
  })

  it('are asked about each time with maxCacheSeconds 0', async () => {
    const handlers = compiled({ maxCacheSeconds: 0 })
    expect([await said(TOKEN, handlers), await said(TOKEN, handlers), endpoint.calls]).toEqual(['pass ada', 'pass ada', 2])
    endpoint.says({ active: false })
    expect(await said(TOKEN, handlers)).toBe('401 introspection.inactive')
  })

  it('with maxCacheSeconds 0 too, are not refused by an older answer that comes late', async () => {
    const handlers = compiled({ maxCacheSeconds: 0 })
    endpoint.says({ active: false })
    const gate = endpoint.hold()
    const late = said(TOKEN, handlers)
    clock.pass(1)
    endpoint.says()
    expect(await said(TOKEN, handlers)).toBe('pass ada')
    gate.open()
    expect([await late, await said(TOKEN, handlers)]).toEqual(['401 introspection.inactive', 'pass ada'])
  })

  it('end with exp, to the millisecond of the tolerance', async () => {
    endpoint.says({ exp: NOW_SECONDS + 10 })
    expect(await said()).toBe('pass ada')
    clock.pass(14_999)
    expect(ask(`Bearer ${TOKEN}`)).toMatchObject({ kind: 'pass' })
    clock.pass(1)
    expect(await said()).toBe('401 introspection.expired')
  })

  it('last no longer when the clock is set back', async () => {
    expect(await said()).toBe('pass ada')
    clock.pass(-60_000)
    endpoint.says({ active: false })
    expect(await said()).toBe('401 introspection.inactive')
    clock.pass(60_000)
    expect(await said()).toBe('401 introspection.inactive')
  })

  it('never answer for another token, or another authenticator', async () => {
    expect(await said()).toBe('pass ada')
    endpoint.says({ sub: 'eve' })
    expect([await said(`${TOKEN}=`), await said(TOKEN.toLowerCase()), await said()]).toEqual(['pass eve', 'pass eve', 'pass ada'])
    expect(await said(TOKEN, compiled({ audience: 'https://other.example' }))).toBe('401 introspection.audience')
  })

  it('in use are asked about again before they end, once, behind a request', async () => {
    await said()
    clock.pass(22_499)
    await said()
    expect(endpoint.calls).toBe(1)
    clock.pass(1)
    const gate = endpoint.hold()
    const x = request(`Bearer ${TOKEN}`)
    expect(users.request?.(x)).toMatchObject({ kind: 'pass' })
    expect(await said()).toBe('pass ada')
    expect(endpoint.calls).toBe(2)
    gate.open()
    await Promise.all(deferred(x))
    clock.pass(22_000)
    expect(ask(`Bearer ${TOKEN}`)).toMatchObject({ kind: 'pass' })
    expect(endpoint.calls).toBe(2)
  })

  it('are asked about with the secret as it is now', async () => {
    const sent: string[] = []
    endpoint.answer = ({ init }) => {
      sent.push(new Headers(init.headers).get('authorization') ?? '')
      return Response.json(ANSWER)
    }
    const secrets = ['the first', 'the second']
    for (const secret of secrets) {
      const ports = { ...portsWith(endpoint, clock, notices), secret: () => secret }
      await users.request?.(exchange({ headers: { authorization: `Bearer of-${secret.length}` }, ports }))
    }
    expect(sent).toEqual(secrets.map((secret) => `Basic ${btoa(`the+gateway:${secret.replace(' ', '+')}`)}`))
  })

  it('that were revoked end with what that question brings', async () => {
    await said()
    clock.pass(22_500)
    endpoint.says({ active: false })
    const x = request(`Bearer ${TOKEN}`)
    expect(users.request?.(x)).toMatchObject({ kind: 'pass' })
    await Promise.all(deferred(x))
    expect(await said()).toBe('401 introspection.inactive')
  })
})

describe('refused tokens', () => {
  it.each([[{ active: false }], [{ aud: 'x' }], [{ cnf: {} }]])('%j: are not asked about again for a moment', async (changes) => {
    endpoint.says(changes)
    const first = await said()
    endpoint.says()
    clock.pass(REFUSED_FOR_MS - 1)
    expect([await said(), endpoint.calls]).toEqual([first, 1])
    clock.pass(1)
    expect([await said(), endpoint.calls]).toEqual(['pass ada', 2])
  })

  it('in any number push out no accepted one, and are themselves bounded', async () => {
    expect(await said()).toBe('pass ada')
    endpoint.says({ active: false })
    for (let i = 0; i <= MAX_REFUSED; i++) await said(`random-${i}`)
    expect(ask(`Bearer ${TOKEN}`)).toMatchObject({ kind: 'pass' })
    const { calls } = endpoint
    await said(`random-${MAX_REFUSED}`)
    expect(endpoint.calls).toBe(calls)
    await said('random-0')
    expect(endpoint.calls).toBe(calls + 1)
  })

  it('are not brought back by an answer that was asked for before', async () => {
    const gate = endpoint.hold()
    const early = ask(`Bearer ${TOKEN}`)
    clock.pass(LOST_AFTER_MS)
    endpoint.says({ active: false })
    expect(await said()).toBe('401 introspection.inactive')
    gate.open()
    expect(inWords(await early)).toBe('pass ada')
    expect(await said()).toBe('401 introspection.inactive')
  })
})

describe('an answer that comes late', () => {
  it('does not undo what a later question brought', async () => {
    endpoint.says({ active: false })
    const gate = endpoint.hold()
    const early = ask(`Bearer ${TOKEN}`)
    clock.pass(LOST_AFTER_MS)
    endpoint.says()
    expect(await said()).toBe('pass ada')
    gate.open()
    expect(inWords(await early)).toBe('401 introspection.inactive')
    expect([await said(), endpoint.calls]).toEqual(['pass ada', 2])
  })

  it('is judged by the time at which it comes', async () => {
    endpoint.answer = () => {
      clock.pass(4000)
      return Response.json({ ...ANSWER, exp: NOW_SECONDS - 2 })
    }
    expect(await said()).toBe('401 introspection.expired')
  })
})

describe('an outage', () => {
  const failures = async (count: number, name = 'unknown') => {
    for (let i = 0; i < count; i++) expect(await said(`${name}-${i}`)).toBe('503')
  }
  /** As few failures as it takes, over as short a time. */
  const outage = async () => {
    endpoint.fail()
    await failures(FAILURES_OF_OUTAGE - 1)
    clock.pass(OUTAGE_AFTER_MS)
    await failures(1, 'last')
  }

  it('is over when the issuer answers: it is asked again after a while, by one request at a time', async () => {
    await outage()
    await failures(20)
    expect(endpoint.calls).toBe(FAILURES_OF_OUTAGE)
    clock.pass(COOLDOWN_MS)
    await failures(20)
    expect(endpoint.calls).toBe(FAILURES_OF_OUTAGE + 1)
    clock.pass(COOLDOWN_MS)
    endpoint.says()
    const gate = endpoint.hold()
    const first = said('a')
    expect(await said('b')).toBe('503')
    gate.open()
    expect([await first, await said('b'), endpoint.calls]).toEqual(['pass ada', 'pass ada', FAILURES_OF_OUTAGE + 3])
  })

  it('is not what a single failure is, nor failures with answers between, nor many at once', async () => {
    for (let i = 0; i < 10; i++) {
      endpoint.fail()
      await failures(FAILURES_OF_OUTAGE - 1)
      clock.pass(OUTAGE_AFTER_MS)
      endpoint.says()
      expect(await said(`good-${i}`)).toBe('pass ada')
      endpoint.fail()
      await failures(20, 'at-once')
      clock.pass(OUTAGE_AFTER_MS - 1)
      await failures(20, 'more')
      endpoint.says()
      expect(await said(`another-${i}`)).toBe('pass ada')
      clock.pass(FAILED_FOR_MS)
    }
  })

  it('known tokens serve within their bound, and not longer', async () => {
    expect(await said()).toBe('pass ada')
    await outage()
    clock.pass(29_999 - OUTAGE_AFTER_MS)
    expect(ask(`Bearer ${TOKEN}`)).toMatchObject({ kind: 'pass' })
    clock.pass(1)
    expect(await said()).toBe('503')
  })

  it('refused tokens stay refused for their moment', async () => {
    endpoint.says({ active: false })
    expect(await said()).toBe('401 introspection.inactive')
    await outage()
    expect(await said()).toBe('401 introspection.inactive')
  })

  it('a missing binding', async () => {
    expect(await said(TOKEN, compiled({ endpoint: { service: 'OTHER', url: SETTINGS.endpoint.url } }))).toBe('503')
  })

  it('a clock that is set back does not make it longer', async () => {
    await outage()
    clock.pass(-3_600_000)
    endpoint.says()
    expect(await said()).toBe('pass ada')
  })
})

describe('questions under way', () => {
  const from = (i: number): Caller => ({ kind: 'client', ip: `192.0.2.${i}` })
  const ask64 = (count: number, caller: (i: number) => Caller, name = 'open') => Array.from({ length: count }, (_, i) => said(`${name}-${i}`, users, caller(i)))

  it('are so many and no more, and others are told to come again', async () => {
    const gate = endpoint.hold()
    const open = ask64(MAX_OPEN, from)
    expect([await said('more', users, from(200)), endpoint.calls]).toEqual(['503', MAX_OPEN])
    gate.open()
    expect(new Set(await Promise.all(open))).toEqual(new Set(['pass ada']))
    expect(await said('more', users, from(200))).toBe('pass ada')
  })

  it.each<[string, (i: number) => Caller]>([
    ['an address', () => from(1)],
    ['a /64', (i) => ({ kind: 'client', ip: `2001:db8::${i + 1}` })],
    ['a Worker', () => ({ kind: 'worker', zone: 'other.example' })],
  ])('of %s leave the rest to others', async (_name, caller) => {
    const gate = endpoint.hold()
    const flood = ask64(MAX_OPEN, caller)
    const good = said('good', users, from(200))
    expect(endpoint.calls).toBe(MAX_OPEN_OF_ONE + 1)
    gate.open()
    expect(await good).toBe('pass ada')
    const outcomes = await Promise.all(flood)
    expect(outcomes.filter((outcome) => outcome === '503').length).toBe(MAX_OPEN - MAX_OPEN_OF_ONE)
  })

  it('on one token are one, whose answer serves all who wait', async () => {
    const gate = endpoint.hold()
    const waiting = Array.from({ length: 20 }, () => said())
    gate.open()
    expect([new Set(await Promise.all(waiting)), endpoint.calls]).toEqual([new Set(['pass ada']), 1])
  })

  it('that were lost with their requests hold no place', async () => {
    endpoint.hold()
    for (const lost of ask64(MAX_OPEN, from)) lost.catch(() => {})
    clock.pass(LOST_AFTER_MS)
    endpoint.says()
    expect(await said('good', users, from(200))).toBe('pass ada')
    expect(await said('open-0', users, from(200))).toBe('pass ada')
  })

  it('go on behind a request that is gone', () => {
    const x = request(`Bearer ${TOKEN}`)
    void users.request?.(x)
    expect(deferred(x).length).toBe(1)
  })
})

describe('discovery', () => {
  const discovering = (more: More = {}) => compiled({ endpoint: { discovery: 'oidc' }, ...more })

  it("finds the endpoint where the issuer's own configuration says, and remembers it", async () => {
    const handlers = discovering()
    expect([await said('a', handlers), await said('b', handlers)]).toEqual(['pass ada', 'pass ada'])
    expect([endpoint.discoveries, endpoint.asked.map(({ url }) => url)]).toEqual([1, ['https://tokens.example/ask', 'https://tokens.example/ask']])
    clock.pass(ENDPOINT_TTL_MS)
    expect([await said('c', handlers), endpoint.discoveries]).toEqual(['pass ada', 2])
  })

  it.each([
    [400, 1],
    [403, 1],
    [404, 2],
    [410, 2],
    [401, 2],
    [500, 2],
  ])('after status %i it has been sought %i times', async (status, discoveries) => {
    const handlers = discovering()
    endpoint.fail(status)
    expect(await said('a', handlers)).toBe('503')
    endpoint.says()
    expect([await said('b', handlers), endpoint.discoveries]).toEqual(['pass ada', discoveries])
  })

  it('seeks the endpoint anew after a question that failed', async () => {
    const handlers = discovering()
    expect(await said('a', handlers)).toBe('pass ada')
    endpoint.fail()
    expect(await said('b', handlers)).toBe('503')
    endpoint.says()
    endpoint.configuration = () => Response.json({ issuer: SETTINGS.issuer, introspection_endpoint: 'https://tokens.example/moved' })
    clock.pass(FAILED_FOR_MS)
    expect([await said('b', handlers), endpoint.asked.at(-1)?.url]).toEqual(['pass ada', 'https://tokens.example/moved'])
  })

  it.each<[string, Record<string, unknown>]>([
    ['of another issuer', { issuer: 'https://evil.example' }],
    ['without the endpoint', { introspection_endpoint: undefined }],
    ['with the endpoint in the open', { introspection_endpoint: 'http://tokens.example/ask' }],
    ['with a password', { introspection_endpoint: 'https://a:b@tokens.example/ask' }],
  ])('a configuration %s is a failure, and no token goes there', async (_name, changes) => {
    endpoint.configuration = () => Response.json({ issuer: SETTINGS.issuer, introspection_endpoint: 'https://tokens.example/ask', ...changes })
    expect([await said(TOKEN, discovering()), endpoint.calls]).toEqual(['503', 0])
  })
})

describe('settings', () => {
  const problemsOf = (more: Record<string, unknown>) => {
    const problems = new Problems()
    introspection({ ...SETTINGS, ...more }).check(['users'], problems)
    return problems.all.map(({ path }) => path)
  }

  it.each<[string, Record<string, unknown>, readonly string[]]>([
    ['good', {}, []],
    ['no issuer', { issuer: undefined }, ['users.issuer']],
    ['no audience', { audience: undefined }, ['users.audience']],
    ['an empty audience list', { audience: [] }, ['users.audience']],
    ['no endpoint', { endpoint: undefined }, ['users.endpoint']],
    ['http', { endpoint: { url: 'http://issuer.example/' } }, ['users.endpoint.url']],
    ['a URL with a password', { endpoint: { url: 'https://a:b@issuer.example/' } }, ['users.endpoint.url']],
    ['discovery of an issuer that is no URL', { issuer: 'accounts', endpoint: { discovery: 'oidc' } }, ['users.issuer']],
    ['no client', { client: undefined }, ['users.client']],
    ['a secret in the configuration', { client: { id: 'x', secret: 'p@ss-w0rd' } }, ['users.client.secret']],
    ['another way to authenticate', { client: { ...SETTINGS.client, method: 'none' } }, ['users.client.method']],
    ['a prefix that no token has', { prefix: 'a b' }, ['users.prefix']],
    ['an hour of cache', { maxCacheSeconds: 3600 }, ['users.maxCacheSeconds']],
    ['half a second of cache', { maxCacheSeconds: 0.5 }, ['users.maxCacheSeconds']],
    ['a realm that leaves its quotes', { realm: 'a", error="' }, ['users.realm']],
    ['an empty prefix of clients', { clientSubjectPrefix: '' }, ['users.clientSubjectPrefix']],
    ['an unknown setting', { audiences: ['x'] }, ['users.audiences']],
  ])('%s', (_name, more, paths) => {
    expect(problemsOf(more)).toEqual(paths)
  })

  it('needs its secret and its binding, and reads the authorization field', () => {
    const policy = introspection({ ...SETTINGS, endpoint: { discovery: 'oidc', service: 'ISSUER' } })
    expect(policy).toMatchObject({ stage: 'authenticate', credentials: ['authorization'], bindings: ['ISSUER', 'INTROSPECTION_SECRET'] })
  })
})
