import { describe, expect, it } from 'vitest'
import type { Wanted } from '../../../test/exchange.ts'
import { rateLimit } from './rate-limit.ts'
import { limited, MemoryLimiter, reasonOf, type Settings } from './test-limit.ts'

const sized = (bytes: number | undefined): Wanted => ({
  method: 'POST',
  body: 'x',
  ...(bytes !== undefined && { headers: { 'content-length': `${bytes}` } }),
})

describe('rate-limit: cost by size', () => {
  const settings: Settings = { name: 'n', by: 'ip', limit: '100/day', burst: 100, cost: { perBytes: 1024, max: 10 } }
  it.each<[string, Wanted, number]>([
    ['no body', {}, 1],
    ['an empty one', sized(0), 1],
    ['one byte', sized(1), 1],
    ['just one unit', sized(1024), 1],
    ['one byte more', sized(1025), 2],
    ['the largest', sized(10_240), 10],
  ])('%s', (_, wanted, cost) => {
    const limiter = new MemoryLimiter()
    expect(reasonOf(limited(settings, limiter)(wanted).decision)).toBe('pass')
    expect(limiter.asked[0]?.cost).toBe(cost)
  })

  it.each<[string, Wanted, string]>([
    ['larger than any cost', sized(10_241), '413 rate-limit.too-large'],
    ['that does not say how large it is', sized(undefined), '411 rate-limit.length-unknown'],
  ])('a body %s is refused and costs nothing', (_, wanted, reason) => {
    const limiter = new MemoryLimiter()
    expect(reasonOf(limited(settings, limiter)(wanted).decision)).toBe(reason)
    expect(limiter.asked).toEqual([])
  })
})

describe('rate-limit: cost of a GraphQL request', () => {
  const settings: Settings = { name: 'n', by: 'ip', limit: '100/day', burst: 100, cost: { graphql: true, max: 50 } }
  const costing = (cost: number): Wanted => ({ validated: { graphql: { operation: 'A', kind: 'query', cost } } })
  it.each<[string, Wanted, number]>([
    ['what was found', costing(7), 7],
    ['the most', costing(50), 50],
    ['nothing costs one all the same', costing(0), 1],
    ['the most, where nobody found anything', {}, 50],
  ])('%s', (_, wanted, cost) => {
    const limiter = new MemoryLimiter()
    expect(reasonOf(limited(settings, limiter)(wanted).decision)).toBe('pass')
    expect(limiter.asked[0]?.cost).toBe(cost)
  })

  it('more than any may is refused and costs nothing', () => {
    const limiter = new MemoryLimiter()
    expect(reasonOf(limited(settings, limiter)(costing(51)).decision)).toBe('400 rate-limit.too-costly')
    expect(limiter.asked).toEqual([])
  })

  it('needs a document that was found sound', () => {
    expect(rateLimit(settings)).toMatchObject({ stage: 'decide', needsValidated: ['graphql'] })
    expect(rateLimit({ ...settings, by: [{ body: '/variables/id' }, 'graphql-operation'] })).toMatchObject({ needsValidated: ['body', 'graphql'] })
  })
})

describe("rate-limit: cost that the origin's answer names", () => {
  const settings: Settings = { name: 'n', by: 'ip', limit: '100/day', burst: 100, cost: { responseHeader: 'X-Cost', max: 20 } }
  it.each<[string, string | undefined, number]>([
    ['a number', '3', 3],
    ['nothing', '0', 0],
    ['all of it', '20', 20],
    ['more than was taken', '21', 20],
    ['no header', undefined, 20],
    ['no number', 'three', 20],
    ['a negative one', '-5', 20],
    ['a fraction', '1.5', 20],
    ['hex', '0x1', 20],
    ['two of them', '1, 2', 20],
    ['one too long to be exact', '99999999999999999999', 20],
    ['an empty one', '', 20],
  ])('%s', (_, header, kept) => {
    const limiter = new MemoryLimiter()
    const sent = limited(settings, limiter)()
    sent.settle({ originStatus: 200, ...(header !== undefined && { originHeaders: { 'x-cost': header } }) })
    expect(limiter.given.map(({ amount }) => amount)).toEqual(kept === 20 ? [] : [20 - kept])
    expect(limited(settings, limiter)().fields().ratelimit).toContain(`r=${100 - kept - 20};`)
  })

  it('is one token when the gateway itself refused the request', () => {
    const limiter = new MemoryLimiter()
    limited(settings, limiter)().settle({ status: 429, reason: 'rate-limit.exceeded' })
    expect(limiter.given.map(({ amount }) => amount)).toEqual([19])
  })

  it('is kept whole when no answer came, and never told to clients', () => {
    const limiter = new MemoryLimiter()
    const sent = limited(settings, limiter)()
    sent.settle({ status: 504, reason: 'origin.timeout', reachedOrigin: true })
    expect(limiter.given).toEqual([])
    expect(limiter.asked[0]).toMatchObject({ cost: 20, refundable: true })
  })

  it('of a request that was refused is nothing to give back', () => {
    const limiter = new MemoryLimiter()
    const send = limited({ ...settings, burst: 20 }, limiter)
    send()
    const refused = send()
    expect(reasonOf(refused.decision)).toBe('429 rate-limit.exceeded')
    refused.settle({ originStatus: 200, originHeaders: { 'x-cost': '0' } })
    expect(limiter.given).toEqual([])
  })
})

describe('rate-limit: by outcome', () => {
  const settings: Settings = { name: 'n', by: 'ip', limit: '3/day', burst: 3, outcome: { statuses: [401, 403], denials: ['jwt', 'route.unlisted'] } }
  const ending = (counts: boolean) => (counts ? [] : [1])
  it.each<[string, Parameters<ReturnType<ReturnType<typeof limited>>['settle']>[0], boolean]>([
    ["one of the origin's statuses", { originStatus: 401 }, true],
    ['another of its statuses', { originStatus: 200 }, false],
    ['its status, whatever the caller got of it', { originStatus: 403, status: 502, reason: 'mask.error' }, true],
    ['a denial by a control that is listed', { status: 401, reason: 'jwt.expired' }, true],
    ['a denial for a reason that is listed', { status: 404, reason: 'route.unlisted' }, true],
    ['a denial for another reason of it', { status: 405, reason: 'route.method' }, false],
    ['a denial by a control that is not listed', { status: 403, reason: 'authorize.scope' }, false],
    ["the gateway's own 401 when that is not listed", { status: 401, reason: 'authenticate.missing' }, false],
    ['no answer of the origin: what it made of it nobody knows', { status: 504, reason: 'origin.timeout', reachedOrigin: true }, true],
  ])('%s', (_, outcome, counts) => {
    const limiter = new MemoryLimiter()
    limited(settings, limiter)().settle(outcome)
    expect(limiter.given.map(({ amount }) => amount)).toEqual(ending(counts))
  })

  it('lets any number of good logins pass, and no more than the limit of bad ones', () => {
    const limiter = new MemoryLimiter()
    const send = limited(settings, limiter)
    const login = (originStatus: number) => {
      const sent = send()
      const reason = reasonOf(sent.decision)
      if (reason === 'pass') sent.settle({ originStatus })
      return reason
    }
    for (let i = 0; i < 20; i++) expect(login(200)).toBe('pass')
    expect([401, 401, 401, 401, 200].map(login)).toEqual(['pass', 'pass', 'pass', '429 rate-limit.exceeded', '429 rate-limit.exceeded'])
  })

  it('counts those that are under way: as many guesses at once are not free', () => {
    const send = limited(settings, new MemoryLimiter())
    expect(Array.from({ length: 5 }, () => reasonOf(send().decision).slice(0, 4))).toEqual(['pass', 'pass', 'pass', '429 ', '429 '])
  })
})
