import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { deferred, exchange } from '../../../test/exchange.ts'
import type { Exchange } from '../../core/exchange.ts'
import type { Handlers } from '../../core/policy.ts'
import type { Principal } from '../../core/principal.ts'
import { Problems } from '../../core/problems.ts'
import { Shared } from '../../core/shared.ts'
import { tokenPrincipal } from '../../core/token-claims.ts'
import { NOW_SECONDS, SETTINGS, TestClock, TestIssuer } from '../../jose/test-issuer.ts'
import { COOLDOWN_MS, LOST_AFTER_MS, MAX_OPEN, NEW_LIST_EVERY_MS, NEW_LISTS } from './fetches.ts'
import { MAX_LISTS_BYTES, MIN_FRESH_MS, StatusListUnavailable } from './remote-lists.ts'
import { statusList } from './status-list.ts'
import { KEYS_URL, listOf, listResponse, signList, TestHosts, URI } from './test-lists.ts'

const ISSUER = SETTINGS.issuer
type Given = Parameters<typeof statusList>[0]
const GIVEN = { issuer: ISSUER, keySet: { url: KEYS_URL }, algorithms: ['ES256'], uris: ['https://lists.example/status/'] } satisfies Given

/** The defaults, in milliseconds. */
const STALE_MS = 300_000
const FAIL_MS = 3_600_000

let issuer: TestIssuer
let mallory: TestIssuer
let clock: TestClock
let hosts: TestHosts
let handlers: Handlers

beforeAll(async () => {
  ;[issuer, mallory] = await Promise.all([TestIssuer.create('ES256', 'a'), TestIssuer.create('ES256', 'a')])
})
beforeEach(() => {
  clock = new TestClock()
  hosts = new TestHosts(clock, issuer)
  handlers = statusList(GIVEN).compile()
})

const nowSeconds = () => Math.floor(clock.now() / 1000)
/** Publishes a list that was signed just now. */
const publish = async (statuses: readonly number[], claims: Record<string, unknown> = {}, uri = URI) =>
  hosts.publish(await signList(issuer, statuses, { sub: uri, iat: nowSeconds(), ...claims }), uri)

function principal(status?: unknown, from = ISSUER, factors?: readonly Principal[]): Principal {
  const claims = { sub: 'ada', iss: from, ...(status !== undefined && { status }) }
  return { ...tokenPrincipal(claims, 'ada', { issuer: from, method: 'jwt', credentialHeader: 'authorization' }), ...(factors !== undefined && { factors }) }
}
const at = (idx: unknown, uri: unknown = URI) => principal({ status_list: { idx, uri } })
const request = (who?: Principal): Exchange => exchange({ ...(who !== undefined && { principal: who }), ports: hosts.ports() })

/** One request and what it leaves behind: `pass`, the reason of its denial, or `503` and why. */
async function judge(who: Principal | undefined, by = handlers, x = request(who)): Promise<string> {
  const outcome = await Promise.resolve()
    .then(() => by.request?.(x))
    .then(
      (decision) => (decision?.kind === 'deny' ? decision.reason : (decision?.kind ?? 'nothing')),
      (error: unknown) => (error instanceof StatusListUnavailable ? `503 ${error.message}` : String(error)),
    )
  await Promise.all(deferred(x))
  return outcome
}

/** Whether it is decided without a wait. */
const isAtOnce = (who: Principal) => !(handlers.request?.(request(who)) instanceof Promise)

describe('a token', () => {
  it.each([
    [0, 'pass'],
    [1, 'status-list.invalid'],
    [2, 'status-list.invalid'],
    [3, 'status-list.invalid'],
    [15, 'status-list.invalid'],
    [255, 'status-list.invalid'],
  ])('of status %i: %s', async (status, expected) => {
    await publish([], { status_list: await listOf([0, status, 0], 8) })
    expect([await judge(at(1)), await judge(at(0)), await judge(at(2))]).toEqual([expected, 'pass', 'pass'])
    expect(hosts.asked).toEqual([URI])
  })

  it('that is not valid is refused like any other bad token; the operator learns its status', async () => {
    await publish([], { status_list: await listOf([2], 2) })
    await judge(at(0))
    expect(handlers.request?.(request(at(0)))).toEqual({
      kind: 'deny',
      status: 401,
      reason: 'status-list.invalid',
      detail: { status: 2 },
      problem: { detail: 'The access token is not valid here.' },
      challenges: [{ scheme: 'Bearer', params: { error: 'invalid_token', error_description: 'The access token is not valid here' } }],
    })
  })

  it.each<[string, unknown, string]>([
    ['no status', undefined, 'status-list.missing'],
    ['a status of another kind', { other: { idx: 0, uri: URI } }, 'status-list.missing'],
    ['an empty status', {}, 'status-list.missing'],
    ['null as status', null, 'status-list.malformed'],
    ['a text as status', URI, 'status-list.malformed'],
    ['a list as status', [{ status_list: { idx: 0, uri: URI } }], 'status-list.malformed'],
    ['null as list', { status_list: null }, 'status-list.malformed'],
    ['a list of lists', { status_list: [{ idx: 0, uri: URI }] }, 'status-list.malformed'],
    ['no idx', { status_list: { uri: URI } }, 'status-list.malformed'],
    ['no uri', { status_list: { idx: 0 } }, 'status-list.malformed'],
    ['an empty uri', { status_list: { idx: 0, uri: '' } }, 'status-list.malformed'],
    ['a list as uri', { status_list: { idx: 0, uri: [URI] } }, 'status-list.malformed'],
    ['a uri of elsewhere', { status_list: { idx: 0, uri: 'https://lists.example.evil/status/1' } }, 'status-list.malformed'],
    ...[-1, 0.5, '0', null, true, [0], {}, 2 ** 53, 1e300].map((idx): [string, unknown, string] => [
      `${JSON.stringify(idx)} as idx`,
      { status_list: { idx, uri: URI } },
      'status-list.malformed',
    ]),
    ['an idx beyond the end', { status_list: { idx: 8, uri: URI } }, 'status-list.malformed'],
    ['an idx that wraps around 32 bits', { status_list: { idx: 2 ** 32, uri: URI } }, 'status-list.malformed'],
    ['the last idx', { status_list: { idx: 7, uri: URI } }, 'pass'],
  ])('with %s', async (_, status, expected) => {
    await publish(Array(8).fill(0))
    expect(await judge(principal(status))).toBe(expected)
    expect(hosts.asked.filter((uri) => uri !== URI)).toEqual([])
  })

  it('without a status passes where none is required; one that has a bad one does not', async () => {
    await publish([1])
    const optional = statusList({ ...GIVEN, required: false }).compile()
    expect([await judge(principal(), optional), await judge(principal({}), optional)]).toEqual(['pass', 'pass'])
    expect([await judge(at(0), optional), await judge(at(-1), optional)]).toEqual(['status-list.invalid', 'status-list.malformed'])
  })

  it('of another issuer passes untouched, whatever it says, and nobody is asked', async () => {
    for (const from of ['https://other.example', `${ISSUER}/`, '']) {
      expect(await judge(principal({ status_list: { idx: -1, uri: 'https://evil.example/' } }, from))).toBe('pass')
    }
    expect(hosts.asked).toEqual([])
  })

  it('beside which a factor is not valid is refused, and a factor of another issuer is not looked up', async () => {
    await publish([0, 1])
    const other = principal(undefined, 'https://other.example')
    expect(await judge(principal({ status_list: { idx: 0, uri: URI } }, ISSUER, [other]))).toBe('pass')
    expect(await judge(principal({ status_list: { idx: 0, uri: URI } }, ISSUER, [other, at(1)]))).toBe('status-list.invalid')
    expect(await judge(principal(undefined, 'https://other.example', [at(1)]))).toBe('status-list.invalid')
    expect(await judge(principal(undefined, 'https://other.example', [principal()]))).toBe('status-list.missing')
  })

  it('of nobody is a failure', async () => expect(await judge(undefined)).toBe('TypeError: nobody to judge'))
})

describe('a list', () => {
  it('that is known is gone by at once, without a promise', async () => {
    await publish([0, 1])
    await judge(at(0))
    expect([isAtOnce(at(0)), isAtOnce(at(1))]).toEqual([true, true])
  })

  it('is asked for by its media type, without redirects and caches', async () => {
    await publish([0])
    await judge(at(0))
    expect(hosts.inits[0]).toMatchObject({ method: 'GET', redirect: 'manual', cache: 'no-store', headers: { accept: 'application/statuslist+jwt' } })
  })

  it('comes through a service binding where one is named, and then never over the network', async () => {
    await publish([0])
    const network = { fetch: () => Promise.reject(new Error('the network was asked')) }
    const bound = statusList({ ...GIVEN, keySet: { jwks: { keys: [{ ...issuer.jwk }] } }, service: 'LISTS' }).compile()
    const x = exchange({ principal: at(0), ports: { ...hosts.ports(), network } })
    expect(await judge(at(0), bound, x)).toBe('pass')
  })

  it('is fetched once by requests that come at the same time, and its keys are', async () => {
    const gate = Promise.withResolvers<void>()
    const compact = await signList(issuer, [0, 1])
    hosts.answer(URI, () => gate.promise.then(() => listResponse(compact)))
    const outcomes = [judge(at(0)), judge(at(1)), judge(at(0))]
    gate.resolve()
    expect(await Promise.all(outcomes)).toEqual(['pass', 'status-list.invalid', 'pass'])
    expect([hosts.asked.length, hosts.keyRequests]).toEqual([1, 1])
  })

  it('of two routes with the same settings is fetched once, whether they require one or not', async () => {
    await publish([0])
    const shared = new Shared()
    const routes = [statusList(GIVEN), statusList({ ...GIVEN, required: false })].map((policy) => policy.compile(shared))
    for (const route of routes) expect(await judge(at(0), route)).toBe('pass')
    expect([hosts.asked.length, hosts.keyRequests]).toEqual([1, 1])
  })

  it('of one place says nothing of another', async () => {
    const other = 'https://lists.example/status/2'
    await publish([1, 0])
    await publish([0, 1], {}, other)
    const outcomes = await Promise.all([judge(at(0)), judge(at(1)), judge(at(0, other)), judge(at(1, other))])
    expect(outcomes).toEqual(['status-list.invalid', 'pass', 'pass', 'status-list.invalid'])
  })

  it('that has grown since is fetched again for a token beyond its end, at most every 30 seconds', async () => {
    await publish([0])
    expect(await judge(at(8))).toBe('status-list.malformed')
    await publish(Array(9).fill(0))
    expect(await judge(at(8))).toBe('status-list.malformed')
    expect(hosts.asked.length).toBe(1)
    clock.pass(COOLDOWN_MS)
    expect([await judge(at(8)), await judge(at(9)), await judge(at(16))]).toEqual(['pass', 'pass', 'status-list.malformed'])
    expect(hosts.asked.length).toBe(2)
  })
})

describe('what the issuer publishes', () => {
  it('is in force after maxStalenessSeconds at the latest', async () => {
    await publish([0])
    expect(await judge(at(0))).toBe('pass')
    clock.pass(STALE_MS)
    await publish([1])
    expect(await judge(at(0))).toBe('status-list.invalid')
  })

  it('is fetched behind a request past half of it', async () => {
    await publish([0])
    await judge(at(0))
    clock.pass(STALE_MS / 2 - 1)
    await publish([1])
    expect([await judge(at(0)), hosts.asked.length]).toEqual(['pass', 1])
    clock.pass(1)
    expect([await judge(at(0)), await judge(at(0)), hosts.asked.length]).toEqual(['pass', 'status-list.invalid', 2])
  })

  it.each<[string, Record<string, unknown>, number]>([
    ['a ttl of its own', { ttl: 60 }, 60_000],
    ['an exp of its own', { exp: NOW_SECONDS + 60 }, 65_000],
    ['the setting, where its ttl is longer', { ttl: 86_400 }, STALE_MS],
    ['a bound for all, where its ttl is too short', { ttl: 0.001 }, MIN_FRESH_MS],
  ])('waits for nobody until then, by %s', async (_, claims, freshMs) => {
    for (const [passes, expected] of [
      [freshMs - 1, true],
      [freshMs, false],
    ] as const) {
      handlers = statusList(GIVEN).compile()
      hosts.location.clear()
      await publish([0], claims)
      await judge(at(0))
      clock.pass(passes)
      expect(isAtOnce(at(0))).toBe(expected)
      clock.time = NOW_SECONDS * 1000
    }
  })

  it('does not become older again: a list of an earlier date changes nothing', async () => {
    const old = await signList(issuer, [0])
    clock.pass(10_000)
    await publish([1])
    expect(await judge(at(0))).toBe('status-list.invalid')
    hosts.publish(old)
    for (const ms of [STALE_MS / 2, STALE_MS, COOLDOWN_MS]) {
      clock.pass(ms)
      expect(await judge(at(0))).toBe('status-list.invalid')
    }
    clock.pass(FAIL_MS)
    expect(await judge(at(0))).toBe('503 the status list could not be had a moment ago')
    expect(hosts.notices).toContain(`status-list.fetch ${URI}: BadStatusList: it is older than one that was seen before`)
  })

  it('may be taken back: a token that was suspended is good again', async () => {
    await publish([], { status_list: await listOf([2], 2) })
    expect(await judge(at(0))).toBe('status-list.invalid')
    clock.pass(STALE_MS)
    await publish([], { status_list: await listOf([0], 2) })
    expect(await judge(at(0))).toBe('pass')
  })
})

describe('a host that has no good answer', () => {
  const broken: readonly [string, () => Response | Promise<Response>][] = [
    ['status 500', () => listResponse('no', { status: 500 })],
    ['status 404', () => listResponse('no', { status: 404 })],
    ['a redirect', () => listResponse('', { status: 302, headers: { location: 'https://evil.example/' } })],
    ['another media type', async () => new Response(await signList(issuer, [0]), { headers: { 'content-type': 'application/jwt' } })],
    ['no media type', async () => new Response(new TextEncoder().encode(await signList(issuer, [0])))],
    ['a list in CBOR', () => new Response('x', { headers: { 'content-type': 'application/statuslist+cwt' } })],
    ['no UTF-8', () => new Response(new Uint8Array([0xff]), { headers: { 'content-type': 'application/statuslist+jwt' } })],
    ['a byte order mark', async () => listResponse(`\ufeff${await signList(issuer, [0])}`)],
    ['more than a megabyte', () => listResponse('a'.repeat(1024 * 1024 + 1))],
    ['a failed connection', () => Promise.reject(new Error('connection refused'))],
    ['somebody else’s signature', async () => listResponse(await signList(mallory, [0]))],
    ['the list of another place', async () => listResponse(await signList(issuer, [0], { sub: `${URI}0` }))],
    ['an expired list', async () => listResponse(await signList(issuer, [0], { exp: NOW_SECONDS - 60 }))],
  ]

  it.each(broken)('%s: nobody passes, nobody is called a bad token, and it is left alone for a while', async (_, answer) => {
    hosts.answer(URI, answer)
    for (let i = 0; i < 3; i++) expect(await judge(at(0))).toBe('503 the status list could not be had a moment ago')
    expect(hosts.asked.length).toBe(1)
    clock.pass(COOLDOWN_MS)
    await publish([0])
    expect(await judge(at(0))).toBe('pass')
  })

  it.each(broken)('%s: what is known serves for an hour, and no longer', async (_, answer) => {
    await publish([0, 1])
    await judge(at(0))
    hosts.answer(URI, answer)
    clock.pass(FAIL_MS - 1)
    expect([await judge(at(0)), await judge(at(1))]).toEqual(['pass', 'status-list.invalid'])
    clock.pass(1)
    expect(await judge(at(0))).toMatch(/^503 /)
    expect(await judge(at(1))).toMatch(/^503 /)
  })

  it('lets no list serve beyond its own exp', async () => {
    await publish([0], { exp: NOW_SECONDS + 60 })
    await judge(at(0))
    hosts.answer(URI, () => listResponse('no', { status: 500 }))
    clock.pass(64_999)
    expect(await judge(at(0))).toBe('pass')
    clock.pass(1)
    expect(await judge(at(0))).toMatch(/^503 /)
  })

  it('is asked once in a cooldown, whatever the traffic', async () => {
    await publish([0])
    await judge(at(0))
    hosts.answer(URI, () => listResponse('no', { status: 500 }))
    clock.pass(STALE_MS)
    for (let second = 0; second < 120; second++) {
      expect(await judge(at(0))).toBe('pass')
      clock.pass(1000)
    }
    expect(hosts.asked.length).toBe(1 + 120_000 / COOLDOWN_MS)
  })

  it('tells the operator, without the query of the address', async () => {
    await judge(at(0, `${URI}?who=ada`))
    expect(hosts.notices).toEqual([`status-list.fetch ${URI}: UnexpectedStatus: answered with status 404`])
  })

  it('that hangs holds up its own lists alone, and for a second whoever can go by what is known', async () => {
    const elsewhere = 'https://elsewhere.example/'
    handlers = statusList({ ...GIVEN, uris: [...GIVEN.uris, elsewhere] }).compile()
    await publish([0])
    await judge(at(0))
    clock.pass(STALE_MS)
    const gate = Promise.withResolvers<Response>()
    for (const uri of [URI, `${URI}1`]) hosts.answer(uri, () => gate.promise)
    await publish([0], {}, `${URI}2`)
    await publish([0], {}, `${elsewhere}1`)
    const known = judge(at(0))
    const hung = judge(at(0, `${URI}1`))
    const next = judge(at(0, `${URI}2`))
    expect(await judge(at(0, `${elsewhere}1`))).toBe('pass')
    expect(hosts.asked.includes(`${URI}2`)).toBe(false)
    expect(await Promise.all([known, hung, next])).toEqual(['pass', '503 the status list could not be had a moment ago', 'pass'])
    gate.resolve(new Response())
  }, 30_000)

  it('a fetch whose request is gone is given up', async () => {
    hosts.answer(URI, () => new Promise(() => {}))
    const x = request(at(0))
    const gone = handlers.request?.(x)
    clock.pass(LOST_AFTER_MS)
    await publish([0])
    expect(await judge(at(0))).toBe('pass')
    await Promise.allSettled([gone, ...deferred(x)])
  }, 30_000)
})

describe('the location', () => {
  it('gives a list to other isolates, as old as it is', async () => {
    await publish([0])
    await judge(at(0))
    clock.pass(STALE_MS / 2 - 1)
    await publish([1])
    handlers = statusList(GIVEN).compile()
    expect([await judge(at(0)), hosts.asked.length]).toEqual(['pass', 1])
    clock.pass(1)
    await judge(at(0))
    expect([await judge(at(0)), hosts.asked.length]).toEqual(['status-list.invalid', 2])
  })

  it('keeps what serves in an outage', async () => {
    await publish([0, 1])
    await judge(at(0))
    hosts.answer(URI, () => listResponse('', { status: 500 }))
    clock.pass(FAIL_MS - 1)
    handlers = statusList(GIVEN).compile()
    expect([await judge(at(0)), await judge(at(1))]).toEqual(['pass', 'status-list.invalid'])
  })

  it.each<[string, (copy: { v: number; fetchedAtMs: number; compact: string }) => unknown]>([
    ['garbage', () => 'garbage'],
    ['of another version', (copy) => ({ ...copy, v: 2 })],
    ['without an age', ({ v, compact }) => ({ v, compact })],
    ['of the future', (copy) => ({ ...copy, fetchedAtMs: copy.fetchedAtMs + 3_600_000 })],
    ['of the past', (copy) => ({ ...copy, fetchedAtMs: copy.fetchedAtMs - FAIL_MS })],
    ['with a list that nobody signed', (copy) => ({ ...copy, compact: `${copy.compact.slice(0, -8)}AAAAAAAA` })],
    ['far too long', (copy) => ({ ...copy, compact: copy.compact.padEnd(2 * 1024 * 1024, 'A') })],
  ])('is not believed when its copy is %s', async (_, spoil) => {
    await publish([0])
    await judge(at(0))
    const copies = [...hosts.location].filter(([key]) => key.startsWith('status-list/'))
    expect(copies.length).toBe(1)
    for (const [key, text] of copies) hosts.location.set(key, JSON.stringify(spoil(JSON.parse(text))))
    await publish([1])
    handlers = statusList(GIVEN).compile()
    expect([await judge(at(0)), hosts.asked.length]).toEqual(['status-list.invalid', 2])
  })

  it('cannot put the list of one place in that of another', async () => {
    const other = 'https://lists.example/status/2'
    await publish([0])
    await publish([1], {}, other)
    await judge(at(0))
    await judge(at(0, other))
    const [[first, text] = ['', ''], [second] = ['']] = [...hosts.location].filter(([key]) => key.startsWith('status-list/'))
    expect(first).not.toBe(second)
    hosts.location.set(second, text)
    handlers = statusList(GIVEN).compile()
    expect(await judge(at(0, other))).toBe('status-list.invalid')
  })

  it('keeps nothing that does not hold', async () => {
    hosts.publish(await signList(mallory, [0]))
    await judge(at(0))
    expect([...hosts.location.keys()].filter((key) => key.startsWith('status-list'))).toEqual([])
  })
})

describe('many lists', () => {
  const uriOf = (n: number) => `https://lists.example/status/many-${n}`

  it('are fetched so many at once and then at a pace; the rest is 503, and those that are known serve', async () => {
    await publish([0])
    await judge(at(0))
    const outcomes: string[] = []
    for (let n = 0; n < NEW_LISTS + 20; n++) outcomes.push(await judge(at(0, uriOf(n))))
    expect(outcomes.filter((outcome) => outcome.includes('too many that nobody knew')).length).toBe(21)
    expect([hosts.asked.length, isAtOnce(at(0))]).toEqual([NEW_LISTS, true])
    clock.pass(10 * NEW_LIST_EVERY_MS)
    for (let n = 0; n < 20; n++) await judge(at(0, uriOf(1000 + n)))
    expect(hosts.asked.length).toBe(NEW_LISTS + 10)
  })

  it('take bounded memory: those that were used longest ago leave, and come back from the location', async () => {
    const statuses = await listOf(Array(4 * 1024 * 1024).fill(0), 8)
    const lists = MAX_LISTS_BYTES / (4 * 1024 * 1024)
    for (let n = 0; n < lists; n++) await publish([], { status_list: statuses }, uriOf(n))
    for (let n = 0; n < lists; n++) expect(await judge(at(0, uriOf(n)))).toBe('pass')
    expect([isAtOnce(at(0, uriOf(0))), isAtOnce(at(0, uriOf(lists - 1)))]).toEqual([false, true])
    const asked = hosts.asked.length
    expect([await judge(at(0, uriOf(0))), hosts.asked.length]).toEqual(['pass', asked])
  }, 60_000)

  it('are fetched only a few at a time', async () => {
    let open = 0
    let most = 0
    const compact = await Promise.all(Array.from({ length: 12 }, (_, n) => signList(issuer, [0], { sub: uriOf(n) })))
    for (const [n, list] of compact.entries()) {
      hosts.answer(uriOf(n), async () => {
        most = Math.max(most, ++open)
        await new Promise((resolve) => setTimeout(resolve, 5))
        open--
        return listResponse(list)
      })
    }
    expect(await Promise.all(compact.map((_, n) => judge(at(0, uriOf(n)))))).toEqual(Array(12).fill('pass'))
    expect(most).toBeLessThanOrEqual(MAX_OPEN / 2)
  })
})

describe('settings', () => {
  const problemsOf = (settings: Partial<Record<keyof Given, unknown>>) => {
    const problems = new Problems()
    statusList({ ...GIVEN, ...settings } as Given).check(['here'], problems)
    return problems.all.map(({ path }) => path)
  }

  it.each<[Partial<Record<keyof Given, unknown>>, readonly string[]]>([
    [{}, []],
    [{ uris: ['https://a.example/', 'https://b.example/one?two'] }, []],
    [{ keySet: { discovery: 'oidc' } }, []],
    [{ keySet: { discovery: 'oidc' }, issuer: 'no-url' }, ['here.issuer']],
    [{ maxStalenessSeconds: 60, failAfterSeconds: 60 }, []],
    [{ maxStalenessSeconds: 60, failAfterSeconds: 59 }, ['here.failAfterSeconds']],
    [{ maxStalenessSeconds: 86_400 }, []],
    [{ maxStalenessSeconds: 9 }, ['here.maxStalenessSeconds']],
    [{ maxStalenessSeconds: 0 }, ['here.maxStalenessSeconds']],
    [{ uris: [] }, ['here.uris']],
    [{ uris: undefined }, ['here.uris']],
    [{ uris: ['http://a.example/'] }, ['here.uris[0]']],
    [{ uris: ['https://a.example'] }, ['here.uris[0]']],
    [{ uris: ['https://A.example/'] }, ['here.uris[0]']],
    [{ uris: ['https://a.example/x/../'] }, ['here.uris[0]']],
    [{ uris: ['https://u@a.example/'] }, ['here.uris[0]']],
    [{ uris: ['https://a.example/#'] }, ['here.uris[0]']],
    [{ uris: ['https://a.example/?x=/'] }, ['here.uris[0]']],
    [{ uris: ['https://*.example/'] }, ['here.uris[0]']],
    [{ keySet: { secret: 'SECRET' } }, ['here.keySet']],
    [{ algorithms: ['HS256'] }, ['here.algorithms[0]']],
    [{ algorithms: [] }, ['here.algorithms']],
    [{ keySet: { jwks: { keys: [] } } }, ['here.keySet.jwks.keys']],
    [{ clockToleranceSeconds: 61 }, ['here.clockToleranceSeconds']],
    [{ audience: 'x' } as never, ['here.audience']],
  ])('%j', (settings, expected) => {
    expect(problemsOf(settings)).toEqual(expected)
  })

  it('needs the bindings that it names', () => {
    expect(statusList({ ...GIVEN, keySet: { service: 'KEYS', url: KEYS_URL }, service: 'LISTS' }).bindings).toEqual(['KEYS', 'LISTS'])
    expect(statusList(GIVEN).bindings).toEqual([])
  })
})
