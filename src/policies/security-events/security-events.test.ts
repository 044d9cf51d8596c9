import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { deferred, exchange } from '../../../test/exchange.ts'
import type { Decision, Deny } from '../../core/decision.ts'
import { Problems } from '../../core/problems.ts'
import { type KeptRevocation, TokenRevocable } from '../../core/revocation.ts'
import { part, TestClock, TestEndpoint, TestIssuer } from '../../jose/test-issuer.ts'
import { GRACE_MS } from '../../ledger/owner.ts'
import { LedgerWorld, NOW } from '../../ledger/test-ledger.ts'
import { REVOKING_EVENTS } from './event-types.ts'
import { securityEvents } from './security-events.ts'

type Given = Parameters<typeof securityEvents>[0]
type Json = Readonly<Record<string, unknown>>

const ISSUER = 'https://idp.example.com/123456789/'
const AUDIENCE = 'https://sp.example.com/caep'
const NOW_SECONDS = NOW / 1000
/** Five minutes before the tests, as a transmitter writes it. */
const IAT = NOW_SECONDS - 300
/** When it happened: some minutes before that. */
const HAPPENED = IAT - 168
const LIVE_SECONDS = 3600
const UNTIL_GRACE = LIVE_SECONDS * 1000 + GRACE_MS
const ADA = { format: 'iss_sub', iss: ISSUER, sub: 'ada' }

const uri = (event: string) => `https://schemas.openid.net/secevent/${event.replace('/', '/event-type/')}`

let signer: TestIssuer
let settings: Given
let world: LedgerWorld
let notices: string[]
beforeAll(async () => {
  signer = await TestIssuer.create('ES256', 'key-1')
  settings = { issuer: ISSUER, audience: AUDIENCE, algorithms: ['ES256'], keySet: { jwks: { keys: [{ ...signer.jwk }] } }, tokensLiveSeconds: LIVE_SECONDS }
})
beforeEach(() => {
  world = new LedgerWorld()
  notices = []
})

const HEADER = { typ: 'secevent+jwt', alg: 'ES256', kid: 'key-1' }
const claimsOf = (event: string, payload: Json = {}, more: Json = {}): Json => ({
  iss: ISSUER,
  jti: '24c63fb56e5a2d77a6b512616ca9fa24',
  iat: IAT,
  aud: AUDIENCE,
  txn: 8675309,
  sub_id: ADA,
  events: { [uri(event)]: { event_timestamp: HAPPENED, ...payload } },
  ...more,
})

const sign = (claims: unknown, header: Json = {}) => signer.raw({ ...HEADER, ...header }, claims)

interface Sent {
  readonly given?: Partial<Given>
  readonly headers?: Record<string, string>
}

async function push(body: BodyInit | undefined, { given = {}, headers = {} }: Sent = {}): Promise<Decision> {
  const handlers = securityEvents({ ...settings, ...given } as Given).compile()
  const x = exchange({
    method: 'POST',
    headers: { 'content-type': 'application/secevent+jwt', ...headers },
    ...(body !== undefined && { body }),
    ports: { revocations: world.isolate(), clock: { now: () => world.time }, notice: (reason, detail) => void notices.push(`${reason}: ${detail}`) },
  })
  const decision = await handlers.request?.(x)
  await Promise.all(deferred(x))
  return decision as Decision
}

const said = (decision: Decision) => (decision.kind === 'deny' ? `${decision.status} ${decision.reason}` : decision.kind === 'reply' && decision.reason)
const told = (decision: Decision) => JSON.parse((decision as Deny).document?.text ?? '{}').err

const kept = (): readonly KeptRevocation[] => world.owner.list({ v: 1, limit: 1000 }, world.time)
const names = () => kept().map(({ kind, value, beforeMs }) => `${kind} ${value}${beforeMs < 8e15 ? ` before ${(beforeMs - NOW) / 1000}` : ''}`)

/** What "the end of the second in which it happened" is, as {@link names} writes it. */
const BEFORE = `before ${HAPPENED + 1 - NOW_SECONDS}`

describe('an event', () => {
  it.each([
    ['caep/session-revoked', {}],
    ['caep/token-claims-change', { claims: { role: 'ro-admin' } }],
    ['caep/credential-change', { credential_type: 'password', change_type: 'update' }],
    ['caep/credential-change', { credential_type: 'fido2-roaming', change_type: 'delete' }],
    ['caep/credential-change', {}],
    ['risc/account-credential-change-required', {}],
    ['risc/account-disabled', { reason: 'hijacking' }],
    ['risc/account-disabled', { reason: 'bulk-account' }],
    ['risc/account-purged', {}],
    ['risc/credential-compromise', { credential_type: 'password' }],
    ['risc/sessions-revoked', {}],
    ['oauth/tokens-revoked', { reason: 'user' }],
  ])('%s %j ends the tokens that its user had by then', async (event, payload) => {
    const decision = await push(await sign(claimsOf(event, payload)))
    expect(decision).toMatchObject({ kind: 'reply', reason: 'security-events.revoked' })
    const { response } = decision as { response: Response }
    expect([response.status, await response.text()]).toEqual([202, ''])
    const beforeMs = (HAPPENED + 1) * 1000
    expect(kept()).toEqual([
      { kind: 'subject', issuer: ISSUER, value: 'ada', beforeMs, untilMs: beforeMs + UNTIL_GRACE, reason: event, by: ISSUER, atMs: world.time },
    ])
    expect(notices).toEqual([])
  })

  it.each([
    ['caep/credential-change', { credential_type: 'fido2-roaming', change_type: 'create' }],
    ['caep/assurance-level-change', { namespace: 'NIST-AAL', current_level: 'nist-aal1', change_direction: 'decrease' }],
    ['caep/device-compliance-change', { current_status: 'not-compliant', previous_status: 'compliant' }],
    ['caep/risk-level-change', { current_level: 'HIGH', principal: 'USER' }],
    ['caep/session-established', {}],
    ['caep/session-presented', {}],
    ['risc/account-enabled', {}],
    ['risc/identifier-changed', { 'new-value': 'john.roe@example.com' }],
    ['risc/identifier-recycled', {}],
    ['risc/opt-out-effective', {}],
    ['risc/recovery-activated', {}],
    ['risc/verification', { state: 'Celo' }],
    ['ssf/verification', { state: 'VGhpcyBpcyBhbiBleGFtcGxlIHN0YXRlIHZhbHVlLgo=' }],
    ['ssf/stream-updated', { status: 'paused' }],
  ])('%s %j is acknowledged and ends nothing', async (event, payload) => {
    expect(said(await push(await sign(claimsOf(event, payload))))).toBe('security-events.acknowledged')
    expect([names(), notices, world.calls]).toEqual([[], [], []])
  })

  it.each([
    'https://schemas.openid.net/secevent/caep/event-type/session-revoked/',
    'https://schemas.openid.net/secevent/risc/event-type/__proto__x',
    'toString',
  ])('%s, which nobody knows, is acknowledged, and the operator hears of it', async (type) => {
    expect(said(await push(await sign(claimsOf('', {}, { events: { [type]: {} } }))))).toBe('security-events.unknown')
    expect([names(), notices]).toEqual([[], [`security-events.unknown: ${type}`]])
  })

  it('with a type that is no URI is told of without it', async () => {
    await push(await sign(claimsOf('', {}, { events: { 'ada@example.com was "dismissed"\n': {}, ['x'.repeat(200)]: {} } })))
    expect(notices).toEqual(['security-events.unknown: a type that is no plain URI; a type that is no plain URI'])
  })

  it('that is not configured is acknowledged alone', async () => {
    const given = { events: ['risc/account-disabled'] } as const
    expect(said(await push(await sign(claimsOf('caep/session-revoked')), { given }))).toBe('security-events.acknowledged')
    expect(said(await push(await sign(claimsOf('risc/account-disabled')), { given }))).toBe('security-events.revoked')
    expect(names()).toEqual([`subject ada ${BEFORE}`])
  })

  it('under several names in one token ends what each of them says', async () => {
    const events = { [uri('risc/sessions-revoked')]: {}, [uri('caep/session-revoked')]: { event_timestamp: HAPPENED }, 'urn:example:own': {} }
    expect(said(await push(await sign(claimsOf('', {}, { events }))))).toBe('security-events.revoked')
    expect(names()).toEqual([`subject ada before ${IAT + 1 - NOW_SECONDS}`])
    expect(notices).toEqual(['security-events.unknown: urn:example:own'])
  })
})

describe('the time of an event', () => {
  it.each<[string, Json, Json, number]>([
    ['in seconds', { event_timestamp: HAPPENED }, {}, HAPPENED + 1],
    ['in fractions of them', { event_timestamp: HAPPENED + 0.643 }, {}, HAPPENED + 1],
    ['in milliseconds, as CAEP’s drafts had it', { event_timestamp: HAPPENED * 1000 + 643 }, {}, HAPPENED + 1],
    ['in toe', { event_timestamp: undefined }, { toe: HAPPENED }, HAPPENED + 1],
    ['not said: when the token was signed', { event_timestamp: undefined }, {}, IAT + 1],
    ['no date: when the token was signed', { event_timestamp: 'yesterday' }, {}, IAT + 1],
    ['after its token: when the token was signed', { event_timestamp: IAT + 86_400 }, {}, IAT + 1],
    ['in the year 9999: when the token was signed', { event_timestamp: 253_402_300_799 }, {}, IAT + 1],
    ['by a clock that is somewhat ahead', { event_timestamp: undefined }, { iat: NOW_SECONDS + 59 }, NOW_SECONDS + 60],
  ])('%s', async (_what, payload, more, before) => {
    await push(await sign(claimsOf('risc/account-disabled', payload, more)))
    expect(names()).toEqual([`subject ada before ${before - NOW_SECONDS}`])
  })

  it('ends a token of the same second, and none of a later login', async () => {
    await push(await sign(claimsOf('caep/session-revoked')))
    const isRevoked = (iat: number) => world.owner.find({ v: 1, ...revocable('ada', iat) }, world.time) !== undefined
    expect([HAPPENED - 1, HAPPENED, HAPPENED + 1].map(isRevoked)).toEqual([true, true, false])
  })

  it('counts for how long it is kept: until its last token has expired, and been taken for a while more', async () => {
    await push(await sign(claimsOf('caep/session-revoked')))
    const found = () => world.owner.find({ v: 1, ...revocable('ada', HAPPENED) }, world.time) !== undefined
    world.time = (HAPPENED + 1 + LIVE_SECONDS) * 1000 + GRACE_MS - 1
    expect(found()).toBe(true)
    world.pass(1)
    expect(found()).toBe(false)
  })

  it('so long ago that all its tokens have expired makes no work for the ledger', async () => {
    const late = await sign(claimsOf('caep/session-revoked', {}, { iat: NOW_SECONDS - 86_400 }))
    expect(said(await push(late))).toBe('security-events.acknowledged')
    expect(world.calls).toEqual([])
  })
})

const revocable = (subject: string, iat: number) => {
  const { names: all, issuedAtMs } = new TokenRevocable(ISSUER, subject, { iat })
  return { names: [...all], issuedAtMs }
}

describe('the same token again', () => {
  it('changes nothing, whenever it comes', async () => {
    const token = await sign(claimsOf('caep/session-revoked', {}, { sub_id: { format: 'opaque', id: 'x' } }))
    await push(token)
    const [before, { version }] = [kept(), world.owner.snapshot({ v: 1 }, world.time)]
    world.pass(600_000)
    expect(said(await push(token))).toBe('security-events.revoked')
    expect([kept(), world.owner.snapshot({ v: 1 }, world.time).version]).toEqual([before, version])
  })

  it('neither lifts nor locks out who has logged in since', async () => {
    const disabled = await sign(claimsOf('risc/account-disabled'))
    const enabled = await sign(claimsOf('risc/account-enabled', {}, { iat: IAT + 60 }))
    for (const token of [disabled, enabled, disabled, enabled]) await push(token)
    const isRevoked = (iat: number) => world.owner.find({ v: 1, ...revocable('ada', iat) }, world.time) !== undefined
    expect([HAPPENED, IAT + 90].map(isRevoked)).toEqual([true, false])
  })
})

const SESSION = { format: 'opaque', id: 'dMTlD|1600802906337.16|16008.16' }
const TENANT = { format: 'opaque', id: '123456789' }
const DEVICE = { format: 'iss_sub', iss: ISSUER, sub: 'e9297990-14d2-42ec-a4a9-4036db86509a' }
const EMAIL = { format: 'email', email: 'jane.smith@example.com' }
const S = `session ${SESSION.id}`
const U = `subject ada ${BEFORE}`

describe('a subject', () => {
  it.each<[string, Json, readonly string[]]>([
    ['CAEP: required claims and simple subject', SESSION, [S, `subject ${SESSION.id} ${BEFORE}`]],
    ['CAEP: session, user and tenant', { format: 'complex', session: SESSION, user: ADA, tenant: TENANT }, [S, U]],
    ['CAEP: user, device and tenant', { format: 'complex', user: ADA, device: DEVICE, tenant: TENANT }, [U]],
    ['complex, without saying so', { user: ADA, device: DEVICE }, [U]],
    ['a session named by issuer and id', { format: 'complex', session: { ...ADA, sub: 's' }, user: ADA }, ['session s', U]],
    ['an opaque user', { format: 'complex', user: { format: 'opaque', id: 'ada' } }, [U]],
    ['a session, its user unusable', { format: 'complex', session: SESSION, user: EMAIL }, [S]],
    ['a token', { format: 'jwt_id', iss: ISSUER, jti: 'B70BA622' }, ['token B70BA622']],
    ['a token, in an older way', { format: 'jwt-id', iss: ISSUER, jti: 'B70BA622' }, ['token B70BA622']],
    ['as Google has it', { subject_type: 'iss-sub', iss: ISSUER, sub: 'ada' }, [U]],
    ['aliases, one of them ours', { format: 'aliases', identifiers: [EMAIL, { ...ADA, iss: 'https://other.example' }, ADA] }, [U]],
  ])('%s', async (_what, subject, expected) => {
    const decision = await push(await sign(claimsOf('caep/session-revoked', {}, { sub_id: subject })))
    expect([said(decision), names()]).toEqual(['security-events.revoked', expected])
  })

  it('stands in the event itself with older transmitters', async () => {
    await push(await sign(claimsOf('risc/account-disabled', { subject: { subject_type: 'iss-sub', iss: ISSUER, sub: 'ada' } }, { sub_id: undefined })))
    expect(names()).toEqual([U])
  })

  it('of the token goes before that of an event', async () => {
    await push(await sign(claimsOf('risc/account-disabled', { subject: { ...ADA, sub: 'grace' } })))
    expect(names()).toEqual([U])
  })

  it('that is a session is kept for as long as a token could live that was given out until the event was signed', async () => {
    await push(await sign(claimsOf('caep/session-revoked', {}, { sub_id: { format: 'complex', session: SESSION } })))
    expect(kept()).toMatchObject([{ kind: 'session', untilMs: (IAT + 1) * 1000 + UNTIL_GRACE }])
  })

  it('opaque, of an account event, is a user', async () => {
    await push(await sign(claimsOf('risc/account-disabled', {}, { sub_id: { format: 'opaque', id: 'ada' } })))
    expect(names()).toEqual([U])
  })

  it('that is one session ends that alone where tokens say their session', async () => {
    const subject = { format: 'complex', session: SESSION, user: ADA }
    await push(await sign(claimsOf('caep/session-revoked', {}, { sub_id: subject })), { given: { tokensHaveSid: true } })
    expect([names(), notices]).toEqual([[S], []])
  })

  it('that names a session of an account that ends is the whole account', async () => {
    const subject = { format: 'complex', session: SESSION, user: ADA }
    await push(await sign(claimsOf('risc/account-disabled', {}, { sub_id: subject })), { given: { tokensHaveSid: true } })
    expect(names()).toEqual([S, U])
  })

  it('that is one session of nobody known is told of where tokens do not', async () => {
    await push(await sign(claimsOf('caep/session-revoked', {}, { sub_id: { format: 'complex', session: SESSION, user: EMAIL } })))
    expect(notices).toEqual(['security-events.unusable: caep/session-revoked: a session without a usable user, where tokens are not said to have sid'])
  })

  it.each<[unknown, string]>([
    [EMAIL, 'a subject of format email'],
    [{ format: 'phone_number', phone_number: '+1 206 555 0123' }, 'a subject of format phone_number'],
    [{ format: 'did', url: 'did:example:123456' }, 'a subject of format did'],
    [{ format: 'account', uri: 'acct:jane@example.com' }, 'a subject of format account'],
    [{ format: 'uri', uri: 'https://user.example.com/' }, 'a subject of format uri'],
    [{ format: 'saml_assertion_id', issuer: ISSUER, assertion_id: '_8e8dc5f6' }, 'a subject of format saml_assertion_id'],
    [{ subject_type: 'oauth_token', token_type: 'refresh_token', token_identifier_alg: 'plain', token: 'secret' }, 'a subject of format oauth_token'],
    [{ format: 'aliases', identifiers: [EMAIL, { format: 'aliases', identifiers: [ADA] }] }, 'a subject of format aliases, none of them usable'],
    [{ format: 'aliases', identifiers: 'ada' }, 'a subject of format aliases, none of them usable'],
    [{ format: 'complex', device: DEVICE, tenant: TENANT }, 'a complex subject without a usable user or session'],
    [{ format: 'complex', user: { format: 'complex', user: ADA } }, 'a complex subject without a usable user or session'],
    [{ format: 'jane@example.com', sub: 'ada' }, 'a subject of another format'],
    [{ sub: 'ada' }, 'a subject of another format'],
    [{ format: 'iss_sub', iss: ISSUER }, 'a subject of format iss_sub'],
    [{ format: 'iss_sub', iss: ISSUER, sub: '' }, 'a subject of format iss_sub'],
    [{ format: 'iss_sub', iss: ISSUER, sub: ['ada'] }, 'a subject of format iss_sub'],
    [{ format: 'iss_sub', iss: ISSUER, sub: 'ada\ud800' }, 'a subject of format iss_sub'],
    [{ format: 'iss_sub', iss: ISSUER, sub: 'a'.repeat(4097) }, 'a subject of format iss_sub'],
    ['ada', 'no subject'],
    [undefined, 'no subject'],
  ])('%j is acknowledged, revokes nothing, and the operator hears of it', async (subject, told) => {
    const decision = await push(await sign(claimsOf('risc/account-disabled', {}, { sub_id: subject })))
    expect([said(decision), names()]).toEqual(['security-events.unusable', []])
    expect(notices).toEqual([`security-events.unusable: risc/account-disabled: ${told}`])
  })

  it('takes the longest id that the ledger takes', async () => {
    await push(await sign(claimsOf('risc/account-disabled', {}, { sub_id: { ...ADA, sub: 'a'.repeat(4096) } })))
    expect(kept()).toHaveLength(1)
  })

  it.each<[string, unknown]>([
    ['simple', { ...ADA, iss: 'https://other.example' }],
    ['with a slash less', { ...ADA, iss: ISSUER.slice(0, -1) }],
    ['without one', { format: 'iss_sub', sub: 'ada' }],
    ['of a token', { format: 'jwt_id', iss: 'https://other.example', jti: 'j' }],
    ['as the user of our session', { format: 'complex', session: SESSION, user: { ...ADA, iss: 'https://other.example' } }],
    ['as the session of our user', { format: 'complex', user: ADA, session: { ...ADA, iss: 'https://other.example' } }],
  ])('of another issuer, %s, is refused', async (_what, subject) => {
    const decision = await push(await sign(claimsOf('caep/session-revoked', {}, { sub_id: subject })))
    expect([said(decision), told(decision), names()]).toEqual(['400 security-events.foreign-subject', 'access_denied', []])
  })

  it('of another issuer in one of several events is refused with all of them', async () => {
    const events = { [uri('risc/account-disabled')]: { subject: ADA }, [uri('risc/account-purged')]: { subject: { ...ADA, iss: 'https://other.example' } } }
    expect(said(await push(await sign(claimsOf('', {}, { sub_id: undefined, events }))))).toBe('400 security-events.foreign-subject')
    expect([names(), world.calls]).toEqual([[], []])
  })
})

describe('a transmitter that is not the issuer of the tokens', () => {
  const given = { tokenIssuer: 'https://accounts.google.com', subjectIssuer: 'https://accounts.google.com/' }

  it('ends tokens of that issuer, by the name that it has in them', async () => {
    await push(
      await sign(claimsOf('risc/sessions-revoked', { subject: { subject_type: 'iss-sub', iss: given.subjectIssuer, sub: 'ada' } }, { sub_id: undefined })),
      {
        given,
      },
    )
    expect(kept()).toMatchObject([{ kind: 'subject', issuer: given.tokenIssuer, value: 'ada', by: ISSUER }])
  })

  it('says nothing about its own users', async () => {
    expect(said(await push(await sign(claimsOf('risc/account-disabled')), { given }))).toBe('400 security-events.foreign-subject')
  })

  it('has ids of its own, which name nobody there', async () => {
    const token = await sign(claimsOf('caep/session-revoked', {}, { sub_id: { format: 'opaque', id: 'ada' } }))
    expect([said(await push(token, { given })), names()]).toEqual(['security-events.unusable', []])
  })
})

describe('a token', () => {
  it.each<[string, string, Json, Json]>([
    ['security-events.issuer', 'invalid_issuer', { iss: 'https://other.example' }, {}],
    ['security-events.issuer', 'invalid_issuer', { iss: [ISSUER] }, {}],
    ['security-events.audience', 'invalid_audience', { aud: 'https://other.example' }, {}],
    ['security-events.audience', 'invalid_audience', { aud: undefined }, {}],
    ['security-events.audience', 'invalid_audience', { aud: [AUDIENCE, 7] }, {}],
    ['security-events.claims', 'invalid_request', { sub: 'ada' }, {}],
    ['security-events.claims', 'invalid_request', { sub: null }, {}],
    ['security-events.claims', 'invalid_request', { exp: NOW_SECONDS + 300 }, {}],
    ['security-events.claims', 'invalid_request', { jti: undefined }, {}],
    ['security-events.claims', 'invalid_request', { jti: 7 }, {}],
    ['security-events.claims', 'invalid_request', { iat: undefined }, {}],
    ['security-events.claims', 'invalid_request', { iat: `${IAT}` }, {}],
    ['security-events.claims', 'invalid_request', { iat: IAT * 1000 }, {}],
    ['security-events.not-yet-issued', 'invalid_request', { iat: NOW_SECONDS + 61 }, {}],
    ['security-events.too-old', 'invalid_request', { iat: NOW_SECONDS - 7 * 86_400 - 61 }, {}],
    ['security-events.claims', 'invalid_request', { events: undefined }, {}],
    ['security-events.claims', 'invalid_request', { events: {} }, {}],
    ['security-events.claims', 'invalid_request', { events: [uri('caep/session-revoked')] }, {}],
    ['security-events.claims', 'invalid_request', { events: { [uri('caep/session-revoked')]: true } }, {}],
    ['security-events.claims', 'invalid_request', { events: { [uri('caep/session-revoked')]: [] } }, {}],
    ['security-events.claims', 'invalid_request', { events: Object.fromEntries(REVOKING_EVENTS.concat('x' as never).map((event) => [uri(event), {}])) }, {}],
    ['security-events.type', 'invalid_request', {}, { typ: 'at+jwt' }],
    ['security-events.type', 'invalid_request', {}, { typ: 'JWT' }],
    ['security-events.type', 'invalid_request', {}, { typ: 'logout+jwt' }],
    ['security-events.type', 'invalid_request', {}, { typ: undefined }],
    ['security-events.critical', 'invalid_request', {}, { crit: ['exp'] }],
    ['security-events.critical', 'invalid_request', {}, { b64: false }],
    ['security-events.algorithm', 'invalid_key', {}, { alg: 'none' }],
    ['security-events.algorithm', 'invalid_key', {}, { alg: 'HS256' }],
    ['security-events.algorithm', 'invalid_key', {}, { alg: 'RS256' }],
    ['security-events.key', 'invalid_key', {}, { kid: 'key-2' }],
    ['security-events.key', 'invalid_key', {}, { kid: 7 }],
  ])('%s, %s: claims %j, header %j', async (reason, err, claims, header) => {
    const decision = await push(await sign(claimsOf('caep/session-revoked', {}, claims), header))
    expect([said(decision), told(decision), names(), world.calls]).toEqual([`400 ${reason}`, err, [], []])
  })

  it.each([
    ['one of several audiences', { aud: ['https://other.example', AUDIENCE] }, {}],
    ['a week old', { iat: NOW_SECONDS - 7 * 86_400 }, {}],
    ['somewhat ahead', { iat: NOW_SECONDS + 60 }, {}],
    ['its type in full', {}, { typ: 'application/secevent+jwt' }],
    ['no key id', {}, { kid: undefined }],
    ['what nobody knows', { 'https://example.com/more': { deep: [1] } }, { 'x-more': 1 }],
  ])('with %s is taken', async (_what, claims, header) => {
    expect((await push(await sign(claimsOf('caep/session-revoked', {}, claims), header))).kind).toBe('reply')
  })

  it('signed by somebody else', async () => {
    const other = await TestIssuer.create('ES256', 'key-1')
    const decision = await push(await other.raw(HEADER, claimsOf('caep/session-revoked')))
    expect([said(decision), told(decision), names()]).toEqual(['400 security-events.signature', 'invalid_key', []])
  })

  it.each<[string, (token: string) => BodyInit | undefined]>([
    ['nothing', () => undefined],
    ['an empty text', () => ''],
    ['no token', () => '{}'],
    ['two parts', (token) => token.split('.').slice(0, 2).join('.')],
    ['four parts', (token) => `${token}.`],
    ['a line end behind it', (token) => `${token}\n`],
    ['padding', (token) => `${token}=`],
    ['a form', (token) => `SET=${token}`],
    ['bytes', () => new Uint8Array([0xff, 0xfe])],
    ['a list as claims', (token) => token.replace(/\..*\./, `.${part('[]')}.`)],
    ['a key twice', (token) => token.replace(/\..*\./, `.${part(`{"iss":"x","iss":${JSON.stringify(ISSUER)}}`)}.`)],
    ['a key twice in an event', (token) => token.replace(/\..*\./, `.${part('{"events":{"a":{"b":1,"b":2}}}')}.`)],
    ['a key twice in the header', (token) => token.replace(/^[^.]*/, part('{"alg":"none","alg":"ES256","typ":"secevent+jwt","kid":"key-1"}'))],
    ['__proto__', (token) => token.replace(/\..*\./, `.${part('{"__proto__":{"iss":"x"}}')}.`)],
    ['depth', (token) => token.replace(/\..*\./, `.${part(`{"events":${'['.repeat(17)}${']'.repeat(17)}}`)}.`)],
    ['great depth', (token) => token.replace(/\..*\./, `.${part(`{"events":${'['.repeat(20_000)}${']'.repeat(20_000)}}`)}.`)],
    ['a byte order mark', (token) => token.replace(/\..*\./, `.${part('\ufeff{}')}.`)],
  ])('that is %s is none', async (_what, change) => {
    const decision = await push(change(await sign(claimsOf('caep/session-revoked'))))
    expect([said(decision), told(decision), names()]).toEqual(['400 security-events.malformed', 'invalid_request', []])
  })

  it('is told nothing of itself, nor of what was expected', async () => {
    const decision = (await push(await sign(claimsOf('caep/session-revoked', {}, { aud: 'somebody' })))) as Deny
    expect(decision).toEqual({
      kind: 'deny',
      status: 400,
      reason: 'security-events.audience',
      detail: 'aud names none of the configured audiences',
      headers: { 'content-language': 'en' },
      document: { mediaType: 'application/json', text: '{"err":"invalid_audience","description":"The token is not meant for this recipient."}' },
    })
  })
})

describe('a request', () => {
  it.each([
    ['application/json', '415 security-events.content-type'],
    ['application/jwt', '415 security-events.content-type'],
    ['text/plain', '415 security-events.content-type'],
    ['application/secevent+jwt, application/secevent+jwt', '415 security-events.content-type'],
    ['', '415 security-events.content-type'],
    ['Application/SecEvent+JWT', 'security-events.revoked'],
    ['application/secevent+jwt; charset=utf-8', 'security-events.revoked'],
  ])('of type %j: %s', async (type, expected) => {
    expect(said(await push(await sign(claimsOf('caep/session-revoked')), { headers: { 'content-type': type } }))).toBe(expected)
  })

  it('that is compressed is not read', async () => {
    expect(said(await push('x', { headers: { 'content-encoding': 'gzip' } }))).toBe('415 security-events.content-type')
  })

  it.each<[string, Record<string, string>]>([
    ['as it says', { 'content-length': '65537' }],
    ['as it turns out', {}],
  ])('that is too large, %s, is 413', async (_what, headers) => {
    expect(said(await push('a'.repeat(65_537), { headers }))).toBe('413 security-events.too-large')
  })
})

describe('failures', () => {
  it('of the ledger are thrown: nothing is acknowledged', async () => {
    const token = await sign(claimsOf('caep/session-revoked'))
    world.outage = () => Promise.reject(new Error('out of reach'))
    await expect(push(token)).rejects.toThrow('out of reach')
    world.outage = undefined
    expect(said(await push(token))).toBe('security-events.revoked')
  })

  it('of whoever has the keys are thrown: an outage is no bad token', async () => {
    const [endpoint, clock] = [new TestEndpoint(), new TestClock()]
    endpoint.fail()
    const handlers = securityEvents({ ...settings, keySet: { url: 'https://idp.example.com/jwks' } }).compile()
    const token = await sign(claimsOf('caep/session-revoked'))
    const send = async () => {
      const x = exchange({
        method: 'POST',
        headers: { 'content-type': 'application/secevent+jwt' },
        body: token,
        ports: { network: endpoint, clock, revocations: world.isolate() },
      })
      return await handlers.request?.(x)
    }
    await expect(send()).rejects.toThrow('cannot be had')
    endpoint.publish(signer.jwk)
    clock.pass(30_000)
    expect(said((await send()) as Decision)).toBe('security-events.revoked')
    expect(endpoint.calls).toBe(2)
  })
})

describe('settings', () => {
  const problemsOf = (changes: Readonly<Record<string, unknown>>) => {
    const problems = new Problems()
    securityEvents({ ...settings, ...changes } as Given).check(['here'], problems)
    return problems.all.map(({ path }) => path)
  }

  it.each<[Readonly<Record<string, unknown>>, readonly string[]]>([
    [{}, []],
    [{ keySet: { discovery: 'oidc' } }, []],
    [{ keySet: { service: 'IDP', url: 'https://idp.example.com/jwks' } }, []],
    [{ issuer: 'idp', keySet: { discovery: 'oidc' } }, ['here.issuer']],
    [{ audience: undefined }, ['here.audience']],
    [{ audience: [] }, ['here.audience']],
    [{ tokensLiveSeconds: undefined }, ['here.tokensLiveSeconds']],
    [{ tokensLiveSeconds: 0 }, ['here.tokensLiveSeconds']],
    [{ keySet: { secret: 'SECRET' } }, ['here.keySet']],
    [{ algorithms: ['HS256'] }, ['here.algorithms[0]']],
    [{ algorithms: ['none'] }, ['here.algorithms[0]']],
    [{ algorithms: [] }, ['here.algorithms']],
    [{ keySet: { jwks: { keys: [] } } }, ['here.keySet.jwks.keys']],
    [{ events: [] }, ['here.events']],
    [{ events: ['risc/account-enabled'] }, ['here.events[0]']],
    [{ clockToleranceSeconds: 301 }, ['here.clockToleranceSeconds']],
    [{ maxAgeSeconds: 59 }, ['here.maxAgeSeconds']],
    [{ onError: 'pass' }, ['here.onError']],
    [{ tokensLive: 5 }, ['here.tokensLive']],
  ])('%j', (changes, expected) => {
    expect(problemsOf(changes)).toEqual(expected)
  })

  it('need the ledger, and whoever has the keys', () => {
    expect(securityEvents(settings).bindings).toEqual(['LEDGER'])
    expect(securityEvents({ ...settings, keySet: { service: 'IDP', url: 'https://idp.example.com/jwks' } }).bindings).toEqual(['LEDGER', 'IDP'])
  })
})
