import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { ALGORITHMS, HMAC_ALGORITHMS, type HmacAlgorithm } from '../../src/jose/algorithms.ts'
import { decodeStrict } from '../../src/jose/base64url.ts'
import { readObject, readToken } from '../../src/jose/compact-jws.ts'
import { headerFault, headerRules } from '../../src/jose/header.ts'
import { readJwk } from '../../src/jose/jwk.ts'
import { importKeys, type VerificationKey } from '../../src/jose/key-ring.ts'
import { signerOf } from '../../src/jose/signature.ts'
import { decryptContent, decryptToken } from '../../src/policies/jwt/decrypt.ts'
import { type DecryptionAlgorithms, type DecryptionKey, importDecryptionKey } from '../../src/policies/jwt/decryption-keys.ts'
import { CONTENT_ENCRYPTION, KEY_MANAGEMENT } from '../../src/policies/jwt/encryption.ts'
import { secretKeys } from '../../src/policies/jwt/secret-keys.ts'

/** The cookbook of RFC 7520 and its additions, one case a line. `PORTCULLIS_VECTORS` names the directory that holds it. */
const FILE = join(process.env.PORTCULLIS_VECTORS ?? '../shared/vectors', 'jose-cookbook.jsonl')

const JWK = v.looseObject({ kty: v.string() })
const VECTOR = v.variant('kind', [
  v.object({
    id: v.string(),
    kind: v.picklist(['jws-verify', 'jwe-decrypt']),
    input: v.looseObject({ token: v.unknown(), jwk: v.optional(v.looseObject({})), payload: v.string(), detached: v.boolean() }),
  }),
  v.object({ id: v.string(), kind: v.literal('jwk-parse'), input: v.object({ jwk: JWK }) }),
])
type Vector = v.InferOutput<typeof VECTOR>
type Message = Extract<Vector, { kind: 'jws-verify' | 'jwe-decrypt' }>

/**
 * What the gateway does not take, and why. What stands here in compact form is given to it all the same, and must be refused.
 * The rest goes through the very steps that a token's signature and encryption go through. What comes before and after them, the claims, no vector has.
 */
const NOT_TAKEN: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/\/json(_flat)?$/, 'a token comes in compact form alone (RFC 6750, RFC 7519 §1): JSON serialisations, and what only they can say, do not exist'],
  [/4_5\.signature_with_detached_content/, 'the payload is missing: a token has its claims with it'],
  [/rfc7797\/hmac-sha2_b64_false\.json\/compact$/, 'b64 and crit are refused: the payload stands there unencoded'],
  [/5_1\.key_encryption_using_rsa_v15/, 'RSA1_5 does not exist here'],
  [/5_3\.key_wrap_using_pbes2/, 'PBES2 does not exist here'],
  [/5_9\.compressed_content/, 'zip is refused'],
]
const whyNot = (id: string) => NOT_TAKEN.find(([pattern]) => pattern.test(id))?.[1]

const vectors = existsSync(FILE)
  ? readFileSync(FILE, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => v.parse(VECTOR, JSON.parse(line)))
  : undefined

const decryption: DecryptionAlgorithms = { keyManagement: KEY_MANAGEMENT, contentEncryption: CONTENT_ENCRYPTION }
const rules = headerRules(ALGORITHMS, 'none')

/** @returns the keys that the gateway finds for a signature, from what an issuer would publish or share. */
async function signers({ token, jwk }: Message['input']): Promise<readonly VerificationKey[]> {
  const { alg } = headerOf(token)
  if (jwk === undefined) throw new Error('a vector without a key')
  if (HMAC_ALGORITHMS.some((hmac) => hmac === alg)) {
    return await secretKeys(['SECRET'], [alg as HmacAlgorithm]).find(undefined, String(alg), { ports: { secret: () => String(jwk.k) } })
  }
  const { d, p, q, dp, dq, qi, ...published } = jwk
  const key = (await importKeys({ keys: [published] }, [...ALGORITHMS])).find(undefined, String(alg))
  if (typeof key === 'string') throw new Error(key)
  return [key]
}

async function opener({ token, jwk }: Message['input']): Promise<DecryptionKey> {
  const { alg, kid } = headerOf(token)
  const key = (await importDecryptionKey('KEY', JSON.stringify(jwk), decryption)).find((one) => one.alg === alg && one.kid === kid)
  if (key === undefined) throw new Error('no key')
  return key
}

function headerOf(token: unknown): { readonly alg?: unknown; readonly kid?: unknown } {
  return readObject(String(token).split('.')[0] ?? '') ?? {}
}

/** The token with one bit of a part changed. */
function changed(token: string, part: number): string {
  const parts = token.split('.')
  const text = parts[part] ?? ''
  return parts.with(part, `${text[0] === 'A' ? 'B' : 'A'}${text.slice(1)}`).join('.')
}

describe('JOSE cookbook vectors', () => {
  if (vectors === undefined) {
    it(`NOT RUN: there is no ${FILE} (set PORTCULLIS_VECTORS to the directory that holds jose-cookbook.jsonl)`, () => {
      console.warn(`JOSE cookbook vectors NOT RUN: there is no ${FILE}`)
      expect(vectors).toBe(undefined)
    })
    return
  }

  const messages = vectors.filter((one): one is Message => one.kind !== 'jwk-parse')
  const taken = messages.filter(({ id }) => whyNot(id) === undefined)
  const named = (kind: Message['kind'], of = taken) => of.filter((one) => one.kind === kind).map((one) => [one.id, one.input] as const)

  it(`are all there: ${vectors.length}`, () => {
    expect(vectors.length).toBeGreaterThanOrEqual(71)
    for (const [pattern] of NOT_TAKEN)
      expect(
        vectors.filter(({ id }) => pattern.test(id)),
        String(pattern),
      ).not.toEqual([])
    expect([named('jws-verify').length, named('jwe-decrypt').length]).toEqual([5, 7])
  })

  it.each(named('jws-verify'))('verifies %s', async (_, input) => {
    const token = String(input.token)
    const keys = await signers(input)
    expect(await signerOf(token, keys)).toBe(keys[0])
    expect(new TextDecoder().decode(decodeStrict(token.split('.')[1] ?? ''))).toBe(input.payload)
    for (const part of [1, 2]) expect(await signerOf(changed(token, part), keys)).toMatchObject({ reason: 'signature' })
  })

  it.each(named('jws-verify'))('is no token for all that: %s', (_, input) => {
    expect(readToken(String(input.token))).toMatchObject({ reason: 'malformed', detail: expect.stringContaining('the claims') })
  })

  it.each(named('jwe-decrypt'))('decrypts %s', async (_, input) => {
    const token = String(input.token)
    const key = await opener(input)
    const plaintext = await decryptContent(token, key, decryption)
    expect(new TextDecoder().decode(plaintext)).toBe(input.payload)
    for (const part of [0, 2, 3, 4]) expect(await decryptContent(changed(token, part), key, decryption), `part ${part}`).toBe(undefined)
  })

  it.each(named('jwe-decrypt'))('is no token for all that: %s', async (_, input) => {
    const key = await opener(input)
    expect(await decryptToken(String(input.token), () => key, decryption)).toMatchObject({ reason: 'jwt.decryption', detail: expect.stringContaining('cty') })
  })

  const refused = messages.filter(({ id }) => whyNot(id) !== undefined)
  const compact = refused.filter(({ input }) => typeof input.token === 'string')

  it.each(named('jws-verify', compact))('refuses %s', (id, input) => {
    expect(whyNot(id)).toBeDefined()
    const token = readToken(String(input.token))
    expect('reason' in token ? token.reason : headerFault(token.header, rules)?.reason).toMatch(/^(?:malformed|critical)$/)
  })

  it.each(named('jwe-decrypt', compact))('refuses %s', async (id, { token }) => {
    expect(whyNot(id)).toBeDefined()
    const find = () => {
      throw new Error('asked for a key')
    }
    expect(await decryptToken(String(token), find, decryption)).toMatchObject({ reason: 'jwt.decryption' })
  })

  it.each(refused.filter(({ input }) => typeof input.token !== 'string').map(({ id }) => [id, whyNot(id)] as const))('does not apply: %s: %s', (id, why) => {
    expect(typeof messages.find((one) => one.id === id)?.input.token, why).toBe('object')
  })

  it.each(vectors.flatMap(({ id, kind, input }) => (kind === 'jwk-parse' ? [[id, input.jwk] as const] : [])))('judges the key %s', async (id, jwk) => {
    const judged = readJwk(jwk, [...ALGORITHMS])
    if (id.includes('public')) expect(judged).toMatchObject({ kid: jwk.kid, material: { kty: jwk.kty } })
    else expect(judged, 'nobody publishes this').toMatchObject({ unfit: 'holds secret key material' })
    const opens = importDecryptionKey('KEY', JSON.stringify(jwk), decryption)
    if (jwk.use === 'enc') expect(await opens).toMatchObject([{ kid: jwk.kid, alg: 'dir' }])
    else await expect(opens).rejects.toThrow('not for encryption')
  })
})
