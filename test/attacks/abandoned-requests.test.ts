import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rawText } from '../workerd/raw.ts'
import { type FrontDoor, type Outcome, openFrontDoor } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())

const HOST = { Host: 'limits.example.com' }

/** Sends requests at the same moment, again and again, and hangs up on all while their limit, which is far away, is still being asked. */
async function abandon(path: string, waves: number): Promise<void> {
  for (let wave = 0; wave < waves; wave++) {
    const lines = Array.from({ length: 10 }, () => door.dial(''))
    await Promise.all(lines.map(({ socket }) => new Promise<void>((done) => socket.once('connect', done))))
    for (const { socket } of lines) socket.write(rawText('GET', path, HOST))
    await new Promise<void>((done) => setTimeout(done, 100))
    await Promise.all(lines.map((line) => line.hangUp()))
  }
}

/** @returns how many tokens an answer says are left. */
const left = (fields: Readonly<Record<string, string>>) => Number(/;r=(\d+)/.exec(fields.ratelimit ?? '')?.[1])

describe('who hangs up before the answer', () => {
  it('leaves nothing behind that refuses others once the tokens are back', async () => {
    await abandon('/abandoned/far-away', 3)
    const ask = () => door.ask('GET /abandoned/far-away', HOST)
    const six = async () => {
      const outcomes: Outcome[] = []
      for (let i = 0; i < 6; i++) outcomes.push(await ask())
      return outcomes.map(({ said }) => said)
    }
    // All ten are back within a second, by the limit's own word.
    await expect.poll(async () => left((await ask()).response.headers), { timeout: 40_000 }).toBeGreaterThanOrEqual(8)
    await expect.poll(six, { timeout: 20_000 }).toEqual(Array(6).fill('200 origin.answered'))
  })

  it('leaves no slot behind', async () => {
    await abandon('/slots/far-away', 3)
    const both = async () => {
      const outcomes = await Promise.all([door.ask('GET /slots/far-away', HOST), door.ask('GET /slots/far-away', HOST)])
      return outcomes.map(({ response }) => response.status)
    }
    await expect.poll(both, { timeout: 45_000 }).toEqual([200, 200])
  })

  it('is recorded all the same', async () => {
    const count = async () => (await door.decisions()).filter(({ route }) => route === 'GET /by-param/:id').length
    const held: ServerResponse[] = []
    door.answer((_, response) => void held.push(response))
    const line = door.dial(rawText('GET', '/by-param/abandoned', HOST))
    await expect.poll(() => held.length).toBe(1)
    await line.hangUp()
    held[0]?.end()
    door.answer()
    await expect.poll(count, { timeout: 5000 }).toBe(1)
  })

  it('breaks nothing', () => {
    expect(door.server.log()).not.toMatch(/uncaught|unhandled|TypeError|RangeError|never resolve/i)
  })
})
