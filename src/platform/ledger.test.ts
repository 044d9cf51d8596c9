import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { exchange } from '../../test/exchange.ts'
import type { LocationCache } from '../core/ports.ts'
import { type Revocation, type RevocationKind, revocationName } from '../core/revocation.ts'
import { GRACE_MS } from '../ledger/owner.ts'
import { durableLedger } from './durable-ledger.ts'
import { type Ledger, SWEEP_EVERY_MS, SWEEP_ROWS } from './ledger.ts'

/** Far from the real time, so that nothing depends on it; after it, because the platform runs alarms that are due. */
const START = Date.UTC(2100, 0, 1)
const ISSUER = 'https://issuer.example'

let objects = 0
async function newObject(): Promise<DurableObjectStub<Ledger>> {
  const stub = env.LEDGER.getByName(`test-${objects++}`)
  await setClock(stub, START)
  return stub
}

function setClock(stub: DurableObjectStub<Ledger>, now: number): Promise<void> {
  return runInDurableObject(stub, (object: Ledger) => {
    object.clock = { now: () => now }
  })
}

const revocation = (kind: RevocationKind, value: string, more: Partial<Revocation> = {}): Revocation => ({
  kind,
  issuer: ISSUER,
  value,
  untilMs: START + 86_400_000,
  reason: 'a test',
  by: 'tests',
  ...more,
})
const revoke = (stub: DurableObjectStub<Ledger>, ...revocations: Revocation[]) => stub.revoke({ v: 1, revocations })
const name = (kind: RevocationKind, value: string) => revocationName({ kind, issuer: ISSUER, value })
const find = async (stub: DurableObjectStub<Ledger>, ...names: string[]) => (await stub.find({ v: 1, names, issuedAtMs: START - 1000 })).found
const alarmAt = (stub: DurableObjectStub<Ledger>) => runInDurableObject(stub, (_: Ledger, { storage }) => storage.getAlarm())

describe('Ledger', () => {
  it('forgets nothing when it is evicted', async () => {
    const stub = await newObject()
    await revoke(stub, revocation('subject', 'ada'), revocation('issuer', '', { beforeMs: START }))
    const before = await stub.snapshot({ v: 1 })
    await evictDurableObject(stub)
    await setClock(stub, START)
    expect(await stub.snapshot({ v: 1 })).toEqual(before)
    expect([await find(stub, name('subject', 'ada')), await find(stub, name('issuer', '')), await find(stub, name('subject', 'grace'))]).toEqual([
      name('subject', 'ada'),
      name('issuer', ''),
      undefined,
    ])
  })

  it('tells every change to who asks for changes, however the callers interleave', async () => {
    const stub = await newObject()
    await revoke(stub, revocation('token', 'first'))
    const { epoch, version } = await stub.snapshot({ v: 1 })
    await Promise.all(Array.from({ length: 32 }, (_, i) => revoke(stub, revocation('token', `t${i}`), revocation('session', `s${i}`))))
    await stub.lift({ v: 1, subjects: [{ kind: 'token', issuer: ISSUER, value: 't7' }] })
    const changes = await stub.snapshot({ v: 1, known: { epoch, version } })
    expect(changes).toMatchObject({ kind: 'changes' })
    if (changes.kind !== 'changes') return
    expect(new Set(changes.entries.map(([each]) => each)).size).toBe(64)
    expect(changes.entries.find(([each]) => each === name('token', 't7'))).toEqual([name('token', 't7'), 0, 0])
  })

  it('keeps who revoked what, and why', async () => {
    const stub = await newObject()
    await revoke(stub, revocation('client', 'app', { reason: 'leaked in a repository', by: 'grace@example.com' }))
    expect((await stub.list({ v: 1, limit: 10 })).revocations).toEqual([
      {
        ...revocation('client', 'app', { reason: 'leaked in a repository', by: 'grace@example.com' }),
        beforeMs: expect.any(Number),
        untilMs: START + 86_400_000 + GRACE_MS,
        atMs: START,
      },
    ])
  })

  it('deletes what is over, a bounded number of rows an alarm', async () => {
    const stub = await newObject()
    const many = Array.from({ length: SWEEP_ROWS }, (_, i) => revocation('token', `t${i}`, { untilMs: START + 1 }))
    await revoke(stub, ...many)
    await revoke(stub, revocation('token', 'one more', { untilMs: START + 1 }), revocation('token', 'stays'))
    expect(await alarmAt(stub)).toBe(START + SWEEP_EVERY_MS)
    await setClock(stub, START + SWEEP_EVERY_MS)
    expect(await runDurableObjectAlarm(stub)).toBe(true)
    expect((await alarmAt(stub)) ?? 0).toBeLessThan(START + SWEEP_EVERY_MS + 10_000)
    await runDurableObjectAlarm(stub)
    const left = await runInDurableObject(stub, (_: Ledger, { storage }) => storage.sql.exec<{ value: string }>('SELECT value FROM revocation').toArray())
    expect(left).toEqual([{ value: 'stays' }])
    // One that stays for long does not put off those that come and go meanwhile.
    expect(await alarmAt(stub)).toBe(START + 2 * SWEEP_EVERY_MS)
  })

  it('goes to sleep for good when nothing is left', async () => {
    const stub = await newObject()
    await revoke(stub, revocation('token', 'brief', { untilMs: START + 1 }))
    await setClock(stub, START + SWEEP_EVERY_MS)
    await runDurableObjectAlarm(stub)
    expect(await alarmAt(stub)).toBe(null)
  })

  it('keeps what is meant for ever', async () => {
    const stub = await newObject()
    await revoke(stub, revocation('client', 'leaked', { untilMs: 8_640_000_000_000_000 }))
    await setClock(stub, START + SWEEP_EVERY_MS)
    await runDurableObjectAlarm(stub)
    expect([await find(stub, name('client', 'leaked')), await alarmAt(stub)]).toEqual([name('client', 'leaked'), START + 2 * SWEEP_EVERY_MS])
  })

  it('knows a subject again that storage cannot write as it is', async () => {
    const stub = await newObject()
    await revoke(stub, revocation('token', 'a\ud800b'))
    expect(await find(stub, name('token', 'a\ud800b'))).toBe(name('token', 'a\ud800b'))
    const known = await stub.snapshot({ v: 1 })
    expect(known.kind === 'list' && known.entries.map(([each]) => each)).toEqual([name('token', 'a\ud800b')])
  })

  it.each<[string, (ledger: Ledger) => unknown]>([
    ['another version', (ledger) => ledger.snapshot({ v: 2 } as never)],
    ['no revocation', (ledger) => ledger.revoke({ v: 1, revocations: [] })],
    ['too many', (ledger) => ledger.revoke({ v: 1, revocations: Array.from({ length: 1001 }, (_, i) => revocation('token', `${i}`)) })],
    ['an unknown kind', (ledger) => ledger.revoke({ v: 1, revocations: [revocation('user' as never, 'a')] })],
    ['no reason', (ledger) => ledger.revoke({ v: 1, revocations: [revocation('token', 'a', { reason: '' })] })],
    ['an end in seconds', (ledger) => ledger.revoke({ v: 1, revocations: [revocation('token', 'a', { untilMs: START / 1000 })] })],
    ['an end that has passed', (ledger) => ledger.revoke({ v: 1, revocations: [revocation('token', 'b'), revocation('token', 'a', { untilMs: START })] })],
    ['a time before in seconds', (ledger) => ledger.revoke({ v: 1, revocations: [revocation('token', 'a', { beforeMs: START / 1000 })] })],
    ['no end', (ledger) => ledger.revoke({ v: 1, revocations: [revocation('token', 'a', { untilMs: Number.POSITIVE_INFINITY })] })],
    ['a value without bound', (ledger) => ledger.revoke({ v: 1, revocations: [revocation('token', 'a'.repeat(5000))] })],
    ['a page without bound', (ledger) => ledger.list({ v: 1, limit: 100_000 })],
  ])('refuses a message of %s, and changes nothing', async (_what, send) => {
    const stub = await newObject()
    const before = await stub.snapshot({ v: 1 })
    await expect(runInDurableObject(stub, async (ledger: Ledger) => await send(ledger))).rejects.toThrow('ledger:')
    expect(await stub.snapshot({ v: 1 })).toEqual(before)
  })

  it('answers messages with fields that it does not know', async () => {
    const stub = await newObject()
    expect(await stub.snapshot({ v: 1, more: true } as never)).toMatchObject({ kind: 'list' })
  })
})

describe('durableLedger', () => {
  const nowhere: LocationCache = { get: () => Promise.resolve(undefined), put: () => Promise.resolve() }

  it('revokes at the real object, and isolates hear of it', async () => {
    const [one, other] = [durableLedger(env.LEDGER, nowhere), durableLedger(env.LEDGER, nowhere)]
    const untilMs = Date.now() + 86_400_000
    const ada = { names: [name('subject', 'ada')], issuedAtMs: Date.now() - 1000 }
    const staleness = { maxStalenessMs: 5000, failAfterMs: 5000 }
    expect(await one.find(ada, staleness, exchange())).toBe(undefined)
    await one.revoke([revocation('subject', 'ada', { untilMs })])
    const x = exchange()
    expect([await one.find(ada, staleness, exchange()), await other.find(ada, staleness, x)]).toEqual([name('subject', 'ada'), name('subject', 'ada')])
    expect(x.meter.objectCalls).toBe(1)
    await other.lift([{ kind: 'subject', issuer: ISSUER, value: 'ada' }])
    expect([await other.find(ada, staleness, exchange()), await other.list(undefined, 10)]).toEqual([undefined, []])
  })
})
