import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ruleId } from '../core/rule-id.ts'
import type { CallerFacts, ConnectionFacts, CopiedRule, ListRule, StopRule } from '../core/runtime-rule.ts'
import { parseIp } from '../lib/ip.ts'
import { CompiledRules, NO_RULES } from './rules-in-force.ts'
import { banOf, DAY_MS, ISSUER, NOW, stopOf } from './test-ledger.ts'

const copied = (rule: ListRule | StopRule): CopiedRule => ({ ...rule, id: ruleId(rule) })
const rulesOf = (...rules: readonly (ListRule | StopRule)[]) => new CompiledRules(rules.map(copied))
const allowOf = (...[target, value, more]: Parameters<typeof banOf>): ListRule => ({ ...banOf(target, value, more), kind: 'allow' })

const FACTS: ConnectionFacts = {
  zone: 'api',
  ip: '192.0.2.1',
  asn: 64496,
  country: 'SE',
  ja4: 't13d1516h2_8daaf6152771_e5627efa2ab1',
  userAgent: 'BadBot/1.0 (+https://bad.example)',
}
const bannedBy = (rules: CompiledRules, more: Partial<ConnectionFacts> = {}, at = NOW) => rules.banOf({ ...FACTS, ...more }, at)?.target

describe('a ban', () => {
  it.each<[string, ListRule, Partial<ConnectionFacts>, boolean]>([
    ['of an address', banOf('ip', '192.0.2.1'), {}, true],
    ['of an address, mapped into IPv6', banOf('ip', '192.0.2.1'), { ip: '::ffff:192.0.2.1' }, true],
    ['of an address, mapped and written as IPv6', banOf('ip', '192.0.2.1'), { ip: '::FFFF:c000:201' }, true],
    ['of a mapped network', banOf('ip', '192.0.2.0/24'), { ip: '::ffff:192.0.2.77' }, true],
    ['of another address', banOf('ip', '192.0.2.2'), {}, false],
    ['of a network', banOf('ip', '192.0.2.0/25'), { ip: '192.0.2.127' }, true],
    ['of a network, beside it', banOf('ip', '192.0.2.0/25'), { ip: '192.0.2.128' }, false],
    ['of all of IPv4', banOf('ip', '0.0.0.0/0'), {}, true],
    ['of all of IPv4, which is not IPv6', banOf('ip', '0.0.0.0/0'), { ip: '2001:db8::1' }, false],
    ['of an IPv6 network', banOf('ip', '2001:db8::/32'), { ip: '2001:DB8:0:0:ffff::1' }, true],
    ['of an IPv6 address, in another spelling', banOf('ip', '2001:db8::1'), { ip: '2001:0db8:0000::0001' }, true],
    ['of a network', banOf('asn', '64496'), {}, true],
    ['of another network', banOf('asn', '64497'), {}, false],
    ['of the largest number', banOf('asn', '4294967295'), { asn: 4294967295 }, true],
    ['of a country', banOf('country', 'SE'), {}, true],
    ['of a country in lower case', banOf('country', 'SE'), { country: 'se' }, true],
    ['of another country', banOf('country', 'NO'), {}, false],
    ['of a TLS hello', banOf('ja4', FACTS.ja4 as string), {}, true],
    ['of a user agent, whole', banOf('user-agent', 'BadBot/1.0 (+https://bad.example)'), {}, true],
    ['of a user agent, whole, in other letters', banOf('user-agent', 'badbot/1.0 (+HTTPS://bad.example)'), {}, true],
    ['of a user agent, whole, with more behind it', banOf('user-agent', 'BadBot/1.0'), {}, false],
    ['of the beginning of one', banOf('user-agent', 'badbot*'), {}, true],
    ['of the beginning of one, padded', banOf('user-agent', 'badbot*'), { userAgent: `BADBOT${' '.repeat(10_000)}x` }, true],
    ['of the beginning, which alone is one', banOf('user-agent', 'badbot*'), { userAgent: 'badbot' }, true],
    ['of the beginning, less than which is none', banOf('user-agent', 'badbot*'), { userAgent: 'badbo' }, false],
    ['of a whole one that is longer than any rule', banOf('user-agent', 'b'.repeat(256)), { userAgent: 'b'.repeat(257) }, false],
    ['in its zone', banOf('asn', '64496', { zone: 'api' }), {}, true],
    ['in another zone', banOf('asn', '64496', { zone: 'web' }), {}, false],
  ])('%s', (_what, rule, facts, isBanned) => expect(bannedBy(rulesOf(rule), facts)).toBe(isBanned ? rule.target : undefined))

  it('of what is not known matches nothing', () => {
    const rules = rulesOf(...(['ip', 'asn', 'country', 'ja4', 'user-agent'] as const).map((target) => banOf(target, target === 'ip' ? '0.0.0.0/0' : '1')))
    expect(rules.banOf({ zone: 'api' }, NOW)).toBeUndefined()
    expect(rules.banOf({ zone: 'api', ip: 'unknown' }, NOW)).toBeUndefined()
  })

  it.each<[string, Partial<ListRule>, number, boolean]>([
    ['before it begins', { fromMs: NOW + 1 }, NOW, false],
    ['as it begins', { fromMs: NOW + 1 }, NOW + 1, true],
    ['at its last moment', {}, NOW + DAY_MS - 1, true],
    ['at its end', {}, NOW + DAY_MS, false],
  ])('%s', (_what, more, at, isBanned) => expect(bannedBy(rulesOf(banOf('ip', '192.0.2.0/24', more)), {}, at)).toBe(isBanned ? 'ip' : undefined))

  it('that is over does not hide one of the same network, nor of a wider one', () => {
    const over = { untilMs: NOW + 1 }
    expect(bannedBy(rulesOf(banOf('ip', '192.0.2.1', over), banOf('ip', '192.0.2.0/24')), {}, NOW + 2)).toBe('ip')
    expect(bannedBy(rulesOf(banOf('ip', '192.0.2.1', over), banOf('ip', '192.0.2.1', { zone: 'api' })), {}, NOW + 2)).toBe('ip')
  })
})

describe('an allowance', () => {
  it.each<[string, ListRule, ListRule, boolean]>([
    ['of an address frees it of a ban of its network', allowOf('ip', '192.0.2.1'), banOf('ip', '192.0.2.0/24'), true],
    ['of an address frees it of a ban of its country', allowOf('ip', '192.0.2.1'), banOf('country', 'SE'), true],
    ['of an address frees it of a ban of its user agent', allowOf('ip', '192.0.2.1'), banOf('user-agent', 'badbot*'), true],
    ['of a network frees it of a ban of its address', allowOf('asn', '64496'), banOf('ip', '192.0.2.1'), true],
    ['of a country', allowOf('country', 'SE'), banOf('asn', '64496'), true],
    ['of another address', allowOf('ip', '192.0.2.2'), banOf('ip', '192.0.2.0/24'), false],
    ['in another zone', allowOf('ip', '192.0.2.1', { zone: 'web' }), banOf('ip', '192.0.2.0/24'), false],
    ['that is yet to begin', allowOf('ip', '192.0.2.1', { fromMs: NOW + 1 }), banOf('ip', '192.0.2.0/24'), false],
    ['of a user agent frees it of a ban of user agents', allowOf('user-agent', 'badbot/1.0*'), banOf('user-agent', 'badbot*'), true],
    ['of a TLS hello frees it of a ban of user agents', allowOf('ja4', FACTS.ja4 as string), banOf('user-agent', 'badbot*'), true],
    // What a client says of itself outweighs nothing that the network says of it.
    ['of a user agent frees no address', allowOf('user-agent', 'badbot*'), banOf('ip', '192.0.2.1'), false],
    ['of a user agent frees no TLS hello', allowOf('user-agent', 'badbot*'), banOf('ja4', FACTS.ja4 as string), false],
    ['of a TLS hello frees no network', allowOf('ja4', FACTS.ja4 as string), banOf('asn', '64496'), false],
  ])('%s', (_what, allowance, ban, isFree) => expect(bannedBy(rulesOf(ban, allowance))).toBe(isFree ? undefined : ban.target))

  it('frees of one ban and not of another that is harder to escape', () => {
    expect(bannedBy(rulesOf(allowOf('user-agent', 'badbot*'), banOf('user-agent', 'badbot*'), banOf('country', 'SE')))).toBe('country')
  })

  it('of callers and of connections do not mix', () => {
    const rules = rulesOf(allowOf('subject', 'ada', { issuer: ISSUER }), banOf('ip', '192.0.2.1'), banOf('key', 'k7'), allowOf('ip', '192.0.2.1'))
    expect(rules.callerBanOf({ zone: 'api', issuer: ISSUER, subject: 'x', keyId: 'k7' }, NOW)?.target).toBe('key')
  })
})

describe('a ban of callers', () => {
  const caller: CallerFacts = { zone: 'api', issuer: ISSUER, subject: 'ada', keyId: 'k7' }
  it.each<[string, readonly ListRule[], Partial<CallerFacts>, string | undefined]>([
    ['of a subject', [banOf('subject', 'ada', { issuer: ISSUER })], {}, 'subject'],
    ['of another issuer’s', [banOf('subject', 'ada', { issuer: `${ISSUER}/` })], {}, undefined],
    ['of a key', [banOf('key', 'k7')], {}, 'key'],
    ['of a subject that is named like the key', [banOf('subject', 'k7', { issuer: ISSUER })], {}, undefined],
    ['of a key, for who has none', [banOf('key', 'k7')], { keyId: undefined as never }, undefined],
    ['of a subject whose key is allowed', [banOf('subject', 'ada', { issuer: ISSUER }), allowOf('key', 'k7')], {}, undefined],
    ['in another zone', [banOf('key', 'k7', { zone: 'web' })], {}, undefined],
  ])('%s', (_what, rules, more, target) => expect(rulesOf(...rules).callerBanOf({ ...caller, ...more }, NOW)?.target).toBe(target))
})

describe('a kill switch', () => {
  const places: readonly (readonly [zone: string, route: string])[] = [
    ['api', 'GET /a'],
    ['api', 'POST /a'],
    ['web', 'GET /a'],
    ['-', 'unmatched'],
  ]
  it.each<[string, Partial<StopRule>, readonly boolean[]]>([
    ['of all', {}, [true, true, true, true]],
    ['of a zone', { zone: 'api' }, [true, true, false, false]],
    ['of a route', { zone: 'api', route: 'GET /a' }, [true, false, false, false]],
    ['of what is not listed anywhere', { zone: '-' }, [false, false, false, true]],
    ['of a zone whose name is put together of others', { zone: 'api GET', route: '/a' }, [false, false, false, false]],
    ['that is yet to begin', { fromMs: NOW + 1 }, [false, false, false, false]],
  ])('%s', (_what, more, stopped) => {
    const rules = rulesOf(stopOf(more))
    expect(places.map(([zone, route]) => rules.stopOf(zone, route, NOW) !== undefined)).toEqual(stopped)
  })

  it('says the widest', () => {
    const rules = rulesOf(stopOf({ zone: 'api', route: 'GET /a' }), stopOf({ zone: 'api' }), stopOf())
    expect(rules.stopOf('api', 'GET /a', NOW)).not.toHaveProperty('zone')
  })

  it('goes on when a window of the same place is over', () => {
    const rules = rulesOf(stopOf({ zone: 'api', fromMs: NOW, untilMs: NOW + 1 }), stopOf({ zone: 'api' }))
    expect(rules.stopOf('api', 'GET /a', NOW + 2)).toBeDefined()
  })
})

it('without rules there is nothing to ask for', () => {
  expect([NO_RULES.isEmpty, rulesOf(stopOf()).isEmpty]).toEqual([true, false])
  expect([NO_RULES.stopOf('api', 'GET /a', NOW), NO_RULES.banOf(FACTS, NOW), NO_RULES.callerBanOf({ zone: 'api', issuer: '', subject: '' }, NOW)]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

it('kinds and targets of a newer ledger concern nobody, and are handed on', () => {
  const unknown = [
    { id: 'x', kind: 'slow-down', untilMs: NOW + DAY_MS },
    { id: 'y', kind: 'ban', target: 'continent', value: 'EU', untilMs: NOW + DAY_MS },
    { id: 'p', kind: 'ban', target: '__proto__', value: 'constructor', untilMs: NOW + DAY_MS },
    { id: 'z', kind: 'ban', target: 'ip', value: 'fe80::/10%1', untilMs: NOW + DAY_MS },
  ] as unknown as readonly CopiedRule[]
  const rules = new CompiledRules(unknown)
  expect(rules.banOf(FACTS, NOW)).toBeUndefined()
  expect(rules.copied).toEqual(unknown)
})

it('finds by networks what looking at each of them would', () => {
  const octets = fc.tuple(fc.constantFrom(10, 192), fc.constantFrom(0, 128), fc.constantFrom(0, 1), fc.nat(255))
  const windows = fc.record({ from: fc.nat(2), length: fc.integer({ min: 1, max: 3 }) })
  const network = fc.tuple(octets, fc.integer({ min: 0, max: 32 }), windows)
  fc.assert(
    fc.property(fc.array(network, { maxLength: 12 }), octets, fc.nat(5), (networks, address, at) => {
      const bitsOf = (parts: readonly number[]) => parts.reduce((bits, part) => bits * 256 + part, 0)
      const maskOf = (prefix: number) => 2 ** 32 - 2 ** (32 - prefix)
      const and = (a: number, b: number) => Number(BigInt(a) & BigInt(b))
      const textOf = (bits: number) => [24, 16, 8, 0].map((shift) => Math.floor(bits / 2 ** shift) % 256).join('.')
      const rules = networks.map(([parts, prefix, { from, length }]) => {
        const text = textOf(and(bitsOf(parts), maskOf(prefix)))
        const value = prefix === 32 ? text : `${text}/${prefix}`
        return banOf('ip', value, { fromMs: NOW + from, untilMs: NOW + from + length })
      })
      const expected = networks.some(
        ([parts, prefix, { from, length }]) => and(bitsOf(parts), maskOf(prefix)) === and(bitsOf(address), maskOf(prefix)) && from <= at && at < from + length,
      )
      const ip = address.join('.')
      expect(parseIp(ip)).toBeDefined()
      expect(rulesOf(...rules).banOf({ zone: 'api', ip }, NOW + at) !== undefined).toBe(expected)
    }),
    { numRuns: 500 },
  )
})
