import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Answered, eventually, head, startWorld, type World } from './world.ts'

const MINUTE = 60_000

let world: World
let ada: string
let grace: string
beforeAll(async () => {
  world = await startWorld()
  ada = await world.token('ada')
  grace = await world.token('grace')
})
afterAll(() => world.stop())
beforeEach(() => {
  world.outside.forget()
  world.outside.answer()
})

const statuses = (answers: readonly { readonly status: number }[]) => answers.map(({ status }) => status)
const admitted = (answers: readonly { readonly status: number }[]) => statuses(answers).filter((status) => status === 200).length
const times = <T>(n: number, run: (i: number) => Promise<T>) => Promise.all(Array.from({ length: n }, (_, i) => run(i)))
const objectCalls = async (answer: Answered) => (await world.decision(answer.requestId)).record.objectCalls

describe('two limits of one principal', () => {
  it('are one call when cold, and none when hot', async () => {
    // Who is revoked is a question of its own, for the isolate's first request.
    await world.ask('/v1/users/7', { token: ada })
    const first = await world.ask('/v1/two-limits', { token: ada })
    expect([first.status, await objectCalls(first)]).toEqual([200, 1])
    expect(first.headers['ratelimit-policy']).toMatch(/^"often";q=600;w=6;pk=:[\w+/]{20}:, "daily";q=5000;w=86400;pk=:[\w+/]{20}:$/)
    expect(first.headers.ratelimit).toMatch(/^"often";r=599;t=\d+;pk=:[\w+/]{20}:, "daily";r=4998;t=\d+;pk=/)
    const answers: Answered[] = []
    for (let i = 0; i < 200; i++) answers.push(await world.ask('/v1/two-limits', { token: ada }))
    expect(admitted(answers)).toBe(200)
    const calls = new Map((await world.decisions()).map(({ record }) => [record.requestId, record.objectCalls]))
    const made = answers.reduce((sum, { requestId }) => sum + (calls.get(requestId) ?? Number.NaN), 0)
    expect(made, 'object calls for 200 requests').toBeLessThan(60)
  })
})

describe('64 clients at once on one key', () => {
  it.each<[string, string, number, number]>([
    ['a token bucket: the burst and what comes back meanwhile', '/v1/busy', 100, 110],
    ['a sliding window', '/v1/window', 12, 12],
    ['a day', '/v1/quota', 12, 12],
  ])('%s', async (_, target, least, most) => {
    const answers = (await times(64, () => times(4, () => world.ask(target, { token: grace })))).flat()
    // A lease that came behind the last of the crowd is for whoever comes next.
    for (let i = 0; i < 4; i++) answers.push(await world.ask(target, { token: grace }))
    expect(new Set(statuses(answers))).toEqual(new Set([200, 429]))
    expect(admitted(answers)).toBe(world.outside.received.length)
    expect(admitted(answers)).toBeGreaterThanOrEqual(least)
    expect(admitted(answers)).toBeLessThanOrEqual(most)
    for (const { status, headers } of answers) if (status === 429) expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1)
  })

  it('who comes back when told is admitted', async () => {
    const refused = await world.ask('/v1/window', { token: grace })
    expect(refused.status).toBe(429)
    expect(JSON.parse(refused.body.toString())).toMatchObject({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      'violated-policies': ['window'],
    })
    await world.forward(Number(refused.headers['retry-after']) * 1000)
    expect((await world.ask('/v1/window', { token: grace })).status).toBe(200)
  })
})

describe('slots', () => {
  /** Opens requests that the origin does not answer yet. */
  async function hold(id: string, n: number): Promise<{ readonly responses: ServerResponse[]; readonly requests: ReturnType<World['open']>[] }> {
    const responses: ServerResponse[] = []
    world.outside.answer((_, response) => void responses.push(response))
    const requests = Array.from({ length: n }, () => world.open(`/v1/slots/${id}`))
    for (const request of requests) request.on('error', () => {}).end()
    await eventually(() => (responses.length === n ? true : undefined))
    world.outside.answer()
    return { responses, requests }
  }
  const status = async (id: string) => (await world.ask(`/v1/slots/${id}`)).status
  const free = (id: string) => expect.poll(() => status(id)).toBe(200)

  it('are held until the body is over, not until the headers', async () => {
    const { responses, requests } = await hold('body', 3)
    expect(await status('body')).toBe(429)
    const heads = requests.map(head)
    for (const response of responses) response.writeHead(200, { 'content-type': 'text/plain' }).write('begun')
    for (const answer of await Promise.all(heads)) answer.resume()
    expect(await status('body')).toBe(429)
    responses[0]?.end()
    await free('body')
    responses[1]?.end()
    responses[2]?.end()
    await free('body')
  })

  it('end with a client that goes away in the middle of the body', async () => {
    const { responses, requests } = await hold('gone', 3)
    const heads = requests.map(head)
    const more = responses.map((response) => {
      response.on('error', () => {}).writeHead(200, { 'content-type': 'text/plain' })
      return setInterval(() => response.write('more'), 10)
    })
    for (const answer of await Promise.all(heads)) answer.on('error', () => {}).resume()
    expect(await status('gone')).toBe(429)
    for (const request of requests) request.destroy()
    await free('gone')
    for (const timer of more) clearInterval(timer)
  })

  it('end with a client that goes away while the origin thinks, once that has thought', async () => {
    const { responses, requests } = await hold('impatient', 3)
    for (const request of requests) request.destroy()
    for (const response of responses) response.end('too late')
    await free('impatient')
  })

  it('end with an origin that breaks off', async () => {
    const { responses } = await hold('broken', 3)
    for (const response of responses) response.destroy()
    await free('broken')
  })

  it('are free again after maxSeconds when the Worker died with them', async () => {
    const { requests } = await hold('killed', 3)
    await world.server.kill()
    for (const request of requests) request.destroy()
    await world.restart()
    expect(await status('killed')).toBe(429)
    await world.forward(600_000)
    expect(await status('killed')).toBe(200)
  })

  it('leave length and encoding of a body as they were', async () => {
    world.outside.answer((_, response) => void response.writeHead(200, { 'content-length': '5', etag: '"a"' }).end('12345'))
    const { status, headers, body } = await world.ask('/v1/slots/length')
    expect([status, headers['content-length'], headers.etag, `${body}`]).toEqual([200, '5', '"a"', '12345'])
  })
})

describe("a cost that the origin's answer names", () => {
  it('is what is kept, and no client is told', async () => {
    world.outside.answer((_, response) => void response.writeHead(200, { 'x-cost': '2' }).end())
    const token = await world.token('ada')
    for (let i = 0; i < 15; i++) {
      const { status, headers } = await world.ask('/v1/costly', { token })
      expect([status, headers['x-cost']]).toEqual([200, undefined])
    }
    world.outside.answer((_, response) => void response.writeHead(200, { 'x-cost': 'all of it' }).end())
    await expect.poll(async () => (await world.ask('/v1/costly', { token })).status).toBe(429)
    // Fifteen times 2, and then 20 each of what is left of 200.
    expect(world.outside.received.length).toBeLessThanOrEqual(15 + 9)
  })
})

describe('logins', () => {
  const login = (user: string, password: string, ip: string) =>
    world.ask('/v1/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'cf-connecting-ip': ip },
      body: JSON.stringify({ user, password }),
    })
  const origin = () =>
    world.outside.answer(async ({ body }, response) => {
      const { password } = JSON.parse((await body).toString()) as { readonly password: string }
      response.writeHead(password === 'right' ? 200 : 401).end()
    })

  it('that succeed cost nothing', async () => {
    origin()
    for (let i = 0; i < 12; i++) expect((await login('ada', 'right', '198.51.100.1')).status).toBe(200)
  })

  it('that fail are few for each name from each address, and lock nobody else out', async () => {
    origin()
    const answers: number[] = []
    for (let i = 0; i < 6; i++) answers.push((await login('ada', `guess ${i}`, '198.51.100.2')).status)
    expect(answers).toEqual([401, 401, 401, 401, 429, 429])
    expect((await login('ada', 'right', '198.51.100.2')).status, 'not even the right one').toBe(429)
    expect((await login('grace', 'right', '198.51.100.2')).status, 'another name').toBe(200)
    expect((await login('ada', 'right', '198.51.100.3')).status, 'the victim, from elsewhere').toBe(200)
  })

  it('that fail for many names are few for each address', async () => {
    origin()
    const answers: number[] = []
    for (let i = 0; i < 12; i++) answers.push((await login(`user${i}`, 'guess', '198.51.100.4')).status)
    expect(answers).toEqual([...Array(8).fill(401), ...Array(4).fill(429)])
  })

  it('all at once are no more guesses than one after another', async () => {
    origin()
    const answers = await times(40, (i) => login('ada', `guess ${i}`, '198.51.100.5'))
    expect(statuses(answers).filter((status) => status === 401).length).toBeLessThanOrEqual(4)
    expect(world.outside.received.length).toBeLessThanOrEqual(4)
  })
})

describe('a key that goes on', () => {
  it('is banned, across a restart too, and no longer than told', async () => {
    const ask = async () => await world.ask('/v1/banned/a')
    const banned = await eventually(async () => {
      const answer = await ask()
      const { reason } = (await world.decision(answer.requestId)).record
      if (reason === 'rate-limit.banned') return answer
      if (answer.status === 429) await world.forward(1000)
      return undefined
    })
    const seconds = Number(banned.headers['retry-after'])
    expect(seconds).toBeGreaterThan(9 * 60)
    expect(seconds).toBeLessThanOrEqual(10 * 60)
    expect(JSON.parse(banned.body.toString())).toMatchObject({ type: 'https://iana.org/assignments/http-problem-types#abnormal-usage-detected' })
    await world.server.kill()
    await world.restart()
    expect((await ask()).status).toBe(429)
    expect((await world.ask('/v1/banned/b')).status, 'others are not').toBe(200)
    await world.forward(10 * MINUTE)
    expect((await ask()).status).toBe(200)
  })
})
