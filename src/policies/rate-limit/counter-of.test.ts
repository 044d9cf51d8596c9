import { describe, expect, it } from 'vitest'
import type { Wanted } from '../../../test/exchange.ts'
import { type Principal, principalId } from '../../core/principal.ts'
import { counterOf, type Whose, type ZoneFacts } from './counter-of.ts'
import { limited, MemoryLimiter, type Settings } from './test-limit.ts'

const ISSUER = 'https://issuer.example'
const LIMIT = { name: 'one', limit: '10/min', burst: 10 } as const
const FACTS: ZoneFacts = { credentialHeaders: ['x-api-key'], pseudonym: (value) => `pseudonym-of-${value.length}` }

function principal(subject: string, more: Partial<Principal> = {}): Principal {
  return {
    id: principalId(ISSUER, subject),
    issuer: ISSUER,
    subject,
    method: 'jwt',
    scheme: 'Bearer',
    credentialHeader: 'authorization',
    scopes: new Set(),
    roles: new Set(),
    claims: {},
    ...more,
  }
}

/** What a request with these facts is counted by. */
function counted(settings: Settings, wanted: Wanted) {
  const limiter = new MemoryLimiter()
  const { pseudonym } = FACTS
  limited(settings, limiter, { pseudonym })({ ...wanted, route: { credentialHeaders: FACTS.credentialHeaders, ...wanted.route } })
  const [asked] = limiter.asked
  const [cell, ceiling] = asked?.cells ?? []
  return { owner: asked?.owner, cell: cell?.id, ...(ceiling !== undefined && { ceiling: ceiling.id }) }
}

const client = (ip: string): Wanted => ({ caller: { kind: 'client', ip } })
const ADA = { principal: { issuer: ISSUER, subject: 'ada' } }
const PLANS = { by: 'level', limits: { pro: { limit: '100/min', burst: 100 } } } as const
const ROLES = new Set(['b', 'a'])

describe('the counter that an operator describes is the one that requests have', () => {
  it.each<[string, Partial<Settings> & Pick<Settings, 'by'>, Wanted, Whose]>([
    ['of an IPv4 client', { by: 'ip' }, client('192.0.2.1'), { ip: '192.0.2.1' }],
    ['of a client by its mapped address', { by: 'ip' }, client('192.0.2.1'), { ip: '::ffff:192.0.2.1' }],
    ['of an IPv6 client, by another spelling', { by: 'ip' }, client('2001:db8:1:2::3'), { ip: '2001:0DB8:1:2:0:0:0:4' }],
    ['of another Worker', { by: 'ip' }, { caller: { kind: 'worker', zone: 'partner.example' } }, { worker: 'partner.example' }],
    ['of a principal', { by: 'principal' }, { principal: principal('ada') }, ADA],
    ['of a principal on a route', { by: ['route', 'principal'] }, { principal: principal('ada'), route: { key: 'GET /a' } }, { ...ADA, route: 'GET /a' }],
    ['of a principal at an address', { by: ['ip', 'principal'] }, { ...client('2001:db8::1'), principal: principal('ada') }, { ...ADA, ip: '2001:db8::1' }],
    ['of nobody, by address', { by: 'principal' }, client('2001:db8:1:2::3'), { principal: null, ip: '2001:db8:1:9::9' }],
    ['of nobody, by a level', { by: 'level' }, client('192.0.2.1'), { principal: null, ip: '192.0.2.1' }],
    ['of a credential', { by: 'credential' }, { principal: principal('ada', { credentialId: 'key-7' }) }, { credential: { issuer: ISSUER, id: 'key-7' } }],
    ['of who has no credential’s id', { by: 'credential' }, { principal: principal('ada') }, { credential: null }],
    ['of a level', { by: 'level' }, { principal: principal('ada', { level: 'pro' }) }, { level: 'pro' }],
    ['of no level', { by: 'level' }, { principal: principal('ada') }, { level: null }],
    ['of roles, in any order', { by: 'role' }, { principal: principal('ada', { roles: ROLES }) }, { roles: ['a', 'b'] }],
    ['of a claim', { by: { claim: 'tenant' } }, { principal: principal('ada', { claims: { tenant: 7 } }) }, { claims: { tenant: 7 } }],
    ['of a country', { by: 'country' }, { edge: { country: 'SE' } }, { country: 'SE' }],
    ['of no country', { by: 'country' }, { edge: {} }, { country: null }],
    ['of a network', { by: 'asn' }, { edge: { asn: 64496 } }, { asn: 64496 }],
    ['of a TLS hello', { by: 'ja4' }, { edge: { botManagement: { ja4: 't13d' } } }, { ja4: 't13d' }],
    ['of a route', { by: 'route' }, { route: { key: 'GET /a' } }, { route: 'GET /a' }],
    ['of a header', { by: { header: 'x-tenant' } }, { headers: { 'x-tenant': 'red' } }, { headers: { 'x-tenant': 'red' } }],
    ['of no header', { by: { header: 'x-tenant' } }, {}, { headers: { 'x-tenant': null } }],
    ['of a header that holds a credential', { by: { header: 'x-api-key' } }, { headers: { 'x-api-key': 'secret' } }, { headers: { 'x-api-key': 'secret' } }],
    ['of a parameter', { by: { param: 'id' } }, { params: { id: '7' } }, { params: { id: '7' } }],
    ['of a field of the body', { by: { body: '/user/name' } }, { validated: { body: { user: { name: 'ada' } } } }, { body: { user: { name: 'ada' } } }],
    [
      'of an operation',
      { by: 'graphql-operation' },
      { validated: { graphql: { operation: 'List', kind: 'query', cost: 1 } } },
      { graphql: { kind: 'query', operation: 'List' } },
    ],
    [
      'of operations without a name',
      { by: 'graphql-operation' },
      { validated: { graphql: { operation: undefined, kind: 'mutation', cost: 1 } } },
      { graphql: { kind: 'mutation', operation: null } },
    ],
    ['in a window that slides', { by: 'ip', algorithm: 'sliding-window' }, client('2001:db8::1'), { ip: '2001:db8::1' }],
    ['of a calendar', { by: 'ip', algorithm: 'fixed-window', timeZone: 'UTC' }, client('192.0.2.1'), { ip: '192.0.2.1' }],
    ['of slots', { by: 'ip', algorithm: 'concurrency', limit: 7, maxSeconds: 60 }, client('192.0.2.1'), { ip: '192.0.2.1' }],
    ['of a plan', { by: 'principal', plans: PLANS }, { principal: principal('ada', { level: 'pro' }) }, { ...ADA, level: 'pro' }],
    ['of a plan that there is not', { by: 'principal', plans: PLANS }, { principal: principal('ada', { level: 'odd' }) }, { ...ADA, level: 'odd' }],
    [
      'of a plan by role',
      { by: 'principal', plans: { by: 'role', limits: { a: { limit: '1/min' } } } },
      { principal: principal('ada', { roles: ROLES }) },
      { ...ADA, roles: ['b', 'a'] },
    ],
    [
      'of a plan by claim',
      { by: 'principal', plans: { by: { claim: 'plan' }, limits: { a: { limit: '1/min' } } } },
      { principal: principal('ada', { claims: { plan: 'a' } }) },
      { ...ADA, claims: { plan: 'a' } },
    ],
    ['with a value that is too long to tell from others', { by: 'country' }, { edge: { country: 'x'.repeat(300) } }, { country: 'x'.repeat(300) }],
  ])('%s', (_what, more, wanted, whose) => {
    const { burst, ...rest } = { ...LIMIT, ...more }
    const settings: Settings = { ...rest, ...(more.algorithm === undefined && { burst }) }
    const found = counterOf({ ...settings, mode: 'enforce', onError: 'deny' }, 'api', whose, FACTS)
    expect(found).toEqual(counted(settings, wanted))
    expect(counterOf(settings, 'other', whose, FACTS), 'another zone has another').not.toEqual(found)
  })
})

describe('what an operator has not said is asked for, and nothing is guessed', () => {
  it.each<[string, Partial<Settings> & Pick<Settings, 'by'>, Whose, readonly string[]]>([
    ['an address', { by: 'ip' }, {}, ['ip']],
    ['an address that is one', { by: 'ip' }, { ip: '010.0.0.1' }, ['ip: an address']],
    ['all of several', { by: ['ip', 'principal', 'route'] }, {}, ['ip', 'principal', 'route']],
    ['the address of nobody', { by: 'principal' }, { principal: null }, ['ip']],
    ['the plan', { by: 'principal', plans: PLANS }, ADA, ['level']],
    ['one issuer', { by: ['principal', 'credential'] }, { ...ADA, credential: { issuer: 'other', id: '7' } }, ['credential: one of the principal’s issuer']],
    ['a claim', { by: { claim: 'tenant' } }, { claims: { other: 1 } }, ['claims.tenant']],
    ['a header', { by: { header: 'x-tenant' } }, { headers: {} }, ['headers.x-tenant']],
    ['a field of the body', { by: { body: '/name' } }, { body: {} }, ['body at /name']],
  ])('%s', (_what, more, whose, missing) => expect(counterOf({ ...LIMIT, ...more }, 'api', whose, FACTS)).toEqual({ missing }))

  it('what holds credentials: another counter would be named', () => {
    expect(counterOf({ ...LIMIT, by: { header: 'x-tenant' } }, 'api', { headers: { 'x-tenant': 'red' } })).toEqual({
      missing: ['which headers of the zone hold credentials'],
    })
  })
})
