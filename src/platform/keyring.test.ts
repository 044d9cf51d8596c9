import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { LocationCache } from '../core/ports.ts'
import { keyShardOf } from '../keys/shards.ts'
import { asked, minted, newKey, secretOf } from '../keys/test-keyring.ts'
import { durableKeyring } from './durable-keyring.ts'
import type { Keyring } from './keyring.ts'

const START = Date.UTC(2100, 0, 1)
const DAY_MS = 86_400_000

let objects = 0
async function newObject(): Promise<DurableObjectStub<Keyring>> {
  const stub = env.KEYRING.getByName(`test-${objects++}`)
  await setClock(stub)
  return stub
}

function setClock(stub: DurableObjectStub<Keyring>, now = START): Promise<void> {
  return runInDurableObject(stub, (object: Keyring) => {
    object.clock = { now: () => now }
  })
}

const one = minted()
const create = (stub: DurableObjectStub<Keyring>, key = one, more = {}) => stub.create({ v: 1, key: newKey(key, more) as never })
const rotate = (stub: DurableObjectStub<Keyring>, n: number) => stub.rotate({ v: 1, id: one.id, secret: secretOf(n), overlapUntilMs: START + DAY_MS })

describe('Keyring', () => {
  it('forgets nothing when it is evicted', async () => {
    const stub = await newObject()
    await create(stub, one, {
      level: 'pro',
      metadata: { plan: 'ä\u2028"' },
      limits: { 'per-key': { limit: 10 } },
      allowedIps: ['192.0.2.0/24'],
      expiresMs: START + DAY_MS,
    })
    await rotate(stub, 1)
    await stub.used({ v: 1, id: one.id, atMs: START })
    await stub.revoke({ v: 1, id: one.id, by: 'grace', reason: 'leaked' })
    const before = await stub.find({ v: 1, id: one.id })
    expect(before.found?.key).toMatchObject({ level: 'pro', lastUsedMs: START, revoked: { by: 'grace' }, secrets: [secretOf(1), { untilMs: START + DAY_MS }] })
    await evictDurableObject(stub)
    expect(await stub.find({ v: 1, id: one.id })).toEqual(before)
    await setClock(stub)
    expect(await rotate(stub, 1)).toEqual({ v: 1, found: before.found })
  })

  it('has no secret in its storage', async () => {
    const stub = await newObject()
    await create(stub)
    const stored = await runInDurableObject(stub, (_: Keyring, { storage }) => JSON.stringify(storage.sql.exec('SELECT * FROM api_key').toArray()))
    expect(stored).toContain(one.id)
    for (let at = 27; at < one.text.length - 6; at++) expect(stored).not.toContain(one.text.slice(at, at + 6))
  })

  it('of rotations at once one is done, and the same one however often', async () => {
    const stub = await newObject()
    await create(stub)
    const replies = await Promise.all([1, 2, 1, 3, 2, 1].map((n) => rotate(stub, n)))
    const done = replies.map(({ conflict }) => conflict === undefined)
    const first = done.indexOf(true)
    expect(done).toEqual([1, 2, 1, 3, 2, 1].map((n) => n === [1, 2, 1, 3, 2, 1][first]))
  })

  it('a disk that is full changes nothing, and what comes again is done once there is room', async () => {
    const stub = await newObject()
    await create(stub)
    const before = await stub.find({ v: 1, id: one.id })
    await runInDurableObject(stub, (_: Keyring, { storage }) => {
      for (const event of ['INSERT', 'UPDATE', 'DELETE']) {
        storage.sql.exec(`CREATE TRIGGER full_${event} BEFORE ${event} ON api_key BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`)
      }
    })
    const refused = (work: (keyring: Keyring) => unknown) =>
      expect(runInDurableObject(stub, async (keyring: Keyring) => await work(keyring))).rejects.toThrow('disk is full')
    await refused((keyring) => keyring.rotate({ v: 1, id: one.id, secret: secretOf(1), overlapUntilMs: START + DAY_MS }))
    await refused((keyring) => keyring.revoke({ v: 1, id: one.id, by: 'grace', reason: 'leaked' }))
    await refused((keyring) => keyring.create({ v: 1, key: newKey(minted(1)) as never }))
    expect(await stub.find({ v: 1, id: one.id })).toEqual(before)
    await runInDurableObject(stub, (_: Keyring, { storage }) => {
      for (const event of ['INSERT', 'UPDATE', 'DELETE']) storage.sql.exec(`DROP TRIGGER full_${event}`)
    })
    expect((await rotate(stub, 1)).found?.key.secrets).toHaveLength(2)
  })

  it('seeks by indexes alone, whatever is asked', async () => {
    const stub = await newObject()
    const plans = await runInDurableObject(stub, (_: Keyring, { storage }) => {
      const plan = (query: string) =>
        storage.sql
          .exec<{ detail: string }>(`EXPLAIN QUERY PLAN ${query}`)
          .toArray()
          .map(({ detail }) => detail)
          .join('; ')
      return [
        plan("SELECT * FROM api_key WHERE id = 'a'"),
        plan("SELECT * FROM api_key WHERE id > 'a' ORDER BY id LIMIT 10"),
        plan("SELECT * FROM api_key INDEXED BY api_key_by_owner WHERE owner = 'ada' AND id > 'a' ORDER BY id LIMIT 10"),
        plan("SELECT * FROM api_key INDEXED BY api_key_live WHERE owner = 'ada' AND revoked = 0 ORDER BY id LIMIT 10"),
      ]
    })
    for (const plan of plans) {
      expect(plan).toMatch(/^SEARCH api_key USING (?:COVERING )?INDEX/)
      expect(plan).not.toContain('TEMP B-TREE')
    }
  })

  it.each<[string, (keyring: Keyring) => unknown]>([
    ['another version', (keyring) => keyring.find({ v: 2, id: one.id } as never)],
    ['no id', (keyring) => keyring.find({ v: 1, id: '' })],
    ['an id that is none', (keyring) => keyring.find({ v: 1, id: `${'a'.repeat(15)}'` })],
    ['a network that is none', (keyring) => keyring.create({ v: 1, key: newKey(one, { allowedIps: ['10.0.0.1/8'] }) as never })],
    ['an end before its beginning', (keyring) => keyring.create({ v: 1, key: newKey(one, { notBeforeMs: START, expiresMs: START }) as never })],
    ['an end in seconds', (keyring) => keyring.create({ v: 1, key: newKey(one, { expiresMs: START / 1000 }) as never })],
    ['nobody’s', (keyring) => keyring.create({ v: 1, key: newKey(one, { owner: '' }) as never })],
    ['an owner that storage cannot write as it is', (keyring) => keyring.create({ v: 1, key: newKey(one, { owner: 'a\ud800' }) as never })],
    ['a name that is no member', (keyring) => keyring.create({ v: 1, key: newKey(one, { limits: JSON.parse('{"__proto__":{"limit":1}}') }) as never })],
    ['no limit', (keyring) => keyring.create({ v: 1, key: newKey(one, { limits: { a: { limit: 0 } } }) as never })],
    ['more than a copy may hold', (keyring) => keyring.create({ v: 1, key: newKey(one, { allowedRoutes: Array(64).fill('x'.repeat(512)) }) as never })],
    ['a hash that is a secret', (keyring) => keyring.create({ v: 1, key: { ...newKey(one), secret: { hash: one.text, pepper: 'pepper00' } } as never })],
    ['an overlap without bound', (keyring) => keyring.rotate({ v: 1, id: one.id, secret: secretOf(1), overlapUntilMs: START + 31 * DAY_MS })],
    ['no reason', (keyring) => keyring.revoke({ v: 1, id: one.id, by: 'grace', reason: '' })],
    ['a page without bound', (keyring) => keyring.list({ v: 1, after: '', limit: 100_000 })],
  ])('refuses a message of %s, and keeps nothing', async (_what, send) => {
    const stub = await newObject()
    await expect(runInDurableObject(stub, async (keyring: Keyring) => await send(keyring))).rejects.toThrow('keyring:')
    expect((await stub.list({ v: 1, after: '', limit: 10 })).keys).toEqual([])
  })

  it('answers messages with fields that it does not know', async () => {
    expect(await (await newObject()).find({ v: 1, id: one.id, more: true } as never)).toEqual({ v: 1 })
  })
})

describe('durableKeyring', () => {
  const nowhere: LocationCache = { get: () => Promise.resolve(undefined), put: () => Promise.resolve() }
  const keys = () => durableKeyring(env.KEYRING, nowhere) as Parameters<typeof asked>[0]

  it('keeps a key in its shard, and every isolate finds it', async () => {
    const [ours, theirs] = [keys(), keys()]
    await ours.create(newKey(one))
    expect((await asked(theirs, one.id)).key).toMatchObject({ owner: 'ada', secrets: [one.secret] })
    expect((await env.KEYRING.getByName(`keys|${keyShardOf(one.id)}`).find({ v: 1, id: one.id })).found).toBeDefined()
    expect((await asked(theirs, minted(1).id)).key).toBe(undefined)
  })

  it('lists and ends the keys of an owner over all shards', { timeout: 30_000 }, async () => {
    const ours = keys()
    for (let n = 100; n < 120; n++) await ours.create(newKey(minted(n), { owner: 'linus' }))
    const listed = await ours.list({ cursor: '', limit: 15, owner: 'linus' })
    const rest = await ours.list({ cursor: listed.next ?? '', limit: 15, owner: 'linus' })
    expect([listed.keys.length, rest.keys.length, rest.next]).toEqual([15, 5, undefined])
    expect([await ours.revokeOwner('linus', 'root', 'left'), await ours.revokeOwner('linus', 'root', 'left')]).toEqual([20, 0])
  })

  it('a conflict is one on this side too', async () => {
    const ours = keys()
    const key = minted(200)
    await ours.create(newKey(key))
    await expect(ours.create(newKey(key, { owner: 'eve' }))).rejects.toMatchObject({ name: 'KeyConflict' })
  })
})
