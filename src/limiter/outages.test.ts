import { describe, expect, it } from 'vitest'
import { CELL, held, IsolateBench, request } from '../../test/isolate-bench.ts'
import { bucketCell } from '../../test/limiter-memory.ts'
import type { ConcurrencyCell, LimitRequest } from '../core/limit.ts'
import { COOL_DOWN_MS, LimiterTimeout, LimiterUnavailable, Outages } from './outages.ts'

const COLD = bucketCell('cold', 1, 2000, 10)
const overloaded = () => Object.assign(new Error('Durable Object is overloaded.'), { overloaded: true, retryable: false })

/** Everything that waits goes on, as far as it can. */
async function settle(bench: IsolateBench): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve()
  await Promise.all(bench.behind.splice(0))
}

/** Asks, and gives up. @returns what lets the answer come after all. */
async function timedOut(bench: IsolateBench, asked: LimitRequest): Promise<() => Promise<void>> {
  const back = held()
  bench.onTheWayBack = back.promise
  const taken = Promise.resolve(bench.limiter.take(asked, bench.caller))
  const failed = expect(taken).rejects.toThrow(LimiterTimeout)
  await Promise.resolve()
  bench.onTheWayBack = Promise.resolve()
  bench.pass(asked.budgetMs ?? 1000)
  await failed
  return async () => {
    back.letGo()
    await settle(bench)
  }
}

describe('a call that a request waits on', () => {
  it.each([
    [undefined, 1000],
    [200, 200],
    [1000, 1000],
    [60_000, 1000],
  ])('with a budget of %s ms is given up after %i ms, and not before', async (budgetMs, givenUpMs) => {
    const bench = new IsolateBench()
    bench.onTheWay = held().promise
    const taken = bench.limiter.take({ ...request(COLD), ...(budgetMs !== undefined && { budgetMs }) }, bench.caller)
    let failure: unknown
    void Promise.resolve(taken).catch((error) => {
      failure = error
    })
    bench.pass(givenUpMs - 1)
    for (let i = 0; i < 20; i++) await Promise.resolve()
    expect(failure).toBeUndefined()
    bench.pass(1)
    for (let i = 0; i < 20; i++) await Promise.resolve()
    expect(failure).toBeInstanceOf(LimiterTimeout)
    expect(failure).toMatchObject({ name: 'LimiterTimeout', message: `rate limiter: no answer within ${givenUpMs} ms` })
  })

  it('leaves no timer behind, however it ends', async () => {
    const bench = new IsolateBench()
    await bench.take(COLD)
    bench.answer = () => {
      throw new Error('broken')
    }
    await expect(bench.take(bucketCell('other', 1, 1000, 1))).rejects.toThrow('broken')
    expect(bench.timers).toBe(0)
  })

  it('and then answers late has leased what it charged, for as long as a lease asked for at that time lives', async () => {
    const bench = new IsolateBench()
    const late = await timedOut(bench, { ...request(CELL, 5), budgetMs: 200 })
    await late()
    expect(bench.take(CELL, 3)).toMatchObject([{ admitted: true, remaining: 97 }])
    bench.now += 799
    expect(bench.take(CELL), 'a second after it was asked for').toMatchObject([{ admitted: true }])
    bench.now += 1
    expect(() => bench.take(CELL)).toThrow(LimiterUnavailable)
    bench.now += COOL_DOWN_MS
    await bench.take(CELL)
    expect(bench.asked.at(-1)?.returns, 'the fifth').toMatchObject([{ count: 1 }])
  })

  it.each([
    ['after the life of a lease', CELL, 1000],
    ['of a key that takes no leases', COLD, 200],
  ])('%s, gives it back with the next question', async (_, cell, budgetMs) => {
    const bench = new IsolateBench()
    const late = await timedOut(bench, { ...request(cell, 5), budgetMs })
    await late()
    bench.now += 2 * COOL_DOWN_MS
    expect(await bench.admits(cell)).toBe(true)
    expect(bench.asked.at(-1)?.returns).toMatchObject([{ count: 5 }])
  })

  it('and takes a slot late has it released', async () => {
    const bench = new IsolateBench()
    const flight: ConcurrencyCell = { id: 'flight', algorithm: 'concurrency', limit: 1, maxMs: 60_000 }
    const late = await timedOut(bench, { ...request(flight), slot: 'lost' })
    expect(bench.released).toEqual([])
    await late()
    expect(bench.released).toEqual(['lost'])
    bench.now += 2 * COOL_DOWN_MS
    const [verdict] = await bench.limiter.take({ ...request(flight), slot: 'next' }, bench.caller)
    expect(verdict?.admitted).toBe(true)
  })

  it('and fails late is nobody’s failure', async () => {
    const bench = new IsolateBench()
    bench.answer = () => {
      throw new Error('broken')
    }
    const back = held()
    bench.onTheWay = back.promise
    const failed = expect(bench.take(COLD)).rejects.toThrow(LimiterTimeout)
    bench.pass(1000)
    await failed
    back.letGo()
    await settle(bench)
  })

  it('behind a request ends in time too, so that the next one can fetch', async () => {
    const bench = new IsolateBench()
    await bench.warm()
    bench.onTheWay = held().promise
    const before = bench.asked.length
    while (bench.asked.length === before) expect(bench.take()).not.toBeInstanceOf(Promise)
    const fetching = bench.behind.at(-1)
    bench.pass(1000)
    await fetching
    bench.onTheWay = Promise.resolve()
    bench.now += 2 * COOL_DOWN_MS
    await bench.take()
    expect(bench.asked.at(-1)?.want).toBeGreaterThan(2)
  })
})

describe('an owner that is out of reach', () => {
  it.each<[string, (bench: IsolateBench) => Promise<unknown>]>([
    ['does not answer', (bench) => timedOut(bench, request(COLD))],
    [
      'is overloaded',
      async (bench) => {
        bench.answer = () => {
          throw overloaded()
        }
        await expect(bench.take(COLD)).rejects.toThrow('overloaded')
        bench.answer = undefined
      },
    ],
  ])('because it %s is not asked for a second, and then by one request', async (_, fail) => {
    const bench = new IsolateBench()
    await fail(bench)
    expect(bench.asked).toHaveLength(1)
    for (const cell of [COLD, bucketCell('another of it', 1, 1000, 10)]) {
      expect(() => bench.take(cell)).toThrow(LimiterUnavailable)
      expect(() => bench.take(cell)).toThrow(expect.objectContaining({ name: 'LimiterUnavailable' }))
    }
    bench.now += COOL_DOWN_MS - 1
    expect(() => bench.take(COLD)).toThrow(LimiterUnavailable)
    bench.now += 1
    const way = held()
    bench.onTheWay = way.promise
    const probe = bench.take(COLD)
    expect(probe).toBeInstanceOf(Promise)
    expect(() => bench.take(COLD), 'the others wait for what becomes of it').toThrow(LimiterUnavailable)
    way.letGo()
    expect((await probe)[0]?.admitted).toBe(true)
    bench.onTheWay = Promise.resolve()
    expect(await bench.admits(COLD)).toBe(true)
    expect(bench.asked).toHaveLength(3)
    expect(await bench.admits(bucketCell('a third', 1, 1000, 10)), 'all may ask again').toBe(true)
  })

  it('is asked again by another when the one that asks never comes back', async () => {
    const bench = new IsolateBench()
    await timedOut(bench, request(COLD))
    bench.now += COOL_DOWN_MS
    bench.onTheWay = held().promise
    expect(bench.take(COLD)).toBeInstanceOf(Promise)
    bench.now += 1000
    expect(bench.take(COLD)).toBeInstanceOf(Promise)
  })

  it('does not keep leases and denials from answering, nor other owners', async () => {
    const bench = new IsolateBench()
    await bench.warm()
    const hourly = bucketCell('hourly', 1, 3_600_000, 1)
    await bench.take(hourly)
    await timedOut(bench, { ...request(COLD), budgetMs: 100 })
    const before = bench.asked.length
    expect(bench.take()).toMatchObject([{ admitted: true }])
    expect(bench.take(hourly)).toMatchObject([{ admitted: false }])
    expect(bench.asked, 'nor is more fetched of it').toHaveLength(before)
    expect((await bench.limiter.take({ ...request(COLD), owner: 'p' }, bench.caller))[0]?.admitted).toBe(true)
  })

  it('has its denials believed to the end, though it is time to ask', async () => {
    const bench = new IsolateBench()
    const hourly = bucketCell('hourly', 1, 3_600_000, 1)
    await bench.take(hourly)
    bench.now += 4000
    await timedOut(bench, { ...request(COLD), budgetMs: 100 })
    expect(bench.take(hourly)).toMatchObject([{ admitted: false }])
    bench.now += 901
    expect(() => bench.take(hourly)).toThrow(LimiterUnavailable)
  })

  it('is given back to with the next question', async () => {
    const bench = new IsolateBench()
    const dear = { ...request(COLD, 5), refundable: true }
    const verdicts = await bench.limiter.take(dear, bench.caller)
    await timedOut(bench, { ...request(bucketCell('another of it', 1, 1000, 10)), budgetMs: 100 })
    bench.limiter.giveBack(dear, verdicts, 4, bench.caller)
    expect(bench.givenBack).toEqual([])
    bench.now += COOL_DOWN_MS
    await bench.take(COLD)
    expect(bench.asked.at(-1)?.returns).toMatchObject([{ count: 4 }])
  })

  it('is one that does not answer, not one that was reset or refuses a message', async () => {
    const bench = new IsolateBench()
    for (const error of [
      Object.assign(new Error('Durable Object reset because its code was updated.'), { durableObjectReset: true, retryable: true }),
      new Error('Network connection lost.'),
      Object.assign(new Error('not really'), { overloaded: false }),
    ]) {
      bench.answer = () => {
        throw error
      }
      await expect(bench.take(COLD)).rejects.toThrow(error.message)
    }
    bench.answer = undefined
    expect(await bench.admits(COLD)).toBe(true)
  })

  it('is remembered for its time only, also after the clock was set back, and among a bounded number', () => {
    const outages = new Outages(() => 0.999)
    const error = overloaded()
    outages.failed('o', error, 1_000_000)
    expect(outages.isOut('o', 1_000_000 + COOL_DOWN_MS * 1.19)).toBe(true)
    expect(outages.isOut('o', 1_000_000 + COOL_DOWN_MS * 1.2)).toBe(false)
    expect(outages.isOut('o', 0), 'an hour ago').toBe(false)
    for (let i = 0; i < 100_000; i++) outages.failed(`owner ${i}`, error, 1_000_000)
    expect(outages.size).toBeLessThanOrEqual(1000)
  })
})
