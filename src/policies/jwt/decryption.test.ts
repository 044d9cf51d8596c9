import { base64url, CompactEncrypt, type CompactJWEHeaderParameters, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { exchange } from '../../../test/exchange.ts'
import { anyOf } from '../../core/authentication.ts'
import type { Decision } from '../../core/decision.ts'
import type { Handlers } from '../../core/policy.ts'
import { Problems } from '../../core/problems.ts'
import { compileAuthentication } from '../../gateway/authenticate.ts'
import { CLAIMS, NOW_SECONDS, part, portsWith, SETTINGS, TestClock, TestEndpoint, TestIssuer } from '../../jose/test-issuer.ts'
import { CONTENT_ENCRYPTION, type ContentEncryption, KEY_MANAGEMENT, type KeyManagement } from './encryption.ts'
import { jwt } from './jwt.ts'
import { TOKEN_TTL_MS } from './token-cache.ts'

type Settings = Parameters<typeof jwt>[0]
type Header = Partial<CompactJWEHeaderParameters>

/** A key pair for encryption: what the gateway holds, and what the issuer encrypts with. */
interface Pair {
  readonly secret: JWK
  readonly open: JWK
}

const random = (length: number) => base64url.encode(crypto.getRandomValues(new Uint8Array(length)))
const oct = (length: number, kid: string): Pair => {
  const jwk = { kty: 'oct', kid, k: random(length) }
  return { secret: jwk, open: jwk }
}
async function pair(alg: string, kid: string, crv?: string): Promise<Pair> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true, ...(crv !== undefined && { crv }) })
  return { secret: { ...(await exportJWK(privateKey)), kid, use: 'enc' }, open: await exportJWK(publicKey) }
}

let issuer: TestIssuer
let mallory: TestIssuer
let rsa: Pair
let otherRsa: Pair
let ec: Pair
let x25519: Pair
let secrets: Record<string, string>
let clock: TestClock
let endpoint: TestEndpoint

beforeAll(async () => {
  ;[issuer, mallory, rsa, otherRsa, ec, x25519] = await Promise.all([
    TestIssuer.create('ES256', 'one'),
    TestIssuer.create('ES256', 'one'),
    pair('RSA-OAEP-256', 'rsa'),
    pair('RSA-OAEP-256', 'other'),
    pair('ECDH-ES', 'ec'),
    pair('ECDH-ES', 'x', 'X25519'),
  ])
})

beforeEach(() => {
  secrets = { KEY: JSON.stringify(rsa.secret), OLD: JSON.stringify(otherRsa.secret) }
  clock = new TestClock()
  endpoint = new TestEndpoint(issuer.jwk)
})

const decryption = { keys: 'KEY', keyManagement: ['RSA-OAEP-256'], contentEncryption: ['A256GCM'] } satisfies Settings['decryption']
const settings = { ...SETTINGS, keySet: { url: 'https://issuer.example/jwks' }, decryption }
const policyOf = (more: Partial<NonNullable<Settings['decryption']>> = {}) => jwt({ ...settings, decryption: { ...decryption, ...more } })

async function encrypt(text: string, { open }: Pair = rsa, header: Header = {}): Promise<string> {
  const full = { alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: 'rsa', cty: 'JWT', ...header }
  const key = await importJWK(open, full.alg === 'dir' ? full.enc : full.alg)
  const protectedHeader = Object.fromEntries(Object.entries(full).filter(([, value]) => value !== undefined))
  return await new CompactEncrypt(new TextEncoder().encode(text)).setProtectedHeader(protectedHeader as CompactJWEHeaderParameters).encrypt(key)
}

function ask(token: string, handlers: Handlers = policyOf().compile()): Decision | Promise<Decision> {
  const secret = (name: string) => secrets[name]
  const decision = handlers.request?.(exchange({ headers: { authorization: `Bearer ${token}` }, ports: { ...portsWith(endpoint, clock), secret } }))
  if (decision === undefined) throw new TypeError('no request handler')
  return decision
}

async function said(token: string, handlers?: Handlers): Promise<string> {
  const decision = await ask(token, handlers)
  return decision.kind === 'deny' ? `${decision.status} ${decision.reason}` : decision.kind
}

/** Another header in place of a token's own. */
const withHeader = (token: string, header: unknown) => `${part(header)}${token.slice(token.indexOf('.'))}`
const HEADER = { alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: 'rsa', cty: 'JWT' }

describe('an encrypted token', () => {
  it.each(KEY_MANAGEMENT.flatMap((alg) => CONTENT_ENCRYPTION.map((enc) => [alg, enc] as const)))('%s with %s', async (alg, enc) => {
    const bytes = alg === 'dir' ? { A128GCM: 16, A256GCM: 32, 'A128CBC-HS256': 32, 'A256CBC-HS512': 64 }[enc] : alg.startsWith('A128') ? 16 : 32
    const keys = alg.startsWith('RSA') ? rsa : alg.startsWith('ECDH') ? ec : oct(bytes, 'secret')
    secrets.KEY = JSON.stringify(keys.secret)
    const token = await encrypt(await issuer.token(), keys, { alg, enc, kid: keys.secret.kid ?? '' })
    expect(await said(token, policyOf({ keyManagement: [alg], contentEncryption: [enc] }).compile())).toBe('pass')
  })

  it('ECDH-ES with X25519', async () => {
    secrets.KEY = JSON.stringify(x25519.secret)
    const token = await encrypt(await issuer.token(), x25519, { alg: 'ECDH-ES', kid: 'x' })
    expect(await said(token, policyOf({ keyManagement: ['ECDH-ES'] }).compile())).toBe('pass')
  })

  it('gives the principal of the signed token, and is remembered by its own text', async () => {
    const handlers = policyOf().compile()
    const token = await encrypt(await issuer.token())
    const importKey = vi.spyOn(crypto.subtle, 'importKey')
    expect(await ask(token, handlers)).toMatchObject({ kind: 'pass', principal: { subject: 'ada', claims: { jti: 'token-1' } } })
    expect(ask(token, handlers)).toBe(ask(token, handlers))
    clock.pass(TOKEN_TTL_MS)
    expect(ask(token, handlers)).toBeInstanceOf(Promise)
    expect(await said(token, handlers)).toBe('pass')
    expect(
      importKey.mock.calls.filter(([format, key]) => format === 'jwk' && 'd' in (key as JsonWebKey)),
      'the key is imported once',
    ).toHaveLength(1)
    importKey.mockRestore()
  })

  it('is opened while one key stands under two names', async () => {
    secrets.OLD = secrets.KEY as string
    expect(await said(await encrypt(await issuer.token()), policyOf({ keys: ['KEY', 'OLD'] }).compile())).toBe('pass')
  })

  it('is opened by the key that the secret holds now', async () => {
    const handlers = policyOf().compile()
    const [toOne, toOther] = [await encrypt(await issuer.token({ sub: 'eve' })), await encrypt(await issuer.token(), otherRsa, { kid: 'other' })]
    expect([await said(toOne, handlers), await said(toOther, handlers)]).toEqual(['pass', '401 jwt.decryption'])
    secrets.KEY = JSON.stringify(otherRsa.secret)
    expect([await said(toOther, handlers), await said(await encrypt(await issuer.token()), handlers)]).toEqual(['pass', '401 jwt.decryption'])
    clock.pass(TOKEN_TTL_MS)
    expect(await said(toOne, handlers), 'remembered for a minute, for its signature is as good as before').toBe('401 jwt.decryption')
  })

  it.each<[string, () => Promise<string>, string]>([
    ['without a kid, when one key fits', async () => encrypt(await issuer.token(), rsa, { kid: undefined as never }), 'pass'],
    ['with cty in another case', async () => encrypt(await issuer.token(), rsa, { cty: 'jwt' }), 'pass'],
    ['expired', async () => encrypt(await issuer.token({ exp: NOW_SECONDS - 60 })), '401 jwt.expired'],
    ['for another audience', async () => encrypt(await issuer.token({ aud: 'https://other.example' })), '401 jwt.audience'],
    ['of another type', async () => encrypt(await issuer.token({}, { typ: 'JWT' })), '401 jwt.type'],
    ['signed by somebody else', async () => encrypt(await mallory.token()), '401 jwt.signature'],
    ['of another issuer', async () => encrypt(await mallory.token({ iss: 'https://other.example' })), 'skip'],
    ['without an issuer', async () => encrypt(await issuer.token({ iss: undefined })), '401 jwt.issuer'],
    ['claims that nobody signed', () => encrypt(JSON.stringify(CLAIMS)), '401 jwt.malformed'],
    ['signed with none', () => encrypt(`${part({ alg: 'none', typ: 'at+jwt' })}.${part(CLAIMS)}.`), '401 jwt.algorithm'],
    ['nothing', () => encrypt(''), '401 jwt.malformed'],
    ['an encrypted token in an encrypted token', async () => encrypt(await encrypt(await issuer.token())), '401 jwt.malformed'],
    ['only signed', () => issuer.token(), '401 jwt.unencrypted'],
    ['only signed, by another issuer', () => issuer.token({ iss: 'https://other.example' }), 'skip'],
    ['for another key', async () => encrypt(await issuer.token(), otherRsa), '401 jwt.decryption'],
    ['for a key that nobody has', async () => encrypt(await issuer.token(), otherRsa, { kid: 'other' }), '401 jwt.decryption'],
    ['without cty', async () => encrypt(await issuer.token(), rsa, { cty: undefined as never }), '401 jwt.decryption'],
    ['with another cty', async () => encrypt(await issuer.token(), rsa, { cty: 'JSON' }), '401 jwt.decryption'],
    ['with an alg that is not configured', async () => encrypt(await issuer.token(), rsa, { alg: 'RSA-OAEP-512' }), '401 jwt.decryption'],
    ['with an enc that is not configured', async () => encrypt(await issuer.token(), rsa, { enc: 'A128GCM' }), '401 jwt.decryption'],
    ['compressed', async () => encrypt(await issuer.token(), rsa, { zip: 'DEF' } as Header), '401 jwt.decryption'],
    ['too large', async () => encrypt(await issuer.token({ x: 'x'.repeat(6000) })), '401 jwt.too-large'],
    ['four parts', async () => (await encrypt(await issuer.token())).split('.').slice(1).join('.'), 'skip'],
    ['six parts', async () => `${await encrypt(await issuer.token())}.AA`, 'skip'],
    ['five parts of nothing', () => Promise.resolve('a.b.c.d.e'), '401 jwt.decryption'],
    ['five empty parts', () => Promise.resolve('A....'), '401 jwt.decryption'],
  ])('%s', async (_, make, expected) => {
    expect(await said(await make())).toBe(expected)
  })

  it('bytes that are not UTF-8 are no token', async () => {
    const key = await importJWK(rsa.open, 'RSA-OAEP-256')
    const token = await new CompactEncrypt(Uint8Array.from([0xff, 0xfe])).setProtectedHeader(HEADER).encrypt(key)
    expect(await said(token)).toBe('401 jwt.decryption')
  })
})

describe('a header that was changed or made up', () => {
  it.each<[string, Record<string, unknown>]>([
    ['RSA1_5', { alg: 'RSA1_5' }],
    ['PBES2, with a billion rounds', { alg: 'PBES2-HS512+A256KW', p2c: 1e9, p2s: 'AAAAAAAAAAA' }],
    ['none', { alg: 'none' }],
    ['no alg', { alg: undefined }],
    ['a list of alg', { alg: ['RSA-OAEP-256'] }],
    ['dir', { alg: 'dir' }],
    ['enc none', { enc: 'none' }],
    ['no enc', { enc: undefined }],
    ['enc without a MAC', { enc: 'A256CBC' }],
    ['zip', { zip: 'DEF' }],
    ['zip of nothing', { zip: null }],
    ['crit', { crit: ['exp'], exp: 1 }],
    ['an empty crit', { crit: [] }],
    ['kid a number', { kid: 1 }],
    ['kid a list', { kid: ['rsa'] }],
    ['kid too long', { kid: 'k'.repeat(257) }],
    ['kid __proto__', { kid: '__proto__' }],
    ['a member more', { x: 1 }],
    ['a key of its own', { jwk: { kty: 'oct', k: 'AAAA' } }],
  ])('%s', async (_, change) => {
    expect(await said(withHeader(await encrypt(await issuer.token()), { ...HEADER, ...change }))).toBe('401 jwt.decryption')
  })

  it.each<[string, unknown]>([
    ['no epk', undefined],
    ['no point', { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' }],
    [
      'a point that is not on the curve',
      { kty: 'EC', crv: 'P-256', x: base64url.encode(new Uint8Array(32).fill(1)), y: base64url.encode(new Uint8Array(32).fill(2)) },
    ],
    ['a point of another curve', { kty: 'EC', crv: 'P-384', x: base64url.encode(new Uint8Array(48)), y: base64url.encode(new Uint8Array(48)) }],
    ['a curve of its own', { kty: 'OKP', crv: 'X25519', x: base64url.encode(new Uint8Array(32)) }],
    ['a text', 'epk'],
    ['null', null],
    ['a type that is none', { kty: {}, crv: [] }],
  ])('ECDH-ES with %s', async (_, epk) => {
    secrets.KEY = JSON.stringify(ec.secret)
    const token = await encrypt(await issuer.token(), ec, { alg: 'ECDH-ES', kid: 'ec' })
    const forged = withHeader(token, { ...HEADER, alg: 'ECDH-ES', kid: 'ec', epk })
    expect(await said(forged, policyOf({ keyManagement: ['ECDH-ES'] }).compile())).toBe('401 jwt.decryption')
  })

  it('every part counts: a bit more or less anywhere', async () => {
    const parts = (await encrypt(await issuer.token())).split('.')
    for (const [i, text] of parts.entries()) {
      for (const other of [`${text[0] === 'A' ? 'B' : 'A'}${text.slice(1)}`, text.slice(0, -4), `${text}AAAA`, '']) {
        expect(await said(parts.with(i, other).join('.')), `part ${i}: ${other.length}`).toBe('401 jwt.decryption')
      }
    }
    expect(await said(`${parts.join('.')}=`), 'padding').toBe('401 jwt.decryption')
  })

  it('and the caller learns the same of all of them', async () => {
    const good = await encrypt(await issuer.token())
    const tokens = [
      withHeader(good, { ...HEADER, alg: 'RSA1_5' }),
      withHeader(good, { ...HEADER, zip: 'DEF' }),
      await encrypt(await issuer.token(), otherRsa),
      `${good.slice(0, -4)}AAAA`,
      await encrypt('ada'),
      await encrypt(await mallory.token()),
      await issuer.token(),
    ]
    const told = new Set<string>()
    for (const token of tokens) {
      const decision = await ask(token)
      if (decision.kind !== 'deny') throw new TypeError(decision.kind)
      told.add(JSON.stringify([decision.status, decision.headers, decision.problem]))
    }
    expect(told.size).toBe(1)
  })
})

describe('several keys and authenticators', () => {
  it('a new key and an old one', async () => {
    const handlers = policyOf({ keys: ['KEY', 'OLD'] }).compile()
    expect(await said(await encrypt(await issuer.token()), handlers)).toBe('pass')
    expect(await said(await encrypt(await issuer.token(), otherRsa, { kid: 'other' }), handlers)).toBe('pass')
    expect(await said(await encrypt(await issuer.token(), otherRsa, { kid: 'rsa' }), handlers)).toBe('401 jwt.decryption')
    expect(await said(await encrypt(await issuer.token(), rsa, { kid: undefined as never }), handlers), 'which one?').toBe('401 jwt.decryption')
  })

  it('an authenticator without decryption leaves it to others', async () => {
    expect(await said(await encrypt(await issuer.token()), jwt({ ...SETTINGS, keySet: settings.keySet }).compile())).toBe('skip')
  })

  it('a plain token where decryption is not required', async () => {
    const handlers = policyOf({ required: false }).compile()
    expect(await said(await issuer.token(), handlers)).toBe('pass')
    expect(await said(await encrypt(await issuer.token()), handlers)).toBe('pass')
  })

  it('two issuers with one decryption key', async () => {
    const two = jwt({ ...settings, issuer: 'https://two.example', keySet: { jwks: { keys: [{ ...mallory.jwk }] } } })
    const judge = compileAuthentication(anyOf(policyOf(), two), (authenticator) => authenticator.compile().request as never)
    const token = await encrypt(await mallory.token({ iss: 'https://two.example' }))
    const ports = { ...portsWith(endpoint, clock), secret: (name: string) => secrets[name] }
    expect(await judge(exchange({ headers: { authorization: `Bearer ${token}` }, ports }))).toMatchObject({
      kind: 'pass',
      principal: { issuer: 'https://two.example' },
    })
  })
})

describe('a secret that is no key is a failure, and nobody hears it', () => {
  const change = (more: Record<string, unknown>) => () => JSON.stringify({ ...rsa.secret, ...more })
  it.each<[string, () => string | undefined, string]>([
    ['not set', () => undefined, 'is not set'],
    ['no JSON', () => 'hunter2-hunter2-hunter2', 'is not a JWK in JSON'],
    ['a list', () => '["hunter2-hunter2"]', 'is not a JWK in JSON'],
    ['JSON cut off', () => JSON.stringify(rsa.secret).slice(0, 200), 'is not a JWK in JSON'],
    ['no kid', change({ kid: undefined }), 'without a kid'],
    ['an empty kid', change({ kid: '' }), 'without a kid'],
    ['for signatures', change({ use: 'sig' }), 'not for encryption'],
    ['a public key', () => JSON.stringify({ ...rsa.open, kid: 'rsa' }), 'no private'],
    ['another alg', change({ alg: 'RSA-OAEP' }), 'serves none'],
    ['another kind', () => JSON.stringify(ec.secret), 'serves none'],
    ['a kind that is none', change({ kty: '__proto__' }), 'no private'],
    ['a broken number', change({ d: '!!' }), 'no private'],
    ['a short modulus', change({ n: base64url.encode(new Uint8Array(128).fill(255)) }), 'modulus'],
  ])('%s', async (_, make, message) => {
    const secret = make()
    secrets = secret === undefined ? {} : { KEY: secret }
    const failure = await Promise.resolve(ask(await encrypt(await issuer.token()))).then(
      (decision) => decision,
      (error: unknown) => error,
    )
    expect(failure).toMatchObject({ name: 'SecretUnfit', message: expect.stringContaining(message) })
    expect((failure as Error).cause).toBe(undefined)
    for (const part of (secret ?? '').match(/[\w-]{15,}/g) ?? []) expect(String(failure)).not.toContain(part)
  })

  it.each<[KeyManagement, ContentEncryption, number]>([
    ['A256KW', 'A256GCM', 16],
    ['A128KW', 'A256GCM', 32],
    ['A256GCMKW', 'A256GCM', 31],
    ['dir', 'A256GCM', 16],
    ['dir', 'A256CBC-HS512', 32],
  ])('%s with %s and a key of %i bytes', async (alg, enc, bytes) => {
    secrets.KEY = JSON.stringify(oct(bytes, 'secret').secret)
    const token = withHeader(await encrypt(await issuer.token()), { alg, enc, kid: 'secret', cty: 'JWT' })
    await expect(Promise.resolve(ask(token, policyOf({ keyManagement: [alg], contentEncryption: [enc] }).compile()))).rejects.toThrow('serves none')
  })

  it('numbers that are no key', async () => {
    secrets.KEY = JSON.stringify({ ...ec.secret, x: ec.secret.y })
    const token = withHeader(await encrypt(await issuer.token()), { ...HEADER, alg: 'ECDH-ES', kid: 'ec' })
    await expect(Promise.resolve(ask(token, policyOf({ keyManagement: ['ECDH-ES'] }).compile()))).rejects.toThrow('cannot be imported')
  })

  it('two secrets of one kid', async () => {
    secrets.OLD = JSON.stringify({ ...otherRsa.secret, kid: rsa.secret.kid })
    await expect(Promise.resolve(ask(await encrypt(await issuer.token()), policyOf({ keys: ['KEY', 'OLD'] }).compile()))).rejects.toThrow('one kid')
  })
})

describe('settings', () => {
  it.each<[string, Record<string, unknown>, readonly string[]]>([
    ['good', {}, []],
    ['two secrets', { keys: ['NEW', 'OLD'] }, []],
    ['no secret', { keys: [] }, ['users.decryption.keys']],
    ['a key in the configuration', { keys: '{"kty":"oct"}' }, ['users.decryption.keys']],
    ['RSA1_5', { keyManagement: ['RSA1_5'] }, ['users.decryption.keyManagement[0]']],
    ['PBES2', { keyManagement: ['PBES2-HS256+A128KW'] }, ['users.decryption.keyManagement[0]']],
    ['no alg', { keyManagement: [] }, ['users.decryption.keyManagement']],
    ['no enc', { contentEncryption: [] }, ['users.decryption.contentEncryption']],
    ['another enc', { contentEncryption: ['A256GCM', 'none'] }, ['users.decryption.contentEncryption[1]']],
    ['an unknown setting', { zip: true }, ['users.decryption.zip']],
  ])('%s', (_, more, paths) => {
    const problems = new Problems()
    jwt({ ...settings, decryption: { ...decryption, ...more } }).check(['users'], problems)
    expect(problems.all.map(({ path }) => path)).toEqual(paths)
  })

  it('the Worker does not run without its secrets', () => {
    expect(policyOf({ keys: ['KEY', 'OLD'] }).bindings).toEqual(['KEY', 'OLD'])
  })
})
