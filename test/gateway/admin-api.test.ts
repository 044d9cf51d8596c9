import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import type { Operation } from '../../src/admin/operation.ts'
import { OPERATIONS } from '../../src/admin/operations.ts'
import { MAX_RULES } from '../../src/core/runtime-rule.ts'
import { GRACE_MS } from '../../src/ledger/owner.ts'
import { rateLimit } from '../../src/policies/rate-limit/rate-limit.ts'
import { adminUnderTest, type Call, HOST, tokenOf } from './admin.ts'
import type { Result } from './under-test.ts'

const operationOf = (id: string) => OPERATIONS.find((one) => one.id === id) as Operation
const exercised = new Set<string>()

/** Asks an operation, and holds its answer against its own schema. */
async function call(who: Call, id: string, how: Parameters<Call>[1] = {}, params: Record<string, string> = {}, query = '') {
  const operation = operationOf(id)
  exercised.add(id)
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => params[name] ?? '')
  const { response, body, record } = await who(`${operation.method} ${path}${query}`, how)
  const status = operation.kind === 'change' ? operation.status : 200
  expect([response.status, record.reason, record.route, body], id).toEqual([status, 'admin.answered', 'admin', body])
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(response.headers.get('access-control-allow-origin')).toBeNull()
  const answer: unknown = operation.kind === 'reading' && operation.mediaType !== undefined ? body : JSON.parse(body)
  const parsed = v.safeParse(operation.answer, answer)
  expect(parsed.issues, `${id}: ${body}`).toBeUndefined()
  return answer as Record<string, unknown>
}

/** Whether a call is one that writes something. */
const changes = (call: string) => !/\.(?:current|find|used|read|list|entries|checkpoints|publicKeys|status|note)$/.test(call)

const said = ({ response, record }: Result) => `${response.status} ${record.reason}`
const errorsOf = ({ body }: Result) => (JSON.parse(body) as { errors?: readonly { pointer: string }[] }).errors?.map(({ pointer }) => pointer)

const NEW_KEY = {
  owner: 'customer-7',
  name: 'the first',
  level: 'pro',
  scopes: ['read'],
  limits: { users: { limit: 10 } },
  allowedRoutes: ['api', 'api GET /v1/keyed'],
}
const BAN = { effect: 'ban', target: 'ip', value: '192.0.2.0/24', forSeconds: 3600, reason: 'scraping' }

describe('keys', () => {
  it('are created, shown once, listed, described, rotated and revoked', async () => {
    const { root, rooms } = adminUnderTest()
    const { key, item } = (await call(root, 'createKey', { json: NEW_KEY })) as { key: string; item: { id: string } }
    expect(key).toMatch(/^acme_live_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/)
    expect(item).toMatchObject({ prefix: 'acme', environment: 'live', owner: 'customer-7', state: 'active', createdBy: 'bootstrap (urn:portcullis:bootstrap)' })
    const { id } = item
    expect(JSON.stringify(await rooms())).not.toContain(key)

    expect(await call(root, 'showKey', {}, { id })).toEqual(item)
    expect(await call(root, 'listKeys', {}, {}, '?owner=customer-7&limit=1')).toEqual({ items: [item] })
    expect(await call(root, 'listKeys', {}, {}, '?owner=nobody')).toEqual({ items: [] })

    const rotated = (await call(root, 'rotateKey', { json: { overlapSeconds: 60 } }, { id })) as { key: string; item: Record<string, unknown> }
    expect(rotated.key).toContain(`acme_live_${id}_`)
    expect(rotated.key).not.toBe(key)
    expect(Date.parse(rotated.item.overlapUntil as string) - Date.parse(rotated.item.rotated as string)).toBeLessThanOrEqual(60_000)
    expect(said(await root(`POST /keys/${id}/rotate`, { json: { overlapSeconds: 1 } }))).toBe('409 admin.key-conflict')
    expect(await call(root, 'rotateKey', { json: { overlapSeconds: 0 } }, { id })).not.toHaveProperty('item.overlapUntil')

    expect(await call(root, 'revokeKey', { json: { reason: 'leaked' } }, { id })).toMatchObject({ state: 'revoked', revoked: { reason: 'leaked' } })
    expect((await rooms()).revocations).toMatchObject([{ kind: 'token', issuer: 'urn:portcullis:keys:acme_live', value: id }])
  })

  it('of an owner end together', async () => {
    const { root, rooms } = adminUnderTest()
    for (const name of ['one', 'two']) await call(root, 'createKey', { json: { owner: 'customer-8', name } })
    expect(await call(root, 'revokeKeysOfOwner', { json: { owner: 'customer-8', reason: 'gone' } })).toEqual({ revoked: 2 })
    expect((await rooms()).revocations).toMatchObject([{ kind: 'subject', issuer: 'urn:portcullis:keys:acme_live', value: 'customer-8' }])
  })

  it.each<[string, object, string]>([
    ['no owner', { owner: undefined }, '#/owner'],
    ['a number for a name', { name: 7 }, '#/name'],
    ['an unknown member', { secret: 'x' }, '#/secret'],
    ['a limit that there is not', { limits: { none: { limit: 1 } } }, '#/limits'],
    ['a limit that counts by something else, where it would do nothing', { limits: { 'per-ip': { limit: 1 } } }, '#/limits'],
    ['a zone that there is not', { allowedRoutes: ['none'] }, '#/allowedRoutes/0'],
    ['a route that there is not', { allowedRoutes: ['api', 'api GET /none'] }, '#/allowedRoutes/1'],
    ['a network with host bits', { allowedIps: ['192.0.2.1/24'] }, '#/allowedIps/0'],
    ['an origin without TLS', { allowedOrigins: ['http://a.example'] }, '#/allowedOrigins/0'],
    ['another prefix', { prefix: 'none' }, '#/prefix'],
    ['an end in the past', { expires: '2020-01-01T00:00:00Z' }, '#/expires'],
    ['a date that is none', { expires: '2030-13-41T00:00:00Z' }, '#/expires'],
    ['control characters', { name: 'a\u0000b' }, '#/name'],
    ['too much metadata', { metadata: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`n${i}`, 'x'])) }, '#/metadata'],
  ])('with %s are refused, at its place and without its value', async (_name, changed, pointer) => {
    const { root, calls } = adminUnderTest()
    const result = await root('POST /keys', { json: { ...NEW_KEY, ...changed } })
    expect([said(result), errorsOf(result)]).toEqual(['422 admin.invalid', [pointer]])
    expect(calls.filter(changes)).toEqual([])
  })

  it.each(['0123', '%2e%2e', 'ABCDEFGHIJKLMNO!', 'a'.repeat(300)])('with an id like %j there is none', async (id) => {
    const { root } = adminUnderTest()
    expect((await root(`GET /keys/${id}`)).response.status).not.toBe(200)
  })
})

describe('rules', () => {
  it('bans and allowances come and go', async () => {
    const { root } = adminUnderTest()
    const ban = (await call(root, 'addBan', { json: BAN })) as { id: string; until: string; at: string }
    expect(ban).toMatchObject({ kind: 'ban', target: 'ip', value: '192.0.2.0/24', reason: 'scraping' })
    expect(Math.abs(Date.parse(ban.until) - Date.parse(ban.at) - 3_600_000)).toBeLessThan(1000)
    const allow = await call(root, 'addBan', { json: { ...BAN, effect: 'allow', value: '192.0.2.7' } })
    expect(await call(root, 'listBans')).toEqual({ items: [allow, ban] })
    const first = (await call(root, 'listBans', {}, {}, '?limit=1')) as { next: string }
    expect(await call(root, 'listBans', {}, {}, `?limit=1&cursor=${first.next}`)).toMatchObject({ items: [ban] })
    expect(await call(root, 'removeBan', {}, { id: ban.id })).toEqual(ban)
    expect(said(await root(`DELETE /bans/${ban.id}`))).toBe('404 admin.not-found')
  })

  it.each<[string, object, string]>([
    ['neither end', { forSeconds: undefined }, '#/until'],
    ['both ends', { until: '2030-01-01T00:00:00Z' }, '#/until'],
    ['an end in the past', { forSeconds: undefined, until: '2020-01-01T00:00:00Z' }, '#/until'],
    ['an issuer of an address', { issuer: 'https://a.example' }, '#/issuer'],
    ['a subject of nobody', { target: 'subject', value: 'ada' }, '#/issuer'],
    ['no address', { value: 'somewhere' }, '#/value'],
    ['no number', { target: 'asn', value: 'AS1' }, '#/value'],
    ['no country', { target: 'country', value: 'Sweden' }, '#/value'],
    ['another zone', { zone: 'none' }, '#/zone'],
    ['no reason', { reason: '' }, '#/reason'],
    ['an effect that there is not', { effect: 'destroy' }, '#/effect'],
  ])('a ban with %s is refused', async (_name, changed, pointer) => {
    const { root, calls } = adminUnderTest()
    const result = await root('POST /bans', { json: { ...BAN, ...changed } })
    expect([said(result), errorsOf(result)?.[0], calls.filter(changes)]).toEqual(['422 admin.invalid', pointer, []])
  })

  it('kill switches come and go, and windows begin later', async () => {
    const { root } = adminUnderTest()
    const stop = (await call(root, 'addKillSwitch', { json: { zone: 'api', route: 'GET /*', forSeconds: 60, retryAfterSeconds: 5, reason: 'on fire' } })) as {
      id: string
    }
    const window = await call(root, 'addKillSwitch', { json: { from: '2027-01-01T00:00:00Z', until: '2027-01-01T01:00:00+00:00', reason: 'new disks' } })
    expect(window).toMatchObject({ from: '2027-01-01T00:00:00.000Z', until: '2027-01-01T01:00:00.000Z' })
    expect(((await call(root, 'listKillSwitches')) as { items: unknown[] }).items).toHaveLength(2)
    expect(said(await root(`DELETE /bans/${stop.id}`)), 'by another name it is not there').toBe('404 admin.not-found')
    expect(await call(root, 'removeKillSwitch', {}, { id: stop.id })).toEqual(stop)
    for (const wrong of [{ zone: 'none' }, { route: 'GET /*' }, { zone: 'api', route: 'GET /none' }]) {
      expect(said(await root('POST /kill-switches', { json: { ...wrong, forSeconds: 60, reason: 'on fire' } }))).toBe('422 admin.invalid')
    }
  })

  it('overrides hold in the counter, and are remembered', async () => {
    const { root, run } = adminUnderTest()
    const json = {
      zone: 'api',
      limit: 'users',
      whose: { principal: { issuer: 'https://people.example', subject: 'ada' } },
      figures: { limit: 1, burst: 1 },
      forSeconds: 60,
      reason: 'a launch',
    }
    const rule = (await call(root, 'addOverride', { json })) as { id: string }
    expect(rule).toMatchObject({ kind: 'override', limit: 'users', figures: { limit: 1, burst: 1 } })
    const headers = { authorization: `Bearer ${await tokenOf([], { sub: 'ada' })}` }
    const adas = async () => (await run(`https://${HOST}/v1/users/1`, { headers })).response.status
    expect([await adas(), await adas()]).toEqual([200, 429])
    expect(await call(root, 'listOverrides')).toEqual({ items: [rule] })
    expect(await call(root, 'removeOverride', {}, { id: rule.id })).toEqual(rule)
    expect(await call(root, 'listOverrides')).toEqual({ items: [] })
    expect(said(await root('POST /overrides', { json: { ...json, limit: 'none' } }))).toBe('422 admin.invalid')
    const missing = await root('POST /overrides', { json: { ...json, whose: {} } })
    expect([errorsOf(missing), missing.body]).toEqual([['#/whose'], expect.stringContaining('principal')])
  })

  it('that are too many are 409', async () => {
    const { root, ports } = adminUnderTest()
    const untilMs = Date.now() + 3_600_000
    const rules = Array.from({ length: MAX_RULES }, (_, i) => ({ kind: 'ban', target: 'asn', value: `${i + 1}`, untilMs, reason: 'full', by: 'ops' }) as const)
    for (let i = 0; i < MAX_RULES; i += 1000) await ports.runtime.add(rules.slice(i, i + 1000))
    expect(said(await root('POST /bans', { json: BAN }))).toBe('409 admin.rules-full')
  })
})

describe('revocations', () => {
  it('come and go', async () => {
    const { root, rooms } = adminUnderTest()
    const json = {
      kind: 'subject',
      issuer: 'https://people.example',
      value: 'ada',
      issuedBefore: '2025-12-31T00:00:00Z',
      forSeconds: 3600,
      reason: 'a lost laptop',
    }
    const one = await call(root, 'revoke', { json })
    expect(one).toMatchObject({ kind: 'subject', value: 'ada', issuedBefore: '2025-12-31T00:00:00.000Z' })
    const all = await call(root, 'revoke', { json: { kind: 'issuer', issuer: 'https://bad.example', forSeconds: 60, reason: 'a breach' } })
    expect(all.issuedBefore).toBeUndefined()
    const first = (await call(root, 'listRevocations', {}, {}, '?limit=1')) as { items: unknown[]; next: string }
    const second = (await call(root, 'listRevocations', {}, {}, `?limit=1&cursor=${first.next}`)) as { items: unknown[] }
    const listed = [...first.items, ...second.items] as { value: string; until: string; at: string }[]
    expect(listed.map(({ value }) => value).toSorted()).toEqual(['', 'ada'])
    for (const asked of [one, all]) {
      // As long as asked, and as much longer as clocks may differ.
      const kept = listed.find(({ value }) => value === asked.value)
      expect(kept).toEqual({ ...asked, until: new Date(Date.parse(asked.until as string) + GRACE_MS).toISOString(), at: expect.any(String) })
    }
    const { kind, issuer, value } = json
    expect(await call(root, 'liftRevocation', { json: { kind, issuer, value, reason: 'found again' } })).toEqual({ kind, issuer, value })
    expect((await rooms()).revocations).toHaveLength(1)
    expect(said(await root('GET /revocations?cursor=AAAA'))).toBe('422 admin.invalid')
    expect(said(await root('POST /revocations', { json: { ...json, value: undefined } }))).toBe('422 admin.invalid')
  })
})

describe('audit, status, pseudonyms', () => {
  it('show what was done, to viewers without what is personal', async () => {
    const { root, as } = adminUnderTest()
    await call(root, 'addBan', { json: BAN })
    const viewer = as(await tokenOf(['viewers']))
    const seenBy = async (who: Call) => ((await call(who, 'listAuditEntries')) as { items: readonly Record<string, unknown>[] }).items
    const entries = await seenBy(root)
    expect(entries.map(({ type, outcome }) => `${type} ${outcome}`)).toEqual(['admin.bans.add begun', 'admin.bans.add done'])
    expect(entries[0]).toMatchObject({
      personal: { actor: 'bootstrap (urn:portcullis:bootstrap)', target: 'ip 192.0.2.0/24', reason: 'scraping' },
      facts: { effect: 'ban', role: 'admin' },
    })
    const plain = JSON.stringify(await seenBy(viewer))
    for (const word of ['192.0.2.0', 'scraping', 'bootstrap (']) expect(plain).not.toContain(word)

    const checkpoint = await call(root, 'signCheckpoint')
    expect(await call(viewer, 'listCheckpoints')).toEqual({ items: [checkpoint] })
    expect(await call(root, 'listAuditEntries', {}, {}, '?after=1&limit=1')).toMatchObject({ items: [{ seq: 2 }], next: '2' })

    const page = await root('GET /audit/export?after=0&limit=3')
    expect([page.response.headers.get('content-type'), page.response.headers.get('portcullis-next')]).toEqual(['application/x-ndjson', '3'])
    const lines = (await call(root, 'exportAudit')) as unknown as string
    expect(
      lines
        .trimEnd()
        .split('\n')
        .flatMap((line) => Object.keys(JSON.parse(line))),
    ).toEqual(['key', 'entry', 'entry', 'entry', 'checkpoint', 'entry'])
  })

  it('status says what runs', async () => {
    const { root } = adminUnderTest()
    expect(await call(root, 'getStatus')).toMatchObject({
      role: 'admin',
      zones: [
        { name: 'api', limits: ['per-ip', 'users'] },
        { name: 'other', limits: [] },
      ],
      keys: [{ prefix: 'acme', environment: 'live' }],
    })
  })

  it('pseudonyms are found for admins, and that is written down', async () => {
    const { root, rooms } = adminUnderTest()
    const { pseudonyms } = (await call(root, 'findPseudonyms', { json: { value: '192.0.2.1' } })) as { pseudonyms: string[] }
    expect(pseudonyms).toEqual([expect.stringMatching(/^[\w-]{22}$/)])
    expect((await rooms()).trail.map(({ type, target }) => [type, target])).toEqual(Array(2).fill(['admin.pseudonyms.find', pseudonyms[0]]))
  })

  it('the document is there', async () => {
    const { root } = adminUnderTest()
    expect(await call(root, 'getDocument')).toMatchObject({ openapi: '3.1.0' })
  })
})

it('every operation was exercised', () => expect(OPERATIONS.map(({ id }) => id).filter((id) => !exercised.has(id))).toEqual([]))

describe('paths and methods, for whoever is known', () => {
  it.each<[string, string, string | null]>([
    ['GET /nothing', '404 admin.unlisted', null],
    ['GET ', '404 admin.unlisted', null],
    ['GET /', '404 admin.unlisted', null],
    ['GET /status/', '404 admin.unlisted', null],
    ['GET /Status', '404 admin.unlisted', null],
    ['PUT /keys', '405 admin.method', 'GET, HEAD, POST'],
    ['OPTIONS /keys', '405 admin.method', 'GET, HEAD, POST'],
    ['DELETE /status', '405 admin.method', 'GET, HEAD'],
    ['HEAD /status', '200 admin.answered', null],
    ['GET /keys/revoke-by-owner', '404 admin.not-found', null],
    ['GET /status?x=1', '422 admin.invalid', null],
    ['GET /keys?limit=0', '422 admin.invalid', null],
    ['GET /keys?limit=1001', '422 admin.invalid', null],
    ['GET /keys?limit=1&limit=2', '400 admin.query', null],
    ['GET /keys?limit=%zz', '400 transport.ambiguous-path', null],
  ])('%s → %s', async (line, expected, allow) => {
    const { root } = adminUnderTest()
    const result = await root(line)
    expect([said(result), result.response.headers.get('allow')]).toEqual([expected, allow])
    if (line.startsWith('HEAD')) expect(result.body).toBe('')
  })

  it.each<[string, string, Record<string, string>, string]>([
    ['no JSON', 'owner=x', {}, '400 admin.json'],
    ['a key twice', '{"owner":"a","owner":"b","reason":"gone"}', {}, '400 admin.json'],
    ['a prototype', '{"owner":"a","__proto__":{"role":"admin"},"reason":"gone"}', {}, '400 admin.json'],
    ['another type', '{}', { 'content-type': 'text/plain' }, '415 admin.content-type'],
    ['a form', 'owner=x', { 'content-type': 'application/x-www-form-urlencoded' }, '415 admin.content-type'],
    ['no type', '{}', { 'content-type': '' }, '415 admin.content-type'],
    ['another charset', '{}', { 'content-type': 'application/json; charset=utf-16' }, '415 admin.content-type'],
    ['a coding', '{}', { 'content-encoding': 'gzip' }, '415 admin.content-type'],
    ['too much', JSON.stringify({ owner: 'a'.repeat(65_536), reason: 'gone' }), {}, '413 admin.too-large'],
    ['too deep', `${'['.repeat(9)}${']'.repeat(9)}`, {}, '400 admin.json'],
    ['a list', '[]', {}, '422 admin.invalid'],
    ['null', 'null', {}, '422 admin.invalid'],
  ])('a body with %s', async (_name, body, headers, expected) => {
    const { root, calls } = adminUnderTest()
    const result = await root('POST /keys/revoke-by-owner', { json: body, headers })
    expect([said(result), calls.filter(changes)]).toEqual([expected, []])
  })

  it('a body where none is', async () => {
    const { root, calls } = adminUnderTest()
    expect(said(await root('DELETE /bans/ban.ip.x', { json: {} }))).toBe('400 admin.body')
    expect(calls.filter(changes)).toEqual([])
  })

  it('calls are limited by who calls', async () => {
    const { as, root } = adminUnderTest({ limits: { calls: '3/day' } })
    const viewer = as(await tokenOf(['viewers'], { sub: 'a-limited-viewer' }))
    const answers = []
    for (let i = 0; i < 4; i++) answers.push(said(await viewer('GET /status')))
    expect(answers).toEqual([...Array(3).fill('200 admin.answered'), '429 rate-limit.exceeded'])
    expect(said(await root('GET /openapi.json'))).toBe('200 admin.answered')
  })
})

describe('objects out of reach', () => {
  it.each(['audit.begin', 'audit.end', 'keys', 'revocations.revoke', 'runtime', 'limitOperator'])('%s: 503, and the same request does it', async (port) => {
    const { root, faults, rooms } = adminUnderTest()
    const { item } = (await call(root, 'createKey', { json: NEW_KEY })) as { item: { id: string } }
    const requests: Record<string, [string, object]> = {
      runtime: ['POST /bans', BAN],
      limitOperator: [
        'POST /overrides',
        { zone: 'api', limit: 'users', whose: { principal: { issuer: 'i', subject: 's' } }, figures: { limit: 1 }, forSeconds: 9, reason: 'less' },
      ],
    }
    const [line, json] = requests[port] ?? [`POST /keys/${item.id}/revoke`, { reason: 'leaked' }]
    const key = `the-same-request-${port}`
    faults.set(port, 'out of reach')
    const failed = await root(line, { json, key })
    expect([said(failed), failed.response.headers.get('retry-after')]).toEqual(['503 admin.unavailable', '5'])
    expect(failed.body).not.toContain('out of reach')
    faults.clear()
    expect((await root(line, { json, key })).response.status).toBeLessThan(300)
    expect((await rooms()).keys).toHaveLength(1)
  })
})

describe('a limit of the zone', () => {
  it('holds here too', async () => {
    const { root } = adminUnderTest({}, { policies: [rateLimit({ name: 'tiny', by: 'ip', limit: '2/day', burst: 2, assumedIsolates: 4 })] })
    const answers = []
    for (let i = 0; i < 3; i++) answers.push(said(await root('GET /openapi.json', { ip: '198.51.100.200' })))
    expect(answers).toEqual(['200 admin.answered', '200 admin.answered', '429 rate-limit.exceeded'])
  })
})
