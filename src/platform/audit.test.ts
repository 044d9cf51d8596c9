import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { GENESIS } from '../audit/entry.ts'
import { exportText } from '../audit/export.ts'
import { linesOf } from '../audit/lines.ts'
import type { SettingsMessage } from '../audit/message.ts'
import { OPERATION_MS, SIGNED_EVERY, SIGNED_WITHIN_MS } from '../audit/owner.ts'
import { FIRST_PAUSE_MS, LONGEST_PAUSE_MS } from '../audit/pauses.ts'
import { eventOf, NOW, newSecret, RFC_8032_KEY } from '../audit/test-trail.ts'
import { type TrailReport, type VerifyOptions, verifyTrail } from '../audit/verify.ts'
import type { AuditEvent } from '../core/audit.ts'
import type { Audit } from './audit.ts'
import { SINK_TIMEOUT_MS } from './audit-sink.ts'
import { durableAudit } from './durable-audit.ts'

type Stub = DurableObjectStub<Audit>
type Bindings = Record<string, unknown>

const DAY_MS = 86_400_000
const BUCKET = (env as unknown as { readonly AUDIT_BUCKET: R2Bucket }).AUDIT_BUCKET
const SETTINGS: SettingsMessage = { signingKeys: ['AUDIT_SIGNING_KEY'], retentionDays: 90 }
const HEAD = { v: 1 as const, settings: SETTINGS }

let objects = 0

/** What a test wants of an object's surroundings, which an eviction takes away. */
interface Around {
  readonly now?: number
  readonly bindings?: Bindings
  readonly network?: (url: string, init: RequestInit) => Response | Promise<Response>
  readonly timer?: Audit['timer']
}

async function newObject(around: Around = {}): Promise<Stub> {
  const stub = env.AUDIT.getByName(`test-${objects++}`)
  await surround(stub, around)
  return stub
}

function surround(stub: Stub, { now = NOW, bindings = {}, network, timer }: Around): Promise<void> {
  return runInDurableObject(stub, (object: Audit) => {
    object.clock = { now: () => now }
    object.bindings = { AUDIT_SIGNING_KEY: RFC_8032_KEY, AUDIT_BUCKET: BUCKET, ...bindings }
    if (network !== undefined) object.network = { fetch: async (url, init = {}) => await network(url, init) }
    if (timer !== undefined) object.timer = timer
  })
}

const operation = (name: string, event: Partial<AuditEvent> = {}, fingerprint = 'a fingerprint of it') => ({
  id: `operation ${name.padEnd(16)}`,
  fingerprint,
  event: eventOf({ outcome: 'begun', ...event }),
})
const begin = (stub: Stub, name: string, event: Partial<AuditEvent> = {}, settings = SETTINGS) =>
  stub.begin({ v: 1, settings, operation: operation(name, event) })
const end = (stub: Stub, name: string, body = '{"id":1}', event: Partial<AuditEvent> = {}) =>
  stub.end({ ...HEAD, id: operation(name).id, event: eventOf(event), status: 201, body })
const note = (stub: Stub, number: number, settings = SETTINGS) =>
  stub.note({ v: 1, settings, events: Array.from({ length: number }, (_, i) => eventOf({ type: 'decision.authentication-denied', target: `${i}` })) })
const status = (stub: Stub) => stub.status(HEAD)
const alarmAt = (stub: Stub) => runInDurableObject(stub, (_: Audit, { storage }) => storage.getAlarm())
const sql = (stub: Stub, query: string, ...values: SqlStorageValue[]) =>
  runInDurableObject(stub, (_: Audit, { storage }) => storage.sql.exec(query, ...values).toArray())
const entriesOf = async (stub: Stub) => (await stub.entries({ ...HEAD, from: 0, limit: 1000 })).entries

async function exported(stub: Stub): Promise<string> {
  const { entries } = await stub.entries({ ...HEAD, from: 0, limit: 1000 })
  const { checkpoints } = await stub.checkpoints({ ...HEAD, from: 0, limit: 1000 })
  return exportText({ entries, checkpoints, keys: (await stub.keys(HEAD)).keys })
}

async function verified(text: string, options: VerifyOptions = {}): Promise<TrailReport> {
  return await verifyTrail(linesOf([new TextEncoder().encode(text)]), options)
}

describe('Audit: the chain', () => {
  it('forgets nothing when it is evicted, and goes on where it was', async () => {
    const stub = await newObject()
    await begin(stub, 'a', { personal: { ip: '192.0.2.1' } })
    await end(stub, 'a')
    const before = await entriesOf(stub)
    await evictDurableObject(stub)
    await surround(stub, {})
    expect(await entriesOf(stub)).toEqual(before)
    expect(await begin(stub, 'a')).toMatchObject({ kind: 'done', status: 201, body: '{"id":1}' })
    await note(stub, 1)
    expect((await entriesOf(stub)).map(({ seq, type, outcome }) => [seq, type, outcome])).toEqual([
      [1, 'admin.keys.create', 'begun'],
      [2, 'admin.keys.create', 'done'],
      [3, 'decision.authentication-denied', 'done'],
    ])
    const { keys } = await stub.keys(HEAD)
    expect(await verified(await exported(stub), { publicKeys: keys })).toMatchObject({ verdict: 'unsigned', entries: 3, personal: { kept: 1 } })
  })

  it('gives each entry one place, however its callers interleave', async () => {
    const stub = await newObject()
    await Promise.all(Array.from({ length: 40 }, (_, i) => (i % 3 === 0 ? note(stub, 3) : i % 7 === 1 ? stub.checkpoint(HEAD) : begin(stub, `${i}`))))
    await stub.checkpoint(HEAD)
    const { keys } = await stub.keys(HEAD)
    const report = await verified(await exported(stub), { publicKeys: keys })
    expect(report).toMatchObject({ verdict: 'whole', lastSeq: (await status(stub)).lastSeq, unsignedTail: 0 })
  })

  it('reads back whatever an event may hold', async () => {
    const stub = await newObject()
    const text = (maxLength: number) => fc.string({ unit: 'binary', maxLength })
    const fact = fc.oneof(text(256), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean())
    const names = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_.-]{0,20}$/)
    const event = fc.record(
      {
        ...{ type: fc.string({ unit: 'binary', minLength: 1, maxLength: 64 }), actor: text(256), target: text(256) },
        outcome: fc.string({ unit: 'binary', minLength: 1, maxLength: 128 }),
        facts: fc.dictionary(names, fact, { maxKeys: 20, noNullPrototype: true }),
        personal: fc.dictionary(names, text(1024), { maxKeys: 20, noNullPrototype: true }),
      },
      { noNullPrototype: true },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 10 }), async (events) => await stub.note({ ...HEAD, events })),
      { numRuns: 40 },
    )
    await stub.note({ ...HEAD, events: [eventOf({ target: 'a\ud800b\u0000c', facts: { constructor: 'x', x: -0 }, personal: { y: '\udfff' } })] })
    expect(await verified(await exported(stub))).toMatchObject({ verdict: 'unsigned', lastSeq: (await status(stub)).lastSeq })
  })

  it('refuses to begin what it cannot write, and nothing is left of it', async () => {
    const stub = await newObject()
    await begin(stub, 'before')
    await sql(stub, "CREATE TRIGGER full BEFORE INSERT ON operation BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END")
    await expect(runInDurableObject(stub, (object: Audit) => object.begin({ ...HEAD, operation: operation('a') }))).rejects.toThrow('disk is full')
    expect((await entriesOf(stub)).length).toBe(1)
    await sql(stub, 'DROP TRIGGER full')
    expect(await begin(stub, 'a')).toMatchObject({ kind: 'do' })
    await sql(stub, "CREATE TRIGGER full BEFORE INSERT ON entry BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END")
    await expect(
      runInDurableObject(stub, (object: Audit) => object.end({ ...HEAD, id: operation('a').id, event: eventOf(), status: 200, body: '' })),
    ).rejects.toThrow()
    expect(await begin(stub, 'a'), 'its end was not acknowledged').toMatchObject({ kind: 'do' })
  })

  it.each<[string, (object: Audit) => unknown]>([
    ['another version', (object) => object.status({ ...HEAD, v: 2 } as never)],
    ['no settings', (object) => object.status({ v: 1 } as never)],
    ['no key', (object) => object.status({ v: 1, settings: { ...SETTINGS, signingKeys: [] } })],
    ['a long type', (object) => object.note({ ...HEAD, events: [eventOf({ type: 'x'.repeat(65) })] })],
    ['no outcome', (object) => object.note({ ...HEAD, events: [eventOf({ outcome: '' })] })],
    ['21 facts', (object) => object.note({ ...HEAD, events: [eventOf({ facts: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`f${i}`, 1])) })] })],
    ['a long fact', (object) => object.note({ ...HEAD, events: [eventOf({ facts: { a: 'x'.repeat(257) } })] })],
    ['a fact that is no number', (object) => object.note({ ...HEAD, events: [eventOf({ facts: { a: Number.NaN } })] })],
    ['a fact’s name that objects sort', (object) => object.note({ ...HEAD, events: [eventOf({ facts: { 1: 'a' } })] })],
    ['a long personal fact', (object) => object.note({ ...HEAD, events: [eventOf({ personal: { a: 'x'.repeat(1025) } })] })],
    ['a fact within a fact', (object) => object.note({ ...HEAD, events: [eventOf({ facts: { a: {} as never } })] })],
    ['101 events', (object) => object.note({ ...HEAD, events: Array.from({ length: 101 }, () => eventOf()) })],
    ['a page without bound', (object) => object.entries({ ...HEAD, from: 0, limit: 1001 })],
    ['a short id', (object) => object.begin({ ...HEAD, operation: { ...operation('a'), id: 'short' } })],
    ['an answer without bound', (object) => object.end({ ...HEAD, id: operation('a').id, event: eventOf(), status: 200, body: 'x'.repeat(262_145) })],
  ])('refuses a message of %s, and writes nothing', async (_what, send) => {
    const stub = await newObject()
    await expect(runInDurableObject(stub, async (object: Audit) => await send(object))).rejects.toThrow('audit:')
    expect(await status(stub)).toEqual({ v: 1, lastSeq: 0, lastHash: GENESIS, signedSeq: 0, exportedSeq: 0 })
  })
})

describe('Audit: the alarm', () => {
  it('is tried again a minute after it failed, and then does what was left', async () => {
    const stub = await newObject()
    await begin(stub, 'a')
    await surround(stub, { now: NOW + OPERATION_MS })
    await sql(stub, "CREATE TRIGGER full BEFORE INSERT ON entry BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END")
    await runDurableObjectAlarm(stub)
    expect([await alarmAt(stub), (await status(stub)).signedSeq]).toEqual([NOW + OPERATION_MS + 60_000, 1])
    await sql(stub, 'DROP TRIGGER full')
    await surround(stub, { now: NOW + OPERATION_MS + 60_000 })
    await runDurableObjectAlarm(stub)
    expect((await entriesOf(stub)).map(({ outcome }) => outcome)).toEqual(['begun', 'unknown'])
  })
})

describe('Audit: an alarm of which one part fails', () => {
  it('signs and sends all the same', async () => {
    const receiver = new Receiver()
    const sink = { ...SETTINGS, sink: { url: 'https://logs.example/take' } }
    const stub = await newObject({ network: receiver.receive })
    await begin(stub, 'a', { personal: { ip: '192.0.2.1' } }, sink)
    await sql(stub, "CREATE TRIGGER full BEFORE DELETE ON personal BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END")
    await surround(stub, { now: NOW + 91 * DAY_MS, network: receiver.receive })
    await runDurableObjectAlarm(stub)
    expect([receiver.requests.length, (await status(stub)).exportedSeq]).toEqual([1, 1])
    expect(await alarmAt(stub)).toBe(NOW + 91 * DAY_MS + 60_000)
  })

  it('waits no longer for a sink or a key after a clock that was set back', async () => {
    const receiver = new Receiver()
    receiver.answer = () => new Response(null, { status: 500 })
    const sink = { ...SETTINGS, sink: { url: 'https://logs.example/take' } }
    const stub = await newObject({ network: receiver.receive })
    await note(stub, 1, sink)
    await surround(stub, { now: NOW + SIGNED_WITHIN_MS, network: receiver.receive })
    await runDurableObjectAlarm(stub)
    expect((await status(stub)).exportError).toBe('logs.example answered 500')
    receiver.answer = () => new Response(null, { status: 204 })
    await surround(stub, { now: NOW - DAY_MS, network: receiver.receive })
    await note(stub, 1, sink)
    expect(await alarmAt(stub)).toBeLessThanOrEqual(NOW - DAY_MS + SIGNED_WITHIN_MS)
    await surround(stub, { now: NOW - DAY_MS + SIGNED_WITHIN_MS, network: receiver.receive })
    await runDurableObjectAlarm(stub)
    expect(await status(stub)).toMatchObject({ exportedSeq: 2, signedSeq: 2 })
  })
})

describe('Audit: operations', () => {
  it('are to be done with the same seed until they are done, and then are answered as they were', async () => {
    const stub = await newObject()
    const first = await begin(stub, 'a')
    expect(first).toEqual({ v: 1, kind: 'do', seed: expect.stringMatching(/^[\w-]{43}$/) })
    expect(await begin(stub, 'a')).toEqual({ ...first, again: true })
    await evictDurableObject(stub)
    await surround(stub, {})
    expect(await begin(stub, 'a')).toEqual({ ...first, again: true })
    await end(stub, 'a')
    await end(stub, 'a', 'another answer')
    expect(await begin(stub, 'a')).toEqual({ ...first, kind: 'done', status: 201, body: '{"id":1}' })
    expect((await entriesOf(stub)).map(({ outcome, facts }) => [outcome, facts.begun])).toEqual([
      ['begun', undefined],
      ['done', 1],
    ])
    expect(await begin(stub, 'b')).not.toEqual(first)
  })

  it('are one, whoever begins them at once', async () => {
    const stub = await newObject()
    const started = await Promise.all(Array.from({ length: 16 }, () => begin(stub, 'a')))
    expect(new Set(started.map((each) => each.kind === 'do' && each.seed)).size).toBe(1)
    expect(started.filter((each) => each.kind === 'do' && each.again === undefined)).toHaveLength(1)
    expect((await entriesOf(stub)).length).toBe(1)
  })

  it('of the same name that are others are a conflict, before and after', async () => {
    const stub = await newObject()
    const other = () => stub.begin({ ...HEAD, operation: operation('a', {}, 'another fingerprint') })
    await begin(stub, 'a')
    expect(await other()).toEqual({ v: 1, kind: 'conflict' })
    await end(stub, 'a')
    expect(await other()).toEqual({ v: 1, kind: 'conflict' })
    expect((await entriesOf(stub)).length).toBe(2)
  })

  it('that never began have no end', async () => {
    const stub = await newObject()
    await expect(
      runInDurableObject(stub, (object: Audit) => object.end({ ...HEAD, id: operation('a').id, event: eventOf(), status: 200, body: '' })),
    ).rejects.toThrow('no such operation')
  })

  it('and their seeds are forgotten after a day; of one without an end the trail says so', async () => {
    const stub = await newObject()
    await begin(stub, 'done')
    await begin(stub, 'lost', { target: 'what was lost' })
    await end(stub, 'done')
    await surround(stub, { now: NOW + OPERATION_MS })
    await runDurableObjectAlarm(stub)
    expect(await sql(stub, 'SELECT id FROM operation')).toEqual([])
    expect((await entriesOf(stub)).at(-1)).toMatchObject({ outcome: 'unknown', target: 'what was lost', facts: { begun: 2 } })
    expect(await begin(stub, 'lost')).toMatchObject({ kind: 'do' })
  })

  it('are new after a day, even if nothing was swept', async () => {
    const stub = await newObject()
    const first = await begin(stub, 'a')
    await surround(stub, { now: NOW + OPERATION_MS })
    const second = await begin(stub, 'a')
    expect(second).toMatchObject({ kind: 'do' })
    expect(second).not.toEqual(first)
    expect((await entriesOf(stub)).map(({ outcome }) => outcome)).toEqual(['begun', 'unknown', 'begun'])
  })
})

describe('Audit: signatures', () => {
  it('come within a minute, by themselves', async () => {
    const stub = await newObject()
    await note(stub, 2)
    expect(await alarmAt(stub)).toBe(NOW + SIGNED_WITHIN_MS)
    await surround(stub, { now: NOW + SIGNED_WITHIN_MS })
    await runDurableObjectAlarm(stub)
    expect(await status(stub)).toMatchObject({ lastSeq: 2, signedSeq: 2 })
    expect(await alarmAt(stub), 'there is nothing more to do').toBe(null)
    const { keys } = await stub.keys(HEAD)
    expect(await verified(await exported(stub), { publicKeys: keys })).toMatchObject({ verdict: 'whole', signedSeq: 2, unsignedTail: 0 })
  })

  it('come at once after a thousand entries', async () => {
    const stub = await newObject()
    for (let i = 0; i < SIGNED_EVERY / 100; i++) await note(stub, 100)
    await runDurableObjectAlarm(stub)
    expect(await status(stub)).toMatchObject({ lastSeq: SIGNED_EVERY, signedSeq: SIGNED_EVERY })
  })

  it('are of the entry that was signed, whatever was written meanwhile', async () => {
    const stub = await newObject()
    await note(stub, 1)
    const [signed] = await Promise.all([stub.checkpoint(HEAD), note(stub, 5), note(stub, 5), stub.checkpoint(HEAD)])
    expect(signed.checkpoints[0]?.seq).toBeGreaterThanOrEqual(1)
    const { keys } = await stub.keys(HEAD)
    expect(await verified(await exported(stub), { publicKeys: keys })).toMatchObject({ verdict: 'whole', lastSeq: 11 })
  })

  it('are given once: nothing new is nothing to sign, and an empty chain neither', async () => {
    const stub = await newObject()
    expect((await stub.checkpoint(HEAD)).checkpoints).toEqual([])
    await note(stub, 1)
    const first = await stub.checkpoint(HEAD)
    await surround(stub, { now: NOW + 5000 })
    expect(await stub.checkpoint(HEAD)).toEqual(first)
  })

  it('are by the first of two keys; the keys of both, and those that were, are published', async () => {
    const stub = await newObject()
    await note(stub, 1)
    await stub.checkpoint(HEAD)
    const NEW_KEY = await newSecret()
    await surround(stub, { bindings: { NEW_KEY: { get: () => Promise.resolve(NEW_KEY) } } })
    const both = { v: 1 as const, settings: { ...SETTINGS, signingKeys: ['NEW_KEY', 'AUDIT_SIGNING_KEY'] } }
    await note(stub, 1, both.settings)
    const { keys } = await stub.keys(both)
    expect(keys.length).toBe(2)
    await stub.checkpoint(both)
    const alone = { v: 1 as const, settings: { ...SETTINGS, signingKeys: ['NEW_KEY'] } }
    expect(await stub.keys(alone)).toEqual({ v: 1, keys })
    const report = await verified(await exported(stub), { publicKeys: keys })
    expect(report).toMatchObject({ verdict: 'whole', signedSeq: 2, unsignedTail: 0 })
    expect(report.signers.length).toBe(2)
  })

  it('wait for a key that can sign: entries are written, the failure is told, and nothing of the secret', async () => {
    const stub = await newObject({ bindings: { AUDIT_SIGNING_KEY: 'not a key but a secret all the same' } })
    await note(stub, 1)
    await surround(stub, { now: NOW + SIGNED_WITHIN_MS, bindings: { AUDIT_SIGNING_KEY: 'not a key but a secret all the same' } })
    await runDurableObjectAlarm(stub)
    const { signingError, signedSeq } = await status(stub)
    expect([signedSeq, signingError]).toEqual([0, 'TypeError: AUDIT_SIGNING_KEY: that is no Ed25519 private key, neither a JWK nor PKCS#8 in PEM'])
    expect(await alarmAt(stub)).toBe(NOW + SIGNED_WITHIN_MS + FIRST_PAUSE_MS)
    await surround(stub, { now: NOW + SIGNED_WITHIN_MS + FIRST_PAUSE_MS })
    await runDurableObjectAlarm(stub)
    expect(await status(stub)).toEqual({ ...(await status(stub)), signedSeq: 1 })
    expect(await status(stub)).not.toHaveProperty('signingError')
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['an empty secret', ''],
    ['half a key', JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' })],
    ['the halves of two keys', JSON.stringify({ ...JSON.parse(RFC_8032_KEY), x: 'PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw' })],
    ['a store that fails', { get: () => Promise.reject(new Error('the store says: secret')) }],
  ])('cannot be given with %s', async (_what, given) => {
    const stub = await newObject({ bindings: { AUDIT_SIGNING_KEY: given } })
    await note(stub, 1)
    const error = await runInDurableObject(stub, (object: Audit) => object.checkpoint(HEAD).catch((thrown: unknown) => String(thrown)))
    expect(error).toContain('AUDIT_SIGNING_KEY')
    expect(`${error}${JSON.stringify(await stub.status(HEAD))}`).not.toContain('the store says')
    expect((await stub.keys(HEAD)).keys).toEqual([])
  })

  it('take a key in PEM', async () => {
    const { privateKey } = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])) as CryptoKeyPair
    const der = new Uint8Array((await crypto.subtle.exportKey('pkcs8', privateKey)) as ArrayBuffer)
    const pem = `-----BEGIN PRIVATE KEY-----\n${btoa(String.fromCharCode(...der))}\n-----END PRIVATE KEY-----\n`
    const stub = await newObject({ bindings: { AUDIT_SIGNING_KEY: pem } })
    await note(stub, 1)
    await stub.checkpoint(HEAD)
    expect(await verified(await exported(stub), { publicKeys: (await stub.keys(HEAD)).keys })).toMatchObject({ verdict: 'whole' })
  })
})

describe('Audit: what is kept for how long', () => {
  it('deletes personal facts after the retention, and the chain stays whole', async () => {
    const stub = await newObject()
    await begin(stub, 'a', { personal: { ip: '192.0.2.1' } })
    await stub.checkpoint(HEAD)
    await surround(stub, { now: NOW + 89 * DAY_MS })
    await begin(stub, 'b', { personal: { ip: '192.0.2.2' } })
    await surround(stub, { now: NOW + 90 * DAY_MS })
    await runDurableObjectAlarm(stub)
    expect(await sql(stub, 'SELECT text FROM personal')).toEqual([{ text: '{"ip":"192.0.2.2"}' }])
    await stub.checkpoint(HEAD)
    const { keys } = await stub.keys(HEAD)
    const report = await verified(await exported(stub), { publicKeys: keys, personalKeptSinceMs: NOW + DAY_MS })
    expect(report).toMatchObject({ verdict: 'whole', personal: { kept: 1, deleted: 1 } })
    expect(await alarmAt(stub), 'the operation goes before the other’s personal facts').toBe(NOW + 90 * DAY_MS)
  })

  it('deletes a bounded number of them in a turn, and goes on', async () => {
    const stub = await newObject()
    const many = Array.from({ length: 100 }, () => eventOf({ personal: { ip: '192.0.2.1' } }))
    for (let i = 0; i < 11; i++) await stub.note({ ...HEAD, events: many })
    const over = NOW + 90 * DAY_MS
    await surround(stub, { now: over })
    await runDurableObjectAlarm(stub)
    expect(await sql(stub, 'SELECT count(*) AS n FROM personal')).toEqual([{ n: 100 }])
    expect((await alarmAt(stub)) ?? 0).toBeLessThan(over + 10_000)
    await runDurableObjectAlarm(stub)
    expect(await sql(stub, 'SELECT count(*) AS n FROM personal')).toEqual([{ n: 0 }])
    expect(await alarmAt(stub)).toBe(null)
  })

  it('writes the rare decision behind a flood of others, each class up to its own', async () => {
    const stub = await newObject()
    const of = (type: string, number: number) => stub.note({ ...HEAD, events: Array.from({ length: number }, () => eventOf({ type: `decision.${type}` })) })
    for (let i = 0; i < 101; i++) await of('authentication-denied', 100)
    await of('revocation-used', 3)
    await of('override-used', 1)
    await of('authentication-denied', 1)
    await of('invented', 1)
    const entries = (await stub.entries({ ...HEAD, from: 10_000, limit: 1000 })).entries
    expect(entries.map(({ type }) => type)).toEqual([...Array(3).fill('decision.revocation-used'), 'decision.override-used'])
    for (let i = 0; i < 11; i++) await of('revocation-used', 100)
    expect((await stub.status(HEAD)).lastSeq).toBe(11_001)
  }, 60_000)

  it('writes no more decisions in an hour than the disk can bear, says how many there were, and admin actions go on', async () => {
    const stub = await newObject()
    for (let i = 0; i < 101; i++) await note(stub, 100)
    expect(await status(stub)).toMatchObject({ lastSeq: 10_000 })
    expect(await begin(stub, 'a')).toMatchObject({ kind: 'do' })
    await stub.note({ ...HEAD, events: [], suppressed: 7, lost: 2 })
    await surround(stub, { now: NOW + 3_600_000 })
    await runDurableObjectAlarm(stub)
    const [last] = (await stub.entries({ ...HEAD, from: 10_001, limit: 10 })).entries
    expect(last).toMatchObject({ type: 'decision.suppressed', outcome: 'too-many', facts: { suppressed: 107, lost: 2 } })
    await note(stub, 1)
    expect(await status(stub)).toMatchObject({ lastSeq: 10_003 })
  })

  it('says at once what an isolate could not send', async () => {
    const stub = await newObject()
    await stub.note({ ...HEAD, events: [eventOf()], suppressed: 12, lost: 3 })
    expect((await entriesOf(stub))[1]).toMatchObject({ type: 'decision.suppressed', facts: { suppressed: 12, lost: 3 } })
  })
})

/** A receiver that keeps what it accepts, by name. */
class Receiver {
  readonly kept = new Map<string, string>()
  readonly requests: { readonly url: string; readonly headers: Headers; readonly text: string }[] = []
  answer: (kept: boolean) => Response | Promise<Response> = () => new Response(null, { status: 204 })
  keeps = true

  readonly receive = async (url: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers)
    const text = String(init.body)
    this.requests.push({ url, headers, text })
    if (this.keeps) this.kept.set(headers.get('idempotency-key') ?? '', text)
    return await this.answer(this.keeps)
  }

  /** The whole, as a careful receiver puts it together. */
  get text(): string {
    return [...this.kept].toSorted(([a], [b]) => (a < b ? -1 : 1)).reduce((all, [, text]) => all + text, '')
  }
}

describe('Audit: the sink', () => {
  const SINK = { url: 'https://logs.example/take?key=a-secret-of-the-sink' }
  const withSink = (sink: NonNullable<SettingsMessage['sink']>): SettingsMessage => ({ ...SETTINGS, sink })
  const run = async (stub: Stub, now: number, around: Around) => {
    await surround(stub, { ...around, now })
    await runDurableObjectAlarm(stub)
  }

  it('gets what is signed, in order, in batches, once when all is well; nothing personal', async () => {
    const receiver = new Receiver()
    const around = { network: receiver.receive }
    const stub = await newObject(around)
    await begin(stub, 'a', { personal: { ip: '192.0.2.1' } }, withSink(SINK))
    for (let i = 0; i < 12; i++) await note(stub, 100, withSink(SINK))
    await run(stub, NOW + SIGNED_WITHIN_MS, around)
    expect(receiver.requests.map(({ headers }) => [headers.get('portcullis-audit-first'), headers.get('portcullis-audit-last')])).toEqual([
      ['1', '500'],
      ['501', '1000'],
      ['1001', '1201'],
    ])
    expect(receiver.requests[0]?.headers.get('content-type')).toBe('application/x-ndjson')
    expect(receiver.text).not.toContain('192.0.2.1')
    const { keys } = await stub.keys(HEAD)
    expect(await verified(receiver.text, { publicKeys: keys })).toMatchObject({ verdict: 'whole', entries: 1201, unsignedTail: 0, personal: { deleted: 1 } })
    await run(stub, NOW + 2 * SIGNED_WITHIN_MS, around)
    expect([receiver.requests.length, (await status(stub)).exportedSeq]).toEqual([3, 1201])
  })

  it('that fails is tried again, later and later, and then gets everything; the log and the status name its host alone', async () => {
    const receiver = new Receiver()
    const around = { network: receiver.receive }
    const stub = await newObject(around)
    await note(stub, 3, withSink(SINK))
    receiver.keeps = false
    const failures: (() => Response)[] = [
      () => new Response('a secret', { status: 500 }),
      () => new Response(null, { status: 302, headers: { location: 'https://elsewhere.example/' } }),
      () => {
        throw new TypeError(`cannot reach ${SINK.url}`)
      },
      () => new Response(null, { status: 401 }),
    ]
    const errors = ['logs.example answered 500', 'logs.example answered 302', 'logs.example: TypeError', 'logs.example answered 401']
    let now = NOW + SIGNED_WITHIN_MS
    for (const [i, failure] of failures.entries()) {
      receiver.answer = failure
      await run(stub, now, around)
      expect(await status(stub)).toMatchObject({ exportedSeq: 0, exportError: errors[i] })
      await note(stub, 1, withSink(SINK))
      const before = receiver.requests.length
      await run(stub, now + 1, around)
      expect(receiver.requests.length, 'not before its time').toBe(before)
      now = (await runInDurableObject(stub, (_: Audit, { storage }) => JSON.parse(String(storage.sql.exec('SELECT state FROM state').one().state))))
        .exportAfterMs
      expect(now).toBe(NOW + SIGNED_WITHIN_MS + FIRST_PAUSE_MS * (2 ** (i + 1) - 1))
    }
    expect(new Set(receiver.requests.map(({ headers }) => headers.get('idempotency-key'))).size, 'always the same batch').toBe(1)
    receiver.keeps = true
    receiver.answer = () => new Response(null, { status: 200 })
    await run(stub, now, around)
    expect(await status(stub)).not.toHaveProperty('exportError')
    const { keys } = await stub.keys(HEAD)
    expect(await verified(receiver.text, { publicKeys: keys })).toMatchObject({ verdict: 'whole', firstSeq: 1, lastSeq: (await status(stub)).exportedSeq })
  })

  it('waits at most a quarter of an hour between two attempts', async () => {
    const receiver = new Receiver()
    const around = { network: receiver.receive }
    receiver.answer = () => new Response(null, { status: 503 })
    const stub = await newObject(around)
    await note(stub, 1, withSink(SINK))
    let now = NOW + SIGNED_WITHIN_MS
    for (let i = 0; i < 12; i++) {
      await run(stub, now, around)
      const next = (await alarmAt(stub)) as number
      expect(next - now).toBeLessThanOrEqual(LONGEST_PAUSE_MS)
      now = next
    }
    expect(receiver.requests.length).toBe(12)
  })

  it('that keeps a batch and whose answer is lost gets the same again, under the same name', async () => {
    const receiver = new Receiver()
    const around = { network: receiver.receive }
    const stub = await newObject(around)
    await note(stub, 2, withSink(SINK))
    receiver.answer = () => {
      throw new TypeError('connection lost')
    }
    await run(stub, NOW + SIGNED_WITHIN_MS, around)
    await note(stub, 2, withSink(SINK))
    await evictDurableObject(stub)
    receiver.answer = () => new Response(null, { status: 200 })
    await surround(stub, { ...around, now: NOW + 3 * SIGNED_WITHIN_MS })
    await runDurableObjectAlarm(stub)
    const names = receiver.requests.map(({ headers }) => headers.get('idempotency-key'))
    expect(names.length).toBe(3)
    expect(names[1]).toBe(names[0])
    expect(receiver.requests[1]?.text).toBe(receiver.requests[0]?.text)
    const { keys } = await stub.keys(HEAD)
    expect(await verified(receiver.text, { publicKeys: keys })).toMatchObject({ verdict: 'whole', entries: 4 })
  })

  it('that never answers is given up', async () => {
    const patience = new AbortController()
    const around: Around = {
      timer: (ms, run) => {
        expect(ms).toBe(SINK_TIMEOUT_MS)
        patience.signal.addEventListener('abort', run)
        return () => {}
      },
      network: (_url, { signal }) =>
        new Promise((_, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason))
          patience.abort()
        }),
    }
    const stub = await newObject(around)
    await note(stub, 1, withSink(SINK))
    await run(stub, NOW + SIGNED_WITHIN_MS, around)
    expect(await status(stub)).toMatchObject({ exportedSeq: 0, exportError: 'logs.example: TimeoutError' })
  })

  it('behind a service binding is asked there, with its token', async () => {
    const receiver = new Receiver()
    const bindings = { SINK: { fetch: receiver.receive }, SINK_TOKEN: 'a token of the sink' }
    const network = () => Promise.reject(new Error('not the open network'))
    const stub = await newObject({ bindings, network })
    await note(stub, 1, withSink({ service: 'SINK', url: 'https://sink.internal/audit', token: 'SINK_TOKEN' }))
    await run(stub, NOW + SIGNED_WITHIN_MS, { bindings, network })
    expect(receiver.requests.map(({ url, headers }) => [url, headers.get('authorization')])).toEqual([
      ['https://sink.internal/audit', 'Bearer a token of the sink'],
    ])
    expect((await status(stub)).exportedSeq).toBe(1)
  })

  it('may be a bucket, in which nothing is ever replaced', async () => {
    const stub = await newObject()
    await note(stub, 2, withSink({ bucket: 'AUDIT_BUCKET' }))
    await run(stub, NOW + SIGNED_WITHIN_MS, {})
    const chain = (await entriesOf(stub))[0]?.hash.slice(0, 16)
    const first = `audit/${chain}/000000000001-000000000002.ndjson`
    const text = async (key: string) => (await BUCKET.get(key))?.text()
    const before = await text(first)
    expect(before).toMatch(/^\{"key":/)
    // As if the answer had been lost, and the trail had been changed meanwhile.
    await sql(stub, "UPDATE state SET state = json_set(state, '$.exportedSeq', 0)")
    await sql(stub, "UPDATE entry SET outcome = 'other' WHERE seq = 1")
    await note(stub, 1, withSink({ bucket: 'AUDIT_BUCKET' }))
    const log = vi.spyOn(console, 'error')
    await run(stub, NOW + 2 * SIGNED_WITHIN_MS, {})
    expect(log.mock.calls.join()).toContain('bucket AUDIT_BUCKET has other entries 1 to 2 of this chain')
    log.mockRestore()
    expect([await text(first), (await status(stub)).exportedSeq]).toEqual([before, 3])
    const { keys } = await stub.keys(HEAD)
    expect(await verified(`${before}${await text(`audit/${chain}/000000000003-000000000003.ndjson`)}`, { publicKeys: keys })).toMatchObject({
      verdict: 'whole',
      entries: 3,
    })
  })

  it.each<[string, NonNullable<SettingsMessage['sink']>, string]>([
    ['bucket', { bucket: 'NOWHERE' }, 'no R2 bucket is bound as NOWHERE'],
    ['service', { service: 'NOWHERE', url: 'https://sink.internal/' }, 'no service is bound as NOWHERE'],
    ['token', { url: 'https://logs.example/', token: 'NO_TOKEN' }, 'NO_TOKEN is not set'],
  ])('without its %s says so', async (_what, sink, error) => {
    const stub = await newObject()
    await note(stub, 1, withSink(sink))
    await run(stub, NOW + SIGNED_WITHIN_MS, {})
    expect(await status(stub)).toMatchObject({ exportedSeq: 0, exportError: error })
  })
})

describe('durableAudit', () => {
  it('keeps the trail in the real object', async () => {
    const trail = durableAudit(env.AUDIT, { signingKeys: ['AUDIT_SIGNING_KEY'], retentionDays: 90 })
    await surround(env.AUDIT.getByName('audit'), {})
    const tasks: Promise<unknown>[] = []
    expect(await trail.begin(operation('a'))).toMatchObject({ kind: 'do' })
    await trail.end(operation('a').id, { event: eventOf(), status: 200, body: 'ok' })
    expect(await trail.begin(operation('a'))).toMatchObject({ kind: 'done', status: 200, body: 'ok' })
    trail.note(eventOf({ type: 'decision.override-used' }), { waitUntil: (task) => void tasks.push(task) })
    await Promise.all(tasks)
    const signed = await trail.checkpoint()
    const entries = await trail.entries(0, 5000)
    expect(entries.map(({ type }) => type)).toEqual(['admin.keys.create', 'admin.keys.create', 'decision.override-used'])
    expect(await trail.checkpoints(0, 5000)).toEqual([signed])
    const text = exportText({ entries, checkpoints: await trail.checkpoints(0, 10), keys: await trail.publicKeys() })
    expect(await verified(text, { publicKeys: await trail.publicKeys() })).toMatchObject({ verdict: 'whole', unsignedTail: 0 })
    expect(await trail.status()).toEqual({ lastSeq: 3, lastHash: signed?.hash, signedSeq: 3, exportedSeq: 0 })
  })
})
