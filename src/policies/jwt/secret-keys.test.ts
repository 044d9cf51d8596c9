import { base64url, exportSPKI, importJWK, SignJWT } from 'jose'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { exchange } from '../../../test/exchange.ts'
import type { Decision } from '../../core/decision.ts'
import type { Handlers } from '../../core/policy.ts'
import { CLAIMS, NOW_SECONDS, part, SETTINGS, TestClock, TestIssuer } from '../../jose/test-issuer.ts'
import { jwt } from './jwt.ts'
import { TOKEN_TTL_MS } from './token-cache.ts'

type Settings = Parameters<typeof jwt>[0]

const bytes = (length: number, fill: number) => new Uint8Array(length).fill(fill)
const NEW = bytes(64, 1)
const OLD = bytes(64, 2)

let secrets: Record<string, string>
let clock: TestClock
let users: Handlers

beforeEach(() => {
  secrets = { NEW: base64url.encode(NEW), OLD: base64url.encode(OLD) }
  clock = new TestClock()
  users = compiled()
})

function compiled(more: Partial<Settings> = {}): Handlers {
  return jwt({ ...SETTINGS, algorithms: ['HS256'], keySet: { secret: 'NEW' }, ...more }).compile()
}

function signed(secret: Uint8Array, alg = 'HS256', header: Record<string, unknown> = {}, claims: Record<string, unknown> = {}): Promise<string> {
  return new SignJWT({ ...CLAIMS, ...claims }).setProtectedHeader({ alg, typ: 'at+jwt', ...header }).sign(secret)
}

function ask(token: string, handlers = users): Decision | Promise<Decision> {
  const decision = handlers.request?.(exchange({ headers: { authorization: `Bearer ${token}` }, ports: { clock, secret: (name) => secrets[name] } }))
  if (decision === undefined) throw new TypeError('no request handler')
  return decision
}

async function said(token: string, handlers = users): Promise<string> {
  const decision = await ask(token, handlers)
  return decision.kind === 'deny' ? `${decision.status} ${decision.reason}` : decision.kind
}

describe('a token signed with a secret', () => {
  it.each<[string, Partial<Settings>, () => Promise<string>, string]>([
    ['HS256', {}, () => signed(NEW), 'pass'],
    ['HS384', { algorithms: ['HS384'] }, () => signed(NEW, 'HS384'), 'pass'],
    ['HS512', { algorithms: ['HS512'] }, () => signed(NEW, 'HS512'), 'pass'],
    ['one of two algorithms', { algorithms: ['HS256', 'HS512'] }, () => signed(NEW, 'HS512'), 'pass'],
    ['an algorithm that is not configured', {}, () => signed(NEW, 'HS512'), '401 jwt.algorithm'],
    ['another secret', {}, () => signed(OLD), '401 jwt.signature'],
    ['a kid says nothing of a secret', {}, () => signed(NEW, 'HS256', { kid: 'any' }), 'pass'],
    ['the new of two secrets', { keySet: { secret: ['NEW', 'OLD'] } }, () => signed(NEW), 'pass'],
    ['the old of two secrets', { keySet: { secret: ['NEW', 'OLD'] } }, () => signed(OLD), 'pass'],
    ['neither of two secrets', { keySet: { secret: ['NEW', 'OLD'] } }, () => signed(bytes(64, 3)), '401 jwt.signature'],
    ['expired', {}, () => signed(NEW, 'HS256', {}, { exp: NOW_SECONDS - 60 }), '401 jwt.expired'],
    ['another issuer', {}, () => signed(NEW, 'HS256', {}, { iss: 'https://other.example' }), 'skip'],
    ['another type', {}, () => signed(NEW, 'HS256', { typ: 'JWT' }), '401 jwt.type'],
  ])('%s', async (_, more, make, expected) => {
    expect(await said(await make(), compiled(more))).toBe(expected)
  })

  it('no signature at all', async () => {
    const claims = part(CLAIMS)
    for (const alg of ['none', 'None', '', null]) expect(await said(`${part({ alg, typ: 'at+jwt' })}.${claims}.`)).toBe('401 jwt.algorithm')
    expect(await said(`${part({ alg: 'HS256', typ: 'at+jwt' })}.${claims}.`)).toBe('401 jwt.signature')
  })

  it('the secret is imported once, and tokens are remembered like others', async () => {
    const importKey = vi.spyOn(crypto.subtle, 'importKey')
    const token = await signed(NEW)
    expect(await said(token)).toBe('pass')
    expect(ask(token)).toBe(ask(token))
    clock.pass(TOKEN_TTL_MS)
    expect(await said(token)).toBe('pass')
    expect(await said(await signed(NEW, 'HS256', {}, { sub: 'eve' }))).toBe('pass')
    expect(importKey.mock.calls.filter(([, , , , usages]) => usages[0] === 'verify')).toHaveLength(1)
    importKey.mockRestore()
  })

  it('a remembered token does not pass with another signature', async () => {
    const token = await signed(NEW)
    await said(token)
    const other = await signed(OLD)
    expect(await said(`${token.slice(0, token.lastIndexOf('.'))}${other.slice(other.lastIndexOf('.'))}`)).toBe('401 jwt.signature')
  })
})

describe('a secret that becomes another while the isolate lives', () => {
  const bothOf = () => compiled({ keySet: { secret: ['NEW', 'OLD'] } })

  it('is taken up by the next request, and what it was opens nothing more', async () => {
    const [before, after] = [await signed(NEW), await signed(bytes(64, 3))]
    expect([await said(before), await said(after)]).toEqual(['pass', '401 jwt.signature'])
    secrets.NEW = base64url.encode(bytes(64, 3))
    expect([await said(before), await said(after)]).toEqual(['401 jwt.signature', 'pass'])
  })

  it('leaves those tokens good whose secret is still there, in either place', async () => {
    const handlers = bothOf()
    const [second, third] = [await signed(NEW), await signed(bytes(64, 3))]
    expect([await said(second, handlers), await said(third, handlers)]).toEqual(['pass', '401 jwt.signature'])
    secrets = { NEW: base64url.encode(bytes(64, 3)), OLD: base64url.encode(NEW) }
    expect([await said(second, handlers), await said(third, handlers)]).toEqual(['pass', 'pass'])
    expect(await said(await signed(OLD), handlers)).toBe('401 jwt.signature')
  })

  it('and is none then, is a failure for remembered tokens too', async () => {
    const token = await signed(NEW)
    expect(await said(token)).toBe('pass')
    secrets.NEW = 'short'
    await expect(Promise.resolve(ask(token))).rejects.toThrow('the secret NEW')
  })

  it('while a request imports what it was, serves the requests after it', async () => {
    const [before, after] = [await signed(NEW), await signed(bytes(64, 3))]
    const late = said(before)
    secrets.NEW = base64url.encode(bytes(64, 3))
    expect(await said(after)).toBe('pass')
    await late
    expect([await said(after), await said(before)]).toEqual(['pass', '401 jwt.signature'])
  })
})

describe('a secret that is no key is a failure, and nobody hears it', () => {
  it.each<[string, string | undefined, Settings['algorithms']]>([
    ['not set', undefined, ['HS256']],
    ['empty', '', ['HS256']],
    ['too short', base64url.encode(bytes(31, 7)), ['HS256']],
    ['too short for one of the algorithms', base64url.encode(bytes(63, 7)), ['HS256', 'HS512']],
    ['a password', 'correct horse battery staple, and more of it', ['HS256']],
    ['with padding', `${base64url.encode(bytes(32, 7))}=`, ['HS256']],
    ['in standard base64', '+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/', ['HS256']],
    ['with a line break', `${base64url.encode(bytes(33, 7))}\n`, ['HS256']],
  ])('%s', async (_, secret, algorithms) => {
    secrets = secret === undefined ? {} : { NEW: secret }
    const failure = await Promise.resolve(ask(await signed(NEW, algorithms[0]), compiled({ algorithms }))).then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(failure).toMatchObject({ name: 'SecretUnfit', message: expect.stringContaining('the secret NEW') })
    if (secret !== undefined && secret !== '') expect(`${failure} ${JSON.stringify(failure)}`).not.toContain(secret.slice(0, 12))
  })

  it('the shortest are 32, 48 and 64 bytes', async () => {
    for (const [alg, least] of [
      ['HS256', 32],
      ['HS384', 48],
      ['HS512', 64],
    ] as const) {
      secrets = { NEW: base64url.encode(bytes(least, 7)) }
      expect(await said(await signed(bytes(least, 7), alg), compiled({ algorithms: [alg] }))).toBe('pass')
    }
  })

  it('one bad secret of two is a failure, not half a rotation', async () => {
    secrets.OLD = 'short'
    await expect(Promise.resolve(ask(await signed(NEW), compiled({ keySet: { secret: ['NEW', 'OLD'] } })))).rejects.toThrow('the secret OLD')
  })
})

describe('a public key is never a secret', () => {
  it('whatever the token says, with keys that an issuer publishes', async () => {
    const issuer = await TestIssuer.create('RS256', 'one')
    const handlers = jwt({ ...SETTINGS, algorithms: ['RS256'], keySet: { jwks: { keys: [{ ...issuer.jwk }] } } }).compile()
    const pem = await exportSPKI((await importJWK(issuer.jwk, 'RS256', { extractable: true })) as CryptoKey)
    for (const secret of [pem, pem.trim(), JSON.stringify(issuer.jwk), issuer.jwk.n ?? '']) {
      expect(await said(await signed(new TextEncoder().encode(secret), 'HS256', { kid: 'one' }), handlers)).toBe('401 jwt.algorithm')
    }
  })

  it('and a secret verifies nothing that an asymmetric key signed', async () => {
    const issuer = await TestIssuer.create('RS256', 'one')
    expect(await said(await issuer.token())).toBe('401 jwt.algorithm')
  })

  it('the Worker does not run without its secrets', () => {
    expect(jwt({ ...SETTINGS, algorithms: ['HS256'], keySet: { secret: ['NEW', 'OLD'] } }).bindings).toEqual(['NEW', 'OLD'])
  })
})
