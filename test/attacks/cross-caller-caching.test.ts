import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { values } from '../workerd/origin.ts'
import { bearer, type FrontDoor, forwarded, openFrontDoor, refused, tokenOfOne } from './front-door.ts'

let door: FrontDoor
let ada: string
let bob: string
beforeAll(async () => {
  door = await openFrontDoor()
  ada = await tokenOfOne(door, { sub: 'ada' })
  bob = await tokenOfOne(door, { sub: 'bob' })
})
beforeEach(() => {
  // An origin that does all it can to be cached.
  door.answer((received, response) => {
    const headers = {
      'cache-control': 'public, max-age=3600, s-maxage=3600',
      'cdn-cache-control': 'max-age=3600',
      expires: 'Thu, 01 Jan 2099 00:00:00 GMT',
      etag: '"1"',
    }
    response.writeHead(200, headers).end(`for ${values(received, 'x-portcullis-subject')[0] ?? 'nobody'}`)
  })
})
afterAll(() => door.stop())

const profile = (token: string) => door.ask('GET /v1/profile', bearer(token))

describe('one caller’s answer is never another’s', () => {
  it('each gets its own, again and again, and the origin is asked each time', async () => {
    for (const [token, name] of [
      [ada, 'ada'],
      [bob, 'bob'],
      [ada, 'ada'],
      [bob, 'bob'],
    ] as const) {
      const outcome = await profile(token)
      expect(outcome.response.body).toBe(`for ${name}`)
      expect(outcome.received).toHaveLength(1)
    }
  })

  it('nobody gets a copy of what somebody got', async () => {
    await profile(ada)
    expect(await door.ask('GET /v1/profile')).toMatchObject(refused('401 jwt.missing'))
  })

  it('not when 40 come at once, either', async () => {
    const asked = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? ada : bob))
    const answers = await Promise.all(asked.map(profile))
    expect(answers.map(({ response }) => response.body)).toEqual(asked.map((token) => `for ${token === ada ? 'ada' : 'bob'}`))
  })

  it('says so to every cache on the way', async () => {
    const { headers } = (await profile(ada)).response
    expect(headers['cache-control']).toBe('private, no-store')
  })

  it.each(['cdn-cache-control', 'cloudflare-cdn-cache-control', 'surrogate-control', 'expires'])('%s does not say the opposite', async (name) => {
    const value = name === 'expires' ? 'Thu, 01 Jan 2099 00:00:00 GMT' : 'max-age=3600'
    door.answer((_, response) => void response.writeHead(200, { [name]: value }).end('x'))
    const { headers } = (await profile(ada)).response
    expect(headers).toMatchObject({ 'cache-control': 'private, no-store' })
    expect(headers[name]).toBeUndefined()
  })

  it.each([
    ['GET /v1/profile', '401'],
    ['GET /nowhere', '404'],
    ['POST /v1/profile', '405'],
    ['GET /a//b', '400'],
  ])('nor is a denial kept: %s', async (line, status) => {
    const { response } = await door.ask(line)
    expect(`${response.status}`).toBe(status)
    expect(response.headers['cache-control']).toBe('no-store')
  })

  it('the origin’s fetch goes past every cache', async () => {
    expect(values(forwarded(await profile(ada)), 'cache-control')).toEqual(['no-cache'])
  })
})

describe('a remembered token answers for itself alone', () => {
  const parts = (token: string) => token.split('.') as [string, string, string]

  it.each<[string, () => string, string]>([
    ['bob’s claims, ada’s signature', () => `${parts(ada)[0]}.${parts(bob)[1]}.${parts(ada)[2]}`, '401 jwt.signature'],
    ['ada’s claims, bob’s signature', () => `${parts(ada)[0]}.${parts(ada)[1]}.${parts(bob)[2]}`, '401 jwt.signature'],
    ['ada’s without its last character', () => ada.slice(0, -1), '401 jwt.malformed'],
    ['ada’s with one more', () => `${ada}A`, '401 jwt.signature'],
    ['ada’s without a signature', () => `${parts(ada)[0]}.${parts(ada)[1]}.`, '401 jwt.signature'],
    ['ada’s in capitals', () => ada.toUpperCase(), '401 jwt.malformed'],
  ])('%s', async (_, forge, said) => {
    expect((await profile(ada)).said).toBe('200 origin.answered')
    expect((await profile(bob)).said).toBe('200 origin.answered')
    expect(await profile(forge())).toMatchObject(refused(said))
  })

  it('and only until it expires', async () => {
    // Within the tolerated difference of clocks, which ends in about four seconds.
    const short = await tokenOfOne(door, { exp: Math.floor(Date.now() / 1000) - 1 })
    expect((await profile(short)).said).toBe('200 origin.answered')
    await expect.poll(async () => (await profile(short)).said, { timeout: 20_000, interval: 100 }).toBe('401 jwt.expired')
  })
})
