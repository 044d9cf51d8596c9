import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exchange, type Wanted } from '../../../test/exchange.ts'
import { type Principal, principalId } from '../../core/principal.ts'
import { compileKey } from './key.ts'
import type { KeyPart } from './settings.ts'

function principal(subject: string, claims: Record<string, unknown> = {}, issuer = 'https://issuer.example'): Principal {
  const id = principalId(issuer, subject)
  return { id, issuer, subject, method: 'jwt', scheme: 'Bearer', credentialHeader: 'authorization', scopes: new Set(), roles: new Set(), claims }
}

const client = (ip: string): Wanted => ({ caller: { kind: 'client', ip } })
const worker = (zone: string): Wanted => ({ caller: { kind: 'worker', zone } })
const UNKNOWN: Wanted = { caller: { kind: 'unknown' } }

function keyOf(by: KeyPart | readonly KeyPart[], wanted: Wanted = {}, zone = 'api', name = 'n') {
  return compileKey(name, Array.isArray(by) ? by : [by as KeyPart])({ ...exchange(wanted), zone })
}
const idOf = (by: KeyPart | readonly KeyPart[], wanted: Wanted = {}) => keyOf(by, wanted)?.id

describe('rate-limit: names of cells', () => {
  it.each<[string, KeyPart | KeyPart[], Wanted, string, string, string | undefined]>([
    ['an IPv4 client', 'ip', client('192.0.2.1'), 'api|shard|', '3:api1:nc2:ip9:192.0.2.1', undefined],
    ['an IPv6 client', 'ip', client('2001:db8:1:2::3'), 'api|shard|', '3:api1:nc2:ip17:2001:db8:1:2::/64', '3:api1:nc2:ip15:2001:db8:1::/48'],
    ['a Worker', 'ip', worker('other.example'), 'api|shard|', '3:api1:nw13:other.example2:ip-', undefined],
    [
      'a principal',
      'principal',
      { principal: principal('ada') },
      'api|principal|22:https://issuer.example|ada',
      '3:api1:ni9:principal29:22:https://issuer.example|ada',
      undefined,
    ],
    [
      'a principal on a route',
      ['principal', 'route'],
      { principal: principal('ada') },
      'api|principal|22:https://issuer.example|ada',
      '3:api1:ni5:route5:GET /9:principal29:22:https://issuer.example|ada',
      undefined,
    ],
    ['a country', 'country', { edge: { country: 'SE' } }, 'api|shard|', '3:api1:nc7:country2:SE', undefined],
    ['a network', 'asn', { edge: { asn: 13335 } }, 'api|shard|', '3:api1:nc3:asn5:13335', undefined],
    ['a route', 'route', { route: { key: 'GET /a/:id' } }, 'api|shard|', '3:api1:nc5:route10:GET /a/:id', undefined],
    ['a header', { header: 'x-tenant' }, { headers: { 'X-Tenant': 'red' } }, 'api|shard|', '3:api1:nc15:header x-tenant3:red', undefined],
    ['a claim', { claim: 'tenant' }, { principal: principal('ada', { tenant: 'red' }) }, 'api|shard|', '3:api1:ni12:claim tenant10:string red', undefined],
    ['a client by its TLS hello', 'ja4', { edge: { botManagement: { ja4: 't13d' } } }, 'api|shard|', '3:api1:nc3:ja44:t13d', undefined],
    [
      'a credential',
      'credential',
      { principal: { ...principal('ada'), credentialId: 'k1' } },
      'api|shard|',
      '3:api1:ni10:credential27:22:https://issuer.examplek1',
      undefined,
    ],
    ['a plan', 'level', { principal: { ...principal('ada'), level: 'pro' } }, 'api|shard|', '3:api1:ni5:level3:pro', undefined],
    [
      'roles, in whatever order',
      'role',
      { principal: { ...principal('ada'), roles: new Set(['b', 'a']) } },
      'api|shard|',
      '3:api1:ni4:role6:1:a1:b',
      undefined,
    ],
    ['a path parameter', { param: 'id' }, { params: { id: 'a/b' } }, 'api|shard|', '3:api1:nc8:param id3:a/b', undefined],
    [
      'a field of the body',
      { body: '/user/name~1x' },
      { validated: { body: { user: { 'name/x': 'ada' } } } },
      'api|shard|',
      '3:api1:nc18:body /user/name~1x10:string ada',
      undefined,
    ],
    [
      'a GraphQL operation',
      'graphql-operation',
      { validated: { graphql: { operation: 'Me', kind: 'query', cost: 1 }, body: { operationName: 'Other' } } },
      'api|shard|',
      '3:api1:nc17:graphql-operation8:query Me',
      undefined,
    ],
  ])('%s: zone, limit and key, and nothing that a deployment changes', (_, by, wanted, owner, id, ceilingId) => {
    const key = keyOf(by, wanted)
    expect(key?.id).toBe(id)
    expect(key?.ceilingId).toBe(ceilingId)
    expect(key?.owner.startsWith(owner)).toBe(true)
    if (owner.endsWith('shard|')) expect(Number(key?.owner.slice(owner.length))).toBeLessThan(256)
  })

  it('the order of the parts in the configuration means nothing', () => {
    const parts: KeyPart[] = ['ip', 'route', { header: 'a' }, { header: 'b' }]
    const wanted = { headers: { a: '1', b: '2' } }
    expect(idOf([...parts].reverse(), wanted)).toBe(idOf(parts, wanted))
  })

  it('both cells of an IPv6 client live in one object, and all of its /48', () => {
    const owners = Array.from({ length: 50 }, (_, i) => keyOf('ip', client(`2001:db8:1:${i}::1`))?.owner)
    expect(new Set(owners).size).toBe(1)
  })

  it.each<[string, KeyPart | KeyPart[], Wanted, Wanted]>([
    ['a header that is absent and one that says so', { header: 'a' }, {}, { headers: { a: '-' } }],
    ['a header that is absent and one that is empty', { header: 'a' }, {}, { headers: { a: '' } }],
    ['a header that is too long and one that looks so', { header: 'a' }, { headers: { a: 'x'.repeat(257) } }, { headers: { a: '+' } }],
    ['a header that is too long and none', { header: 'a' }, { headers: { a: 'x'.repeat(257) } }, {}],
    ['a Worker and the client whose address it writes', 'ip', worker('192.0.2.1'), client('192.0.2.1')],
    ['a Worker and a client, by route', 'route', worker('z'), {}],
    ['a Worker and a client, by header', { header: 'a' }, { ...worker('z'), headers: { a: '1' } }, { headers: { a: '1' } }],
    ['a Worker and a client of unknown country', 'country', worker('z'), {}],
    ['two Workers', 'ip', worker('a'), worker('b')],
    ['an unknown caller and a client, by route', 'route', UNKNOWN, {}],
    ['a country that is missing and XX', 'country', {}, { edge: { country: 'XX' } }],
    ['nobody and a principal', 'principal', {}, { principal: principal('ada') }],
    ['nobody from two networks', 'principal', client('192.0.2.1'), client('192.0.2.2')],
    ['nobody and a Worker', 'principal', {}, worker('z')],
    ['nobody and a principal without the claim', { claim: 'tenant' }, {}, { principal: principal('ada') }],
    ['a number and its text', { claim: 't' }, { principal: principal('a', { t: 1 }) }, { principal: principal('a', { t: '1' }) }],
    ['two issuers with one subject', 'principal', { principal: principal('ada') }, { principal: principal('ada', {}, 'https://evil.example') }],
    [
      'one principal from two networks, where both count',
      ['principal', 'ip'],
      { ...client('192.0.2.1'), principal: principal('ada') },
      { ...client('192.0.2.2'), principal: principal('ada') },
    ],
  ])('are apart: %s', (_, by, one, other) => {
    expect(idOf(by, one)).toBeDefined()
    expect(idOf(by, one)).not.toBe(idOf(by, other))
  })

  it.each<[string, KeyPart | KeyPart[], Wanted, Wanted]>([
    [
      'a principal from anywhere, through whatever Worker',
      'principal',
      { ...client('192.0.2.1'), principal: principal('ada') },
      { ...worker('z'), principal: principal('ada') },
    ],
    ['all without the header', { header: 'a' }, client('192.0.2.1'), client('192.0.2.2')],
    ['all with too long a header', { header: 'a' }, { headers: { a: 'x'.repeat(257) } }, { headers: { a: 'y'.repeat(9000) } }],
    ['all principals without the claim', { claim: 't' }, { principal: principal('ada') }, { principal: principal('bob') }],
    ['a claim that is a list counts as missing', { claim: 't' }, { principal: principal('ada', { t: ['a'] }) }, { principal: principal('bob') }],
    ['an inherited property is no claim', { claim: 'constructor' }, { principal: principal('ada') }, { principal: principal('bob') }],
    ['nobody from one IPv6 /48', 'principal', client('2001:db8:1:1::1'), client('2001:db8:1:2::1')],
    ['a Worker behind two addresses', 'ip', worker('z'), worker('z')],
  ])('count together: %s', (_, by, one, other) => {
    expect(idOf(by, one)).toBeDefined()
    expect(idOf(by, one)).toBe(idOf(by, other))
  })

  it.each<[string, KeyPart | KeyPart[]]>([
    ['ip', 'ip'],
    ['country', 'country'],
    ['asn', 'asn'],
    ['ip and header', ['ip', { header: 'a' }]],
    ['principal, without one', 'principal'],
  ])('a caller without an address has no key by %s', (_, by) => {
    expect(keyOf(by, UNKNOWN)).toBeUndefined()
  })

  it('zones and limits are apart', () => {
    const ids = [
      ['api', 'n'],
      ['web', 'n'],
      ['api', 'm'],
      ['api1:n', ''],
    ].map(([zone, name]) => keyOf('ip', {}, zone, name)?.id)
    expect(new Set(ids).size).toBe(4)
  })

  it('what a client sends cannot make its name that of another', () => {
    const by: KeyPart[] = [{ header: 'a' }, { header: 'b' }]
    // What Headers leave as it is.
    const value = fc.stringMatching(/^[!-~]{0,12}$/)
    fc.assert(
      fc.property(value, value, value, value, (a1, b1, a2, b2) => {
        const same = a1 === a2 && b1 === b2
        expect(idOf(by, { headers: { a: a1, b: b1 } }) === idOf(by, { headers: { a: a2, b: b2 } })).toBe(same)
      }),
    )
  })

  it('a header that carries a credential is not written down', () => {
    const wanted = { headers: { 'x-api-key': 'secret' }, route: { credentialHeaders: ['x-api-key'] } }
    expect(idOf({ header: 'x-api-key' }, wanted)).toBe('3:api1:nc16:header x-api-key24:pseudonym pseudonym-of-6')
  })

  it('no name is longer than an object takes', () => {
    const long = 'x'.repeat(100_000)
    const by: KeyPart[] = ['principal', 'route', { claim: 'c'.repeat(64) }, { header: 'h'.repeat(64) }]
    const key = keyOf(by, { principal: principal(long, { ['c'.repeat(64)]: long }), route: { key: long }, headers: { ['h'.repeat(64)]: 'y'.repeat(256) } })
    expect(key?.id.length).toBeLessThan(4096 - 'report|'.length)
    expect(keyOf('principal', { principal: principal(long) })?.owner.length).toBeLessThan(1100)
  })
})
