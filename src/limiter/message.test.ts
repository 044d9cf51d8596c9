import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { CELL, IsolateBench, START } from '../../test/isolate-bench.ts'
import { MemoryRows } from '../../test/limiter-memory.ts'
import type { Cell } from '../core/limit.ts'
import { readGiveBackMessage, readReleaseMessage, readTakeMessage, readTakeReply, type TakeMessage, versionOf } from './message.ts'
import { CellOwner } from './owner.ts'

/** As version 1 was first deployed. Not to be edited: what was sent once must be understood for ever. */
const RECORDED_MESSAGE = { v: 1, cost: 1, cells: [{ id: '3:api6:per-ipc2:ip9:192.0.2.1', tokens: 600, periodMs: 60_000, burst: 60 }] }
const RECORDED_REPLY = { v: 1, verdicts: [{ admitted: true, remaining: 59, retryAfterMs: 0, resetMs: 100 }] }

/** The same version, as it was when leases came. Not to be edited either. */
const RECORDED_LEASE_MESSAGE = {
  ...RECORDED_MESSAGE,
  want: 12,
  holder: 'b8f2c1de-7a55-4f0e-9a1b-0c2d3e4f5a6b',
  returns: [{ count: 3, chargedMs: 1_790_000_000_000 }],
}
const RECORDED_LEASE_REPLY = { v: 1, verdicts: [{ ...RECORDED_REPLY.verdicts[0], chargedMs: 1_790_000_000_500 }], granted: 12 }

/** Of the second version, as it was when weights, bans and an operator's figures came. Not to be edited either. */
const RECORDED_WEIGHTED_MESSAGE = {
  v: 2,
  cost: 1,
  cells: [
    {
      id: '3:api6:per-ipc2:ip9:192.0.2.1',
      tokens: 600,
      periodMs: 60_000,
      burst: 60,
      weight: 5,
      ban: { after: 5, withinMs: 600_000, forMs: 900_000, maxMs: 86_400_000 },
    },
    { id: '3:api5:dailyi9:principal3:ada', algorithm: 'fixed-window', limit: 1000, windowStartMs: 1_790_000_000_000, windowEndMs: 1_790_086_400_000 },
  ],
  want: 3,
  holder: 'b8f2c1de-7a55-4f0e-9a1b-0c2d3e4f5a6b',
}
const RECORDED_WEIGHTED_REPLY = {
  v: 2,
  verdicts: [
    { admitted: false, remaining: 0, retryAfterMs: 900_000, resetMs: 900_000, banned: true },
    { admitted: true, remaining: 7, retryAfterMs: 0, resetMs: 86_400_000, counted: { ...RECORDED_WEIGHTED_MESSAGE.cells[1], limit: 2000 } },
  ],
  granted: 0,
}

/** What an object and a Worker of the first version read, as they did it when leases came: what they do not know they leave unread. */
const FIRST_CELL = v.variant('algorithm', [
  v.object({
    algorithm: v.exactOptional(v.literal('token-bucket')),
    id: v.string(),
    tokens: v.number(),
    periodMs: v.number(),
    burst: v.number(),
    strict: v.exactOptional(v.boolean()),
  }),
  v.object({ algorithm: v.literal('sliding-window'), id: v.string(), limit: v.number(), windowMs: v.number() }),
  v.object({ algorithm: v.literal('fixed-window'), id: v.string(), limit: v.number(), windowStartMs: v.number(), windowEndMs: v.number() }),
  v.object({ algorithm: v.literal('concurrency'), id: v.string(), limit: v.number(), maxMs: v.number() }),
])
const FIRST_MESSAGE = v.object({
  v: v.literal(1),
  cost: v.number(),
  cells: v.array(FIRST_CELL),
  want: v.exactOptional(v.number()),
  holder: v.exactOptional(v.string()),
  slot: v.exactOptional(v.string()),
  returns: v.exactOptional(v.array(v.object({ count: v.number(), chargedMs: v.number() }))),
  refundable: v.exactOptional(v.boolean()),
})
const FIRST_REPLY = v.object({
  v: v.literal(1),
  verdicts: v.array(
    v.object({ admitted: v.boolean(), remaining: v.number(), retryAfterMs: v.number(), resetMs: v.number(), chargedMs: v.exactOptional(v.number()) }),
  ),
  granted: v.exactOptional(v.number()),
})

const cell = RECORDED_MESSAGE.cells[0]
const verdict = RECORDED_REPLY.verdicts[0]

describe('what a Worker and a limiter object say to each other', () => {
  it('the first message and reply that were ever deployed are understood', () => {
    expect(readTakeMessage(RECORDED_MESSAGE)).toEqual(RECORDED_MESSAGE)
    expect(readTakeReply(RECORDED_REPLY, 1)).toEqual(RECORDED_REPLY)
  })

  it('leases are understood', () => {
    expect(readTakeMessage(RECORDED_LEASE_MESSAGE)).toEqual(RECORDED_LEASE_MESSAGE)
    expect(readTakeReply(RECORDED_LEASE_REPLY, 1)).toEqual(RECORDED_LEASE_REPLY)
  })

  it('weights, bans and an operator’s figures are understood', () => {
    expect(readTakeMessage(RECORDED_WEIGHTED_MESSAGE)).toEqual(RECORDED_WEIGHTED_MESSAGE)
    expect(readTakeReply(RECORDED_WEIGHTED_REPLY, 2)).toEqual(RECORDED_WEIGHTED_REPLY)
  })

  it.each<[string, Cell[], number]>([
    ['no weight', [CELL], 1],
    ['a weight of 1', [{ ...CELL, weight: 1 }], 1],
    ['a ban', [{ ...CELL, ban: { after: 1, withinMs: 1, forMs: 1, maxMs: 1 } }], 1],
    ['one weight among several', [CELL, { ...CELL, id: 'b', weight: 2 }], 2],
  ])('is of the oldest version that can say it: %s', (_, cells, version) => {
    expect(versionOf(cells)).toBe(version)
  })

  it('this Worker and an object of the first version: it is asked as it always was, and weights it refuses to leave unread', async () => {
    const bench = new IsolateBench()
    const banning: Cell = { ...CELL, ban: { after: 1, withinMs: 1, forMs: 1, maxMs: 1 } }
    const first = new CellOwner(new MemoryRows())
    bench.answer = (message) => first.take(v.parse(FIRST_MESSAGE, message) as TakeMessage, bench.now)
    await bench.warm(banning)
    expect(await bench.admits(banning)).toBe(true)
    await bench.take()
    const { ban: _, ...known } = banning
    for (const message of bench.asked) {
      expect(message.v).toBe(1)
      expect(v.parse(FIRST_MESSAGE, message)).toEqual({ ...message, cells: [known] })
    }
    await expect(bench.take({ ...CELL, weight: 2 })).rejects.toThrow('Expected 1 but received 2')
  })

  it.each([RECORDED_MESSAGE, RECORDED_LEASE_MESSAGE])('this object and a Worker of the first version: it is answered in its own', (message) => {
    const owner = new CellOwner(new MemoryRows())
    owner.override({ v: 1, id: cell?.id ?? '', limit: 6000, burst: 600, untilMs: START + 1000, reason: 'sale' }, START)
    const reply = v.parse(FIRST_REPLY, owner.take(readTakeMessage(message), START))
    expect(reply.verdicts).toEqual([
      { admitted: true, remaining: 600 - (reply.granted ?? 0), retryAfterMs: 0, resetMs: 10 * (reply.granted ?? 0), chargedMs: START },
    ])
  })

  it('cells of every algorithm are understood', () => {
    const cells = [
      { id: 'a', tokens: 1, periodMs: 1, burst: 1, algorithm: 'token-bucket', strict: true },
      { id: 'b', limit: 1, windowMs: 1, algorithm: 'sliding-window' },
      { id: 'c', limit: 1, windowStartMs: 0, windowEndMs: 1, algorithm: 'fixed-window' },
      { id: 'd', limit: 1, maxMs: 1, algorithm: 'concurrency' },
    ]
    expect(readTakeMessage({ v: 1, cost: 1, cells, slot: 's' })).toEqual({ v: 1, cost: 1, cells, slot: 's' })
    expect(() => readTakeMessage({ v: 1, cost: 1, cells: [{ ...cells[1], algorithm: 'leaky' }] })).toThrow('malformed at cells.0.algorithm')
    expect(readGiveBackMessage({ v: 1, cells, count: 2, chargedMs: 5 })).toEqual({ v: 1, cells, count: 2, chargedMs: 5 })
    expect(() => readGiveBackMessage({ v: 1, cells, count: -2, chargedMs: 5 })).toThrow('malformed at count')
    expect(readReleaseMessage({ v: 1, cells, slot: 's' })).toEqual({ v: 1, cells, slot: 's' })
    expect(() => readReleaseMessage({ v: 3, cells, slot: 's' })).toThrow('version 3 is not understood')
  })

  it('fields that a newer version added are left unread', () => {
    expect(readTakeMessage({ ...RECORDED_MESSAGE, colour: 'red', cells: [{ ...cell, colour: 'red' }] })).toEqual(RECORDED_MESSAGE)
    expect(readTakeReply({ ...RECORDED_REPLY, colour: 'red', verdicts: [{ ...verdict, tatMs: 1 }] }, 1)).toEqual(RECORDED_REPLY)
  })

  it.each<[string, unknown, string]>([
    ['another version', { ...RECORDED_MESSAGE, v: 3 }, 'rate limiter: a message of version 3 is not understood here; this is version 2'],
    ['no version', { cost: 1, cells: [cell] }, 'rate limiter: a message of version undefined is not understood here; this is version 2'],
    ['nothing', undefined, 'rate limiter: a message of version undefined is not understood here; this is version 2'],
    ['no cells', { v: 1, cost: 1, cells: [] }, 'rate limiter: the message is malformed at cells'],
    ['65 cells', { v: 1, cost: 1, cells: Array.from({ length: 65 }, (_, i) => ({ ...cell, id: `${i}` })) }, 'rate limiter: the message is malformed at cells'],
    ['an empty id', { v: 1, cost: 1, cells: [{ ...cell, id: '' }] }, 'rate limiter: the message is malformed at cells.0.id'],
    ['the name of a row that is no cell’s', { v: 1, cost: 1, cells: [{ ...cell, id: 'ban|a' }] }, 'rate limiter: the message is malformed at cells.0.id'],
    ['the name of another', { v: 1, cost: 1, cells: [{ ...cell, id: 'override|a' }] }, 'rate limiter: the message is malformed at cells.0.id'],
    ['no weight', { v: 2, cost: 1, cells: [{ ...cell, weight: 0 }] }, 'rate limiter: the message is malformed at cells.0.weight'],
    [
      'half a ban',
      { v: 1, cost: 1, cells: [{ ...cell, ban: { after: 1 } }] },
      'rate limiter: the message is malformed at cells.0.ban.withinMs, cells.0.ban.forMs, cells.0.ban.maxMs',
    ],
    ['an endless id', { v: 1, cost: 1, cells: [{ ...cell, id: 'x'.repeat(4097) }] }, 'rate limiter: the message is malformed at cells.0.id'],
    ['no number', { v: 1, cost: '1', cells: [{ ...cell, tokens: Number.NaN }] }, 'rate limiter: the message is malformed at cost, cells.0.tokens'],
  ])('refuses a message with %s', (_, message, error) => {
    expect(() => readTakeMessage(message)).toThrow(new RangeError(error))
  })

  it.each<[string, unknown, string]>([
    ['of another version', { ...RECORDED_REPLY, v: 3 }, 'rate limiter: a reply of version 3 is not understood here; this is version 2'],
    ['of nothing', undefined, 'rate limiter: a reply of version undefined is not understood here; this is version 2'],
    ['for fewer cells', { v: 1, verdicts: [] }, 'rate limiter: the reply has 0 verdicts for 1 cells'],
    ['for more cells', { v: 1, verdicts: [verdict, verdict] }, 'rate limiter: the reply has 2 verdicts for 1 cells'],
    ['that is no yes or no', { v: 1, verdicts: [{ ...verdict, admitted: 'yes' }] }, 'rate limiter: the reply is malformed at verdicts.0.admitted'],
    ['below nothing', { v: 1, verdicts: [{ ...verdict, remaining: -1 }] }, 'rate limiter: the reply is malformed at verdicts.0.remaining'],
  ])('refuses a reply %s', (_, reply, error) => {
    expect(() => readTakeReply(reply, 1)).toThrow(new RangeError(error))
  })
})
