import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { deferred, exchange } from '../../test/exchange.ts'
import type { Exchange } from '../core/exchange.ts'
import { Shared } from '../core/shared.ts'
import { fetchKeys } from './fetch-keys.ts'
import { MAX_STALE_MS } from './key-copy.ts'
import { type KeySet, KeySetUnavailable } from './key-set.ts'
import { COOLDOWN_MS, REFRESH_AFTER_MS, sharedKeySet } from './remote-key-set.ts'
import { portsWith, SETTINGS, TestClock, TestEndpoint, TestIssuer } from './test-issuer.ts'

const LOCATION = { url: 'https://issuer.example/jwks' }
let a: TestIssuer
let b: TestIssuer
let endpoint: TestEndpoint
let clock: TestClock
let set: KeySet

beforeAll(async () => {
  ;[a, b] = await Promise.all([TestIssuer.create('ES256', 'a'), TestIssuer.create('ES256', 'b')])
})

beforeEach(() => {
  endpoint = new TestEndpoint(a.jwk)
  clock = new TestClock()
  set = sharedKeySet(LOCATION, SETTINGS.algorithms, new Shared())
})

const request = (): Exchange => exchange({ ports: portsWith(endpoint, clock) })

/** One request: what it finds, after its background work is done. */
async function find(kid: string | undefined, x = request()): Promise<string> {
  const outcome = await Promise.resolve()
    .then(() => set.find(kid, 'ES256', x))
    .then(
      (found) => (typeof found === 'string' ? found : 'found'),
      (error: unknown) => (error instanceof KeySetUnavailable ? 'unavailable' : String(error)),
    )
  await Promise.allSettled(deferred(x))
  return outcome
}

/** An answer that a test lets go when it likes. */
function held(): { open(): void } {
  const answer = endpoint.answer
  const gate = Promise.withResolvers<void>()
  endpoint.answer = () => gate.promise.then(answer)
  return { open: gate.resolve }
}

describe('a remote key set', () => {
  it('is fetched once, and known keys never wait again', async () => {
    expect(await find('a')).toBe('found')
    expect(set.find('a', 'ES256', request())).not.toBeInstanceOf(Promise)
    expect(endpoint.calls).toBe(1)
  })

  it('asks without following redirects and without a cache', async () => {
    await find('a')
    expect(endpoint.requests[0]).toMatchObject({ url: LOCATION.url, init: { redirect: 'manual', cache: 'no-store' } })
  })

  it('is fetched once by requests that come at the same time', async () => {
    const gate = held()
    const outcomes = [find('a'), find('a'), find('a')]
    gate.open()
    expect(await Promise.all(outcomes)).toEqual(['found', 'found', 'found'])
    expect(endpoint.calls).toBe(1)
  })

  it('is refreshed behind the request', async () => {
    await find('a')
    clock.pass(REFRESH_AFTER_MS)
    endpoint.publish(b.jwk)
    const x = request()
    expect(set.find('a', 'ES256', x)).not.toBeInstanceOf(Promise)
    await Promise.all(deferred(x))
    expect([await find('b'), await find('a')]).toEqual(['found', 'unknown'])
  })

  it('is refreshed by one request at a time', async () => {
    await find('a')
    clock.pass(REFRESH_AFTER_MS)
    const gate = held()
    const outcomes = [find('a'), find('a'), find('a')]
    gate.open()
    await Promise.all(outcomes)
    expect(endpoint.calls).toBe(2)
  })
})

describe('an outage', () => {
  it('from the start: unavailable, and the issuer is left alone for a while', async () => {
    endpoint.fail()
    expect([await find('a'), await find('a'), await find('a')]).toEqual(['unavailable', 'unavailable', 'unavailable'])
    expect(endpoint.calls).toBe(1)
    clock.pass(COOLDOWN_MS)
    endpoint.publish(a.jwk)
    expect(await find('a')).toBe('found')
  })

  it('later: old keys serve up to the cap, then no more', async () => {
    await find('a')
    endpoint.fail()
    clock.pass(MAX_STALE_MS - 1)
    expect(await find('a')).toBe('found')
    clock.pass(1)
    expect(await find('a')).toBe('unavailable')
    expect(set.current(request())).toBe(undefined)
  })

  it.each<[what: string, keys: readonly object[]]>([
    ['no key', []],
    ['no key that may serve', [{ kty: 'oct', k: 'c2VjcmV0', kid: 'a' }]],
    ['no key for the algorithms', [{ kty: 'OKP', crv: 'X25519', x: 'hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo', kid: 'a' }]],
  ])('is a key set with %s: nothing is known from the start, and old keys serve later', async (_, keys) => {
    endpoint.publish(...keys)
    expect(await find('a')).toBe('unavailable')
    clock.pass(COOLDOWN_MS)
    endpoint.publish(a.jwk)
    expect(await find('a')).toBe('found')
    clock.pass(REFRESH_AFTER_MS)
    endpoint.publish(...keys)
    expect([await find('a'), await find('a')]).toEqual(['found', 'found'])
  })

  it('each cooldown sees one attempt', async () => {
    await find('a')
    endpoint.fail()
    clock.pass(REFRESH_AFTER_MS)
    for (let second = 0; second < 120; second++) {
      expect(await find('a')).toBe('found')
      clock.pass(1000)
    }
    expect(endpoint.calls).toBe(1 + 120_000 / COOLDOWN_MS)
  })

  it('an unknown kid is not denied while nobody can know', async () => {
    await find('a')
    endpoint.fail()
    expect([await find('b'), await find('b')]).toEqual(['unavailable', 'unavailable'])
    expect([await find('a'), endpoint.calls]).toEqual(['found', 2])
  })

  it('a missing binding', async () => {
    set = sharedKeySet({ ...LOCATION, service: 'OTHER' }, SETTINGS.algorithms, new Shared())
    expect([await find('a'), endpoint.calls]).toEqual(['unavailable', 0])
  })

  it('a fetch that was lost with its request is given up', async () => {
    endpoint.answer = () => new Promise(() => {})
    const lost = request()
    Promise.resolve(set.find('a', 'ES256', lost)).catch(() => {})
    await expect.poll(() => endpoint.calls).toBe(1)
    clock.pass(6000)
    endpoint.publish(a.jwk)
    expect(await find('a')).toBe('found')
  })
})

describe('a fetch that comes back late', () => {
  it('does not replace what a later one brought', async () => {
    const gate = held()
    const lost = set.find('b', 'ES256', request())
    await expect.poll(() => endpoint.calls).toBe(1)
    clock.pass(6000)
    endpoint.publish(b.jwk)
    expect(await find('b')).toBe('found')
    gate.open()
    expect(await lost).toMatchObject({ kid: 'b' })
    expect([await find('a'), await find('b')]).toEqual(['unknown', 'found'])
  })
})

describe('an unknown kid', () => {
  it('is asked for once, and found after a rotation', async () => {
    await find('a')
    endpoint.publish(a.jwk, b.jwk)
    expect([await find('b'), await find('a'), endpoint.calls]).toEqual(['found', 'found', 2])
  })

  it('in the first request of all is not asked for twice', async () => {
    expect([await find('b'), endpoint.calls]).toEqual(['unknown', 1])
  })

  it('a flood of random kids reaches the issuer once in a cooldown, and good keys do not notice', async () => {
    await find('a')
    for (let i = 0; i < 200; i++) {
      expect(await find(`random-${i}`)).toBe('unknown')
      expect(set.find('a', 'ES256', request())).not.toBeInstanceOf(Promise)
    }
    expect(endpoint.calls).toBe(2)
    clock.pass(COOLDOWN_MS)
    endpoint.publish(a.jwk, b.jwk)
    expect([await find('b'), endpoint.calls]).toEqual(['found', 3])
  })

  it('requests that come while it is asked for wait for the answer', async () => {
    await find('a')
    endpoint.publish(a.jwk, b.jwk)
    const gate = held()
    const outcomes = [find('b'), find('b'), find('random'), find('a')]
    gate.open()
    expect(await Promise.all(outcomes)).toEqual(['found', 'found', 'unknown', 'found'])
    expect(endpoint.calls).toBe(2)
  })

  it('a token without kid asks nobody', async () => {
    await find('a')
    endpoint.publish(a.jwk, b.jwk)
    expect([await find(undefined), endpoint.calls]).toEqual(['found', 1])
  })
})

describe('the isolates of one location', () => {
  /** What a location remembers, and a test may look into. */
  let location: Map<string, string>
  let isolates: readonly [KeySet, KeySet]
  const isolate = () => sharedKeySet(LOCATION, SETTINGS.algorithms, new Shared())

  beforeEach(() => {
    location = new Map()
    isolates = [isolate(), isolate()]
  })

  const near = (): Exchange =>
    exchange({
      ports: {
        ...portsWith(endpoint, clock),
        location: { get: (key) => Promise.resolve(location.get(key)), put: (key, text) => Promise.resolve(void location.set(key, text)) },
      },
    })

  const findBy = async (at: 0 | 1, kid: string): Promise<string> => {
    set = isolates[at]
    return await find(kid, near())
  }

  it('ask the issuer once for all of them', async () => {
    expect([await findBy(0, 'a'), await findBy(1, 'a'), endpoint.calls]).toEqual(['found', 'found', 1])
  })

  it('count the age of a copy from when the issuer was asked: a removed key stops no later', async () => {
    await findBy(0, 'a')
    clock.pass(REFRESH_AFTER_MS - 1)
    expect([await findBy(1, 'a'), endpoint.calls]).toEqual(['found', 1])
    endpoint.publish(b.jwk)
    clock.pass(1)
    await findBy(1, 'a')
    expect([await findBy(1, 'a'), endpoint.calls]).toEqual(['unknown', 3])
  })

  it('take over what another has just refreshed', async () => {
    await findBy(0, 'a')
    await findBy(1, 'a')
    clock.pass(REFRESH_AFTER_MS)
    await Promise.all([findBy(0, 'a'), findBy(0, 'a')])
    await findBy(1, 'a')
    expect(endpoint.calls).toBe(2)
  })

  it('share the budget of unknown key ids', async () => {
    await findBy(0, 'a')
    await findBy(1, 'a')
    clock.pass(1000)
    expect([await findBy(0, 'random'), await findBy(1, 'random'), endpoint.calls]).toEqual(['unknown', 'unknown', 2])
  })

  it('find a new key through each other', async () => {
    await findBy(0, 'a')
    await findBy(1, 'a')
    clock.pass(1000)
    endpoint.publish(a.jwk, b.jwk)
    expect([await findBy(0, 'b'), await findBy(1, 'b'), endpoint.calls]).toEqual(['found', 'found', 2])
  })

  it('serve a cold isolate while the issuer is out of reach, up to the cap', async () => {
    await findBy(0, 'a')
    endpoint.fail()
    clock.pass(MAX_STALE_MS - 1)
    expect(await findBy(1, 'a')).toBe('found')
    clock.pass(1)
    expect(await findBy(1, 'a')).toBe('unavailable')
  })

  it('do not believe that a copy is all there is: an unknown kid is asked for', async () => {
    await findBy(0, 'a')
    endpoint.publish(a.jwk, b.jwk)
    clock.pass(COOLDOWN_MS)
    expect([await findBy(1, 'b'), endpoint.calls]).toEqual(['found', 2])
  })

  it.each<[string, (copy: { place: string; fetchedAtMs: number }) => string]>([
    ['of another place', (copy) => JSON.stringify({ ...copy, place: copy.place.replace('issuer', 'evil') })],
    ['of another version', (copy) => JSON.stringify({ ...copy, v: 2 })],
    ['from the future', (copy) => JSON.stringify({ ...copy, fetchedAtMs: copy.fetchedAtMs + 3_600_000 })],
    ['of no time', (copy) => JSON.stringify({ ...copy, fetchedAtMs: 'now' })],
    ['that is too old', (copy) => JSON.stringify({ ...copy, fetchedAtMs: copy.fetchedAtMs - MAX_STALE_MS })],
    ['with another document', (copy) => JSON.stringify({ ...copy, document: '{}' })],
    ['that is cut off', (copy) => JSON.stringify(copy).slice(0, 100)],
    ['that is empty', () => ''],
  ])('leave alone a copy %s', async (_name, spoil) => {
    await findBy(0, 'a')
    for (const [key, text] of location) location.set(key, spoil(JSON.parse(text)))
    clock.pass(1000)
    const outcome = await findBy(1, 'a')
    clock.pass(COOLDOWN_MS)
    expect([outcome === 'found' || (await findBy(1, 'a')) === 'found', endpoint.calls]).toEqual([true, 2])
  })

  it('put nothing there that is no key set', async () => {
    endpoint.answer = () => Response.json({ keys: 'none' })
    expect([await findBy(0, 'a'), location.size]).toEqual(['unavailable', 0])
  })
})

describe('several authenticators of one gateway', () => {
  it('ask an issuer once, each for its own algorithms', async () => {
    const shared = new Shared()
    const sets = [sharedKeySet(LOCATION, ['RS256'], shared), sharedKeySet(LOCATION, ['ES256'], shared)]
    for (set of sets) expect(await find('a')).toBe('found')
    expect(endpoint.calls).toBe(1)
  })

  it.each([
    ['another address', { url: 'https://issuer.example/other' }],
    ['another way', { ...LOCATION, service: 'ISSUER' }],
    ['another document', { ...LOCATION, discoveryOf: 'https://issuer.example' }],
  ])('never take %s for the same', (_name, other) => {
    const shared = new Shared()
    expect(sharedKeySet(other, ['ES256'], shared)).not.toBe(sharedKeySet(LOCATION, ['ES256'], shared))
  })
})

describe('fetchKeys', () => {
  const attempt = (answer: () => Response | Promise<Response>, service?: string) => {
    endpoint.answer = answer
    return fetchKeys({ ...LOCATION, service }, portsWith(endpoint, clock), 50)
  }

  it.each<[string, () => Response | Promise<Response>]>([
    ['status 500', () => new Response('{"keys":[]}', { status: 500 })],
    ['status 204', () => new Response(null, { status: 204 })],
    ['a redirect', () => new Response('{"keys":[]}', { status: 302, headers: { location: 'https://evil.example/jwks' } })],
    ['HTML', () => new Response('<html>')],
    ['nothing', () => new Response('')],
    ['no UTF-8', () => new Response(new Uint8Array([0x22, 0xff, 0x22]))],
    ['a declared length above the cap', () => new Response('{"keys":[]}', { headers: { 'content-length': '300000' } })],
    ['10 MB', () => new Response(new Uint8Array(10_000_000).fill(0x20))],
    ['a body without end', () => new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(0x20)) }))],
    ['no answer', () => new Promise(() => {})],
    ['a body that hangs', () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) }))],
    ['a failed connection', () => Promise.reject(new Error('connection refused'))],
  ])('%s is no key set', async (_name, answer) => {
    await expect(attempt(answer)).rejects.toThrow()
  })

  it.each([[undefined], ['ISSUER']])('answers by %s', async (service) => {
    expect(await attempt(() => Response.json({ keys: [] }), service)).toEqual({ keys: [] })
  })
})
