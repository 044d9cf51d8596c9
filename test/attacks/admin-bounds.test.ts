import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN, ADMIN_TOKEN, type AdminDoor, changing, openAdminDoor } from './admin/door.ts'
import { bearer } from './front-door.ts'

let door: AdminDoor
beforeAll(async () => {
  door = await openAdminDoor('zone')
})
afterAll(() => door.stop())

let names = 0
const change = (line: string, body?: unknown) =>
  door.ask(line.replace(' ', ` ${ADMIN}`), changing(ADMIN_TOKEN, `an-idempotency-key-${++names}`), body === undefined ? '' : JSON.stringify(body))
const read = (path: string) => door.ask(`GET ${ADMIN}${path}`, { Host: 'api.example.com', ...bearer(ADMIN_TOKEN) })

const key = (more: object) => ({ owner: 'ada', name: 'a key', ...more })
const many = (count: number, of: (i: number) => string) => Array.from({ length: count }, (_, i) => of(i))

describe('a key that the keyring would not keep is refused in words, and is no outage', () => {
  it.each<[string, object]>([
    ['a figure that no limit counts', { limits: { 'per-key': { limit: 1_000_000_000 } } }],
    ['a burst that no limit counts', { limits: { 'per-key': { limit: 100, burst: 1_000_000_000 } } }],
    ['more origins than are kept', { allowedOrigins: many(64, (i) => `https://app-${i}.example.com`) }],
    ['times before there were keys', { notBefore: '1970-01-01T00:00:00Z', expires: '2099-01-01T00:00:00Z' }],
    ['more words than are kept', { scopes: many(64, (i) => `${i}`.padEnd(128, 'x')), roles: many(64, (i) => `${i}`.padEnd(128, 'x')) }],
    [
      'characters of many bytes',
      { metadata: Object.fromEntries(many(20, (i) => `m${i}`).map((name) => [name, '𝄞'.repeat(128)])), scopes: many(64, (i) => `${i}`.padEnd(128, 'é')) },
    ],
    ['a metadata entry named like the prototype', { metadata: JSON.parse('{"constructor":"x"}') as object }],
  ])('%s', async (_, more) => {
    const outcome = await change('POST /keys', key(more))
    expect(outcome.said).toMatch(/^(?:201 admin\.answered|422 admin\.invalid|400 admin\.json)$/)
  })

  it.each<[string, object]>([
    ['an address alone', { allowedIps: ['198.51.100.7', '2001:db8::7', '::ffff:198.51.100.8'] }],
    ['what is allowed at most', { limits: { 'per-key': { limit: 10_000_000, burst: 1_000_000 } }, allowedIps: many(64, (i) => `10.0.${i}.0/24`) }],
  ])('%s is kept', async (_, more) => expect((await change('POST /keys', key(more))).said).toBe('201 admin.answered'))
})

describe('a rule that its object would not keep is refused in words', () => {
  const whose = {
    principal: { issuer: 'urn:portcullis:keys:acme_live', subject: 'ada' },
    credential: { issuer: 'urn:portcullis:keys:acme_live', id: 'x'.repeat(16) },
  }
  const override = { zone: 'api', limit: 'per-key', whose, figures: { limit: 10 }, forSeconds: 60, reason: 'a test' }
  it.each<[string, string, object]>([
    ['an override of more than is counted', '/overrides', { ...override, figures: { limit: 1_000_000_000 } }],
    ['an override for ten years', '/overrides', { ...override, forSeconds: 3660 * 86_400 }],
    ['an override until the end of time', '/overrides', { ...override, forSeconds: undefined, until: '9999-12-31T23:59:59Z' }],
    ['a ban of a JA4 that is none', '/bans', { effect: 'ban', target: 'ja4', value: 'x', forSeconds: 60, reason: 'a test' }],
    ['a ban of an unknown country', '/bans', { effect: 'ban', target: 'country', value: 'XX', forSeconds: 60, reason: 'a test' }],
    [
      'a ban that began before there was time',
      '/bans',
      { effect: 'ban', target: 'asn', value: '7', from: '1970-01-01T00:00:00Z', forSeconds: 2_000_000_000, reason: 'a test' },
    ],
    [
      'a ban from 1970 on',
      '/bans',
      { effect: 'ban', target: 'asn', value: '7', from: '1970-01-01T00:00:00Z', until: '2099-01-01T00:00:00Z', reason: 'a test' },
    ],
    [
      'a revocation of what was issued in 1970',
      '/revocations',
      { kind: 'subject', issuer: 'i', value: 'ada', issuedBefore: '1970-01-01T00:00:00Z', forSeconds: 60, reason: 'a test' },
    ],
    ['a revocation until the end of time', '/revocations', { kind: 'subject', issuer: 'i', value: 'ada', until: '9999-12-31T23:59:59Z', reason: 'a test' }],
    ['a 30th of February', '/bans', { effect: 'ban', target: 'asn', value: '7', until: '2099-02-30T00:00:00Z', reason: 'a test' }],
  ])('%s', async (_, path, body) => {
    const { said } = await change(`POST ${path}`, body)
    expect(said).toMatch(/^(?:201 admin\.answered|422 admin\.invalid)$/)
  })
})

describe('a cursor that no page gave', () => {
  const cursors = [
    'x',
    '00',
    'ff',
    `3f${'z'.repeat(16)}`,
    '40',
    '0'.repeat(65),
    '0'.repeat(4096),
    '~',
    '__proto__',
    '-1',
    Buffer.from('["token","",""]').toString('base64url'),
    Buffer.from('["issuer","x",""]').toString('base64url'),
    Buffer.from(JSON.stringify(['token', 'i'.repeat(5000), 'v'])).toString('base64url'),
  ]
  for (const path of ['/keys', '/bans', '/kill-switches', '/overrides', '/revocations']) {
    it.each([...cursors.entries()])(`${path}: the one at %i`, async (_, cursor) => {
      const { said } = await read(`${path}?cursor=${cursor}`)
      expect(said).toMatch(/^(?:200 admin\.answered|422 admin\.invalid)$/)
    })
  }
  it.each([
    '/audit/entries?after=999999999999999',
    '/audit/checkpoints?from=999999999999999',
    '/audit/export?after=999999999999999',
    '/keys?owner=%F0%9D%84%9E',
    '/keys?limit=1000&owner=nobody',
  ])('%s', async (path) => {
    expect((await read(path)).said).toMatch(/^200 admin\.answered$/)
  })
  it.each([
    '/keys?owner=a&owner=b',
    '/keys?limit=0',
    '/keys?limit=1001',
    '/keys?owner=',
    '/keys?Owner=a',
    '/audit/entries?after=-1',
    '/audit/entries?after=1e3',
  ])('%s', async (path) => {
    expect((await read(path)).said).toMatch(/^4(?:00|22) admin\./)
  })
})
