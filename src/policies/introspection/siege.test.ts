import { describe, expect, it } from 'vitest'
import { deferred, exchange } from '../../../test/exchange.ts'
import { COOLDOWN_MS, OUTAGE_AFTER_MS } from './failures.ts'
import { introspection } from './introspection.ts'
import { ANSWER, NOW, portsWith, SETTINGS, TestClock, TestEndpoint } from './test-endpoint.ts'

const SECONDS = 150
const USERS = 50

/** Some minutes of requests at random moments, the same each time. */
interface Siege {
  /** Of an attacker, whose tokens make the issuer fail. */
  readonly perSecond: number
  /** How the issuer fails at them. */
  readonly fail: () => Response
  /** That the attacker comes from. */
  readonly addresses?: number
  /** That all of the attacker's requests have; otherwise each has its own. */
  readonly token?: string
  readonly userRequestsPerSecond?: number
  /** Users come with tokens that nobody has seen before. */
  readonly newcomers?: boolean
  /** The address that all users have; otherwise each has its own. */
  readonly userAddress?: string
  readonly maxCacheSeconds?: number
  /** The issuer fails at users' tokens too. */
  readonly isDown?: boolean
}

interface Outcome {
  /** Of a hundred requests of users. */
  readonly refused: number
  /** Moments of the questions that the issuer was asked, in milliseconds. */
  readonly questions: readonly number[]
}

async function endure(siege: Siege): Promise<Outcome> {
  const { perSecond, fail, addresses = 1, token, userRequestsPerSecond = 5, newcomers = false, userAddress, maxCacheSeconds = 30, isDown = false } = siege
  const endpoint = new TestEndpoint()
  const clock = new TestClock()
  const questions: number[] = []
  const answer = { ...ANSWER, exp: NOW / 1000 + 2 * SECONDS }
  endpoint.answer = ({ form }) => {
    questions.push(clock.time - NOW)
    return isDown || form.get('token')?.startsWith('/etc/') ? fail() : Response.json(answer)
  }
  const ports = portsWith(endpoint, clock)
  const handlers = introspection({ ...SETTINGS, maxCacheSeconds }).compile()
  const isServed = async (sent: string, ip: string): Promise<boolean> => {
    const x = exchange({ headers: { authorization: `Bearer ${sent}` }, ports, caller: { kind: 'client', ip } })
    try {
      return (await handlers.request?.(x))?.kind === 'pass'
    } catch {
      return false
    } finally {
      await Promise.allSettled(deferred(x))
    }
  }
  const random = seeded(1)
  const moments = (rate: number, isAttack: boolean) => Array.from({ length: rate * SECONDS }, (_, i) => ({ at: random(), isAttack, i }))
  const requests = [...moments(perSecond, true), ...moments(userRequestsPerSecond, false)].toSorted((a, b) => a.at - b.at)
  let refused = 0
  for (const { at, isAttack, i } of requests) {
    clock.time = NOW + Math.floor(at * SECONDS * 1000)
    if (isAttack) await isServed(token ?? `/etc/${i}`, `198.51.100.${i % addresses}`)
    else if (!(await isServed(`user-${newcomers ? i : i % USERS}`, userAddress ?? `192.0.2.${i % USERS}`))) refused++
  }
  return { refused: (100 * refused) / (userRequestsPerSecond * SECONDS), questions }
}

/** Numbers from 0 to 1. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const down = () => new Response('', { status: 500 })

const FAILURES: readonly (readonly [string, () => Response])[] = [
  ['403', () => new Response('blocked', { status: 403 })],
  ['400', () => Response.json({ error: 'invalid_request' }, { status: 400 })],
  ['500', down],
]

describe('an attacker from one address, whose tokens make the issuer fail, locks nobody out', () => {
  it.each(FAILURES.flatMap(([name, fail]) => [1, 4, 10, 20].map((perSecond) => [name, perSecond, fail] as const)))(
    '%s, %i a second',
    async (_, perSecond, fail) => {
      expect((await endure({ perSecond, fail, token: '/etc/passwd' })).refused).toBe(0)
      expect((await endure({ perSecond, fail })).refused).toBe(0)
      expect((await endure({ perSecond, fail, userRequestsPerSecond: 0.1, newcomers: true })).refused).toBe(0)
    },
  )
})

describe('at most one in a hundred requests of users is refused', () => {
  it.each<[string, Omit<Siege, 'perSecond' | 'fail'>]>([
    ['by an attack from three addresses', { addresses: 3 }],
    ['by an attack from two hundred', { addresses: 200 }],
    ['whose tokens are all new', { addresses: 200, newcomers: true }],
    ['whose tokens are asked about each time', { addresses: 200, maxCacheSeconds: 0 }],
    ['who share the attacker’s address', { userAddress: '198.51.100.0' }],
    ['who share it, and whose tokens are all new', { userAddress: '198.51.100.0', newcomers: true }],
  ])('%s', async (_, siege) => {
    for (const perSecond of [1, 4, 10, 20]) expect((await endure({ perSecond, fail: down, ...siege })).refused).toBeLessThan(1)
  })
})

describe('an issuer that is down', () => {
  it.each([1, 3, 200])('is asked twice in a cooldown at most, whoever asks from %i addresses', async (addresses) => {
    const { questions } = await endure({ perSecond: 20, addresses, fail: down, userAddress: '198.51.100.0', isDown: true })
    const later = questions.filter((atMs) => atMs > 2 * OUTAGE_AFTER_MS)
    expect(later.length).toBeGreaterThan(SECONDS / 10)
    expect(later.length).toBeLessThanOrEqual((2 * SECONDS * 1000) / COOLDOWN_MS)
  })
})
