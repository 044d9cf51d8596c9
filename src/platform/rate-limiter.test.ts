import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Cell, TokenBucketCell } from '../core/limit.ts'
import type { TakeMessage } from '../limiter/message.ts'
import { type RateLimiter, SWEEP_EVERY_MS } from './rate-limiter.ts'
import { SWEEP_ROWS } from './sql-row-store.ts'

/** Far from the real time, so that nothing depends on it; after it, because the platform runs alarms that are due. */
const START = Date.UTC(2100, 0, 1)

/** What a busy cell of 10/s may have reserved ahead, in tokens. */
const RESERVED = 64

let objects = 0
function newObject(): DurableObjectStub<RateLimiter> {
  return env.RATE_LIMITER.getByName(`test|rate-limiter|${objects++}`)
}

function setClock(stub: DurableObjectStub<RateLimiter>, now: number): Promise<void> {
  return runInDurableObject(stub, (object: RateLimiter) => {
    object.clock = { now: () => now }
  })
}

function cell(id: string, figures: Partial<TokenBucketCell> = {}): TokenBucketCell {
  return { id, tokens: 10, periodMs: 1000, burst: 5, ...figures }
}

function message(...cells: Cell[]): TakeMessage {
  return { v: 1, cost: 1, cells }
}

async function admits(stub: DurableObjectStub<RateLimiter>, ...cells: Cell[]): Promise<boolean[]> {
  const { verdicts } = await stub.take(message(...cells))
  return verdicts.map(({ admitted }) => admitted)
}

function rows(stub: DurableObjectStub<RateLimiter>): Promise<number> {
  return runInDurableObject(stub, (_: RateLimiter, { storage }) => {
    const tables = storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'cell'").toArray()
    return tables.length === 0 ? 0 : storage.sql.exec<{ n: number }>('SELECT count(*) AS n FROM cell').one().n
  })
}

function alarmAt(stub: DurableObjectStub<RateLimiter>): Promise<number | null> {
  return runInDurableObject(stub, (_: RateLimiter, { storage }) => storage.getAlarm())
}

describe('RateLimiter', () => {
  it('admits exactly the burst to 64 callers at once', async () => {
    const stub = newObject()
    await setClock(stub, START)
    const taken = await Promise.all(Array.from({ length: 64 }, () => admits(stub, cell('a', { burst: 20 }))))
    expect(taken.filter(([admitted]) => admitted)).toHaveLength(20)
  })

  it('charges all cells or none, however the callers interleave', async () => {
    const stub = newObject()
    await setClock(stub, START)
    const taken = await Promise.all(Array.from({ length: 64 }, (_, i) => admits(stub, cell(`own ${i % 8}`, { burst: 2 }), cell('all', { burst: 10 }))))
    expect(taken.filter((both) => both.every(Boolean))).toHaveLength(10)
    const left = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => (await stub.take(message(cell(`own ${i}`, { burst: 2 })))).verdicts[0]?.remaining ?? 0),
    )
    // 16 tokens in all, 10 taken with the common cell, and 1 by each look, where there was one.
    expect(left.reduce((sum, remaining) => sum + remaining, 0)).toBeLessThanOrEqual(6)
  })

  it('forgives nothing when it is evicted, and loses no more than it had reserved', async () => {
    const stub = newObject()
    await setClock(stub, START)
    for (let i = 0; i < 5; i++) expect(await admits(stub, cell('a'))).toEqual([true])
    expect(await admits(stub, cell('a'))).toEqual([false])
    await evictDurableObject(stub)
    await setClock(stub, START)
    expect(await admits(stub, cell('a'))).toEqual([false])
    await setClock(stub, START + 99)
    expect(await admits(stub, cell('a'))).toEqual([false])
    await setClock(stub, START + 100 + RESERVED * 100)
    expect(await admits(stub, cell('a'))).toEqual([true])
  })

  it('writes one row for many admissions and none for a denial', async () => {
    const stub = newObject()
    await setClock(stub, START)
    const written = () => runInDurableObject(stub, (_: RateLimiter, { storage }) => storage.sql.exec<{ n: number }>('SELECT total_changes() AS n').one().n)
    const busy = cell('a', { tokens: 100, burst: 100 })
    await admits(stub, busy)
    const before = await written()
    for (let i = 1; i < 100; i++) expect(await admits(stub, busy)).toEqual([true])
    const after = await written()
    expect(after - before).toBeLessThanOrEqual(4)
    for (let i = 0; i < 20; i++) expect(await admits(stub, busy)).toEqual([false])
    expect(await written()).toBe(after)
  })

  it('leases what is wanted, and has it in storage', async () => {
    const stub = newObject()
    await setClock(stub, START)
    const busy = cell('a', { tokens: 100, burst: 100 })
    const { granted } = await stub.take({ ...message(busy), want: 40, holder: 'one' })
    expect(granted).toBe(40)
    await evictDurableObject(stub)
    await setClock(stub, START)
    expect((await stub.take({ ...message(busy), want: 100, holder: 'one' })).granted).toBe(60)
    expect(await admits(stub, busy)).toEqual([false])
  })

  it('takes back what was not needed, and not what has come back by itself', async () => {
    const stub = newObject()
    await setClock(stub, START)
    const dear = { ...message(cell('a')), cost: 5, refundable: true }
    const chargedMs = (await stub.take(dear)).verdicts[0]?.chargedMs ?? 0
    await stub.giveBack({ v: 1, cells: [cell('a')], count: 4, chargedMs })
    expect((await stub.take({ ...dear, cost: 4 })).verdicts[0]?.admitted).toBe(true)
    await setClock(stub, START + 60_000)
    await stub.take(dear)
    await stub.giveBack({ v: 1, cells: [cell('a')], count: 5, chargedMs })
    expect(await admits(stub, cell('a'))).toEqual([false])
  })

  it('goes on with the rows of the first version, and leaves rows that it can go on with', async () => {
    const stub = newObject()
    await setClock(stub, START)
    await runInDurableObject(stub, (_: RateLimiter, { storage }) => {
      storage.sql.exec('CREATE TABLE IF NOT EXISTS cell (id TEXT PRIMARY KEY, tat_ms INTEGER NOT NULL, tat_ticks INTEGER NOT NULL) WITHOUT ROWID')
      storage.sql.exec('INSERT INTO cell (id, tat_ms, tat_ticks) VALUES (?, ?, 0)', 'a', START + 400)
    })
    expect(await admits(stub, cell('a'))).toEqual([true])
    expect(await admits(stub, cell('a'))).toEqual([false])
    await runInDurableObject(stub, (_: RateLimiter, { storage }) => {
      expect(storage.sql.exec('SELECT tat_ms, tat_ticks FROM cell WHERE id = ?', 'a').one()).toEqual({ tat_ms: START + 500, tat_ticks: 0 })
    })
  })

  it.each<[string, unknown, string]>([
    ['another version', { v: 3, cost: 1, cells: [cell('a')] }, 'a message of version 3 is not understood here'],
    ['no message', undefined, 'a message of version undefined is not understood here'],
    ['65 cells', { v: 1, cost: 1, cells: Array.from({ length: 65 }, (_, i) => cell(`${i}`)) }, 'malformed at cells'],
    ['a burst beyond all bounds', { v: 1, cost: 1, cells: [cell('a', { burst: 2 ** 53 })] }, 'must be whole numbers'],
    ['a cost that would give tokens back', { v: 1, cost: -1, cells: [cell('a')] }, 'the cost must be'],
  ])('refuses %s, and keeps nothing of it', async (_, absurd, error) => {
    const stub = newObject()
    await expect(runInDurableObject(stub, (object: RateLimiter) => object.take(absurd as TakeMessage))).rejects.toThrow(error)
    expect(await rows(stub)).toBe(0)
  })

  it('sets one alarm at the first charge, and leaves it alone', async () => {
    const stub = newObject()
    await setClock(stub, START)
    expect(await alarmAt(stub)).toBeNull()
    await admits(stub, cell('a'))
    expect(await alarmAt(stub)).toBe(START + SWEEP_EVERY_MS)
    await setClock(stub, START + 1000)
    await admits(stub, cell('a'))
    await evictDurableObject(stub)
    await setClock(stub, START + 2000)
    await admits(stub, cell('b'))
    expect(await alarmAt(stub)).toBe(START + SWEEP_EVERY_MS)
  })

  it('deletes the cells that are full again, keeps the others and comes back when the first of them is', async () => {
    const stub = newObject()
    await setClock(stub, START)
    await admits(stub, cell('soon'))
    await admits(stub, cell('in a day', { tokens: 1, periodMs: 86_400_000, burst: 1 }))
    await setClock(stub, START + SWEEP_EVERY_MS)
    expect(await runDurableObjectAlarm(stub)).toBe(true)
    expect(await rows(stub)).toBe(1)
    expect(await alarmAt(stub)).toBe(START + 86_400_000)
    expect(await admits(stub, cell('in a day', { tokens: 1, periodMs: 86_400_000, burst: 1 }))).toEqual([false])
  })

  it('is nothing any more once every cell is full, and starts anew', async () => {
    const stub = newObject()
    await setClock(stub, START)
    await admits(stub, cell('a'))
    await setClock(stub, START + SWEEP_EVERY_MS)
    expect(await runDurableObjectAlarm(stub)).toBe(true)
    expect(await alarmAt(stub)).toBeNull()
    expect(
      await runInDurableObject(stub, (_: RateLimiter, { storage }) => storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'cell'").toArray()),
    ).toEqual([])
    for (let i = 0; i < 5; i++) expect(await admits(stub, cell('a'))).toEqual([true])
    expect(await admits(stub, cell('a'))).toEqual([false])
    expect(await alarmAt(stub)).toBe(START + 2 * SWEEP_EVERY_MS)
  })

  it('forgives nothing that is charged while it cleans up', async () => {
    const stub = newObject()
    await setClock(stub, START)
    await admits(stub, cell('a'))
    await setClock(stub, START + SWEEP_EVERY_MS)
    const [, ...taken] = await Promise.all([runDurableObjectAlarm(stub), ...Array.from({ length: 64 }, () => admits(stub, cell('a')))])
    expect(taken.filter(([admitted]) => admitted)).toHaveLength(5)
    expect(await admits(stub, cell('a'))).toEqual([false])
    expect(await alarmAt(stub)).not.toBeNull()
  })

  it('charges made within the alarm, after it has asked for the deletion, stay', async () => {
    const stub = newObject()
    await setClock(stub, START)
    await admits(stub, cell('a'))
    await setClock(stub, START + SWEEP_EVERY_MS)
    await runInDurableObject(stub, async (object: RateLimiter) => {
      const sweeping = object.alarm()
      for (let i = 0; i < 5; i++) expect((await object.take(message(cell('a')))).verdicts[0]?.admitted).toBe(true)
      await sweeping
      expect((await object.take(message(cell('a')))).verdicts[0]?.admitted).toBe(false)
    })
    expect(await rows(stub)).toBe(1)
    expect(await alarmAt(stub)).not.toBeNull()
  })

  it('keeps an operator’s figures until they end, and with them itself', async () => {
    const stub = newObject()
    await setClock(stub, START)
    const untilMs = START + 10 * SWEEP_EVERY_MS
    await stub.override({ v: 1, id: 'a', limit: 10, burst: 1, untilMs, reason: 'abuse' })
    expect([await admits(stub, cell('a')), await admits(stub, cell('a'))]).toEqual([[true], [false]])
    await setClock(stub, START + SWEEP_EVERY_MS)
    await runDurableObjectAlarm(stub)
    expect(await rows(stub), 'but not the cell that is full again').toBe(1)
    expect(await alarmAt(stub)).toBe(untilMs)
    await evictDurableObject(stub)
    await setClock(stub, START + SWEEP_EVERY_MS)
    const { verdicts } = await stub.take(message(cell('a')))
    expect(verdicts).toMatchObject([{ admitted: true, remaining: 0, counted: { id: 'a', tokens: 10, periodMs: 1000, burst: 1 } }])
    expect(await alarmAt(stub), 'there is something to sweep before').toBe(START + 2 * SWEEP_EVERY_MS)
    await setClock(stub, untilMs)
    await runDurableObjectAlarm(stub)
    expect(await alarmAt(stub)).toBeNull()
    expect((await stub.take(message(cell('a')))).verdicts[0]?.remaining).toBe(4)
  })

  it('ends an operator’s figures when told to', async () => {
    const stub = newObject()
    await setClock(stub, START)
    await stub.override({ v: 1, id: 'a', limit: 10, burst: 1, untilMs: START + 60_000, reason: 'abuse' })
    await stub.override({ v: 1, id: 'a', limit: null })
    expect((await stub.take(message(cell('a')))).verdicts).toMatchObject([{ remaining: 4 }])
  })

  it('bans over evictions, is swept when all is forgotten, and lifts a ban when told to', async () => {
    const stub = newObject()
    await setClock(stub, START)
    const banning = { ...cell('a'), ban: { after: 1, withinMs: 60_000, forMs: 60_000, maxMs: 120_000 } }
    for (let i = 0; i < 5; i++) await admits(stub, banning)
    expect((await stub.take(message(banning))).verdicts).toMatchObject([{ admitted: false, banned: true, retryAfterMs: 60_000 }])
    await evictDurableObject(stub)
    await setClock(stub, START + 59_999)
    expect((await stub.take(message(banning))).verdicts).toMatchObject([{ admitted: false, banned: true, retryAfterMs: 1 }])
    expect((await stub.describe({ v: 1, cells: [banning] })).cells).toMatchObject([{ ban: { untilMs: START + 60_000, bans: 1, episodes: 0 } }])
    await stub.liftBan({ v: 1, id: 'a' })
    expect(await admits(stub, banning)).toEqual([true])
    await setClock(stub, START + SWEEP_EVERY_MS)
    await runDurableObjectAlarm(stub)
    expect(await rows(stub)).toBe(0)
  })

  it('writes a row for an episode and none for the other denials', async () => {
    const stub = newObject()
    await setClock(stub, START)
    const written = () => runInDurableObject(stub, (_: RateLimiter, { storage }) => storage.sql.exec<{ n: number }>('SELECT total_changes() AS n').one().n)
    const banning = { ...cell('a'), ban: { after: 64, withinMs: 60_000, forMs: 1000, maxMs: 1000 } }
    for (let i = 0; i < 5; i++) await admits(stub, banning)
    const before = await written()
    for (let i = 0; i < 20; i++) expect(await admits(stub, banning)).toEqual([false])
    expect((await written()) - before).toBe(1)
  })

  it.each<[string, (object: RateLimiter) => Promise<unknown>]>([
    ['override', (object) => object.override({ v: 1, id: 'a', limit: 0, untilMs: START + 1, reason: 'x' })],
    ['override for ever', (object) => object.override({ v: 1, id: 'a', limit: 1, untilMs: START + 400 * 86_400_000, reason: 'x' })],
    ['liftBan', (object) => object.liftBan({ v: 1, id: '' })],
    ['describe', async (object) => await object.describe({ v: 1, cells: [] })],
  ])('refuses an absurd %s, and keeps nothing of it', async (_, ask) => {
    const stub = newObject()
    await setClock(stub, START)
    await expect(runInDurableObject(stub, ask)).rejects.toThrow(RangeError)
    expect(await rows(stub)).toBe(0)
  })

  it('sweeps what came after it had gone to rest for long', async () => {
    const stub = newObject()
    await setClock(stub, START)
    await admits(stub, cell('in a day', { tokens: 1, periodMs: 86_400_000, burst: 1 }))
    await setClock(stub, START + SWEEP_EVERY_MS)
    await runDurableObjectAlarm(stub)
    expect(await alarmAt(stub)).toBe(START + 86_400_000)
    await admits(stub, cell('soon'))
    expect(await alarmAt(stub)).toBe(START + 2 * SWEEP_EVERY_MS)
    await setClock(stub, START + 2 * SWEEP_EVERY_MS)
    await runDurableObjectAlarm(stub)
    expect(await rows(stub)).toBe(1)
    expect(await alarmAt(stub)).toBe(START + 86_400_000)
  })

  it('looks at a bounded number of rows an alarm, and at a cell behind its back in the next sweep', async () => {
    const stub = newObject()
    await setClock(stub, START)
    await runInDurableObject(stub, async (object: RateLimiter) => {
      for (let i = 0; i < 2 * SWEEP_ROWS; i += 50) {
        await object.take(message(...Array.from({ length: 50 }, (_, k) => cell(`${10_000 + i + k}`))))
      }
    })
    expect(await rows(stub)).toBe(2 * SWEEP_ROWS)
    await setClock(stub, START + SWEEP_EVERY_MS)
    await runDurableObjectAlarm(stub)
    expect(await rows(stub)).toBe(SWEEP_ROWS)
    await admits(stub, cell('0'))
    await runDurableObjectAlarm(stub)
    expect(await rows(stub), 'the new cell').toBe(1)
    await runDurableObjectAlarm(stub)
    expect(await rows(stub)).toBe(1)
    await setClock(stub, START + 2 * SWEEP_EVERY_MS)
    await runDurableObjectAlarm(stub)
    expect(await rows(stub)).toBe(0)
  })
})
