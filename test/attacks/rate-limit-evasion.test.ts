import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bearer, type FrontDoor, type Outcome, openFrontDoor, refused, tokenOfOne } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())

/** What these limits let through at once; their tokens come back within hours. */
const BURST = 4
const EXCEEDED = '429 rate-limit.exceeded'
const statuses = (outcomes: readonly Outcome[]) => outcomes.map(({ response }) => response.status)

/** Sends one request after another. */
async function each<T>(items: readonly T[], ask: (item: T) => Promise<Outcome>): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (const item of items) outcomes.push(await ask(item))
  return outcomes
}

const from = (address: string, headers: Record<string, string> = {}) => door.ask('GET /v1/limited/ip', { 'CF-Connecting-IP': address, ...headers })
const ADMITTED = Array<number>(BURST).fill(200)

describe('another address that is the same client', () => {
  it('IPv6 addresses of one /64', async () => {
    const addresses = ['2001:db8:1:1::1', '2001:db8:1:1::2', '2001:db8:1:1:ffff:ffff:ffff:ffff', '2001:db8:1:1:a:b:c:d', '2001:db8:1:1::3', '2001:db8:1:1::']
    expect(statuses(await each(addresses, from))).toEqual([...ADMITTED, 429, 429])
  })

  it('spellings of one address', async () => {
    const spellings = ['2001:db8:2:1::a', '2001:DB8:2:1::A', '2001:0db8:0002:0001:0000:0000:0000:000a', '2001:db8:2:1:0:0:0.0.0.10', '2001:db8:2:1:0::a']
    expect(statuses(await each(spellings, from))).toEqual([...ADMITTED, 429])
  })

  it('the /64s of one /48, up to its ceiling', async () => {
    const addresses = Array.from({ length: 3 * BURST }, (_, i) => `2001:db8:3:${i}::1`)
    expect(statuses(await each(addresses, from))).toEqual([...ADMITTED, ...ADMITTED, 429, 429, 429, 429])
    expect(await from('2001:db8:4:1::1'), 'another /48 has its own').toMatchObject({ said: '200 origin.answered' })
  })

  it('IPv4 in IPv6', async () => {
    const spellings = ['192.0.2.50', '::ffff:192.0.2.50', '::FFFF:C000:232', '0:0:0:0:0:ffff:192.0.2.50', '192.0.2.50']
    expect(statuses(await each(spellings, from))).toEqual([...ADMITTED, 429])
  })

  it.each(['X-Forwarded-For', 'X-Real-IP', 'True-Client-IP', 'Forwarded', 'CF_Connecting_IP', 'X-Client-IP', 'CF-Connecting-IPv6', 'CF-Pseudo-IPv4'])(
    '%s',
    async (name) => {
      const address = `198.51.100.${name.length + name.charCodeAt(3)}`
      const outcomes = await each([1, 2, 3, 4, 5, 6], (i) => from(address, { [name]: `203.0.113.${i}` }))
      expect(statuses(outcomes)).toEqual([...ADMITTED, 429, 429])
    },
  )
})

describe('another request that is the same', () => {
  it('methods, queries, cases of headers, agents, tokens: by address it is all one', async () => {
    const ask = ([line, headers]: readonly [string, Record<string, string>]) => door.ask(line, { 'CF-Connecting-IP': '192.0.2.60', ...headers })
    const token = bearer(await tokenOfOne(door))
    const outcomes = await each(
      [
        ['GET /v1/limited/ip', {}],
        ['HEAD /v1/limited/ip', { Connection: 'close' }],
        ['GET /v1/limited/ip?x=1', { 'User-Agent': 'another' }],
        ['GET /v1/limited/i%70', token],
        ['GET /v1/limited/ip', { Cookie: 'a=b' }],
      ],
      ask,
    )
    expect(statuses(outcomes)).toEqual([...ADMITTED, 429])
  })

  it('parameters of one route', async () => {
    const ids = ['1', '2', '%61', ':p3', '5', '*']
    const outcomes = await each(ids, (id) => door.ask(`GET /v1/limited/params/${id}`, { 'CF-Connecting-IP': '192.0.2.61' }))
    expect(statuses(outcomes)).toEqual([...ADMITTED, 429, 429])
  })

  it('one principal with new tokens from everywhere', async () => {
    const outcomes = await each([1, 2, 3, 4, 5, 6], async (i) =>
      door.ask('GET /v1/limited/principal', { 'CF-Connecting-IP': `192.0.2.${100 + i}`, ...bearer(await tokenOfOne(door, { sub: 'eve', jti: `token-${i}` })) }),
    )
    expect(statuses(outcomes)).toEqual([...ADMITTED, 429, 429])
    expect((await door.ask('GET /v1/limited/principal', bearer(await tokenOfOne(door, { sub: 'eve ' })))).said, 'nobody else pays').toBe('200 origin.answered')
  })

  it('who is not authenticated spends nothing of a principal', async () => {
    await each([1, 2, 3, 4, 5, 6], () => door.ask('GET /v1/limited/principal', { Authorization: 'Bearer a.b.c' }))
    expect((await door.ask('GET /v1/limited/principal', bearer(await tokenOfOne(door, { sub: 'grace' })))).said).toBe('200 origin.answered')
  })

  it('the name of a header in any case', async () => {
    const names = ['X-Tenant', 'x-tenant', 'X-TENANT', 'x-TeNaNt', 'X-Tenant']
    const outcomes = await each(names, (name) => door.ask('GET /v1/limited/header', { 'CF-Connecting-IP': '192.0.2.62', [name]: 'red' }))
    expect(statuses(outcomes)).toEqual([...ADMITTED, 429])
  })

  it('its value between blanks', async () => {
    const values = ['red', ' red', 'red ', '\tred\t', '  red']
    const outcomes = await each(values, (value) => door.ask('GET /v1/limited/header', { 'CF-Connecting-IP': '192.0.2.63', 'X-Tenant': value }))
    expect(statuses(outcomes)).toEqual([...ADMITTED, 429])
  })

  it.each<[string, string, (i: number) => Record<string, string>]>([
    ['values too long to be told apart', '192.0.2.64', (i) => ({ 'X-Tenant': `${'x'.repeat(300)}${i}` })],
    ['no header, whatever looks like it', '192.0.2.65', (i) => ({ X_Tenant: `${i}`, 'X-Tenant-': `${i}` })],
  ])('%s', async (_, address, headers) => {
    const outcomes = await each([1, 2, 3, 4, 5], (i) => door.ask('GET /v1/limited/header', { 'CF-Connecting-IP': address, ...headers(i) }))
    expect(statuses(outcomes)).toEqual([...ADMITTED, 429])
  })
})

describe('what is refused is counted too', () => {
  it.each([
    ['an unlisted path', 'GET /nowhere', '192.0.2.70'],
    ['an unlisted method', 'PUT /health', '192.0.2.71'],
    ['a missing token', 'GET /v1/profile', '192.0.2.72'],
  ])('%s', async (_, line, address) => {
    const left = ({ response }: Outcome) => Number(/r=(\d+)/.exec(response.headers.ratelimit ?? '')?.[1])
    const [first, second] = await each([1, 2], () => door.ask(line, { 'CF-Connecting-IP': address }))
    expect(left(first as Outcome)).toBe(5999)
    expect(left(second as Outcome)).toBeLessThanOrEqual(5999)
    expect(first?.decision?.objectCalls).toBe(1)
  })

  it('a denial says when to come back, and nothing of whom else it counts', async () => {
    await each([1, 2, 3, 4], () => from('192.0.2.73'))
    const outcome = await from('192.0.2.73')
    expect(outcome).toMatchObject(refused(EXCEEDED))
    expect(Number(outcome.response.headers['retry-after'])).toBeGreaterThan(3600)
    expect(JSON.parse(outcome.response.body)).toMatchObject({ status: 429, 'violated-policies': ['ip'] })
    expect(outcome.response.raw).not.toContain('192.0.2')
  })
})

describe('64 at once on one key', () => {
  it.each<[string, () => Promise<readonly [string, Record<string, string>]>]>([
    ['of a principal', async () => ['GET /v1/limited/race', bearer(await tokenOfOne(door, { sub: 'heidi' }))]],
    ['of a principal whose token was never seen, each time another', async () => ['GET /v1/limited/race', { fresh: 'ivan' }]],
    ['of an address', async () => ['GET /v1/limited/race-by-ip', { 'CF-Connecting-IP': '192.0.2.80' }]],
    ['of a /64', async () => ['GET /v1/limited/race-by-ip', { rotate: '2001:db8:80:1::' }]],
  ])('%s: exactly the burst of 10 passes', async (_, plan) => {
    const [line, { fresh, rotate, ...headers }] = await plan()
    const before = door.origin.received.length
    const all = await Promise.all(
      Array.from({ length: 64 }, async (_, i) => ({
        ...headers,
        ...(fresh !== undefined && bearer(await tokenOfOne(door, { sub: fresh }))),
        ...(rotate !== undefined && { 'CF-Connecting-IP': `${rotate}${i.toString(16)}` }),
      })),
    )
    const outcomes = await Promise.all(all.map((one) => door.ask(line, one)))
    expect(outcomes.filter(({ said }) => said === '200 origin.answered')).toHaveLength(10)
    expect(outcomes.filter(({ said }) => said === EXCEEDED)).toHaveLength(54)
    const reached = door.origin.received.slice(before).filter(({ target }) => target.startsWith('/base/v1/limited/'))
    expect(reached).toHaveLength(10)
  })
})
