import { describe, expect, it } from 'vitest'
import { CELL, held, IsolateBench, request, START } from '../../test/isolate-bench.ts'
import { bucketCell } from '../../test/limiter-memory.ts'
import type { Cell, FixedWindowCell, LimitRequest, LimitVerdict, TokenBucketCell } from '../core/limit.ts'
import { DENIAL_TRUST_MS } from './standing.ts'

describe('leases', () => {
  it('a cold key asks for what it needs, and strands nothing', async () => {
    const bench = new IsolateBench()
    expect(await bench.admits()).toBe(true)
    expect(bench.asked).toMatchObject([{ cost: 1, want: 1, holder: 'one' }])
    expect(bench.owner.take({ v: 1, cells: [CELL], cost: 99 }, START).verdicts[0]?.admitted).toBe(true)
  })

  it('a hot key answers at once, and is told what it would be told by the object', async () => {
    const bench = new IsolateBench()
    await bench.warm()
    const before = bench.asked.length
    const verdicts = bench.take()
    expect(verdicts).not.toBeInstanceOf(Promise)
    expect(verdicts).toMatchObject([{ admitted: true, retryAfterMs: 0 }])
    expect(bench.asked).toHaveLength(before)
    expect(bench.caller.meter.objectCalls).toBe(before)
  })

  it('asks for what it will need in the life of a lease', async () => {
    const bench = new IsolateBench()
    await bench.warm()
    bench.now += 1000
    await bench.take()
    expect(bench.asked.at(-1)?.want).toBeGreaterThanOrEqual(5)
    expect(bench.asked.at(-1)?.want).toBeLessThanOrEqual(12)
  })

  it('spends nothing of a lease a second after it was asked for, however late it came, and gives the rest back with the next question', async () => {
    const bench = new IsolateBench()
    await bench.warm()
    bench.now += 1000
    const back = held()
    bench.onTheWayBack = back.promise
    const first = bench.take()
    bench.now += 900
    back.letGo()
    await first
    bench.now += 99
    expect(bench.take(), 'within its life').not.toBeInstanceOf(Promise)
    bench.now += 1
    const last = bench.asked.length
    await bench.take()
    expect(bench.asked).toHaveLength(last + 1)
    expect(bench.asked[last]?.returns?.[0]?.count).toBeGreaterThan(1)
  })

  it('fetches more behind a request before the lease is spent, once at a time', async () => {
    const bench = new IsolateBench()
    await bench.warm()
    const before = bench.asked.length
    const way = held()
    bench.onTheWay = way.promise
    let atOnce = 0
    for (let i = 0; i < 12; i++) {
      if (bench.asked.length === before && !(bench.take() instanceof Promise)) atOnce++
    }
    expect(atOnce).toBeGreaterThan(2)
    expect(bench.asked).toHaveLength(before + 1)
    expect(bench.asked.at(-1)?.want).toBeGreaterThan(5)
    way.letGo()
    await Promise.all(bench.behind)
    expect(bench.take()).not.toBeInstanceOf(Promise)
  })

  it('a fetch behind a request that fails is nobody’s failure, and does not keep the next from asking', async () => {
    const bench = new IsolateBench()
    await bench.warm()
    bench.answer = () => {
      throw new Error('overloaded')
    }
    let verdicts = bench.take()
    while (!(verdicts instanceof Promise)) verdicts = bench.take()
    await expect(verdicts).rejects.toThrow('overloaded')
    await Promise.all(bench.behind)
    bench.answer = undefined
    expect(await bench.admits()).toBe(true)
  })

  it('no request waits for the promise of another: while one fetches, others ask for themselves alone', async () => {
    const bench = new IsolateBench()
    await bench.warm()
    bench.now += 1000
    const way = held()
    bench.onTheWay = way.promise
    const waiting = [bench.take(), bench.take(), bench.take()]
    expect(bench.asked.slice(-3).map(({ want }) => want === 1)).toEqual([false, true, true])
    way.letGo()
    expect((await Promise.all(waiting)).flat().every(({ admitted }) => admitted)).toBe(true)
  })

  it('a request that was denied takes what came for another meanwhile', async () => {
    const bench = new IsolateBench()
    const few = bucketCell('few', 1, 1000, 8)
    const taken = await Promise.all(Array.from({ length: 64 }, () => bench.admits(few)))
    expect(taken.filter(Boolean)).toHaveLength(8)
  })

  it('one isolate gets no more than two shares of what is there', async () => {
    const bench = new IsolateBench()
    const others = Array.from({ length: 9 }, (_, i) => bench.isolate(`other ${i}`))
    await bench.warm()
    for (const other of others) await bench.take(CELL, 1, other)
    for (let i = 0; i < 300; i++) bench.take(CELL, 1)
    await Promise.all(bench.behind)
    bench.now += 1
    const granted = bench.owner.take({ v: 1, cells: [CELL], cost: 1, want: 1000, holder: 'another' }, bench.now)
    expect(granted.granted).toBeLessThanOrEqual(Math.ceil((2 * 100) / 10))
  })

  it('strict cells are never leased, whatever is asked for', async () => {
    const bench = new IsolateBench()
    const strict: TokenBucketCell = { ...CELL, strict: true }
    await bench.warm(strict)
    expect(bench.asked).toHaveLength(20)
    expect(bench.asked.every(({ want }) => want === undefined)).toBe(true)
    expect(bench.owner.take({ v: 1, cells: [strict], cost: 1, want: 50, holder: 'x' }, bench.now).granted).toBe(1)
  })

  it('nor are cells of which less than one token comes back in the life of a lease', async () => {
    const bench = new IsolateBench()
    await bench.warm(bucketCell('slow', 59, 60_000, 50))
    expect(bench.asked.every(({ want }) => want === undefined)).toBe(true)
    await bench.warm(bucketCell('not so slow', 60, 60_000, 50))
    expect(bench.asked.some(({ want }) => want === 1)).toBe(true)
  })

  it('a lease ends with the figures that it was granted under', async () => {
    const bench = new IsolateBench()
    await bench.warm()
    const before = bench.asked.length
    expect(bench.take({ ...CELL, tokens: 50 })).toBeInstanceOf(Promise)
    expect(bench.asked).toHaveLength(before + 1)
  })

  it('a lease is never spent in another calendar window, nor what comes late of one', async () => {
    const bench = new IsolateBench()
    const endMs = START + 60_000
    const minute: FixedWindowCell = { id: 'minute', algorithm: 'fixed-window', limit: 10_000, windowStartMs: START, windowEndMs: endMs }
    const next: FixedWindowCell = { ...minute, windowStartMs: endMs, windowEndMs: endMs + 60_000 }
    bench.now = endMs - 2100
    await bench.warm(minute)
    expect(bench.take(minute), 'there is a lease').not.toBeInstanceOf(Promise)
    const back = held()
    bench.onTheWayBack = back.promise
    let late = bench.take(minute)
    while (!(late instanceof Promise)) late = bench.take(minute)
    bench.onTheWayBack = Promise.resolve()
    bench.now = endMs
    expect(await bench.admits(next)).toBe(true)
    const charged = () => 10_000 - (bench.owner.describe({ v: 1, cells: [next] }, bench.now).cells[0]?.remaining ?? 0)
    const leased = charged() - 1
    back.letGo()
    await late
    await Promise.all(bench.behind)
    bench.onTheWay = held().promise
    let spent = 0
    while (!(bench.take(next) instanceof Promise)) spent++
    expect(spent).toBe(leased)
  })

  it('what a request does not need goes back to the lease while it lives, then to the object', async () => {
    const bench = new IsolateBench()
    const dear = { ...request(CELL, 5), refundable: true }
    for (let i = 0; i < 10; i++) {
      bench.now += 100
      await bench.limiter.take(dear, bench.caller)
    }
    await Promise.all(bench.behind)
    const verdicts = await bench.limiter.take(dear, bench.caller)
    bench.limiter.giveBack(dear, verdicts, 4, bench.caller)
    expect(bench.givenBack).toEqual([])
    bench.now += 2000
    bench.limiter.giveBack(dear, verdicts, 4, bench.caller)
    expect(bench.givenBack).toEqual([4])
  })

  it('what a request of the last calendar window does not need is not spent in this one, were they charged in the same millisecond', async () => {
    const bench = new IsolateBench()
    const minute: FixedWindowCell = { id: 'minute', algorithm: 'fixed-window', limit: 10_000, windowStartMs: START - 60_000, windowEndMs: START }
    const next: FixedWindowCell = { ...minute, windowStartMs: START, windowEndMs: START + 60_000 }
    const verdicts = await bench.take(minute, 5)
    for (let i = 0; i < 20; i++) await bench.take(next)
    expect(bench.take(next), 'there is a lease').not.toBeInstanceOf(Promise)
    bench.limiter.giveBack(request(minute, 5), verdicts, 4, bench.caller)
    expect(bench.givenBack).toEqual([4])
  })

  it('after its clock was set back a lease is none', async () => {
    const bench = new IsolateBench()
    await bench.warm()
    bench.now -= 3_600_000
    expect(bench.take()).toBeInstanceOf(Promise)
  })

  it('an object of the first version grants no leases, and what it says is understood', async () => {
    const bench = new IsolateBench()
    bench.answer = () => ({ v: 1, verdicts: [{ admitted: true, remaining: 59, retryAfterMs: 0, resetMs: 100 }] })
    await bench.warm()
    expect(bench.asked).toHaveLength(20)
  })
})

describe('denials', () => {
  const slow = bucketCell('slow', 1, 1000, 2)

  it('are given without asking for exactly as long as they are true, and only with their own cost', async () => {
    const bench = new IsolateBench()
    expect(await bench.admits(slow, 2)).toBe(true)
    const verdicts = bench.take(slow, 1)
    expect(verdicts).toEqual([{ admitted: false, remaining: 0, retryAfterMs: 1000, resetMs: 2000 }])
    bench.now += 998
    expect(bench.take(slow, 1)).not.toBeInstanceOf(Promise)
    bench.now += 2
    expect(await bench.admits(slow, 1)).toBe(true)
    expect(bench.asked).toHaveLength(2)
  })

  it('know what any cost must wait for', async () => {
    const bench = new IsolateBench()
    await bench.take(slow, 2)
    expect(bench.take(slow, 2)).toMatchObject([{ admitted: false, retryAfterMs: 2000 }])
    expect(bench.take(slow, 1)).toMatchObject([{ admitted: false, retryAfterMs: 1000 }])
  })

  it('tell the time to come back from when the answer came, so that nobody comes too early, and decide from when the question was sent', async () => {
    const bench = new IsolateBench()
    const back = held()
    bench.onTheWayBack = back.promise
    const taken = bench.take(slow, 2)
    bench.now += 400
    back.letGo()
    await taken
    expect(bench.take(slow, 1)).toMatchObject([{ admitted: false, retryAfterMs: 1000 }])
    bench.now += 600
    expect(bench.take(slow, 1)).toBeInstanceOf(Promise)
  })

  it('hold for what others in the isolate have just asked for', async () => {
    const bench = new IsolateBench()
    await bench.take(slow, 2)
    bench.now += 1000
    const first = bench.take(slow, 1)
    const [second] = await bench.take(slow, 1)
    expect(second?.admitted).toBe(false)
    expect(bench.asked).toHaveLength(2)
    expect((await first)[0]?.admitted).toBe(true)
  })

  it('a call that fails holds nobody else off', async () => {
    const bench = new IsolateBench()
    await bench.take(slow, 1)
    bench.answer = () => {
      throw new Error('disconnected')
    }
    await expect(bench.admits(slow, 1)).rejects.toThrow('disconnected')
    bench.answer = undefined
    expect(await bench.admits(slow, 1)).toBe(true)
  })

  it('again and again make an isolate quiet for a quarter of a second, and it says so', async () => {
    const bench = new IsolateBench()
    const cell = bucketCell('busy', 100, 1000, 100)
    const other = bench.isolate('other')
    const drain = () => bench.owner.take({ v: 1, cells: [cell], cost: 1, want: 1000 }, bench.now)
    await bench.take(cell)
    drain()
    expect(await bench.admits(cell)).toBe(false)
    bench.now += 10
    drain()
    expect(await bench.admits(cell)).toBe(false)
    bench.now += 100
    expect(bench.take(cell), 'there are tokens, but not for those that ask all the time').toMatchObject([{ admitted: false, retryAfterMs: 150 }])
    expect(await bench.admits(cell, 1, other)).toBe(true)
    bench.now += 150
    expect(await bench.admits(cell)).toBe(true)
  })

  it('one denial makes nobody quiet', async () => {
    const bench = new IsolateBench()
    await bench.take(slow, 2)
    expect(await bench.admits(slow)).toBe(false)
    bench.now += 1000
    expect(await bench.admits(slow)).toBe(true)
  })

  it('are believed for a second at most where costs may come back, and one asks before', async () => {
    const bench = new IsolateBench()
    const hourly = bucketCell('hourly', 1, 3_600_000, 1)
    const refundable = { ...request(hourly), refundable: true }
    const take = () => bench.limiter.take(refundable, bench.caller)
    const verdicts = await take()
    bench.now += 700
    expect(take()).toMatchObject([{ admitted: false }])
    bench.now += 1
    const way = held()
    bench.onTheWay = way.promise
    const asking = take()
    expect(asking).toBeInstanceOf(Promise)
    expect(take(), 'the others believe').toMatchObject([{ admitted: false }])
    bench.now += 299
    expect(take(), 'for a second').toMatchObject([{ admitted: false }])
    bench.now += 1
    expect(take(), 'and no longer').toBeInstanceOf(Promise)
    bench.limiter.giveBack(refundable, verdicts, 1, bench.caller)
    way.letGo()
    expect((await asking)[0]?.admitted).toBe(true)
  })

  it('are believed for 5 s, and one question an isolate is asked before', async () => {
    const bench = new IsolateBench()
    const hourly = bucketCell('hourly', 1, 3_600_000, 1)
    await bench.take(hourly)
    for (let i = 0; i < 600; i++) {
      bench.now += 100
      await bench.take(hourly)
    }
    const first = 1
    expect(bench.asked).toHaveLength(first + Math.floor(60_000 / (DENIAL_TRUST_MS * 0.7 + 100)))
    bench.now += DENIAL_TRUST_MS
    await bench.take(hourly)
    bench.onTheWay = held().promise
    bench.now += 3600
    expect(bench.take(hourly)).toBeInstanceOf(Promise)
    bench.now += 999
    expect(bench.take(hourly), 'while one asks').toMatchObject([{ admitted: false }])
    bench.now += 402
    expect(bench.take(hourly)).toBeInstanceOf(Promise)
    expect(bench.take(hourly), 'nobody is believed for longer').toBeInstanceOf(Promise)
  })

  it('of an hour ago are none after the clock was set back', async () => {
    const bench = new IsolateBench()
    await bench.take(bucketCell('hourly', 1, 3_600_000, 1))
    bench.now -= 7_200_000
    expect(bench.take(bucketCell('hourly', 1, 3_600_000, 1))).toBeInstanceOf(Promise)
  })
})

describe('keys', () => {
  it('with several cells are granted all or none, from leases too', async () => {
    const bench = new IsolateBench()
    const [wide, narrow] = [bucketCell('wide', 100, 1000, 100), bucketCell('narrow', 10, 1000, 10)]
    const both: LimitRequest = { owner: 'o', cells: [wide, narrow], cost: 1 }
    let admitted = 0
    for (let i = 0; i < 40; i++) if ((await bench.limiter.take(both, bench.caller)).every((verdict: LimitVerdict) => verdict.admitted)) admitted++
    expect(admitted).toBe(10)
    const refused = await bench.limiter.take(both, bench.caller)
    expect(refused.map((verdict) => verdict.admitted)).toEqual([true, false])
    expect(bench.owner.take({ v: 1, cells: [wide], cost: 90 }, bench.now).verdicts[0]?.admitted, 'the wide one was charged no more often').toBe(true)
  })

  it('of the same name in two objects are two', async () => {
    const bench = new IsolateBench()
    await bench.warm()
    expect(bench.limiter.take({ ...request(CELL), owner: 'another' }, bench.caller)).toBeInstanceOf(Promise)
  })

  it('are forgotten, the least recently used first, when there are too many', async () => {
    const bench = new IsolateBench()
    const hourly = bucketCell('kept', 1, 3_600_000, 1)
    await bench.take(hourly)
    for (let i = 0; i < 12_000; i++) {
      bench.take(hourly)
      await bench.take(bucketCell(`flood ${i}`, 1, 3_600_000, 1))
    }
    const before = bench.asked.length
    bench.take(hourly)
    expect(bench.asked, 'in use: remembered').toHaveLength(before)
    await bench.take(bucketCell('flood 0', 1, 3_600_000, 1))
    expect(bench.asked, 'long ago: forgotten').toHaveLength(before + 1)
  })

  it.each([
    ['short names', 1, 10, 20_000, 10_000],
    ['long names', 1, 2000, 4000, 1500],
    ['many cells', 64, 10, 2000, 700],
  ])('take bounded memory however many there are: %s', async (_, cells, length, count, most) => {
    const bench = new IsolateBench()
    for (let i = 0; i < count; i++) {
      const named = Array.from({ length: cells }, (_, k) => bucketCell(`${i} ${k} ${'x'.repeat(length)}`, 1, 3_600_000, 1))
      await bench.limiter.take({ owner: 'o', cells: named, cost: 1 }, bench.caller)
    }
    expect(bench.limiter.memory.keys).toBeLessThanOrEqual(most)
    expect(bench.limiter.memory.keys).toBeGreaterThan(most / 3)
    expect(bench.limiter.memory.bytes).toBeLessThanOrEqual(12 * 1024 * 1024)
  })
})

describe('cells with weights', () => {
  const heavy: TokenBucketCell = { id: 'heavy', tokens: 1000, periodMs: 1000, burst: 1000, weight: 10 }

  it('are leased by the request, and say what is left in tokens', async () => {
    const bench = new IsolateBench()
    await bench.warm(heavy)
    expect(Math.max(...bench.asked.map(({ want }) => want ?? 0))).toBeGreaterThan(2)
    bench.now += 1000
    const burst = Array.from({ length: 8 }, () => bench.take(heavy))
    expect(await burst[0]).toMatchObject([{ remaining: 990 }])
    // All that the object granted is charged there; what of it is left here is 10 tokens a request.
    const charged = 1000 - (bench.owner.describe({ v: 1, cells: [heavy] }, bench.now).cells[0]?.remaining ?? 0)
    const [verdict] = await bench.take(heavy)
    expect(verdict?.remaining).toBe(1000 - 90)
    expect(charged).toBeGreaterThanOrEqual(90)
  })

  it('are denied without asking for exactly as long as that is true', async () => {
    const bench = new IsolateBench()
    const slow: TokenBucketCell = { id: 'slow', tokens: 1, periodMs: 1000, burst: 5, weight: 2 }
    expect(await bench.admits(slow, 2)).toBe(true)
    expect(bench.take(slow)).toMatchObject([{ admitted: false, remaining: 1, retryAfterMs: 1000 }])
    bench.now += 998
    expect(bench.take(slow)).not.toBeInstanceOf(Promise)
    bench.now += 2
    expect(await bench.admits(slow)).toBe(true)
    expect(bench.asked.every(({ v }) => v === 2)).toBe(true)
  })

  it('are denied for what others in the isolate have just asked for, times what it weighs', async () => {
    const bench = new IsolateBench()
    const slow: TokenBucketCell = { id: 'slow', tokens: 2, periodMs: 1000, burst: 5, weight: 2 }
    await bench.take(slow)
    bench.onTheWay = held().promise
    expect(bench.take(slow)).toBeInstanceOf(Promise)
    expect(bench.take(slow), '3 left, 2 of them asked for').toMatchObject([{ admitted: false, remaining: 1 }])
  })

  it('are not leased where a lease would be less than a request', async () => {
    const bench = new IsolateBench()
    await bench.warm({ ...heavy, weight: 1001, burst: 10_000 })
    expect(bench.asked.every(({ want }) => want === undefined)).toBe(true)
    const narrow: FixedWindowCell = { id: 'narrow', algorithm: 'fixed-window', limit: 5000, windowStartMs: START, windowEndMs: START + 86_400_000, weight: 6 }
    await bench.warm(narrow)
    expect(bench.asked.every(({ want }) => want === undefined)).toBe(true)
    await bench.warm({ ...narrow, weight: 5 })
    expect(bench.asked.some(({ want }) => want !== undefined)).toBe(true)
  })

  it('and of another weight share nothing in an isolate, and one counter in their object', async () => {
    const bench = new IsolateBench()
    const light: TokenBucketCell = { ...heavy, weight: 1 }
    await bench.warm(heavy)
    expect(bench.take(light)).toBeInstanceOf(Promise)
    expect(bench.asked.at(-1)?.v).toBe(1)
    const writes = bench.rows.writes
    for (let i = 0; i < 10; i++) {
      expect(await bench.admits({ ...light, weight: i + 1 })).toBe(true)
    }
    expect(bench.rows.writes - writes, 'opened once').toBeLessThanOrEqual(2)
  })

  it('names of cells cannot be mistaken for weights or for several cells', async () => {
    const bench = new IsolateBench()
    const of = (id: string, weight?: number): Cell => ({ ...bucketCell(id, 1, 3_600_000, 5), ...(weight !== undefined && { weight }) })
    const names: LimitRequest[] = [
      { owner: 'o', cells: [of('1:x')], cost: 1 },
      { owner: 'o', cells: [of('x', 5)], cost: 1 },
      { owner: 'o', cells: [of('*5:1:ox')], cost: 1 },
      { owner: 'o', cells: [of('1:a1:b')], cost: 1 },
      { owner: 'o', cells: [of('a'), of('b')], cost: 1 },
      { owner: 'o', cells: [of('a'), of('b', 2)], cost: 1 },
      { owner: 'o', cells: [of('a'), of('*2:1:b')], cost: 1 },
    ]
    for (const name of names) await bench.limiter.take(name, bench.caller)
    expect(bench.limiter.memory.keys).toBe(names.length)
  })
})

describe('bans', () => {
  const banning: TokenBucketCell = { ...bucketCell('banned', 10, 1000, 10), ban: { after: 3, withinMs: 60_000, forMs: 30_000, maxMs: 120_000 } }

  /** Asks ten times as often as it may, until something else happens. */
  async function hammer(bench: IsolateBench, forMs: number): Promise<LimitVerdict | undefined> {
    let last: LimitVerdict | undefined
    for (let ms = 0; ms < forMs; ms += 10) {
      bench.now += 10
      ;[last] = await bench.take(banning)
      await Promise.all(bench.behind.splice(0))
      if (last?.banned) return last
    }
    return last
  }

  it('come of going on, though the isolate knows most denials by itself', async () => {
    const bench = new IsolateBench()
    expect(await hammer(bench, 10_000)).toMatchObject({ admitted: false, banned: true, remaining: 0 })
    expect(bench.now - START, 'an episode a second').toBeLessThanOrEqual(5000)
  })

  it('are believed for 5 s, whatever the cost, and end when they end', async () => {
    const bench = new IsolateBench()
    const { retryAfterMs = 0 } = (await hammer(bench, 10_000)) ?? {}
    const before = bench.asked.length
    for (const cost of [1, 2, 10]) expect(bench.take(banning, cost)).toMatchObject([{ admitted: false, banned: true, retryAfterMs }])
    expect(bench.asked).toHaveLength(before)
    bench.now += retryAfterMs - 1
    expect(await bench.take(banning)).toMatchObject([{ admitted: false, banned: true, retryAfterMs: 1 }])
    bench.now += 1
    expect(await bench.admits(banning)).toBe(true)
  })

  it('end everywhere within 5 s of being lifted', async () => {
    const bench = new IsolateBench()
    await hammer(bench, 10_000)
    bench.owner.liftBan({ v: 1, id: banning.id }, bench.now)
    expect(await bench.admits(banning)).toBe(false)
    bench.now += DENIAL_TRUST_MS
    expect(await bench.admits(banning)).toBe(true)
  })

  it('are stronger than a lease: those that the isolate has end when it hears of it, and what comes of an earlier question is none', async () => {
    const bench = new IsolateBench()
    const cell: TokenBucketCell = { ...banning, tokens: 100, burst: 100 }
    await bench.warm(cell)
    const back = held()
    bench.onTheWayBack = back.promise
    const before = bench.asked.length
    while (bench.asked.length === before) expect(bench.take(cell), 'of a lease').not.toBeInstanceOf(Promise)
    expect(bench.take(cell), 'of which something is left').toMatchObject([{ admitted: true }])
    // It has its answer, which is on the way back.
    for (let i = 0; i < 5; i++) await Promise.resolve()
    bench.onTheWayBack = Promise.resolve()
    bench.now += 1
    const banned = { admitted: false, remaining: 0, retryAfterMs: 30_000, resetMs: 30_000, banned: true }
    bench.answer = () => ({ v: 1, verdicts: [banned], granted: 0 })
    expect(await bench.take(cell, 50)).toEqual([banned])
    expect(bench.take(cell), 'no lease any more').toMatchObject([banned])
    back.letGo()
    await Promise.all(bench.behind)
    expect(bench.take(cell), 'nor the next one').toMatchObject([banned])
    expect(bench.asked).toHaveLength(before + 2)
  })
})

describe('an operator’s figures', () => {
  const cell = bucketCell('tuned', 10, 3_600_000, 10)
  const untilMs = START + 3_600_000

  it('are told by every verdict, and the isolate reckons with them', async () => {
    const bench = new IsolateBench()
    bench.owner.override({ v: 1, id: cell.id, limit: 1, burst: 2, untilMs, reason: 'abuse' }, bench.now)
    const counted = { ...cell, tokens: 1, burst: 2 }
    expect(await bench.take(cell)).toMatchObject([{ admitted: true, remaining: 1, counted }])
    expect(await bench.take(cell)).toMatchObject([{ admitted: true, remaining: 0, counted }])
    const before = bench.asked.length
    expect(bench.take(cell)).toMatchObject([{ admitted: false, retryAfterMs: 3_600_000, counted }])
    expect(bench.asked).toHaveLength(before)
  })

  it('that allow more end a denial within 5 s', async () => {
    const bench = new IsolateBench()
    await bench.take(cell, 10)
    expect(await bench.admits(cell)).toBe(false)
    bench.owner.override({ v: 1, id: cell.id, limit: 1000, burst: 100, untilMs, reason: 'sale' }, bench.now)
    bench.now += DENIAL_TRUST_MS
    expect(await bench.admits(cell, 50)).toBe(true)
  })

  it('that never allow a cost deny it until they end', async () => {
    const bench = new IsolateBench()
    bench.owner.override({ v: 1, id: cell.id, limit: 1, burst: 2, untilMs, reason: 'abuse' }, bench.now)
    expect(await bench.take(cell, 5)).toMatchObject([{ admitted: false, remaining: 2, retryAfterMs: 3_600_000 }])
    bench.now += 1000
    expect(bench.take(cell, 5), 'without asking').toMatchObject([{ admitted: false, retryAfterMs: 3_599_000 }])
  })

  it('that allow less hold from the end of a lease', async () => {
    const bench = new IsolateBench()
    await bench.warm()
    expect(bench.take()).not.toBeInstanceOf(Promise)
    bench.owner.override({ v: 1, id: CELL.id, limit: 1, burst: 1, untilMs: bench.now + 60_000, reason: 'abuse' }, bench.now)
    bench.now += 1000
    await bench.take()
    expect(await bench.admits()).toBe(false)
  })
})
