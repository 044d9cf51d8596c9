import { describe, expect, it } from 'vitest'
import { bucketCell, MemoryRows } from '../../test/limiter-memory.ts'
import type { LimitRequest, LimitVerdict, TokenBucketCell } from '../core/ports.ts'
import { IsolateLimiter } from './isolate.ts'
import { readTakeMessage, type TakeMessage } from './message.ts'
import { CellOwner } from './owner.ts'

const START = Date.UTC(2026, 0, 1)
const CELL = bucketCell('a', 100, 1000, 100)

/** One isolate and the real owner of its cells. Calls take no time unless a test holds them. */
class Bench {
  now = START
  readonly rows = new MemoryRows()
  readonly asked: TakeMessage[] = []
  readonly givenBack: number[] = []
  readonly behind: Promise<unknown>[] = []
  /** Replaces the object's answer. */
  answer: ((message: TakeMessage) => unknown) | undefined
  /** What a call waits for before it arrives, and before its answer arrives. */
  onTheWay: Promise<void> = Promise.resolve()
  onTheWayBack: Promise<void> = Promise.resolve()
  readonly caller = { meter: { objectCalls: 0 }, background: { waitUntil: (task: Promise<unknown>) => void this.behind.push(task) } }
  readonly owner = new CellOwner(this.rows)
  readonly limiter = this.isolate('one')

  isolate(name: string): IsolateLimiter {
    return new IsolateLimiter({
      clock: { now: () => this.now },
      random: () => 0,
      name: () => name,
      owner: () => ({
        take: async (message) => {
          this.asked.push(message)
          await this.onTheWay
          const reply = this.answer === undefined ? this.owner.take(readTakeMessage(message), this.now) : this.answer(message)
          await this.onTheWayBack
          return reply
        },
        giveBack: (message) => {
          this.givenBack.push(message.count)
          return Promise.resolve(this.owner.giveBack(message, this.now))
        },
        release: () => Promise.reject(new Error('nothing is to be released here')),
      }),
    })
  }

  take(cell: TokenBucketCell = CELL, cost = 1, limiter = this.limiter) {
    return limiter.take(request(cell, cost), this.caller)
  }

  async admits(cell?: TokenBucketCell, cost?: number, limiter?: IsolateLimiter): Promise<boolean> {
    return (await this.take(cell, cost, limiter)).every(({ admitted }) => admitted)
  }

  /** Makes the key hot: ten requests a second for two seconds. */
  async warm(cell: TokenBucketCell = CELL): Promise<void> {
    for (let i = 0; i < 20; i++) {
      this.now += 100
      await this.take(cell)
    }
    await Promise.all(this.behind)
  }
}

function request(cell: TokenBucketCell, cost = 1): LimitRequest {
  return { owner: 'o', cells: [cell], cost }
}

function held(): { readonly promise: Promise<void>; readonly letGo: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { promise, letGo: resolve }
}

describe('leases', () => {
  it('a cold key asks for what it needs, and strands nothing', async () => {
    const bench = new Bench()
    expect(await bench.admits()).toBe(true)
    expect(bench.asked).toMatchObject([{ cost: 1, want: 1, holder: 'one' }])
    expect(bench.owner.take({ v: 1, cells: [CELL], cost: 99 }, START).verdicts[0]?.admitted).toBe(true)
  })

  it('a hot key answers at once, and is told what it would be told by the object', async () => {
    const bench = new Bench()
    await bench.warm()
    const before = bench.asked.length
    const verdicts = bench.take()
    expect(verdicts).not.toBeInstanceOf(Promise)
    expect(verdicts).toMatchObject([{ admitted: true, retryAfterMs: 0 }])
    expect(bench.asked).toHaveLength(before)
    expect(bench.caller.meter.objectCalls).toBe(before)
  })

  it('asks for what it will need in the life of a lease', async () => {
    const bench = new Bench()
    await bench.warm()
    bench.now += 1000
    await bench.take()
    expect(bench.asked.at(-1)?.want).toBeGreaterThanOrEqual(5)
    expect(bench.asked.at(-1)?.want).toBeLessThanOrEqual(12)
  })

  it('spends nothing of a lease a second after it was asked for, however late it came, and gives the rest back with the next question', async () => {
    const bench = new Bench()
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
    const bench = new Bench()
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
    const bench = new Bench()
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
    const bench = new Bench()
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
    const bench = new Bench()
    const few = bucketCell('few', 1, 1000, 8)
    const taken = await Promise.all(Array.from({ length: 64 }, () => bench.admits(few)))
    expect(taken.filter(Boolean)).toHaveLength(8)
  })

  it('one isolate gets no more than two shares of what is there', async () => {
    const bench = new Bench()
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
    const bench = new Bench()
    const strict: TokenBucketCell = { ...CELL, strict: true }
    await bench.warm(strict)
    expect(bench.asked).toHaveLength(20)
    expect(bench.asked.every(({ want }) => want === undefined)).toBe(true)
    expect(bench.owner.take({ v: 1, cells: [strict], cost: 1, want: 50, holder: 'x' }, bench.now).granted).toBe(1)
  })

  it('nor are cells of which less than one token comes back in the life of a lease', async () => {
    const bench = new Bench()
    await bench.warm(bucketCell('slow', 59, 60_000, 50))
    expect(bench.asked.every(({ want }) => want === undefined)).toBe(true)
    await bench.warm(bucketCell('not so slow', 60, 60_000, 50))
    expect(bench.asked.some(({ want }) => want === 1)).toBe(true)
  })

  it('a lease ends with the figures that it was granted under', async () => {
    const bench = new Bench()
    await bench.warm()
    const before = bench.asked.length
    expect(bench.take({ ...CELL, tokens: 50 })).toBeInstanceOf(Promise)
    expect(bench.asked).toHaveLength(before + 1)
  })

  it('what a request does not need goes back to the lease while it lives, then to the object', async () => {
    const bench = new Bench()
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

  it('after its clock was set back a lease is none', async () => {
    const bench = new Bench()
    await bench.warm()
    bench.now -= 3_600_000
    expect(bench.take()).toBeInstanceOf(Promise)
  })

  it('an object of the first version grants no leases, and what it says is understood', async () => {
    const bench = new Bench()
    bench.answer = () => ({ v: 1, verdicts: [{ admitted: true, remaining: 59, retryAfterMs: 0, resetMs: 100 }] })
    await bench.warm()
    expect(bench.asked).toHaveLength(20)
  })
})

describe('denials', () => {
  const slow = bucketCell('slow', 1, 1000, 2)

  it('are given without asking for exactly as long as they are true, and only with their own cost', async () => {
    const bench = new Bench()
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
    const bench = new Bench()
    await bench.take(slow, 2)
    expect(bench.take(slow, 2)).toMatchObject([{ admitted: false, retryAfterMs: 2000 }])
    expect(bench.take(slow, 1)).toMatchObject([{ admitted: false, retryAfterMs: 1000 }])
  })

  it('tell the time to come back from when the answer came, so that nobody comes too early, and decide from when the question was sent', async () => {
    const bench = new Bench()
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
    const bench = new Bench()
    await bench.take(slow, 2)
    bench.now += 1000
    const first = bench.take(slow, 1)
    const [second] = await bench.take(slow, 1)
    expect(second?.admitted).toBe(false)
    expect(bench.asked).toHaveLength(2)
    expect((await first)[0]?.admitted).toBe(true)
  })

  it('a call that fails holds nobody else off', async () => {
    const bench = new Bench()
    await bench.take(slow, 1)
    bench.answer = () => {
      throw new Error('disconnected')
    }
    await expect(bench.admits(slow, 1)).rejects.toThrow('disconnected')
    bench.answer = undefined
    expect(await bench.admits(slow, 1)).toBe(true)
  })

  it('again and again make an isolate quiet for a quarter of a second, and it says so', async () => {
    const bench = new Bench()
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
    const bench = new Bench()
    await bench.take(slow, 2)
    expect(await bench.admits(slow)).toBe(false)
    bench.now += 1000
    expect(await bench.admits(slow)).toBe(true)
  })

  it('are believed for a second at most where costs may come back', async () => {
    const bench = new Bench()
    const hourly = bucketCell('hourly', 1, 3_600_000, 1)
    const refundable = { ...request(hourly), refundable: true }
    const verdicts = await bench.limiter.take(refundable, bench.caller)
    bench.now += 1000
    expect(bench.limiter.take(refundable, bench.caller)).toMatchObject([{ admitted: false }])
    bench.limiter.giveBack(refundable, verdicts, 1, bench.caller)
    bench.now += 1
    expect((await bench.limiter.take(refundable, bench.caller))[0]?.admitted).toBe(true)
  })

  it('of an hour ago are none after the clock was set back', async () => {
    const bench = new Bench()
    await bench.take(bucketCell('hourly', 1, 3_600_000, 1))
    bench.now -= 7_200_000
    expect(bench.take(bucketCell('hourly', 1, 3_600_000, 1))).toBeInstanceOf(Promise)
  })
})

describe('keys', () => {
  it('with several cells are granted all or none, from leases too', async () => {
    const bench = new Bench()
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
    const bench = new Bench()
    await bench.warm()
    expect(bench.limiter.take({ ...request(CELL), owner: 'another' }, bench.caller)).toBeInstanceOf(Promise)
  })

  it('are forgotten, the least recently used first, when there are too many', async () => {
    const bench = new Bench()
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
})
