import { describe, expect, it } from 'vitest'
import { MAX_REASON_LENGTH, readDescribeMessage, readLiftBanMessage, readOverrideMessage } from './operator-message.ts'
import { MAX_RATE_TOKENS } from './rate.ts'

/** As version 1 was first deployed. Not to be edited: what was sent once must be understood for ever. */
const OVERRIDE = { v: 1, id: '3:api6:per-ipc2:ip9:192.0.2.1', limit: 600, burst: 60, untilMs: 1_790_000_000_000, reason: 'ticket 4711' }
const END_OF_OVERRIDE = { v: 1, id: '3:api6:per-ipc2:ip9:192.0.2.1', limit: null }
const LIFT_BAN = { v: 1, id: '3:api6:per-ipc2:ip9:192.0.2.1' }
const DESCRIBE = { v: 1, cells: [{ id: '3:api6:per-ipc2:ip9:192.0.2.1', tokens: 600, periodMs: 60_000, burst: 60 }] }

describe('what an operator says to a limiter object', () => {
  it('is understood as it was first said, and what a newer version adds is left unread', () => {
    const { burst: _, ...withoutBurst } = OVERRIDE
    for (const message of [OVERRIDE, withoutBurst, END_OF_OVERRIDE]) expect(readOverrideMessage({ ...message, colour: 'red' })).toEqual(message)
    expect(readLiftBanMessage({ ...LIFT_BAN, colour: 'red' })).toEqual(LIFT_BAN)
    expect(readDescribeMessage({ ...DESCRIBE, colour: 'red' })).toEqual(DESCRIBE)
  })

  it.each<[string, unknown, string]>([
    ['another version', { ...OVERRIDE, v: 2 }, 'a message of version 2 is not understood here; this is version 1'],
    ['nothing', undefined, 'a message of version undefined is not understood here; this is version 1'],
    ['no limit', { ...OVERRIDE, limit: 0 }, 'malformed at limit'],
    ['half a token', { ...OVERRIDE, limit: 1.5 }, 'malformed at limit'],
    ['more than can be counted', { ...OVERRIDE, limit: MAX_RATE_TOKENS + 1 }, 'malformed at limit'],
    ['no burst', { ...OVERRIDE, burst: 0 }, 'malformed at burst'],
    ['no end', { ...OVERRIDE, untilMs: undefined }, 'malformed at untilMs'],
    ['no reason', { ...OVERRIDE, reason: '' }, 'malformed at reason'],
    ['a novel', { ...OVERRIDE, reason: 'x'.repeat(MAX_REASON_LENGTH + 1) }, 'malformed at reason'],
    ['the name of a row that is no cell’s', { ...END_OF_OVERRIDE, id: 'ban|a' }, 'malformed at id'],
  ])('refuses to override by %s', (_, message, error) => {
    expect(() => readOverrideMessage(message)).toThrow(error)
  })

  it('refuses the rest as strictly', () => {
    expect(() => readLiftBanMessage({ v: 1, id: '' })).toThrow(new RangeError('rate limiter: the message is malformed at id'))
    expect(() => readLiftBanMessage({ v: 2, id: 'a' })).toThrow('version 2 is not understood')
    expect(() => readDescribeMessage({ v: 1, cells: [] })).toThrow(new RangeError('rate limiter: the message is malformed at cells'))
    expect(() => readDescribeMessage({ ...DESCRIBE, v: 2 })).toThrow('version 2 is not understood')
  })
})
