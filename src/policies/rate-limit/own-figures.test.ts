import { describe, expect, it } from 'vitest'
import type { KeyLimit } from '../../core/api-key.ts'
import type { TokenBucketCell } from '../../core/limit.ts'
import { faultOfOwnFigures, NOT_BY_CALLER } from './own-figures.ts'
import { limited, MemoryLimiter, reasonOf, type Settings, someone } from './test-limit.ts'

const withKey = (limits: Readonly<Record<string, KeyLimit>>, more: object = {}) => someone({ limits, credentialId: 'key', ...more })
const PER_KEY: Settings = { name: 'per-key', by: 'principal', limit: '60/min', burst: 6 }

/** What of so many requests at once is admitted. */
function admitted(settings: Settings, wanted: Parameters<ReturnType<typeof limited>>[0], count = 50): number {
  const send = limited(settings, new MemoryLimiter())
  return Array.from({ length: count }, () => reasonOf(send(wanted).decision)).filter((reason) => reason === 'pass').length
}

describe('figures of a key’s own', () => {
  it.each<[string, Settings, Readonly<Record<string, KeyLimit>>, number]>([
    ['more', PER_KEY, { 'per-key': { limit: 600, burst: 20 } }, 20],
    ['less', PER_KEY, { 'per-key': { limit: 6, burst: 2 } }, 2],
    ['a burst in proportion, where the key says none', PER_KEY, { 'per-key': { limit: 180 } }, 18],
    ['at least what one request costs', { ...PER_KEY, burst: 6, cost: 3 }, { 'per-key': { limit: 10 } }, 1],
    ['those of another limit', PER_KEY, { 'per-user': { limit: 600, burst: 20 } }, 6],
    ['none', PER_KEY, {}, 6],
    ['none, by a name that every object has', { ...PER_KEY, name: 'constructor' }, {}, 6],
    ['by credential', { ...PER_KEY, by: 'credential' }, { 'per-key': { limit: 600, burst: 20 } }, 20],
    ['by credential and route', { ...PER_KEY, by: ['credential', 'route'] }, { 'per-key': { limit: 600, burst: 20 } }, 20],
    ['not of a limit by route alone, which others share', { ...PER_KEY, by: 'route' }, { 'per-key': { limit: 600, burst: 20 } }, 6],
    ['not of a limit by level, which others share', { ...PER_KEY, by: 'level' }, { 'per-key': { limit: 600, burst: 20 } }, 6],
    ['of a sliding window', { name: 'per-key', by: 'principal', limit: '5/min', algorithm: 'sliding-window' }, { 'per-key': { limit: 9 } }, 9],
    ['of a calendar quota', { name: 'per-key', by: 'principal', limit: '5/day', algorithm: 'fixed-window', timeZone: 'UTC' }, { 'per-key': { limit: 9 } }, 9],
    ['of concurrency', { name: 'per-key', by: 'principal', limit: 5, algorithm: 'concurrency', maxSeconds: 60 }, { 'per-key': { limit: 9 } }, 9],
  ])('%s', (_what, settings, limits, count) => expect(admitted(settings, withKey(limits))).toBe(count))

  it('take the place of a plan’s figures too', () => {
    const plans: Settings = { ...PER_KEY, plans: { by: 'level', limits: { pro: { limit: '600/min', burst: 10 } } } }
    expect(admitted(plans, withKey({}, { level: 'pro' }))).toBe(10)
    expect(admitted(plans, withKey({ 'per-key': { limit: 600, burst: 20 } }, { level: 'pro' }))).toBe(20)
  })

  it('leave the counter as it is: what was used before stays used', () => {
    const limiter = new MemoryLimiter()
    const send = limited(PER_KEY, limiter)
    for (let i = 0; i < 6; i++) send(someone({ credentialId: 'key' }))
    expect(reasonOf(send(someone({ credentialId: 'key' })).decision)).toBe('429 rate-limit.exceeded')
    send(withKey({ 'per-key': { limit: 600, burst: 20 } }))
    expect(new Set(limiter.asked.flatMap(({ cells }) => cells.map(({ id }) => id))).size).toBe(1)
  })

  it('stand in the fields that the caller sees', () => {
    const sent = limited(PER_KEY, new MemoryLimiter())(withKey({ 'per-key': { limit: 600, burst: 20 } }))
    expect(sent.fields()['ratelimit-policy']).toMatch(/"per-key";q=20/)
  })

  it.each<[string, Settings, KeyLimit]>([
    ['so few that the bucket would fill in years', { ...PER_KEY, limit: '10/day', burst: 10 }, { limit: 1, burst: 1_000_000 }],
    ['more slots than can be counted', { name: 'per-key', by: 'principal', limit: 5, algorithm: 'concurrency', maxSeconds: 60 }, { limit: 5000 }],
    ['less than a request costs', { name: 'per-key', by: 'principal', limit: '50/min', algorithm: 'sliding-window', cost: 5 }, { limit: 4 }],
  ])('that cannot be counted fail, instead of others being taken: %s', (_what, settings, own) => {
    const limiter = new MemoryLimiter()
    expect(() => limited(settings, limiter)(withKey({ 'per-key': own }))).toThrow(RangeError)
    expect(limiter.asked).toEqual([])
  })

  it('are worked out once for a key', () => {
    const limiter = new MemoryLimiter()
    const send = limited(PER_KEY, limiter)
    const wanted = withKey({ 'per-key': { limit: 600, burst: 20 } })
    for (let i = 0; i < 3; i++) send(wanted)
    expect(limiter.asked.map(({ cells: [cell] }) => (cell as TokenBucketCell).tokens)).toEqual([600, 600, 600])
  })
})

describe('what is said of a key’s own figures before there is a request', () => {
  it.each<[string, Settings, KeyLimit, RegExp | string | undefined]>([
    ['that they hold', PER_KEY, { limit: 600, burst: 20 }, undefined],
    ['that they hold, with a mode and a failure of the control’s own', { ...PER_KEY, mode: 'report', onError: 'deny' } as Settings, { limit: 600 }, undefined],
    ['that they do nothing by address', { ...PER_KEY, by: 'ip', assumedIsolates: 1 } as Settings, { limit: 600 }, NOT_BY_CALLER],
    ['that they do nothing by level', { ...PER_KEY, by: 'level' }, { limit: 600 }, NOT_BY_CALLER],
    [
      'that one request costs more',
      { name: 'per-key', by: 'principal', limit: '50/min', algorithm: 'sliding-window', cost: 5 },
      { limit: 4 },
      /less than one request may cost/,
    ],
  ])('%s', (_what, settings, own, fault) => {
    const found = faultOfOwnFigures(settings, own)
    if (fault instanceof RegExp) expect(found).toMatch(fault)
    else expect(found).toBe(fault)
  })
})
