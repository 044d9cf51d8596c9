import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rawRequest, rawText } from '../workerd/raw.ts'
import { type FrontDoor, type Outcome, openFrontDoor } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())

const BANNED = '429 rate-limit.banned'
const OPEN = '200 origin.answered'
const range = (n: number) => Array.from({ length: n }, (_, i) => i)
const ask = (path: string, ip = '192.0.2.1', headers: Record<string, string> = {}) =>
  door.ask(`GET ${path}`, { Host: 'limits.example.com', 'CF-Connecting-IP': ip, ...headers })

/** Goes on until it is banned. */
async function banned(path: string, ip = '192.0.2.1'): Promise<Outcome> {
  const bytes = rawText('GET', path, { Host: 'limits.example.com', 'CF-Connecting-IP': ip })
  let last: Outcome | undefined
  const goOn = async () => {
    await Promise.all(range(path.includes('leased') ? 200 : 5).map(() => rawRequest(door.server.port, bytes)))
    const outcome = await ask(path, ip)
    last = outcome.said === BANNED ? outcome : undefined
    return outcome.said
  }
  await expect.poll(goOn, { timeout: 20_000 }).toBe(BANNED)
  return last as Outcome
}

describe('a ban', () => {
  it.each(['/banned/a', '/banned-leased/a'])('holds when the tokens are back, and says until when: %s', async (path) => {
    const outcome = await banned(path)
    const seconds = Number(outcome.response.headers['retry-after'])
    expect(seconds).toBeGreaterThan(3590)
    expect(seconds).toBeLessThanOrEqual(3601)
    expect(JSON.parse(outcome.response.body)).toMatchObject({ type: 'https://iana.org/assignments/http-problem-types#abnormal-usage-detected' })
    // Leases end within a second, and a second brings new tokens.
    const since = Date.now()
    const said = new Set<string>()
    await expect.poll(async () => said.add((await ask(path)).said) && Date.now() - since > 2500, { timeout: 10_000 }).toBe(true)
    expect([...said]).toEqual([BANNED])
  })

  it('is of one key: neither of another name from there nor of that name from elsewhere', async () => {
    await banned('/banned/b', '198.51.100.1')
    expect((await ask('/banned/c', '198.51.100.1')).said).toBe(OPEN)
    expect((await ask('/banned/b', '198.51.100.2')).said).toBe(OPEN)
  })

  it('is not escaped by spelling, agents or queries', async () => {
    await banned('/banned/d')
    const spellings = ['/banned/%64', '/banned/d?x=1', '/banned/d?']
    for (const path of spellings) expect((await ask(path, '192.0.2.1', { 'User-Agent': path })).said).toBe(BANNED)
  })

  it('reaches the origin no more, and costs next to nothing', async () => {
    await banned('/banned/e')
    const before = door.origin.received.length
    const outcomes = await Promise.all(range(100).map(() => ask('/banned/e')))
    expect(new Set(outcomes.map(({ said }) => said))).toEqual(new Set([BANNED]))
    expect(door.origin.received.length).toBe(before)
    expect(outcomes.reduce((sum, { decision }) => sum + (decision?.objectCalls ?? 0), 0)).toBeLessThanOrEqual(5)
  })

  it('comes only of going on: whoever keeps to the rate is never banned', async () => {
    const said: string[] = []
    for (const _ of range(3)) {
      const outcome = await ask('/banned/f')
      said.push(outcome.said)
      const at = Date.now()
      await expect.poll(() => Date.now() - at, { interval: 20, timeout: 5000 }).toBeGreaterThan(1050)
    }
    expect(said).toEqual([OPEN, OPEN, OPEN])
  })

  it('tells nobody whom it bans', async () => {
    const { response, decision, trace } = await banned('/banned/a-secret-name', '198.51.100.3')
    for (const text of [response.raw, JSON.stringify(decision), JSON.stringify(trace), door.server.log()]) {
      expect(text).not.toContain('a-secret-name')
      expect(text).not.toContain('198.51.100.3')
    }
  })
})

describe('a denial', () => {
  it('says when to come back, and whoever then comes back is admitted', async () => {
    const told: number[] = []
    for (const i of range(3)) {
      const path = `/abandoned/paced-${i}`
      const outcomes = await Promise.all(range(30).map(() => ask(path)))
      const refused = outcomes.find(({ said }) => said === '429 rate-limit.exceeded')
      const seconds = Number(refused?.response.headers['retry-after'])
      const at = Date.now()
      await expect.poll(() => Date.now() - at, { interval: 10, timeout: 10_000 }).toBeGreaterThanOrEqual(seconds * 1000)
      told.push(seconds)
      expect((await ask(path)).said).toBe(OPEN)
    }
    for (const seconds of told) expect(seconds).toBeGreaterThanOrEqual(1)
  })
})
