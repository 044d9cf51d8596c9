import { describe, expect, it } from 'vitest'
import type { Wanted } from '../../../test/exchange.ts'
import { claim, eq, value } from '../../core/condition.ts'
import type { Decision } from '../../core/decision.ts'
import type { Limiter } from '../../core/ports.ts'
import { exchangeOf, MemoryLimiter, reasonOf, ruleOf, type Settings, someone } from './test-limit.ts'

const ADA = someone({ claims: { sub: 'ada' } })

/** Sends a request through limits that were joined as a route joins them. @returns what each said. */
function joined(settings: readonly Settings[], limiter: Pick<Limiter, 'take'> & Partial<Limiter>) {
  const rules = settings.map(ruleOf)
  const judgements = rules[0]?.join?.(rules.map((rule) => rule.compile())) ?? []
  return (wanted: Wanted = ADA): readonly (Decision | Promise<Decision>)[] => {
    const x = exchangeOf(limiter, wanted)
    return judgements.map((judge) => judge(x))
  }
}

const day = (name: string, limit: number, more: Partial<Settings> = {}): Settings => ({ name, by: 'principal', limit: `${limit}/day`, burst: limit, ...more })

describe('rate-limit: several limits of one principal', () => {
  it('are asked in one call, with what each costs', () => {
    const limiter = new MemoryLimiter()
    const send = joined(
      [
        day('a', 10),
        day('b', 100, { by: ['principal', 'route'], cost: 5 }),
        day('c', 10, { algorithm: 'fixed-window', timeZone: 'UTC', burst: undefined }),
      ].map(defined),
      limiter,
    )
    expect(send().map(reasonOf)).toEqual(['pass', 'pass', 'pass'])
    expect(limiter.asked).toHaveLength(1)
    expect(limiter.asked[0]).toMatchObject({ cost: 1, cells: [{ tokens: 10 }, { tokens: 100, weight: 5 }, { algorithm: 'fixed-window' }] })
  })

  it('are all charged or none: who is refused by one pays nothing to the others', () => {
    const limiter = new MemoryLimiter()
    const send = joined([day('wide', 3), day('narrow', 1)], limiter)
    expect(send().map(reasonOf)).toEqual(['pass', 'pass'])
    for (let i = 0; i < 5; i++) expect(send().map(reasonOf)).toEqual(['pass', '429 rate-limit.exceeded'])
    const wide = ruleOf(day('wide', 3)).compile()
    expect(Array.from({ length: 3 }, () => reasonOf(wide.request?.(exchangeOf(limiter, ADA))))).toEqual(['pass', 'pass', '429 rate-limit.exceeded'])
  })

  it('an exempt caller of one is counted by the others', () => {
    const limiter = new MemoryLimiter()
    const exempt = [{ when: eq(claim('sub'), value('ada')), reason: 'a test' }]
    const send = joined([day('a', 1), day('b', 1, { exempt })], limiter)
    expect(send().map(reasonOf)).toEqual(['pass', 'pass rate-limit.exempt'])
    expect(send().map(reasonOf)).toEqual(['429 rate-limit.exceeded', 'pass rate-limit.exempt'])
  })

  it('counters in other objects are asked apart', () => {
    const limiter = new MemoryLimiter()
    expect(joined([day('a', 10), day('b', 10, { by: { claim: 'sub' } }), day('c', 10)], limiter)().map(reasonOf)).toEqual(['pass', 'pass', 'pass'])
    expect(limiter.asked.map(({ cells }) => cells.length)).toEqual([2, 1])
  })

  it('of nobody in particular are asked apart', () => {
    const limiter = new MemoryLimiter()
    expect(joined([day('a', 1), day('b', 1)], limiter)({}).map(reasonOf)).toEqual(['pass', 'pass'])
    expect(limiter.asked).toHaveLength(2)
  })

  it.each<[string, Partial<Settings>]>([
    ['give back', { outcome: { statuses: [401] } }],
    ['cost what the request is large', { cost: { perBytes: 1, max: 10 } }],
    ['hold slots', { limit: 10, algorithm: 'concurrency', maxSeconds: 10 }],
  ])('those that %s ask for themselves', (_, more) => {
    const limiter = new MemoryLimiter()
    const apart = defined({ ...day('b', 10), ...(more.algorithm !== undefined && { burst: undefined }), ...more })
    expect(joined([day('a', 10), apart, day('c', 10)], limiter)().map(reasonOf)).toEqual(['pass', 'pass', 'pass'])
    expect(limiter.asked.map(({ cells }) => cells.length)).toEqual([2, 1])
  })

  it('wait together for one answer, and fail together', async () => {
    const real = new MemoryLimiter()
    const later = { take: (request: Parameters<Limiter['take']>[0]) => Promise.resolve(real.take(request)) }
    const decisions = joined([day('a', 1), day('b', 1)], later)()
    expect((await Promise.all(decisions)).map(reasonOf)).toEqual(['pass', 'pass'])
    const broken = joined([day('a', 1), day('b', 1)], { take: () => Promise.reject(new Error('out of reach')) })()
    expect((await Promise.allSettled(broken)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })

  it('no more cells than a message may have stand in one', () => {
    const limiter = new MemoryLimiter()
    joined(
      Array.from({ length: 70 }, (_, i) => day(`n${i}`, 5)),
      limiter,
    )()
    expect(limiter.asked.map(({ cells }) => cells.length)).toEqual([64, 6])
  })
})

function defined(settings: Settings | (Omit<Settings, 'burst'> & { readonly burst?: number | undefined })): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, setting]) => setting !== undefined)) as unknown as Settings
}
