import { base64url } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { importKeys, type KeyRing } from '../../jose/key-ring.ts'
import { NOW, NOW_SECONDS, part, SETTINGS, TestIssuer } from '../../jose/test-issuer.ts'
import { BadStatusList, listRules, MAX_LIST_BYTES, MAX_LIST_TOKEN_BYTES, verifyList } from './list-token.ts'
import { deflate, listOf, signList, URI } from './test-lists.ts'

let issuer: TestIssuer
let mallory: TestIssuer
let keys: KeyRing
beforeAll(async () => {
  ;[issuer, mallory] = await Promise.all([TestIssuer.create('ES256', 'a'), TestIssuer.create('ES256', 'a')])
  keys = await importKeys({ keys: [issuer.jwk] }, ['ES256'])
})

const RULES = listRules(SETTINGS.issuer, ['ES256'], 5)
const verify = (compact: string, uri = URI) => verifyList(compact, uri, (kid, alg) => keys.find(kid, alg), RULES, NOW)

/** @returns why the list does not hold. */
async function fault(compact: string | Promise<string>, uri?: string): Promise<string> {
  return await verify(await compact, uri).then(
    () => 'it holds',
    (error: unknown) => (error instanceof BadStatusList ? error.message : `no BadStatusList: ${String(error)}`),
  )
}

describe('a status list token that holds', () => {
  it('says what its issuer wrote', async () => {
    const list = await verify(await signList(issuer, [0, 1, 0], { exp: NOW_SECONDS + 60, ttl: 30 }))
    expect(list).toMatchObject({ issuedAtMs: NOW, expiresAtMs: NOW + 65_000, ttlMs: 30_000 })
    expect([0, 1, 2].map((index) => list.statuses.at(index))).toEqual([0, 1, 0])
  })

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['no iss, exp and ttl', { iss: undefined }, {}],
    ['an exp within the tolerance', { exp: NOW_SECONDS - 4 }, {}],
    ['an iat within the tolerance', { iat: NOW_SECONDS + 5 }, {}],
    ['its type written in full', {}, { typ: 'application/statuslist+jwt' }],
    ['a fraction as ttl', { ttl: 0.5 }, {}],
  ])('may have %s', async (_, claims, header) => {
    expect(await fault(signList(issuer, [0], claims, header))).toBe('it holds')
  })
})

describe('a status list token does not hold', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['of another place', { sub: 'https://lists.example/status/2' }, 'sub is not the address of the list'],
    ['of another spelling of the place', { sub: `${URI}/` }, 'sub is not the address of the list'],
    ['of no place', { sub: undefined }, 'sub is not the address of the list'],
    ['of another issuer', { iss: 'https://other.example' }, 'iss is not the configured issuer'],
    ['for an audience', { aud: 'https://api.example.com' }, 'aud names an audience'],
    ['without a date', { iat: undefined }, 'iat is missing or not a date in seconds'],
    ['with a text as date', { iat: `${NOW_SECONDS}` }, 'iat is missing or not a date in seconds'],
    ['with a date in milliseconds', { iat: NOW }, 'iat is missing or not a date in seconds'],
    ['of the future', { iat: NOW_SECONDS + 6 }, 'iat or nbf is still to come'],
    ['not valid yet', { nbf: NOW_SECONDS + 6 }, 'iat or nbf is still to come'],
    ['with a text as nbf', { nbf: '0' }, 'nbf is not a date in seconds'],
    ['expired', { exp: NOW_SECONDS - 5 }, 'exp has passed'],
    ['with a text as exp', { exp: '9999999999' }, 'exp is not a date in seconds'],
    ['with null as exp', { exp: null }, 'exp is not a date in seconds'],
    ['with a ttl of nothing', { ttl: 0 }, 'ttl is not a positive number'],
    ['with a ttl of less', { ttl: -1 }, 'ttl is not a positive number'],
    ['with a text as ttl', { ttl: '30' }, 'ttl is not a positive number'],
    ['without a list', { status_list: undefined }, 'status_list lacks bits of 1, 2, 4 or 8, or lst'],
    ['with a text as list', { status_list: 'eNrbuRgAAhcBXQ' }, 'status_list lacks bits of 1, 2, 4 or 8, or lst'],
    ['without bits', { status_list: { lst: 'eNrbuRgAAhcBXQ' } }, 'status_list lacks bits of 1, 2, 4 or 8, or lst'],
    ['of three bits', { status_list: { bits: 3, lst: 'eNrbuRgAAhcBXQ' } }, 'status_list lacks bits of 1, 2, 4 or 8, or lst'],
    ['with a text as bits', { status_list: { bits: '1', lst: 'eNrbuRgAAhcBXQ' } }, 'status_list lacks bits of 1, 2, 4 or 8, or lst'],
    ['without statuses', { status_list: { bits: 1 } }, 'status_list lacks bits of 1, 2, 4 or 8, or lst'],
    ['with padding', { status_list: { bits: 1, lst: 'eNrbuRgAAhcBXQ==' } }, 'lst is not strict base64url'],
    ['in standard base64', { status_list: { bits: 1, lst: 'eN+/uRgAAhcBXQ' } }, 'lst is not strict base64url'],
    ['with unused bits set', { status_list: { bits: 1, lst: 'eNrbuRgAAhcBXR' } }, 'lst is not strict base64url'],
    ['that is not compressed', { status_list: { bits: 1, lst: 'uaM' } }, 'lst: not a whole ZLIB stream'],
    ['that is empty', { status_list: { bits: 1, lst: '' } }, 'lst: not a whole ZLIB stream'],
  ])('%s', async (_, claims, expected) => {
    expect(await fault(signList(issuer, [0], claims))).toBe(expected)
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['of another type', { typ: 'at+jwt' }, 'typ is none of the configured types'],
    ['as any JWT', { typ: 'JWT' }, 'typ is none of the configured types'],
    ['as CWT', { typ: 'statuslist+cwt' }, 'typ is none of the configured types'],
    ['of no type', { typ: undefined }, 'typ is none of the configured types'],
    ['with another algorithm', { alg: 'RS256' }, 'alg is none of the configured algorithms'],
    ['with a critical extension', { crit: ['exp'] }, 'an extension that must be understood (crit, b64)'],
    ['with an unknown key', { kid: 'b' }, 'the key set has no key of this kid'],
  ])('%s', async (_, header, expected) => {
    expect(await fault(signList(issuer, [0], {}, header))).toBe(expected)
  })

  it.each(['none', 'None', 'HS256', ''])('with alg %j', async (alg) => {
    const claims = { sub: URI, iat: NOW_SECONDS, status_list: await listOf([0]) }
    for (const signature of ['', 'AA']) {
      expect(await fault(`${part({ alg, kid: 'a', typ: 'statuslist+jwt' })}.${part(claims)}.${signature}`)).toBe('alg is none of the configured algorithms')
    }
  })

  it('signed by somebody else, under the key id of the issuer', async () => {
    expect(await fault(signList(mallory, [0]))).toBe('the signature does not match')
  })

  it('changed after it was signed', async () => {
    const [header, , signature] = (await signList(issuer, [1])).split('.')
    const claims = part({ sub: URI, iat: NOW_SECONDS, status_list: await listOf([0]) })
    expect(await fault([header, claims, signature].join('.'))).toBe('the signature does not match')
  })

  it.each<[string, string, string]>([
    ['nothing', '', 'not three parts'],
    ['an unsigned list', '{"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}', 'not three parts'],
    ['with a line behind it', 'e30.e30.AA\n', 'the signature is not strict base64url'],
    ['longer than a megabyte', 'a'.repeat(MAX_LIST_TOKEN_BYTES + 1), `longer than ${MAX_LIST_TOKEN_BYTES} bytes`],
  ])('that is %s', async (_, compact, expected) => {
    expect(await fault(compact)).toBe(expected)
  })

  it('that is a bomb; its signature was asked for first', async () => {
    const lst = base64url.encode(await deflate(new Uint8Array(MAX_LIST_BYTES + 1)))
    expect(await fault(signList(issuer, [], { status_list: { bits: 1, lst } }))).toBe(`lst: more than ${MAX_LIST_BYTES} bytes`)
    expect(await fault(signList(mallory, [], { status_list: { bits: 1, lst } }))).toBe('the signature does not match')
  })

  it('holds just as long as a list may be', async () => {
    const lst = base64url.encode(await deflate(new Uint8Array(MAX_LIST_BYTES)))
    const list = await verify(await signList(issuer, [], { status_list: { bits: 1, lst } }))
    expect([list.statuses.size, list.statuses.at(list.statuses.size - 1)]).toEqual([32 * 1024 * 1024, 0])
  })
})
