import { runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { ADMIN_TOKEN, adminUnderTest, tokenOf } from './admin.ts'
import type { Result } from './under-test.ts'

const said = ({ response, record, body }: Result) => {
  const { errors = [] } = JSON.parse(body) as { errors?: readonly { pointer: string }[] }
  return [response.status, record.reason, ...errors.map(({ pointer }) => pointer)].join(' ')
}
const times = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i))

const KEY = { owner: 'customer-7', name: 'the first' }
const BAN = { effect: 'ban', target: 'ip', value: '192.0.2.0/24', forSeconds: 60, reason: 'a test' }
const STOP = { forSeconds: 60, reason: 'a test' }
const OVERRIDE = {
  zone: 'api',
  limit: 'users',
  whose: { principal: { issuer: 'https://people.example', subject: 'ada' } },
  figures: { limit: 6 },
  forSeconds: 60,
  reason: 'a test',
}
const REVOCATION = { kind: 'subject', issuer: 'https://people.example', value: 'ada', forSeconds: 60, reason: 'a test' }
const EDGES: readonly [string, string, object][] = [
  [
    'the most of a key that fits',
    'POST /keys',
    { ...KEY, owner: 'o'.repeat(256), name: 'n'.repeat(128), level: 'l'.repeat(64), scopes: times(64, (i) => `${i}`.padEnd(128, 's')) },
  ],
  ['figures of a key', 'POST /keys', { ...KEY, limits: { users: { limit: 10_000_000, burst: 1_000_000 } } }],
  ['origins of a key', 'POST /keys', { ...KEY, allowedOrigins: times(32, (i) => `https://a${i}.example.com`) }],
  ['networks of a key', 'POST /keys', { ...KEY, allowedIps: ['192.0.2.1', '2001:db8::/32', '::ffff:192.0.2.0/120', ...times(61, (i) => `10.0.${i}.0/24`)] }],
  ['metadata of a key', 'POST /keys', { ...KEY, metadata: Object.fromEntries(times(20, (i) => [`n${i}`.padEnd(64, 'n'), 'v'.repeat(256)])) }],
  ['the first and last times', 'POST /keys', { ...KEY, notBefore: '1974-01-01T00:00:00Z', expires: '9998-12-31T23:59:59Z' }],
  ['a long subject', 'POST /bans', { ...BAN, target: 'subject', value: '\u{1f512}'.repeat(128), issuer: 'i'.repeat(256) }],
  ['a long user agent', 'POST /bans', { ...BAN, target: 'user-agent', value: `${'a'.repeat(255)}*` }],
  ['a long time', 'POST /bans', { ...BAN, forSeconds: 3660 * 86_400 }],
  ['a long reason', 'POST /kill-switches', { ...STOP, reason: '\u{1f512}'.repeat(128), retryAfterSeconds: 86_400 }],
  ['figures of an override', 'POST /overrides', { ...OVERRIDE, figures: { limit: 10_000_000, burst: 10_000_000 } }],
  ['a long override', 'POST /overrides', { ...OVERRIDE, forSeconds: 365 * 86_400 }],
  ['a long name of whose', 'POST /overrides', { ...OVERRIDE, whose: { principal: { issuer: 'i'.repeat(1023), subject: '\u{1f512}'.repeat(512) } } }],
  ['a long revocation', 'POST /revocations', { ...REVOCATION, issuer: 'i'.repeat(2000), value: 'v'.repeat(2000), forSeconds: 3660 * 86_400 }],
]
const BEYOND: readonly [string, string, object, string][] = [
  ['a figure of a key', 'POST /keys', { ...KEY, limits: { users: { limit: 10_000_001 } } }, '#/limits/users/limit'],
  ['a burst of a key', 'POST /keys', { ...KEY, limits: { users: { limit: 1, burst: 1_000_001 } } }, '#/limits/users/burst'],
  ['origins of a key', 'POST /keys', { ...KEY, allowedOrigins: times(33, (i) => `https://a${i}.example.com`) }, '#/allowedOrigins'],
  ['a route of a key', 'POST /keys', { ...KEY, allowedRoutes: [`api GET /${'a'.repeat(600)}`] }, '#/allowedRoutes/0'],
  ['a key as a whole', 'POST /keys', { ...KEY, scopes: times(64, () => 's'.repeat(128)), roles: times(64, () => 'r'.repeat(128)) }, '#'],
  ['a time that is 0', 'POST /keys', { ...KEY, notBefore: '1970-01-01T00:00:00Z' }, '#/notBefore'],
  ['a time without a text', 'POST /keys', { ...KEY, expires: '9999-12-31T23:59:59-12:00' }, '#/expires'],
  ['a beginning that is 0', 'POST /bans', { ...BAN, from: '1970-01-01T00:00:00Z' }, '#/from'],
  ['an end after all time', 'POST /bans', { ...BAN, from: '9998-12-31T00:00:00Z', forSeconds: 3660 * 86_400 }, '#/until'],
  ['a network with host bits', 'POST /bans', { ...BAN, value: '192.0.2.1/24' }, '#/value'],
  ['a country that nobody knows', 'POST /bans', { ...BAN, target: 'country', value: 'XX' }, '#/value'],
  ['no JA4', 'POST /bans', { ...BAN, target: 'ja4', value: 'anything' }, '#/value'],
  ['a user agent with a star inside', 'POST /bans', { ...BAN, target: 'user-agent', value: 'a*b' }, '#/value'],
  ['a user agent of a star', 'POST /bans', { ...BAN, target: 'user-agent', value: '*' }, '#/value'],
  ['a window that began in 1970', 'POST /kill-switches', { ...STOP, from: '1970-01-01T00:00:00Z' }, '#/from'],
  ['figures of an override', 'POST /overrides', { ...OVERRIDE, figures: { limit: 10_000_001 } }, '#/figures/limit'],
  ['an override of years', 'POST /overrides', { ...OVERRIDE, forSeconds: 366 * 86_400 }, '#/until'],
  ['an override of an address that is none', 'POST /overrides', { ...OVERRIDE, limit: 'per-ip', whose: { ip: 'somewhere' } }, '#/whose'],
  ['a revocation of 1970', 'POST /revocations', { ...REVOCATION, issuedBefore: '1970-01-01T00:00:00Z' }, '#/issuedBefore'],
  ['a revocation that no page could end with', 'POST /revocations', { ...REVOCATION, value: '\u{1f512}'.repeat(2000) }, '#/value'],
]
const cursorOf = (...subject: readonly string[]) => btoa(JSON.stringify(subject)).replaceAll('=', '')
const CURSORS: readonly [string, string, string][] = [
  ['of no shape', '/keys', 'zz'],
  ['of a shard that there is not', '/keys', '40'],
  ['of a long id', '/keys', `00${'0'.repeat(17)}`],
  ['of a long id', '/bans', 'a'.repeat(65)],
  ['of a long id', '/kill-switches', 'a'.repeat(65)],
  ['of a long id', '/overrides', 'a'.repeat(65)],
  ['of no id', '/bans', '~'],
  ['of no JSON', '/revocations', 'AAAA'],
  ['of a long value', '/revocations', cursorOf('subject', 'i', 'v'.repeat(4097))],
  ['of no issuer', '/revocations', cursorOf('subject', '', 'v')],
  ['of another kind', '/revocations', cursorOf('anything', 'i', 'v')],
]

describe('what the API takes, the objects take', () => {
  it.each(EDGES)('%s: %s', async (_name, line, json) => {
    const { root } = adminUnderTest()
    expect(said(await root(line, { json }))).toBe('201 admin.answered')
  })

  it('a name of who did it that is cut in the middle of a character', async () => {
    const { as, rooms } = adminUnderTest()
    const who = as(await tokenOf(['admins'], { sub: `x${'\u{1f512}'.repeat(200)}` }))
    for (const [line, json] of [
      ['POST /keys', KEY],
      ['POST /bans', BAN],
      ['POST /revocations', REVOCATION],
    ] as const) {
      expect(said(await who(line, { json }))).toBe('201 admin.answered')
    }
    const { rules, trail } = await rooms()
    expect(rules[0]?.by).toMatch(/^x\u{1f512}{50,}\ufffd… \(https:\/\/people\.example\)$/u)
    expect(trail.map(({ outcome }) => outcome)).toEqual(times(6, (i) => (i % 2 === 0 ? 'begun' : 'done')))
  })

  it('one text for one value: a ban and its pseudonym are those of the address, however it is written', async () => {
    const { root, rooms } = adminUnderTest()
    const { body } = await root('POST /bans', { json: { ...BAN, value: '2001:DB8:0::1/128' } })
    expect(JSON.parse(body)).toMatchObject({ value: '2001:db8::1' })
    const { pseudonyms } = JSON.parse((await root('POST /pseudonyms', { json: { value: '2001:db8::1' } })).body) as { pseudonyms: string[] }
    expect((await rooms()).trail[0]?.target).toBe(`ip ${pseudonyms[0]}`)
  })
})

describe('what they do not take is refused before anything is written down', () => {
  it.each(BEYOND)('%s: %s', async (_name, line, json, pointer) => {
    const { root, ports } = adminUnderTest()
    expect(said(await root(line, { json }))).toBe(`422 admin.invalid ${pointer}`)
    expect(await ports.audit.entries(0, 1)).toEqual([])
  })

  it.each(CURSORS)('a cursor %s: GET %s', async (_name, path, cursor) => {
    const { root } = adminUnderTest()
    expect(said(await root(`GET ${path}?cursor=${cursor}`))).toBe('422 admin.invalid query/cursor')
  })

  it.each(['GET /keys/0', `GET /keys/${'0'.repeat(17)}`, 'GET /keys/0123456789abcdef', 'GET /keys/0123456789abcde-'])('%s: no such key', async (line) => {
    const { root } = adminUnderTest()
    expect(said(await root(line))).toBe('404 admin.not-found')
    for (const end of ['rotate', 'revoke']) {
      const json = end === 'rotate' ? { overlapSeconds: 0 } : { reason: 'a test' }
      expect(said(await root(`${line.replace('GET', 'POST')}/${end}`, { json }))).toBe('404 admin.not-found')
    }
  })

  it.each(['/bans/', '/kill-switches/', '/overrides/'])('DELETE %s of what is none', async (path) => {
    const { root } = adminUnderTest()
    for (const id of ['x', 'ban.ip.x', `stop.${'x'.repeat(22)}`, `override.${'x'.repeat(22)}`, 'x'.repeat(65)]) {
      expect(said(await root(`DELETE ${path}${id}`))).toBe('404 admin.not-found')
    }
  })
})

describe('an action that comes again when its own time is over', () => {
  const end = () => new Date(Date.now() + 60_000).toISOString()
  it.each([
    ['POST /keys', () => ({ ...KEY, expires: end() }), '#/expires'],
    ['POST /bans', () => ({ ...BAN, forSeconds: undefined, until: end() }), '#/until'],
    ['POST /kill-switches', () => ({ ...STOP, forSeconds: undefined, until: end() }), '#/until'],
    ['POST /overrides', () => ({ ...OVERRIDE, forSeconds: undefined, until: end() }), '#/until'],
    ['POST /revocations', () => ({ ...REVOCATION, forSeconds: undefined, until: end() }), '#/until'],
  ] as const)('%s is answered as it was, and another is refused', async (line, make, pointer) => {
    let laterMs = 0
    const { root } = adminUnderTest({}, { ports: { clock: { now: () => Date.now() + laterMs } } })
    const json = make()
    const first = await root(line, { json, key: 'the-same-request-again' })
    expect(said(first)).toBe('201 admin.answered')
    laterMs = 3_600_000
    const again = await root(line, { json, key: 'the-same-request-again' })
    expect([said(again), again.body]).toEqual([said(first), first.body])
    expect(said(await root(line, { json }))).toBe(`422 admin.invalid ${pointer}`)
  })
})

describe('keys are ended in two places, and each does its own', () => {
  it.each([
    ['keys', 'a key', false, 1],
    ['keys', 'an owner', false, 1],
    ['revocations', 'a key', true, 0],
    ['revocations', 'an owner', true, 0],
  ] as const)('with %s out of reach, of %s', async (port, whose, isEnded, revocations) => {
    const { root, faults, rooms } = adminUnderTest()
    const { item } = JSON.parse((await root('POST /keys', { json: KEY })).body) as { item: { id: string } }
    for (const call of ['revoke', 'revokeOwner']) faults.set(`${port}.${call}`, 'out of reach')
    const [line, json] =
      whose === 'a key' ? [`POST /keys/${item.id}/revoke`, { reason: 'leaked' }] : ['POST /keys/revoke-by-owner', { owner: KEY.owner, reason: 'leaked' }]
    expect(said(await root(line, { json, key: 'the-same-request-again' }))).toBe('503 admin.unavailable')
    const half = await rooms()
    expect([half.keys[0]?.revoked !== undefined, half.revocations.length]).toEqual([isEnded, revocations])
    faults.clear()
    expect(said(await root(line, { json, key: 'the-same-request-again' }))).toBe('200 admin.answered')
    const whole = await rooms()
    expect([whole.keys[0]?.revoked !== undefined, whole.revocations.length]).toEqual([true, 1])
  })
})

describe('a ledger whose clock is ahead', () => {
  it.each([
    ['POST /bans', BAN],
    ['POST /kill-switches', STOP],
    ['POST /overrides', OVERRIDE],
    ['POST /revocations', REVOCATION],
  ] as const)('%s of what is over there is refused as over', async (line, json) => {
    const { root, objects, ports } = adminUnderTest()
    await runInDurableObject(objects.LEDGER.getByName('ledger'), (ledger) => {
      ;(ledger as unknown as { clock: { now(): number } }).clock = { now: () => Date.now() + 3_600_000 }
    })
    expect(said(await root(line, { json }))).toBe('422 admin.invalid #/until')
    expect((await ports.audit.entries(0, 10)).map(({ outcome }) => outcome)).toEqual(['begun', 'refused'])
  })
})

describe('an answer that is lost after the thing was done', () => {
  const CHANGES: readonly [string, string, object][] = [
    ['keys.create', 'POST /keys', KEY],
    ['runtime.add', 'POST /bans', BAN],
    ['runtime.add', 'POST /overrides', OVERRIDE],
    ['limitOperator.override', 'POST /overrides', OVERRIDE],
    ['revocations.revoke', 'POST /revocations', REVOCATION],
    ['audit.begin', 'POST /keys', KEY],
    ['audit.end', 'POST /keys', KEY],
    ['audit.checkpoint', 'POST /audit/checkpoints', {}],
  ]

  it.each(CHANGES)('%s of %s: 503, and the same request finds one thing done', async (fault, line, json) => {
    const { root, faults, rooms } = adminUnderTest()
    const how = { key: 'the-same-request-again', ...(line.endsWith('checkpoints') ? {} : { json }) }
    faults.set(fault, 'answer lost')
    expect(said(await root(line, how))).toBe('503 admin.unavailable')
    faults.clear()
    const again = await root(line, how)
    expect(said(again)).toBe('201 admin.answered')
    expect((await root(line, how)).body).toBe(again.body)
    const { keys, rules, revocations, trail } = await rooms()
    expect(keys.length + rules.length + revocations.length).toBe(line.endsWith('checkpoints') ? 0 : 1)
    expect(trail.map(({ outcome }) => outcome)).toEqual(['begun', 'done'])
  })

  it('keys.rotate and keys.revoke', async () => {
    const { root, faults, rooms } = adminUnderTest()
    const { item } = JSON.parse((await root('POST /keys', { json: KEY })).body) as { item: { id: string } }
    for (const [end, json, method] of [
      ['rotate', { overlapSeconds: 60 }, 'keys.rotate'],
      ['revoke', { reason: 'a test' }, 'keys.revoke'],
      ['revoke', { reason: 'once more' }, 'revocations.revoke'],
    ] as const) {
      const how = { json, key: `the-same-${method}-again` }
      faults.set(method, 'answer lost')
      expect(said(await root(`POST /keys/${item.id}/${end}`, how))).toBe('503 admin.unavailable')
      faults.clear()
      expect(said(await root(`POST /keys/${item.id}/${end}`, how))).toBe('200 admin.answered')
    }
    const [key] = (await rooms()).keys
    expect([key?.secrets.length, key?.revoked?.reason]).toEqual([2, 'a test'])
  })

  it('of a key is no second key, though a pepper took the place of another meanwhile', async () => {
    const peppers: Record<string, string> = { KEY_PEPPER: 'the first pepper for tests, and for nothing else' }
    const { root, faults, rooms } = adminUnderTest({}, { ports: { secret: (name) => (name === 'ADMIN_TOKEN' ? ADMIN_TOKEN : peppers[name]) } })
    const replace = () => Object.assign(peppers, { KEY_PEPPER: `another ${peppers.KEY_PEPPER}`, OLD_KEY_PEPPER: peppers.KEY_PEPPER })
    const lost = async (line: string, json: object, fault: string) => {
      const how = { json, key: `the-same-request-${fault}` }
      faults.set(fault, 'answer lost')
      expect(said(await root(line, how))).toBe('503 admin.unavailable')
      faults.clear()
      const [before] = (await rooms()).keys
      replace()
      const again = await root(line, how)
      const { keys } = await rooms()
      expect([said(again).slice(4), keys]).toEqual(['admin.answered', [before]])
      return JSON.parse(again.body) as { key: string; item: { id: string } }
    }
    const { key, item } = await lost('POST /keys', KEY, 'keys.create')
    expect(key).toContain(`_${item.id}_`)
    await lost(`POST /keys/${item.id}/rotate`, { overlapSeconds: 60 }, 'keys.rotate')
  })

  it('a removal is then 404, and the trail does not say that it was refused', async () => {
    const { root, faults, rooms } = adminUnderTest()
    const { id } = JSON.parse((await root('POST /bans', { json: BAN })).body) as { id: string }
    faults.set('runtime.remove', 'answer lost')
    const how = { key: 'the-same-request-again' }
    expect(said(await root(`DELETE /bans/${id}`, how))).toBe('503 admin.unavailable')
    faults.clear()
    expect(said(await root(`DELETE /bans/${id}`, how))).toBe('404 admin.not-found')
    const { rules, trail } = await rooms()
    expect([rules, trail.map(({ outcome }) => outcome)]).toEqual([[], ['begun', 'done', 'begun', 'unknown']])
  })

  it('a full ledger gives no counter other figures', async () => {
    const { root, faults, rooms, calls } = adminUnderTest()
    faults.set('runtime.add', 'out of reach')
    expect(said(await root('POST /overrides', { json: OVERRIDE }))).toBe('503 admin.unavailable')
    expect([calls.includes('limitOperator.override'), (await rooms()).rules]).toEqual([false, []])
  })
})
