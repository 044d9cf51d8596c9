import { describe, expect, it } from 'vitest'
import { readGiveBackMessage, readReleaseMessage, readTakeMessage, readTakeReply } from './message.ts'

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
    expect(() => readReleaseMessage({ v: 2, cells, slot: 's' })).toThrow('version 2 is not understood')
  })

  it('fields that a newer version added are left unread', () => {
    expect(readTakeMessage({ ...RECORDED_MESSAGE, colour: 'red', cells: [{ ...cell, colour: 'red' }] })).toEqual(RECORDED_MESSAGE)
    expect(readTakeReply({ ...RECORDED_REPLY, colour: 'red', verdicts: [{ ...verdict, tatMs: 1 }] }, 1)).toEqual(RECORDED_REPLY)
  })

  it.each<[string, unknown, string]>([
    ['another version', { ...RECORDED_MESSAGE, v: 2 }, 'rate limiter: a message of version 2 is not understood here; this is version 1'],
    ['no version', { cost: 1, cells: [cell] }, 'rate limiter: a message of version undefined is not understood here; this is version 1'],
    ['nothing', undefined, 'rate limiter: a message of version undefined is not understood here; this is version 1'],
    ['no cells', { v: 1, cost: 1, cells: [] }, 'rate limiter: the message is malformed at cells'],
    ['65 cells', { v: 1, cost: 1, cells: Array.from({ length: 65 }, (_, i) => ({ ...cell, id: `${i}` })) }, 'rate limiter: the message is malformed at cells'],
    ['an empty id', { v: 1, cost: 1, cells: [{ ...cell, id: '' }] }, 'rate limiter: the message is malformed at cells.0.id'],
    ['an endless id', { v: 1, cost: 1, cells: [{ ...cell, id: 'x'.repeat(4097) }] }, 'rate limiter: the message is malformed at cells.0.id'],
    ['no number', { v: 1, cost: '1', cells: [{ ...cell, tokens: Number.NaN }] }, 'rate limiter: the message is malformed at cost, cells.0.tokens'],
  ])('refuses a message with %s', (_, message, error) => {
    expect(() => readTakeMessage(message)).toThrow(new RangeError(error))
  })

  it.each<[string, unknown, string]>([
    ['of another version', { ...RECORDED_REPLY, v: 2 }, 'rate limiter: a reply of version 2 is not understood here; this is version 1'],
    ['of nothing', undefined, 'rate limiter: a reply of version undefined is not understood here; this is version 1'],
    ['for fewer cells', { v: 1, verdicts: [] }, 'rate limiter: the reply has 0 verdicts for 1 cells'],
    ['for more cells', { v: 1, verdicts: [verdict, verdict] }, 'rate limiter: the reply has 2 verdicts for 1 cells'],
    ['that is no yes or no', { v: 1, verdicts: [{ ...verdict, admitted: 'yes' }] }, 'rate limiter: the reply is malformed at verdicts.0.admitted'],
    ['below nothing', { v: 1, verdicts: [{ ...verdict, remaining: -1 }] }, 'rate limiter: the reply is malformed at verdicts.0.remaining'],
  ])('refuses a reply %s', (_, reply, error) => {
    expect(() => readTakeReply(reply, 1)).toThrow(new RangeError(error))
  })
})
