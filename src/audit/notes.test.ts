import { describe, expect, it } from 'vitest'
import type { AuditEvent } from '../core/audit.ts'
import { MAX_EVENTS } from './message.ts'
import { EVENTS_PER_SECOND, GIVEN_UP_MS, MAX_WAITING, MESSAGE_EVERY_MS, NoteBook, type Notes, OWN_PER_SECOND } from './notes.ts'
import { eventOf, NOW } from './test-trail.ts'

/** One isolate whose time stands until the test moves it, and a way to the object that a test can block. */
class World {
  now = NOW
  readonly sent: Notes[] = []
  readonly notices: string[] = []
  readonly #tasks: Promise<unknown>[] = []
  readonly #pauses: { readonly until: number; readonly resume: () => void }[] = []
  /** What sending does. */
  way: () => Promise<void> = () => Promise.resolve()
  readonly background = { waitUntil: (task: Promise<unknown>) => void this.#tasks.push(task) }
  readonly book = new NoteBook({
    clock: { now: () => this.now },
    pause: (ms) => new Promise((resume) => this.#pauses.push({ until: this.now + ms, resume })),
    send: async (notes) => {
      this.sent.push(notes)
      await this.way()
    },
    notice: (detail) => void this.notices.push(detail),
  })

  add(number: number, more: Partial<AuditEvent> = {}): void {
    for (let i = 0; i < number; i++) this.book.add(eventOf(more), this.background)
  }

  /** Lets what can go on go on. */
  async settle(): Promise<void> {
    for (let i = 0; i < 20; i++) await Promise.resolve()
  }

  async pass(ms: number): Promise<void> {
    this.now += ms
    for (const pause of this.#pauses.splice(0)) {
      if (pause.until <= this.now) pause.resume()
      else this.#pauses.push(pause)
    }
    await this.settle()
  }

  /** How many requests are being kept alive. */
  get tasks(): number {
    return this.#tasks.length
  }
}

const sums = ({ sent }: World) => ({
  events: sent.reduce((sum, { events }) => sum + events.length, 0),
  suppressed: sent.reduce((sum, { suppressed }) => sum + suppressed, 0),
  lost: sent.reduce((sum, { lost }) => sum + lost, 0),
})

describe('decisions of an isolate', () => {
  it('are sent at once where there is one', async () => {
    const world = new World()
    world.add(1)
    await world.settle()
    expect(world.sent).toEqual([{ events: [eventOf()], suppressed: 0, lost: 0 }])
  })

  it('share messages, one a second, and one request sends them', async () => {
    const world = new World()
    world.add(1)
    await world.settle()
    world.add(20)
    await world.settle()
    expect(world.sent.length, 'the second waits').toBe(1)
    await world.pass(MESSAGE_EVERY_MS)
    expect(world.sent.map(({ events }) => events.length)).toEqual([1, 20])
    expect(world.tasks).toBe(2)
  })

  it('are at most 50 a second; how many more there were is sent, too', async () => {
    const world = new World()
    for (let second = 0; second < 30; second++) {
      world.add(1000)
      await world.settle()
      await world.pass(1000)
    }
    await world.pass(1000)
    expect(sums(world)).toEqual({ events: 30 * EVENTS_PER_SECOND, suppressed: 30 * (1000 - EVENTS_PER_SECOND), lost: 0 })
    expect(world.sent.length).toBeLessThanOrEqual(31)
  })

  it('of one class, however many, leave room for each other class', async () => {
    const world = new World()
    for (let second = 0; second < 10; second++) {
      world.add(1000, { type: 'decision.authentication-denied' })
      world.add(1000, { type: 'decision.authorization-denied' })
      world.add(2, { type: 'decision.revocation-used' })
      world.add(1, { type: 'decision.override-used' })
      await world.settle()
      await world.pass(1000)
    }
    const sent = (type: string) => world.sent.flatMap(({ events }) => events).filter((event) => event.type === type).length
    expect(sent('decision.revocation-used')).toBe(20)
    expect(sent('decision.override-used')).toBe(10)
    expect(sums(world).suppressed).toBe(10 * (2000 - EVENTS_PER_SECOND - OWN_PER_SECOND))
  })

  it('of one class leave room for each other class while the object is slow', async () => {
    const world = new World()
    let arrive = () => {}
    world.way = () => new Promise((resolve) => (arrive = resolve))
    world.add(1)
    for (let second = 0; second < 20; second++) {
      await world.pass(1000)
      for (const flood of ['authentication-denied', 'authorization-denied', 'runtime-rule-used', 'revocation-used'])
        world.add(50, { type: `decision.${flood}` })
    }
    world.add(1, { type: 'decision.override-used' })
    world.way = () => Promise.resolve()
    arrive()
    await world.settle()
    expect(world.sent[1]?.events.at(-1)).toMatchObject({ type: 'decision.override-used' })
    expect(world.sent[1]?.events.length).toBeLessThanOrEqual(MAX_EVENTS)
  })

  it('are sent on time after a clock that was set back', async () => {
    const world = new World()
    world.add(1)
    await world.settle()
    world.now -= 3_600_000
    world.add(1)
    await world.settle()
    await world.pass(MESSAGE_EVERY_MS)
    expect(sums(world)).toEqual({ events: 2, suppressed: 0, lost: 0 })
    world.way = () => new Promise(() => {})
    world.add(1)
    await world.pass(MESSAGE_EVERY_MS)
    world.way = () => Promise.resolve()
    world.now -= 3_600_000
    world.add(1)
    await world.pass(MESSAGE_EVERY_MS)
    expect(sums(world).lost, 'whose sender is not heard of by this clock').toBe(1)
  })

  it('wait in bounded number while the object is slow', async () => {
    const world = new World()
    let arrive = () => {}
    world.way = () => new Promise((resolve) => (arrive = resolve))
    world.add(1)
    await world.settle()
    for (let second = 0; second < 20; second++) {
      await world.pass(1000)
      world.add(EVENTS_PER_SECOND)
    }
    world.way = () => Promise.resolve()
    arrive()
    await world.settle()
    expect(sums(world)).toEqual({ events: 1 + MAX_WAITING, suppressed: 20 * EVENTS_PER_SECOND - MAX_WAITING, lost: 0 })
  })

  it('that fail on their way are counted, told, and the count is sent', async () => {
    const world = new World()
    world.way = () => Promise.reject(new Error('out of reach'))
    world.add(3)
    await world.settle()
    expect(world.notices).toEqual(['1 decisions may not have been written: Error: out of reach'])
    world.way = () => Promise.resolve()
    await world.pass(1000)
    world.add(1)
    await world.pass(1000)
    expect(world.sent.slice(1).reduce((sum, { lost }) => sum + lost, 0)).toBe(1)
    expect(world.sent.slice(1).reduce((sum, { events }) => sum + events.length, 0)).toBe(3)
  })

  it('are sent by another request when the one that was sending is gone for good', async () => {
    const world = new World()
    world.way = () => new Promise(() => {})
    world.add(1)
    await world.settle()
    world.way = () => Promise.resolve()
    world.add(2)
    await world.pass(GIVEN_UP_MS - 1)
    world.add(1)
    expect(world.sent.length).toBe(1)
    await world.pass(1)
    world.add(1)
    await world.settle()
    expect(world.sent.slice(1)).toEqual([{ events: [eventOf(), eventOf(), eventOf(), eventOf()], suppressed: 0, lost: 1 }])
  })

  it('are sent by one request for a while, then by another; none is left behind', async () => {
    const world = new World()
    for (let second = 0; second < 60; second++) {
      world.add(2)
      await world.settle()
      await world.pass(1000)
    }
    await world.pass(1000)
    expect(sums(world)).toEqual({ events: 120, suppressed: 0, lost: 0 })
    expect(world.tasks).toBeGreaterThan(1)
  })
})
