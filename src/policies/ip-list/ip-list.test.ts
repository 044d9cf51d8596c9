import { describe, expect, it } from 'vitest'
import { exchange } from '../../../test/exchange.ts'
import type { Caller } from '../../core/exchange.ts'
import { Problems } from '../../core/problems.ts'
import { ipList } from './ip-list.ts'

type Settings = Parameters<typeof ipList>[0]

const client = (ip: string): Caller => ({ kind: 'client', ip })
const worker = (zone: string): Caller => ({ kind: 'worker', zone })
const decide = (settings: Settings, caller: Caller, headers: Record<string, string> = {}) => ipList(settings).compile().request?.(exchange({ caller, headers }))

/** `pass`, or the status and reason of the denial. */
const verdict = (settings: Settings, caller: Caller, headers?: Record<string, string>): unknown => {
  const decision = decide(settings, caller, headers)
  if (decision === undefined || decision instanceof Promise) throw new Error('the decision needs no I/O')
  return decision.kind === 'deny' ? `${decision.status} ${decision.reason}` : decision.kind
}

const problemsOf = (settings: unknown) => {
  const problems = new Problems()
  ipList(settings as Settings).check(['zones', 'api', 'policies', 0], problems)
  return problems.all
}

describe('ip-list', () => {
  it.each<[string, Settings, Caller, string]>([
    ['no address', {}, { kind: 'unknown' }, '403 ip-list.no-address'],
    ['no address, though everything is allowed', { allow: ['0.0.0.0/0', '::/0'] }, { kind: 'unknown' }, '403 ip-list.no-address'],
    ['no address, and Workers allowed', { workers: ['partner.example'] }, { kind: 'unknown' }, '403 ip-list.no-address'],
    ['denied and allowed: denied', { allow: ['192.0.2.1'], deny: ['192.0.2.0/24'] }, client('192.0.2.1'), '403 ip-list.denied'],
    ['denied, IPv4-mapped network', { deny: ['::ffff:192.0.2.0/120'] }, client('192.0.2.1'), '403 ip-list.denied'],
    ['denied, the client IPv4-mapped', { deny: ['192.0.2.0/24'] }, client('::ffff:192.0.2.1'), '403 ip-list.denied'],
    ['denied, IPv6 in another spelling', { deny: ['2001:0DB8::/32'] }, client('2001:db8::1'), '403 ip-list.denied'],
    ['not denied', { deny: ['192.0.2.0/24'] }, client('198.51.100.1'), 'pass'],
    ['nothing denied', { deny: [] }, client('192.0.2.1'), 'pass'],
    ['IPv6 past a list of IPv4', { allow: ['0.0.0.0/0'] }, client('2001:db8::1'), '403 ip-list.not-allowed'],
    ['IPv4 past a list of IPv6', { allow: ['::/0'] }, client('192.0.2.1'), '403 ip-list.not-allowed'],
    ['allowed', { allow: ['192.0.2.0/24', '2001:db8::/32'] }, client('192.0.2.1'), 'pass'],
    ['allowed, IPv6', { allow: ['192.0.2.0/24', '2001:db8::/32'] }, client('2001:db8::1'), 'pass'],
    ['not allowed', { allow: ['192.0.2.0/24'] }, client('198.51.100.1'), '403 ip-list.not-allowed'],
    ['no address after all, denied', { deny: ['192.0.2.0/24'] }, client('192.0.2.1, 198.51.100.1'), '403 ip-list.no-address'],
    ['no address after all, allowed', { allow: ['0.0.0.0/0'] }, client('0300.0.2.1'), '403 ip-list.no-address'],
    ['no lists', {}, client('192.0.2.1'), 'pass'],
    ['a Worker', {}, worker('partner.example'), '403 ip-list.worker'],
    ['a Worker, its address allowed', { allow: ['2a06:98c0:3600::103'] }, worker('partner.example'), '403 ip-list.worker'],
    ['a Worker of no zone', { workers: ['partner.example'] }, worker(''), '403 ip-list.worker'],
    ['a Worker of a zone below', { workers: ['partner.example'] }, worker('evil.partner.example'), '403 ip-list.worker'],
    ['a Worker of two zones', { workers: ['partner.example'] }, worker('evil.example, partner.example'), '403 ip-list.worker'],
    ['a listed Worker', { workers: ['partner.example'] }, worker('partner.example'), 'pass'],
    ['a listed Worker past the lists', { workers: ['partner.example'], allow: ['192.0.2.1'], deny: ['::/0'] }, worker('partner.example'), 'pass'],
  ])('%s', (_name, settings, caller, expected) => {
    expect(verdict(settings, caller)).toBe(expected)
  })

  it('reads no header: the caller is what the gateway found', () => {
    const headers = { 'X-Forwarded-For': '192.0.2.1', 'X-Real-IP': '192.0.2.1', 'True-Client-IP': '192.0.2.1', 'CF-Connecting-IP': '192.0.2.1' }
    expect(verdict({ allow: ['192.0.2.1'] }, client('198.51.100.1'), headers)).toBe('403 ip-list.not-allowed')
  })

  it.each<[string, unknown, { path: string; found: string; expected?: string; fix: string | RegExp }]>([
    ['an empty allow', { allow: [] }, { path: 'allow', found: '[]', fix: 'list at least one network, or leave allow out: with none in it nobody would pass' }],
    ['a packed list that is damaged', { deny: 'networks-1:AAAA.' }, { path: 'deny', found: 'a damaged packed list', fix: /pack it again/ }],
    ['allow set to undefined', { allow: undefined }, { path: 'allow', found: 'nothing', fix: /list/ }],
    ['one address instead of a list', { allow: '192.0.2.1' }, { path: 'allow', found: '"192.0.2.1"', fix: 'write a list of addresses and networks' }],
    [
      'host bits',
      { allow: ['192.0.2.1', '10.0.0.1/8'] },
      {
        path: 'allow[1]',
        found: '"10.0.0.1/8"',
        expected: 'a network whose address has no bits set beyond its prefix',
        fix: 'write 10.0.0.0/8 for the network, or 10.0.0.1 for the one address',
      },
    ],
    [
      'host bits, IPv4-mapped',
      { deny: ['::ffff:10.0.0.1/104'] },
      { path: 'deny[0]', found: '"::ffff:10.0.0.1/104"', fix: 'write 10.0.0.0/8 for the network, or 10.0.0.1 for the one address' },
    ],
    [
      'host bits, IPv6',
      { deny: ['2001:db8::1/64'] },
      { path: 'deny[0]', found: '"2001:db8::1/64"', fix: 'write 2001:db8::/64 for the network, or 2001:db8::1 for the one address' },
    ],
    [
      'a prefix too long',
      { deny: ['192.0.2.0/33'] },
      {
        path: 'deny[0]',
        found: '"192.0.2.0/33"',
        expected: 'a prefix length: 0 to 32 for IPv4, 0 to 128 for IPv6, 96 to 128 for IPv4-mapped IPv6',
        fix: /192\.0\.2\.0/,
      },
    ],
    [
      'octal',
      { deny: ['010.0.0.0/8'] },
      { path: 'deny[0]', found: '"010.0.0.0/8"', expected: 'an IPv4 or IPv6 address, or a network in CIDR notation', fix: /leading zeros/ },
    ],
    ['a host name', { deny: ['localhost'] }, { path: 'deny[0]', found: '"localhost"', fix: /192\.0\.2\.1/ }],
    ['not even text', { deny: [3_221_225_985] }, { path: 'deny[0]', found: '3221225985', fix: /192\.0\.2\.1/ }],
    ['too many', { deny: Array.from({ length: 250_001 }, () => '192.0.2.1') }, { path: 'deny', found: '250001 entries', fix: /join/ }],
    ['no zones', { workers: [] }, { path: 'workers', found: 'none', fix: "list at least one zone, or write 'deny'" }],
    ['a zone in upper case', { workers: ['Partner.example'] }, { path: 'workers[0]', found: '"Partner.example"', fix: /lower case/ }],
    ['a wildcard', { workers: ['*.example'] }, { path: 'workers[0]', found: '"*.example"', fix: /wildcard/ }],
    ['any Worker', { workers: 'allow' }, { path: 'workers', found: '"allow"', fix: /deny/ }],
    ['a misspelt list', { denied: ['192.0.2.1'] }, { path: 'denied', found: 'an unknown setting "denied"', fix: /remove/ }],
  ])('at start: %s', (_name, settings, { path, found, expected, fix }) => {
    const [problem, ...others] = problemsOf(settings)
    expect(others).toEqual([])
    expect(problem?.path).toBe(`zones.api.policies[0].${path}`)
    expect(problem?.found).toBe(found)
    if (expected !== undefined) expect(problem?.expected).toBe(expected)
    expect(problem?.fix).toMatch(fix)
  })

  it('tells every problem at once', () => {
    expect(problemsOf({ allow: ['10.0.0.1/8', 'x'], deny: ['y'], workers: 'some' }).map(({ path }) => path)).toEqual([
      'zones.api.policies[0].allow[0]',
      'zones.api.policies[0].allow[1]',
      'zones.api.policies[0].deny[0]',
      'zones.api.policies[0].workers',
    ])
  })

  it('finds nothing wrong with sound settings', () => {
    expect(problemsOf({ allow: ['192.0.2.1', '::ffff:10.0.0.0/104'], deny: [], workers: ['partner.example'], mode: 'report' })).toEqual([])
  })
})
