import { parseList } from 'structured-headers'
import { describe, expect, it } from 'vitest'
import type { Wanted } from '../../../test/exchange.ts'
import type { Limiter } from '../../core/ports.ts'
import { rateLimit } from './rate-limit.ts'
import { exchangeOf, limited, MemoryLimiter, PARTITION, problemsOf, reasonOf, type Settings, START } from './test-limit.ts'

describe('rate-limit: decisions', () => {
  it('passes up to the burst, then denies with all that a caller needs to know', () => {
    const limiter = new MemoryLimiter()
    const send = limited({ name: 'per-ip', by: 'ip', limit: '600/min', burst: 2 }, limiter)
    const [first, second, third] = [send(), send(), send()]
    expect([first, second].map(({ decision }) => reasonOf(decision))).toEqual(['pass', 'pass'])
    expect(third.decision).toEqual({
      kind: 'deny',
      status: 429,
      reason: 'rate-limit.exceeded',
      detail: { limit: 'per-ip', retryAfterMs: 100, exceeded: 'limit' },
      problem: { type: 'https://iana.org/assignments/http-problem-types#quota-exceeded', violatedPolicies: ['per-ip'] },
      headers: { 'retry-after': '1' },
    })
    expect(first.fields()).toEqual({ ratelimit: `"per-ip";r=1;t=1;${PARTITION}`, 'ratelimit-policy': `"per-ip";q=2;w=1;${PARTITION}` })
    expect(third.fields()).toEqual({ ratelimit: `"per-ip";r=0;t=1;${PARTITION}`, 'ratelimit-policy': `"per-ip";q=2;w=1;${PARTITION}` })
    limiter.now = START + 99
    expect(reasonOf(send().decision)).toBe('429 rate-limit.exceeded')
    limiter.now = START + 100
    expect(reasonOf(send().decision)).toBe('pass')
  })

  it.each<[string, string, number, number, string, string]>([
    ['600/min', 'r=59;t=6', 60, 1, '1', 'q=60;w=6'],
    ['5/hour', 'r=0;t=720', 1, 1, '720', 'q=1;w=720'],
    ['7/min', 'r=1;t=9', 2, 1, '9', 'q=2;w=18'],
    ['1000/s', 'r=99;t=1', 100, 1, '1', 'q=100;w=1'],
    ['60/min', 'r=5;t=5', 10, 5, '5', 'q=10;w=10'],
  ])('%s is told as %s, and seconds are never rounded down', (limit, standing, burst, cost, retryAfter, policy) => {
    const send = limited({ name: 'n', by: 'ip', limit, burst, cost }, new MemoryLimiter())
    const first = send()
    expect(first.fields()).toEqual({ ratelimit: `"n";${standing};${PARTITION}`, 'ratelimit-policy': `"n";${policy};${PARTITION}` })
    for (let taken = cost; taken + cost <= burst; taken += cost) send()
    const { decision } = send()
    expect(decision).toMatchObject({ kind: 'deny', headers: { 'retry-after': retryAfter } })
  })

  it('several limits add to one list each, and say nothing where they were not asked', () => {
    const limiter = new MemoryLimiter()
    const policies = (['per-ip', 'per-route'] as const).map((name) => rateLimit({ name, by: name === 'per-ip' ? 'ip' : 'route', limit: '600/min' }).compile())
    const x = exchangeOf(limiter)
    expect(policies.map(({ request }) => reasonOf(request?.(x)))).toEqual(['pass', 'pass'])
    const headers = new Headers()
    for (const { finish } of policies) finish?.(headers, x)
    expect(headers.get('ratelimit')).toBe(`"per-ip";r=59;t=6;${PARTITION}, "per-route";r=59;t=6;${PARTITION}`)
    expect(headers.get('ratelimit-policy')).toBe(`"per-ip";q=60;w=6;${PARTITION}, "per-route";q=60;w=6;${PARTITION}`)
    expect(parseList(headers.get('ratelimit') ?? '').map(([name]) => name)).toEqual(['per-ip', 'per-route'])
    const untouched = new Headers()
    for (const { finish } of policies) finish?.(untouched, exchangeOf(limiter))
    expect([...untouched]).toEqual([])
  })

  it("takes the origin's own fields away, since lists of two authors do not mix", () => {
    expect(rateLimit({ name: 'n', by: 'ip', limit: '1/s' }).compile().responseHeaders).toEqual({ ratelimit: null, 'ratelimit-policy': null })
  })

  it('waits for a limiter that has to ask, and throws what it throws', async () => {
    const local = new MemoryLimiter()
    const send = limited({ name: 'n', by: 'ip', limit: '1/s' }, { take: (request) => Promise.resolve(local.take(request)) })
    const { decision, fields } = send()
    expect(decision).toBeInstanceOf(Promise)
    expect((await decision)?.kind).toBe('pass')
    expect(fields()).toEqual({ ratelimit: `"n";r=0;t=1;${PARTITION}`, 'ratelimit-policy': `"n";q=1;w=1;${PARTITION}` })
    const broken = limited({ name: 'n', by: 'ip', limit: '1/s' }, { take: () => Promise.reject(new Error('overloaded')) })
    await expect(broken().decision).rejects.toThrow('overloaded')
  })

  it.each([[[]], [[{ admitted: true, remaining: 1, retryAfterMs: 0, resetMs: 0 }]]])(
    'a limiter that does not answer for every cell is a failure, not a pass: %o',
    (verdicts) => {
      const send = limited({ name: 'n', by: 'ip', limit: '1/s' }, { take: () => verdicts })
      expect(() => send({ caller: { kind: 'client', ip: '2001:db8::1' } })).toThrow('the limiter did not answer for every cell')
    },
  )

  it('gives the exchange along, so that the limiter can count its calls and work behind the response', () => {
    const given: unknown[] = []
    const limiter: Pick<Limiter, 'take'> = {
      take(_, caller) {
        given.push(caller)
        return [{ admitted: true, remaining: 1, retryAfterMs: 0, resetMs: 0 }]
      },
    }
    const { x } = limited({ name: 'n', by: 'ip', limit: '1/s' }, limiter)()
    expect(given[0]).toBe(x)
  })
})

describe('rate-limit: callers that cannot be told apart', () => {
  it('are refused where the address counts, without asking the limiter', () => {
    const limiter = new MemoryLimiter()
    const { decision, fields } = limited({ name: 'n', by: 'ip', limit: '1/s' }, limiter)({ caller: { kind: 'unknown' } })
    expect(reasonOf(decision)).toBe('403 rate-limit.unknown-caller')
    expect(fields()).toEqual({})
    expect(limiter.asked).toEqual([])
  })

  it('a client by an address that is none is a failure, not a caller', () => {
    const send = limited({ name: 'n', by: 'ip', limit: '1/s' }, new MemoryLimiter())
    expect(() => send({ caller: { kind: 'client', ip: '2001:db8::1, 2001:db8::2' } })).toThrow("the client's address is none")
  })
})

describe('rate-limit: IPv6', () => {
  const client = (ip: string): Wanted => ({ caller: { kind: 'client', ip } })

  it('counts a /64 as one client', () => {
    const send = limited({ name: 'n', by: 'ip', limit: '60/min', burst: 1 }, new MemoryLimiter())
    expect(reasonOf(send(client('2001:db8:1:1::1')).decision)).toBe('pass')
    expect(reasonOf(send(client('2001:db8:1:1:ffff:ffff:ffff:ffff')).decision)).toBe('429 rate-limit.exceeded')
    expect(reasonOf(send(client('2001:db8:1:2::1')).decision)).toBe('pass')
  })

  it('a client that walks through the /64s of its /48 meets the ceiling, and has spent nothing of the others', () => {
    const limiter = new MemoryLimiter()
    const send = limited({ name: 'n', by: 'ip', limit: '60/min', burst: 1, ipv6CeilingFactor: 4 }, limiter)
    const decisions = Array.from({ length: 8 }, (_, i) => send(client(`2001:db8:1:${i}::1`)).decision)
    expect(decisions.map(reasonOf)).toEqual([...Array(4).fill('pass'), ...Array(4).fill('429 rate-limit.exceeded')])
    expect(decisions[7]).toMatchObject({ detail: { limit: 'n', retryAfterMs: 250, exceeded: 'ceiling of the /48' } })
    expect(limiter.store.rows.size).toBe(5)
    expect(reasonOf(send(client('2001:db8:2:1::1')).decision)).toBe('pass')
    expect(new Set(limiter.asked.slice(0, 8).map(({ owner }) => owner)).size, 'one object takes both').toBe(1)
  })

  it('the factor is 16 unless said', () => {
    const limiter = new MemoryLimiter()
    limited({ name: 'n', by: 'ip', limit: '600/min' }, limiter)(client('2001:db8::1'))
    expect(limiter.asked[0]?.cells).toMatchObject([
      { tokens: 600, periodMs: 60_000, burst: 60 },
      { tokens: 9600, periodMs: 60_000, burst: 960 },
    ])
  })
})

describe('rate-limit: settings', () => {
  it.each<[string, Settings['by'], string]>([
    ['ip', 'ip', 'shield'],
    ['header and country', [{ header: 'x-tenant' }, 'country'], 'shield'],
    ['principal', 'principal', 'limit'],
    ['claim', { claim: 'tenant' }, 'limit'],
    ['route and principal', ['route', 'principal'], 'limit'],
    ['credential', 'credential', 'limit'],
    ['level and address', ['level', 'ip'], 'limit'],
    ['parameter', { param: 'id' }, 'shield'],
    ['a field of the body', ['ip', { body: '/user' }], 'decide'],
    ['a field of the body and principal', ['principal', { body: '/user' }], 'decide'],
    ['GraphQL operation', 'graphql-operation', 'decide'],
  ])('by %s runs as early as its key is known', (_, by, stage) => {
    const policy = rateLimit<string>({ name: 'n', by, limit: '1/s' })
    expect(policy.stage).toBe(stage)
    expect(policy.label).toBe('rate-limit:n')
    expect(policy.bindings).toEqual(['RATE_LIMITER'])
  })

  const UNIT = 'Unknown unit "m": expected s, min, hour, day, week, month or year'
  const NAME = '1 to 64 letters, digits, dots, underscores and hyphens, the first a letter or digit'
  const HEADER = "a header that holds no credential | count by 'principal' instead: this header holds a credential"
  const RATE = "a rate like '600/min', or for algorithm 'concurrency' a number"
  it.each<[string, Settings, string]>([
    ['an unreadable rate', { name: 'n', by: 'ip', limit: '600/m' }, `limit | "600/m" | ${RATE} | ${UNIT}`],
    ['a name that no field can carry', { name: 'a"b', by: 'ip', limit: '1/s' }, `name | "a\\"b" | ${NAME} | write ${NAME}`],
    ['a credential as the key', { name: 'n', by: { header: 'Authorization' }, limit: '1/s' }, `by.header | "authorization" | ${HEADER}`],
    ['nothing to count by', { name: 'n', by: [], limit: '1/s' }, 'by | none | count by at least one thing | count by at least one thing'],
    ['one thing twice', { name: 'n', by: ['ip', 'ip'], limit: '1/s' }, 'by | one thing twice | each thing once | leave the second one out'],
    [
      'one header twice',
      { name: 'n', by: [{ header: 'A' }, { header: 'a' }], limit: '1/s' },
      'by | one thing twice | each thing once | leave the second one out',
    ],
    [
      'a cost above the burst',
      { name: 'n', by: 'ip', limit: '10/s', cost: 2 },
      'cost | a cost of 2, with a burst of 1 | a cost of at most the burst, which is a tenth of the limit unless said | raise burst or lower cost: as it is, every request would be refused',
    ],
    [
      'a ceiling without addresses',
      { name: 'n', by: 'route', limit: '1/s', ipv6CeilingFactor: 2 },
      "ipv6CeilingFactor | a ceiling for IPv6 networks | by: 'ip' | remove it, or count by 'ip'",
    ],
    [
      'a bucket that never fills',
      { name: 'n', by: 'ip', limit: '1/31day', burst: 12 },
      'limit | an empty bucket would need more than 366 days to fill | figures that can be counted exactly | choose a smaller burst, limit or ipv6CeilingFactor, or a rounder rate',
    ],
    [
      'a ceiling that cannot be counted',
      { name: 'n', by: 'ip', limit: '9999991/31day', burst: 1_000_000, ipv6CeilingFactor: 65_536 },
      'limit | the figures are too large to count exactly | figures that can be counted exactly | choose a smaller burst, limit or ipv6CeilingFactor, or a rounder rate',
    ],
    ['a number where a rate belongs', { name: 'n', by: 'ip', limit: 5 }, "limit | 5 | a count and a period | write a rate, like '600/min'"],
    [
      'a rate where a number belongs',
      { name: 'n', by: 'ip', limit: '5/s', algorithm: 'concurrency', maxSeconds: 9 },
      'limit | a rate | how many at the same time | write a number, like 20',
    ],
    ['no number', { name: 'n', by: 'ip', limit: 0.5 }, `limit | 0.5 | ${RATE} | The number must be whole, from 1 to 4096`],
    [
      'slots for ever',
      { name: 'n', by: 'ip', limit: 5, algorithm: 'concurrency' },
      'maxSeconds | nothing | the longest life of a slot | say after how many seconds a slot that was lost is free again',
    ],
    [
      'a month that is no window',
      { name: 'n', by: 'ip', limit: '5/month' },
      "limit | one month | a period of fixed length | write it in days, or use algorithm: 'fixed-window'",
    ],
    [
      'a calendar of nobody',
      { name: 'n', by: 'ip', limit: '5/day', algorithm: 'fixed-window' },
      "timeZone | nothing | the time zone of the calendar | say whose calendar is meant, like 'UTC' or 'Europe/Berlin'",
    ],
    [
      'a zone that is none',
      { name: 'n', by: 'ip', limit: '5/day', algorithm: 'fixed-window', timeZone: 'Mars/Olympus' },
      'timeZone | "Mars/Olympus" | a name of the IANA time zone database | Unknown time zone "Mars/Olympus": expected a name of the IANA database, like Europe/Berlin or UTC',
    ],
    [
      'a window that no calendar has',
      { name: 'n', by: 'ip', limit: '5/10min', algorithm: 'fixed-window', timeZone: 'UTC' },
      "limit | a period that is no calendar window | one min, hour, day, week, month or year | write it like '10000/month'",
    ],
    [
      'a burst of a window',
      { name: 'n', by: 'ip', limit: '5/min', algorithm: 'sliding-window', burst: 5 },
      "burst | burst with sliding-window | algorithm: 'token-bucket' | remove it: only token-bucket has one",
    ],
    [
      'strict windows',
      { name: 'n', by: 'ip', limit: '5/min', algorithm: 'sliding-window', strict: true },
      "strict | strict with sliding-window | algorithm: 'token-bucket' | remove it: the bound of the others has no term for leases",
    ],
    [
      'an outcome of nothing',
      { name: 'n', by: 'ip', limit: '5/min', outcome: {} },
      'outcome | nothing | `statuses`, `denials` or both | name what counts: as it is, nothing would',
    ],
    [
      'a ban that shrinks',
      { name: 'n', by: 'ip', limit: '5/min', ban: { after: 1, for: '2hour', max: '1hour' } },
      'ban | for 7200 s, with a max of 3600 s | a `max` (by default 1day) of at least `for` | raise max, or lower for',
    ],
    [
      'a ban that never comes',
      { name: 'n', by: 'ip', limit: '100/day', algorithm: 'fixed-window', timeZone: 'UTC', ban: { after: 2, within: '1day', for: '1hour' } },
      'ban | 2 episodes, which take 86400 s, within 86400 s | as many episodes as that time has room for | raise within, or lower after: as it is, nobody is ever banned',
    ],
    [
      'a ban that never comes to a plan',
      {
        name: 'n',
        by: 'principal',
        limit: '5/min',
        algorithm: 'sliding-window',
        ban: { after: 2, within: '1hour', for: '1hour' },
        plans: { by: 'level', limits: { slow: { limit: '100/day' } } },
      },
      'plans.limits.slow.limit | 2 episodes, which take 86400 s, within 3600 s | as many episodes as that time has room for | raise within, or lower after: as it is, nobody is ever banned',
    ],
    [
      'an unreadable time',
      { name: 'n', by: 'ip', limit: '5/min', ban: { after: 1, for: 'a while' } },
      'ban.for | "a while" | a time like \'10min\' | Expected a whole number and a unit, without a space: 30s, 10min, 1hour, 7day or 2week',
    ],
    [
      'a part of nobody',
      { name: 'n', by: 'ip', limit: '5/min', onError: 'local' },
      "assumedIsolates | nothing | by how many to divide while the counter is out of reach | say how many isolates serve such a key at once, like 20, or set onError: 'deny'",
    ],
    [
      'a part that nobody takes',
      { name: 'n', by: 'ip', limit: '5/min', onError: 'deny', assumedIsolates: 5 },
      "assumedIsolates | assumedIsolates with onError: 'deny' | onError: 'local' | remove it: nothing is counted by the isolate alone",
    ],
    [
      'roles that have no order',
      { name: 'n', by: 'principal', limit: '5/min', plans: { by: 'role', limits: { 7: { limit: '6/min' } } } },
      'plans.limits["7"] | a role that is a number | roles in an order | give the role a name, or use a claim',
    ],
    [
      'a binding that counts what is free',
      { name: 'n', by: 'ip', limit: '5/min', edge: 'EDGE', outcome: { statuses: [401] } },
      'edge | a binding with requests that may cost nothing | requests that all cost the same | remove edge: it counts every request, whatever becomes of it',
    ],
    [
      'a burst of a plan of windows',
      { name: 'n', by: 'principal', limit: '5/min', algorithm: 'sliding-window', plans: { by: 'level', limits: { pro: { limit: '6/min', burst: 3 } } } },
      "plans.limits.pro.burst | burst with sliding-window | algorithm: 'token-bucket' | remove it: only token-bucket has one",
    ],
    [
      'a ceiling of more slots than an object counts',
      { name: 'n', by: 'ip', limit: 500, algorithm: 'concurrency', maxSeconds: 9 },
      'limit | 8000 in all, with the ceiling of an IPv6 /48, where 4096 can be counted | figures that can be counted exactly | choose a smaller burst, limit or ipv6CeilingFactor, or a rounder rate',
    ],
    [
      'a ceiling of more tokens than a window counts',
      { name: 'n', by: 'ip', limit: '1000000/min', algorithm: 'sliding-window' },
      'limit | 16000000 in all, with the ceiling of an IPv6 /48, where 10000000 can be counted | figures that can be counted exactly | choose a smaller burst, limit or ipv6CeilingFactor, or a rounder rate',
    ],
    [
      'a plan that cannot pay',
      { name: 'n', by: 'principal', limit: '50/min', cost: 5, plans: { by: 'level', limits: { small: { limit: '4/min' } } } },
      'plans.limits.small.burst | a cost of 5, with a burst of 1 | a cost of at most the burst, which is a tenth of the limit unless said | raise burst or lower cost: as it is, every request would be refused',
    ],
    [
      'a field that is no pointer',
      { name: 'n', by: { body: 'user' }, limit: '5/min' },
      'by.body | "user" | a JSON pointer (RFC 6901) to the field, like /username | write a JSON pointer (RFC 6901) to the field, like /username',
    ],
  ])('refuses %s', (_, settings, expected) => {
    expect(problemsOf(settings)).toEqual([`policies[0].${expected}`])
  })
})
