import { beforeEach, describe, expect, it } from 'vitest'
import { deferred, exchange } from '../../../test/exchange.ts'
import type { Handlers } from '../../core/policy.ts'
import { FAILED_FOR_MS, MAX_FAILED } from './failed-tokens.ts'
import { CALLERS_OF_OUTAGE, COOLDOWN_MS, FAILURES_OF_OUTAGE, OUTAGE_AFTER_MS, YIELD_MS } from './failures.ts'
import { introspection } from './introspection.ts'
import { MAX_OPEN_OF_ONE } from './questions.ts'
import { ANSWER, portsWith, SETTINGS, TestClock, TestEndpoint } from './test-endpoint.ts'

let endpoint: TestEndpoint
let clock: TestClock
let users: Handlers

beforeEach(() => {
  endpoint = new TestEndpoint()
  clock = new TestClock()
  users = introspection(SETTINGS).compile()
})

/** What came of a request and of what went on behind it; `503` for a failure, which the pipeline makes of it. */
async function said(token: string, address = 1): Promise<string> {
  const x = exchange({ headers: { authorization: `Bearer ${token}` }, ports: portsWith(endpoint, clock), caller: { kind: 'client', ip: `192.0.2.${address}` } })
  try {
    const decision = await users.request?.(x)
    return decision?.kind === 'deny' ? decision.reason : String(decision?.kind)
  } catch {
    return '503'
  } finally {
    await Promise.allSettled(deferred(x))
  }
}

/** The endpoint fails so at tokens that begin with `evil`. */
const failAt = (response: () => Response | Promise<Response>) => {
  endpoint.answer = ({ form }) => (form.get('token')?.startsWith('evil') ? response() : Response.json(ANSWER))
}

/** Failures of new tokens from each address, long enough for an outage. */
async function attack(addresses: number, ofEach = FAILURES_OF_OUTAGE): Promise<void> {
  for (let i = 0; i < ofEach; i++) {
    for (let address = 101; address < 101 + addresses; address++) expect(await said(`evil-${endpoint.calls}-${i}`, address)).toBe('503')
    clock.pass(OUTAGE_AFTER_MS)
  }
}

const isAsked = async (token: string, address: number): Promise<boolean> => {
  const { calls } = endpoint
  await said(token, address)
  return endpoint.calls > calls
}

describe('a token at which the issuer fails', () => {
  it.each([400, 403, 401, 500])('%i: is not asked about again for a moment, whoever sends it, and others are', async (status) => {
    failAt(() => new Response('blocked', { status }))
    for (let i = 0; i < 10; i++) expect(await said('evil', i)).toBe('503')
    expect(endpoint.calls).toBe(1)
    expect(await said('good')).toBe('pass')
    clock.pass(FAILED_FOR_MS - 1)
    expect([await isAsked('evil', 1), await isAsked('evil=', 1)]).toEqual([false, true])
    clock.pass(1)
    expect(await isAsked('evil', 1)).toBe(true)
  })

  it('serves again once the issuer answers', async () => {
    endpoint.fail()
    expect(await said('token')).toBe('503')
    endpoint.says()
    clock.pass(FAILED_FOR_MS)
    expect(await said('token')).toBe('pass')
  })

  it('and then, for another request, does not, is asked about', async () => {
    users = introspection({ ...SETTINGS, maxCacheSeconds: 0 }).compile()
    const gate = endpoint.hold()
    const late = said('token')
    endpoint.fail()
    expect([await said('token'), await isAsked('token', 1)]).toEqual(['503', false])
    endpoint.says()
    gate.open()
    expect([await late, await said('token')]).toEqual(['pass', 'pass'])
  })

  it('is one of so many that are remembered', async () => {
    failAt(() => new Response('blocked', { status: 403 }))
    for (let i = 0; i <= MAX_FAILED; i++) await said(`evil-${i}`)
    expect([await isAsked(`evil-${MAX_FAILED}`, 1), await isAsked('evil-0', 1)]).toEqual([false, true])
  })

  it('of all requests that wait with it, causes one question', async () => {
    failAt(() => new Response('blocked', { status: 403 }))
    const gate = endpoint.hold()
    const waiting = Array.from({ length: 20 }, (_, i) => said('evil', i))
    gate.open()
    expect([new Set(await Promise.all(waiting)), endpoint.calls]).toEqual([new Set(['503']), 1])
  })

  it.each([400, 402, 403, 404, 406, 413, 414, 418, 422, 431, 451])('%i: is no sign of an outage, however many there are', async (status) => {
    failAt(() => new Response('blocked', { status }))
    await attack(20)
    expect([await said('good', 200), await said('another', 101)]).toEqual(['pass', 'pass'])
  })

  it('400 with a document is no such sign either', async () => {
    failAt(() => Response.json({ error: 'invalid_request' }, { status: 400 }))
    await attack(20)
    expect(await said('good', 101)).toBe('pass')
  })

  it.each<[string, () => Response | Promise<Response>]>([
    ['401', () => new Response('', { status: 401 })],
    ['408', () => new Response('', { status: 408 })],
    ['429', () => new Response('', { status: 429 })],
    ['500', () => new Response('', { status: 500 })],
    ['a redirect', () => new Response('', { status: 302, headers: { location: 'https://evil.example/' } })],
    ['garbage', () => new Response('<html>')],
    ['a failed connection', () => Promise.reject(new Error('connection refused'))],
    ['invalid_client', () => Response.json({ error: 'invalid_client' }, { status: 400 })],
  ])('%s: restrains the one caller, and when there are more everybody', async (_name, response) => {
    failAt(response)
    await attack(CALLERS_OF_OUTAGE - 1)
    expect([await isAsked('stranger', 101), await isAsked('newcomer', 200)]).toEqual([false, true])
    await attack(CALLERS_OF_OUTAGE)
    expect(await isAsked('another', 201)).toBe(false)
  })

  it('again and again counts once', async () => {
    failAt(() => new Response('', { status: 500 }))
    for (let i = 0; i < 4 * CALLERS_OF_OUTAGE; i++) {
      await said('evil', i)
      clock.pass(OUTAGE_AFTER_MS)
    }
    expect(await isAsked('newcomer', 0)).toBe(true)
  })

  it('once with the gateway’s credentials and once with the issuer itself is not twice the same', async () => {
    for (const [i, status] of [500, 401, 500, 401].entries()) {
      failAt(() => new Response('', { status }))
      await said(`evil-${i}`, 101)
      clock.pass(OUTAGE_AFTER_MS)
    }
    expect(await said('good', 101)).toBe('pass')
  })
})

describe('in an outage', () => {
  beforeEach(async () => {
    expect(await said('known', 100)).toBe('pass')
    failAt(() => new Response('', { status: 500 }))
    await attack(CALLERS_OF_OUTAGE, 2)
    clock.pass(-OUTAGE_AFTER_MS)
  })

  it('that strangers caused, a known token is asked about again, and its answer ends the outage', async () => {
    expect(await said('newcomer')).toBe('503')
    clock.pass(22_500 - OUTAGE_AFTER_MS)
    expect(await said('evil-at-last', 150)).toBe('503')
    expect([await said('newcomer'), await isAsked('known', 101), await said('newcomer')]).toEqual(['503', true, 'pass'])
  })

  it('a token that was known once, and is used seldom, is known still', async () => {
    clock.pass(60_000)
    expect(await said('evil-at-last', 150)).toBe('503')
    expect([await said('newcomer'), await said('known', 101), await said('newcomer')]).toEqual(['503', 'pass', 'pass'])
  })

  it('a token that was refused since is known no more', async () => {
    clock.pass(60_000)
    endpoint.says({ active: false })
    expect(await said('known', 100)).toBe('introspection.inactive')
    failAt(() => new Response('', { status: 500 }))
    await attack(CALLERS_OF_OUTAGE, 2)
    clock.pass(-OUTAGE_AFTER_MS + COOLDOWN_MS - 1)
    expect(await isAsked('known', 100)).toBe(false)
  })

  it('whoever has not failed tries before those who have', async () => {
    clock.pass(COOLDOWN_MS - 1)
    expect(await isAsked('newcomer', 200)).toBe(false)
    clock.pass(YIELD_MS)
    expect(await isAsked('evil-again', 101)).toBe(false)
    expect(await said('newcomer', 200)).toBe('pass')
  })

  it('those who have failed try when nobody else does', async () => {
    clock.pass(COOLDOWN_MS + YIELD_MS)
    expect([await isAsked('evil-again', 101), await isAsked('evil-again-2', 102)]).toEqual([true, false])
  })

  it('a caller whose only try brought neither yes nor no lets others try', async () => {
    clock.pass(COOLDOWN_MS + YIELD_MS)
    failAt(() => new Response('blocked', { status: 403 }))
    expect([await isAsked('evil-again', 101), await isAsked('evil-again-2', 101), await said('newcomer', 102)]).toEqual([true, false, 'pass'])
  })

  it('that follows another, the same tokens count anew', async () => {
    clock.pass(30_000)
    expect(await said('newcomer', 200)).toBe('pass')
    endpoint.fail()
    for (let i = 0; i < FAILURES_OF_OUTAGE; i++) {
      expect(await isAsked(`again-${i}`, 101)).toBe(true)
      clock.pass(OUTAGE_AFTER_MS)
    }
    expect(await isAsked('again', 101)).toBe(false)
    clock.pass(COOLDOWN_MS)
    endpoint.says()
    expect(await said('newcomer-2', 101)).toBe('pass')
    endpoint.fail()
    for (let i = 0; i < FAILURES_OF_OUTAGE; i++) {
      expect(await isAsked(`again-${i}`, 101)).toBe(true)
      clock.pass(OUTAGE_AFTER_MS)
    }
    expect(await isAsked('again', 101)).toBe(false)
  })

  it('a question that holds the only place leaves one for known tokens', async () => {
    clock.pass(30_000)
    const gate = endpoint.hold()
    const held = said('evil-and-slow', 150)
    expect(await isAsked('newcomer', 200)).toBe(false)
    const known = said('known', 100)
    gate.open()
    expect([await held, await known, await said('newcomer', 200)]).toEqual(['503', 'pass', 'pass'])
  })
})

describe('known tokens', () => {
  it('have places of their own for questions', async () => {
    expect(await said('known', 100)).toBe('pass')
    clock.pass(22_500)
    const gate = endpoint.hold()
    const flood = [101, 102].flatMap((address) => Array.from({ length: MAX_OPEN_OF_ONE }, (_, i) => said(`flood-${address}-${i}`, address)))
    const { calls } = endpoint
    expect(await isAsked('newcomer', 200)).toBe(false)
    const known = said('known', 100)
    expect(endpoint.calls).toBe(calls + 1)
    gate.open()
    await Promise.all([known, ...flood])
  })
})
