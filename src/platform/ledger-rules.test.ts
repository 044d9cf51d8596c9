import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { exchange } from '../../test/exchange.ts'
import type { LocationCache } from '../core/ports.ts'
import type { ListRule, RuntimeRule } from '../core/runtime-rule.ts'
import { durableLedger } from './durable-ledger.ts'
import { type Ledger, SWEEP_EVERY_MS, SWEEP_ROWS } from './ledger.ts'

/** Far from the real time, so that nothing depends on it; after it, because the platform runs alarms that are due. */
const START = Date.UTC(2100, 0, 1)
const DAY_MS = 86_400_000

let objects = 0
async function newObject(): Promise<DurableObjectStub<Ledger>> {
  const stub = env.LEDGER.getByName(`rules-${objects++}`)
  await setClock(stub, START)
  return stub
}

function setClock(stub: DurableObjectStub<Ledger>, now: number): Promise<void> {
  return runInDurableObject(stub, (object: Ledger) => {
    object.clock = { now: () => now }
  })
}

const BASE = { untilMs: START + DAY_MS, reason: 'a test', by: 'tests' }
const ban = (target: ListRule['target'], value: string, more: object = {}): RuntimeRule => ({ kind: 'ban', target, value, ...BASE, ...more })
const stop = (more: object = {}): RuntimeRule => ({ kind: 'stop', ...BASE, ...more })
const override = (more: object = {}): RuntimeRule =>
  ({ kind: 'override', zone: 'api', limit: 'one', whose: 'ada', owner: 'o', cell: 'c', figures: { limit: 5 }, ...BASE, ...more }) as RuntimeRule
const add = async (stub: DurableObjectStub<Ledger>, ...rules: RuntimeRule[]) => (await stub.addRules({ v: 1, rules })).rules
const list = async (stub: DurableObjectStub<Ledger>) => (await stub.listRules({ v: 1, after: '', limit: 1000 })).rules

describe('the rules of a Ledger', () => {
  it('are on disk when they are acknowledged', async () => {
    const stub = await newObject()
    const kept = await add(stub, ban('ip', '2001:DB8::/32', { by: 'grace@example.com' }), stop({ zone: 'api', route: 'GET /a', fromMs: START + 1 }), override())
    const before = await stub.snapshot({ v: 1, rules: false })
    await evictDurableObject(stub)
    await setClock(stub, START)
    expect((await list(stub)).toSorted((a, b) => a.kind.localeCompare(b.kind))).toEqual(kept.toSorted((a, b) => a.kind.localeCompare(b.kind)))
    expect(await stub.snapshot({ v: 1, rules: false })).toEqual(before)
    expect(kept[0]).toEqual({ ...ban('ip', '2001:db8::/32', { by: 'grace@example.com' }), id: kept[0]?.id, atMs: START })
  })

  it('are not known again by their version after an eviction only: it is on disk too', async () => {
    const stub = await newObject()
    await add(stub, stop())
    const { epoch, version } = await stub.snapshot({ v: 1, rules: false })
    await stub.revoke({ v: 1, revocations: [{ kind: 'token', issuer: 'i', value: 't', untilMs: START + DAY_MS, reason: 'a test', by: 'tests' }] })
    await evictDurableObject(stub)
    await setClock(stub, START)
    expect(await stub.snapshot({ v: 1, rules: true, known: { epoch, version } })).toMatchObject({ kind: 'changes', rules: 'same' })
  })

  it('are all or none', async () => {
    const stub = await newObject()
    const before = await stub.snapshot({ v: 1, rules: false })
    const sending = runInDurableObject(stub, (ledger: Ledger) => ledger.addRules({ v: 1, rules: [stop(), ban('ip', 'nowhere')] }))
    await expect(sending).rejects.toThrow('rules.1')
    expect([await list(stub), await stub.snapshot({ v: 1, rules: false })]).toEqual([[], before])
  })

  it('are swept when they are over, a bounded number an alarm, beside the revocations', async () => {
    const stub = await newObject()
    const brief = { untilMs: START + 1 }
    await add(stub, ...Array.from({ length: SWEEP_ROWS }, (_, i) => ban('asn', `${i + 1}`, brief)))
    await add(stub, ban('asn', '4000', brief), ban('asn', '4001'))
    await setClock(stub, START + SWEEP_EVERY_MS)
    expect(await runDurableObjectAlarm(stub)).toBe(true)
    await runDurableObjectAlarm(stub)
    const rows = await runInDurableObject(stub, (_: Ledger, { storage }) => storage.sql.exec<{ n: number }>('SELECT count(*) AS n FROM rule').one().n)
    expect(rows).toBe(1)
    await setClock(stub, START + DAY_MS + SWEEP_EVERY_MS)
    await runDurableObjectAlarm(stub)
    expect(await runInDurableObject(stub, (_: Ledger, { storage }) => storage.getAlarm()), 'nothing is left to wake for').toBe(null)
  })

  it('come into a ledger that was made before there were any', async () => {
    const stub = await newObject()
    await runInDurableObject(stub, (_: Ledger, { storage }) => {
      storage.sql.exec('DROP TABLE rule; DROP TABLE rules_state')
      storage.sql.exec("INSERT OR REPLACE INTO state (one, epoch, version, floor, recent) VALUES (1, 'old', 7, 0, '[7]')")
    })
    await evictDurableObject(stub)
    await setClock(stub, START)
    expect(await stub.snapshot({ v: 1, rules: false, known: { epoch: 'old', version: 7 } })).toMatchObject({ kind: 'changes', rules: [], version: 7 })
    await add(stub, stop())
    expect(await stub.snapshot({ v: 1, rules: true, known: { epoch: 'old', version: 7 } })).toMatchObject({ kind: 'changes', rules: [{ kind: 'stop' }] })
  })

  it.each<[string, RuntimeRule]>([
    ['an address with host bits', ban('ip', '10.0.0.1/8')],
    ['an address in octal', ban('ip', '010.0.0.1')],
    ['a list of addresses', ban('ip', '10.0.0.1, 10.0.0.2')],
    ['an address and its port', ban('ip', '10.0.0.1:80')],
    ['no network', ban('asn', '0')],
    ['a network that is larger than 32 bits', ban('asn', '4294967296')],
    ['a network in other words', ban('asn', 'AS64496')],
    ['a network with a zero before it', ban('asn', '064496')],
    ['a country of three letters', ban('country', 'SWE')],
    ['a country that is not known', ban('country', 'xx')],
    ['a country that becomes two letters', ban('country', 'ß')],
    ['a TLS hello that is none', ban('ja4', 't13d1516h2_8daaf6152771')],
    ['a TLS hello in capitals', ban('ja4', 'T13D1516H2_8DAAF6152771_E5627EFA2AB1')],
    ['any user agent', ban('user-agent', '*')],
    ['a user agent with a star in it', ban('user-agent', 'bad*bot')],
    ['a user agent with two', ban('user-agent', 'bad**')],
    ['a user agent that no header can be', ban('user-agent', ' badbot')],
    ['a user agent with a line in it', ban('user-agent', 'bad\nbot')],
    ['a user agent that is too long', ban('user-agent', 'b'.repeat(257))],
    ['a subject without an issuer', ban('subject', 'ada')],
    ['a key with an issuer', ban('key', 'k7', { issuer: 'urn:x' })],
    ['a key that is none', ban('key', 'k/7')],
    ['a subject that storage cannot write', ban('subject', 'a\ud800b', { issuer: 'urn:x' })],
    ['an empty value', ban('subject', '', { issuer: 'urn:x' })],
    ['an unknown target', ban('continent' as never, 'EU')],
    ['an unknown kind', { ...stop(), kind: 'pause' as never } as RuntimeRule],
    ['an unknown field', stop({ routes: 'GET /a' })],
    ['a route without a zone', stop({ route: 'GET /a' })],
    ['a pause of no length', stop({ retryAfterSeconds: 0 })],
    ['half a second', stop({ retryAfterSeconds: 0.5 })],
    ['an end before its beginning', stop({ fromMs: START + DAY_MS })],
    ['a beginning in seconds', stop({ fromMs: START / 1000 })],
    ['an end that has passed', stop({ untilMs: START })],
    ['no end', stop({ untilMs: Number.POSITIVE_INFINITY })],
    ['no reason', stop({ reason: '' })],
    ['no author', stop({ by: undefined })],
    ['a reason without bound', stop({ reason: 'r'.repeat(257) })],
    ['no figures', override({ figures: {} })],
    ['figures of nothing', override({ figures: { limit: 0 } })],
    ['an override of every zone', override({ zone: undefined })],
  ])('refuse %s, and change nothing', async (_what, rule) => {
    const stub = await newObject()
    const sending = runInDurableObject(stub, async (ledger: Ledger) => await ledger.addRules({ v: 1, rules: [rule] } as never))
    await expect(sending).rejects.toThrow('ledger:')
    expect(await list(stub)).toEqual([])
  })

  it('refuse with words that hold nothing of the rule', async () => {
    const stub = await newObject()
    const error = await runInDurableObject(stub, async (ledger: Ledger) => {
      try {
        await ledger.addRules({ v: 1, rules: [ban('subject', 'ada@example.com')] } as never)
      } catch (thrown) {
        return String(thrown)
      }
      return 'nothing'
    })
    expect(error).toMatch(/^RangeError: ledger: /)
    expect(error).not.toContain('ada')
  })

  it.each<[string, (ledger: Ledger) => unknown]>([
    ['too many at once', (ledger) => ledger.addRules({ v: 1, rules: Array.from({ length: 1001 }, (_, i) => ban('asn', `${i + 1}`)) } as never)],
    ['none', (ledger) => ledger.addRules({ v: 1, rules: [] })],
    ['another version', (ledger) => ledger.addRules({ v: 2, rules: [stop()] } as never)],
    ['ids without bound', (ledger) => ledger.removeRules({ v: 1, ids: ['x'.repeat(65)] })],
    ['a page without bound', (ledger) => ledger.listRules({ v: 1, after: '', limit: 100_000 })],
    ['a page of what is no kind', (ledger) => ledger.listRules({ v: 1, after: '', limit: 1, kind: 'pause' as never })],
  ])('refuse a message of %s', async (_what, send) => {
    const stub = await newObject()
    await expect(runInDurableObject(stub, async (ledger: Ledger) => await send(ledger))).rejects.toThrow('ledger:')
  })

  it.each<[string, string, string]>([
    ['an address in another spelling', '2001:0DB8:0:0::1', '2001:db8::1'],
    ['a network of one address', '192.0.2.1/32', '192.0.2.1'],
    ['a mapped network', '::ffff:192.0.2.0/120', '192.0.2.0/24'],
  ])('keep %s in the one form that there is', async (_what, given, kept) => {
    const stub = await newObject()
    const [one] = await add(stub, ban('ip', given))
    const [other] = await add(stub, ban('ip', kept, { reason: 'again' }))
    expect([one, other]).toMatchObject([
      { value: kept, id: other?.id },
      { value: kept, id: one?.id },
    ])
    expect(await list(stub)).toHaveLength(1)
  })
})

describe('durableLedger', () => {
  const nowhere: LocationCache = { get: () => Promise.resolve(undefined), put: () => Promise.resolve() }

  it('adds, lists and removes at the real object, and isolates hear of it', async () => {
    const [one, other] = [durableLedger(env.LEDGER, nowhere).runtime, durableLedger(env.LEDGER, nowhere).runtime]
    const staleness = { maxStalenessMs: 5000, failAfterMs: 5000 }
    const isStopped = async (runtime: typeof one) => (await runtime.current(staleness, exchange())).stopOf('api', 'GET /a', Date.now()) !== undefined
    expect(await isStopped(one)).toBe(false)
    const [kept] = await one.add([stop({ untilMs: Date.now() + DAY_MS, zone: 'api' })])
    expect([await isStopped(one), await isStopped(other)]).toEqual([true, true])
    expect([await other.list('', 10), await other.list('', 10, 'ban')]).toEqual([[kept], []])
    expect(await other.remove([kept?.id ?? ''])).toEqual([kept])
    expect([await isStopped(other), await other.list('', 10)]).toEqual([false, []])
  })
})
