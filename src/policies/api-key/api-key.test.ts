import { beforeEach, describe, expect, it } from 'vitest'
import { deferred, exchange, type Wanted } from '../../../test/exchange.ts'
import type { KeptKey, KeptSecret } from '../../core/api-key.ts'
import type { Decision } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import type { Keys } from '../../core/ports.ts'
import { Problems } from '../../core/problems.ts'
import { Shared } from '../../core/shared.ts'
import { PepperUnfit } from '../../keys/pepper.ts'
import { keptKey, minted, NOW, OTHER_PEPPER, PEPPER } from '../../keys/test-keyring.ts'
import { apiKey } from './api-key.ts'
import { MAX_OPEN_OF_ONE, MAX_UNKNOWN_OF_ONE, WINDOW_MS } from './strangers.ts'
import { VERIFIED_FOR_MS } from './verified.ts'

type Settings = Parameters<typeof apiKey>[0]

const SETTINGS: Settings = { prefix: 'acme', environment: 'live', pepper: 'KEY_PEPPER' }
const one = minted(1)
const next = minted(2)

/** The keyring as a test says it is, and what it was told. */
let kept: Map<string, KeptKey>
let secrets: Record<string, string>
let time: number
let used: string[]
let rehashed: (readonly [KeptSecret, KeptSecret])[]
let staleness: unknown[]
let asked: number
/** How often it was asked whether a key has changed, and what it says then, where that is not what its copy says. */
let again: number
let newest: KeptKey | undefined
/** While it is set, the keyring answers after it. */
let answer: (() => Promise<KeptKey | undefined>) | undefined

const keys = {
  find(id, given) {
    asked++
    staleness.push(given)
    return answer === undefined ? kept.get(id) : answer()
  },
  newer({ id }) {
    again++
    return Promise.resolve(newest ?? kept.get(id))
  },
  used: ({ id }) => void used.push(id),
  rehash: (_id, before, after) => void rehashed.push([before, after]),
} as Pick<Keys, 'find' | 'newer' | 'used' | 'rehash'> as Keys

beforeEach(() => {
  kept = new Map([[one.id, keptKey(one)]])
  secrets = { KEY_PEPPER: PEPPER, OLD_PEPPER: OTHER_PEPPER }
  time = NOW
  used = []
  rehashed = []
  staleness = []
  asked = 0
  again = 0
  newest = undefined
  answer = undefined
})

const keep = (more: Partial<KeptKey>) => void kept.set(one.id, keptKey(one, more))

function handlers(settings: Partial<Settings> = {}, shared = new Shared()) {
  const request = apiKey({ ...SETTINGS, ...settings }).compile(shared).request
  if (request === undefined) throw new Error('an authenticator judges requests')
  return request
}

const xOf = (headers: Record<string, string>, wanted: Wanted = {}): Exchange =>
  exchange({
    ...wanted,
    headers: { ...headers, ...wanted.headers },
    ports: { keys, clock: { now: () => time }, secret: (name) => secrets[name], ...wanted.ports },
  })

/** A decision in a word or two. */
const said = (decision: Decision | Promise<Decision>): string => {
  if (decision instanceof Promise) return 'waits'
  return decision.kind === 'deny' ? `${decision.status} ${decision.reason}` : decision.kind
}

const ask = (text: string, wanted: Wanted = {}, judge = handlers()) => said(judge(xOf({ 'x-api-key': text }, wanted)))
/** Of a text that no copy knows: the keyring is asked again before it is refused. */
const askLate = async (text: string, wanted: Wanted = {}, judge = handlers()) => said(await judge(xOf({ 'x-api-key': text }, wanted)))

describe('what it claims', () => {
  it.each<[string, Record<string, string>, string]>([
    ['its key', { 'x-api-key': one.text }, 'pass'],
    ['nothing', {}, 'skip'],
    ['an empty header', { 'x-api-key': '' }, 'skip'],
    ['a key of another prefix', { 'x-api-key': one.text.replace('acme', 'acne') }, 'skip'],
    ['a key of another environment', { 'x-api-key': one.text.replace('live', 'test') }, 'skip'],
    ['its prefix in upper case', { 'x-api-key': one.text.replace('acme', 'ACME') }, 'skip'],
    ['anything that begins like its keys', { 'x-api-key': 'acme_live_x' }, '401 api-key.malformed'],
    ['its key and some more', { 'x-api-key': `${one.text}x` }, '401 api-key.malformed'],
    ['its key with a space in it', { 'x-api-key': one.text.replace(/.$/, ' x') }, '401 api-key.malformed'],
    ['its key mistyped', { 'x-api-key': one.text.replace(/.$/, (last) => (last === '0' ? '1' : '0')) }, '401 api-key.malformed'],
    ['two keys', { 'x-api-key': `${one.text}, ${next.text}` }, '400 api-key.multiple'],
    ['its key as a Bearer token', { authorization: `Bearer ${one.text}` }, 'skip'],
    ['its key in a cookie', { cookie: `x-api-key=${one.text}; api_key=${one.text}` }, 'skip'],
  ])('%s', (_what, headers, expected) => {
    expect(said(handlers()(xOf(headers)))).toBe(expected)
    expect(asked).toBe(expected === 'pass' ? 1 : 0)
  })

  it('its key in the URL is not looked at', () => {
    expect(said(handlers()(xOf({}, { url: `https://api.example.com/?x-api-key=${one.text}&api_key=${one.text}` })))).toBe('skip')
  })

  it.each<[string, string, string]>([
    ['its key', `Bearer ${one.text}`, 'pass'],
    ['by any case of the scheme', `bEARER ${one.text}`, 'pass'],
    ['a token of others', 'Bearer abc', 'skip'],
    ['another scheme', `Basic ${one.text}`, 'skip'],
    ['no scheme', one.text, 'skip'],
    ['two spaces', `Bearer  ${one.text}`, '400 api-key.syntax'],
    ['two', `Bearer ${one.text}, Bearer ${one.text}`, '400 api-key.multiple'],
  ])('in Authorization: %s', (_what, authorization, expected) => {
    expect(said(handlers({ header: 'Authorization' })(xOf({ authorization })))).toBe(expected)
  })

  it('says so where authenticators are put together', () => {
    expect(apiKey(SETTINGS)).toMatchObject({
      credentials: ['x-api-key'],
      claims: ['x-api-key opaque acme_live_'],
      principalsOf: 'urn:portcullis:keys:acme_live',
      bindings: ['KEYRING', 'KEY_PEPPER'],
    })
    expect(apiKey({ ...SETTINGS, header: 'authorization', pepper: ['NEW', 'OLD'] })).toMatchObject({
      claims: ['authorization opaque acme_live_'],
      bindings: ['KEYRING', 'NEW', 'OLD'],
    })
  })
})

describe('what it refuses', () => {
  const IN = { allowedIps: ['192.0.2.0/24', '2001:db8::/32'] }
  const client = (ip: string): Wanted => ({ caller: { kind: 'client', ip } })

  it.each<[string, Partial<KeptKey> | undefined, Wanted, string]>([
    ['a key that nobody has', undefined, {}, 'unknown'],
    ['another secret', { secrets: [next.secret] }, {}, 'secret'],
    ['its secret, replaced and over', { secrets: [next.secret, { ...one.secret, untilMs: NOW }] }, {}, 'secret'],
    ['a pepper that is not set any more', { secrets: [minted(1, OTHER_PEPPER).secret] }, {}, 'pepper'],
    ['revoked', { revoked: { atMs: NOW, by: 'grace', reason: 'leaked' } }, {}, 'revoked'],
    ['expired', { expiresMs: NOW }, {}, 'expired'],
    ['not yet valid', { notBeforeMs: NOW + 1 }, {}, 'not-yet-valid'],
    ['another address', IN, client('198.51.100.7'), 'address'],
    ['another network', IN, client('2001:db9::1'), 'address'],
    ['an address that is none', IN, client('unknown'), 'address'],
    ['a Worker, where addresses are asked for', IN, { caller: { kind: 'worker', zone: 'example.com' } }, 'address'],
    ['nobody in particular, where addresses are asked for', IN, { caller: { kind: 'unknown' } }, 'address'],
    ['networks that are none', { allowedIps: ['everywhere'] }, {}, 'address'],
    ['another origin', { allowedOrigins: ['https://app.example.com'] }, { headers: { origin: 'https://app.example.com.evil' } }, 'origin'],
    ['no origin', { allowedOrigins: ['https://app.example.com'] }, {}, 'origin'],
    ['the origin that is none', { allowedOrigins: ['https://app.example.com'] }, { headers: { origin: 'null' } }, 'origin'],
    ['another route', { allowedRoutes: ['api GET /v1/users'] }, { route: { key: 'GET /v1/users/:id' } }, 'route'],
    ['another zone', { allowedRoutes: ['partners', 'apis', 'ap', 'api '] }, {}, 'route'],
  ])('%s', async (_what, more, wanted, cause) => {
    kept.clear()
    if (more !== undefined) keep(more)
    expect(await askLate(one.text, wanted)).toBe(`401 api-key.${cause}`)
    expect(used).toEqual([])
  })

  it('with one and the same answer, whatever is wrong', async () => {
    const judge = handlers({ realm: 'acme' })
    const answers = new Set<string>()
    const look = async (text: string) => {
      const decision = await judge(xOf({ 'x-api-key': text }))
      if (decision.kind !== 'deny') throw new Error('it was to be refused')
      const { reason: _, ...told } = decision
      answers.add(JSON.stringify(told))
    }
    for (const more of [
      { secrets: [next.secret] },
      { expiresMs: NOW },
      { notBeforeMs: NOW + 1 },
      { allowedIps: ['198.51.100.0/24'] },
      { allowedOrigins: ['https://a.example'] },
      { allowedRoutes: ['x'] },
    ]) {
      keep(more)
      await look(one.text)
    }
    await look(next.text)
    await look('acme_live_x')
    expect([...answers]).toEqual([
      JSON.stringify({
        kind: 'deny',
        status: 401,
        problem: { detail: 'The API key is not valid here.' },
        challenges: [{ scheme: 'ApiKey', params: { realm: 'acme', error: 'invalid_token', error_description: 'The API key is not valid here' } }],
      }),
    ])
  })

  it.each<[string, Partial<KeptKey>, Wanted]>([
    ['in its networks', IN, client('192.0.2.77')],
    ['in its IPv6 networks', IN, client('2001:db8::1')],
    ['from its origin', { allowedOrigins: ['https://app.example.com'] }, { headers: { origin: 'https://app.example.com' } }],
    ['on its route', { allowedRoutes: ['api GET /v1/users'] }, { route: { key: 'GET /v1/users' } }],
    ['in its zone', { allowedRoutes: ['api'] }, {}],
    ['until its end', { expiresMs: NOW + 1 }, {}],
    ['from its beginning on', { notBeforeMs: NOW }, {}],
    ['by the secret that was replaced, in the overlap', { secrets: [next.secret, { ...one.secret, untilMs: NOW + 1 }] }, {}],
  ])('nobody who may: %s', (_what, more, wanted) => {
    keep(more)
    expect(ask(one.text, wanted)).toBe('pass')
  })
})

describe('whom it makes known', () => {
  it('the owner of the key, with all that the key says', () => {
    keep({ level: 'pro', scopes: ['users:read'], roles: ['robot'], metadata: { team: 'blue' }, limits: { 'per-key': { limit: 10 } }, createdMs: NOW + 999 })
    const decision = handlers()(xOf({ 'x-api-key': one.text }))
    if (decision instanceof Promise || decision.kind !== 'pass' || decision.principal === undefined) throw new Error('it was to pass')
    const { revocable, ...principal } = decision.principal
    expect(principal).toEqual({
      id: '29:urn:portcullis:keys:acme_live|ada',
      issuer: 'urn:portcullis:keys:acme_live',
      subject: 'ada',
      method: 'api-key',
      scheme: 'ApiKey',
      credentialHeader: 'x-api-key',
      credentialId: one.id,
      scopes: new Set(['users:read']),
      roles: new Set(['robot']),
      claims: { metadata: { team: 'blue' }, 'metadata.team': 'blue', name: 'a key', sub: 'ada' },
      level: 'pro',
      limits: { 'per-key': { limit: 10 } },
    })
    expect(revocable?.issuedAtMs).toBe(NOW + 999)
    expect(revocable?.names.map((name) => name.split('|')[0])).toEqual(['token', 'subject', 'issuer'])
    expect(JSON.stringify(decision)).not.toContain(one.text)
  })
})

describe('what it remembers', () => {
  it.each<[string, Partial<KeptKey>, Wanted, string]>([
    ['revoked', { revoked: { atMs: NOW, by: 'grace', reason: 'leaked' } }, {}, 'revoked'],
    ['rotated', { secrets: [next.secret] }, {}, 'secret'],
    ['bound to other addresses', { allowedIps: ['198.51.100.0/24'] }, {}, 'address'],
    ['bound to an origin', { allowedOrigins: ['https://a.example'] }, {}, 'origin'],
    ['bound to a route', { allowedRoutes: ['partners'] }, {}, 'route'],
    ['ended', { expiresMs: NOW }, {}, 'expired'],
  ])('counts for nothing when the key was %s meanwhile', async (_what, more, wanted, cause) => {
    const judge = handlers()
    expect(ask(one.text, {}, judge)).toBe('pass')
    keep(more)
    expect(await askLate(one.text, wanted, judge)).toBe(`401 api-key.${cause}`)
  })

  it('counts for nothing at the end of the overlap, to the millisecond', async () => {
    keep({ secrets: [next.secret, { ...one.secret, untilMs: NOW + 1000 }] })
    const judge = handlers()
    time = NOW + 999
    expect(ask(one.text, {}, judge)).toBe('pass')
    time = NOW + 1000
    expect([await askLate(one.text, {}, judge), ask(next.text.replace(next.id, one.id), {}, judge)]).toEqual(['401 api-key.secret', '401 api-key.malformed'])
  })

  it('counts for nothing when the key ends, and is not used before it begins', () => {
    keep({ notBeforeMs: NOW + 10, expiresMs: NOW + 20 })
    const judge = handlers()
    const at = (ms: number) => {
      time = ms
      return ask(one.text, {}, judge)
    }
    expect([at(NOW + 9), at(NOW + 10), at(NOW + 19), at(NOW + 20), at(NOW + 10)]).toEqual([
      '401 api-key.not-yet-valid',
      'pass',
      'pass',
      '401 api-key.expired',
      'pass',
    ])
  })

  it('is not for another text of the same key', () => {
    const judge = handlers()
    expect(ask(one.text, {}, judge)).toBe('pass')
    expect(ask(minted(1, OTHER_PEPPER).text, {}, judge)).toBe('401 api-key.unknown')
  })

  it('is hashed again now and then, and no sooner', async () => {
    const judge = handlers()
    const broken = { ...keptKey(one) }
    ask(one.text, {}, judge)
    // A pepper that were looked at again would not do.
    secrets.KEY_PEPPER = OTHER_PEPPER
    kept.set(one.id, broken)
    time = NOW + VERIFIED_FOR_MS - 1
    expect(ask(one.text, {}, judge)).toBe('pass')
    time = NOW + VERIFIED_FOR_MS
    expect(await askLate(one.text, {}, judge)).toBe('401 api-key.pepper')
  })

  it('serves all routes that take the same keys', () => {
    const shared = new Shared()
    ask(one.text, {}, handlers({}, shared))
    for (let n = 0; n < MAX_UNKNOWN_OF_ONE; n++) ask(minted(n + 100).text, {}, handlers({}, shared))
    expect([ask(one.text, {}, handlers({ maxStalenessSeconds: 0 }, shared)), ask(next.text, {}, handlers({}, shared))]).toEqual([
      'pass',
      '429 api-key.too-many-unknown',
    ])
  })
})

describe('a secret that no copy knows', () => {
  const rotated = () => keptKey(one, { secrets: [{ ...one.secret }, { ...next.secret, untilMs: NOW + 1000 }] })

  beforeEach(() => keep({ secrets: [next.secret] }))

  it('is good at once where the key has it meanwhile', async () => {
    newest = rotated()
    expect([await askLate(one.text), again, used]).toEqual(['pass', 1, [one.id]])
  })

  it('is judged by all that the key is meanwhile', async () => {
    newest = { ...rotated(), revoked: { atMs: NOW, by: 'grace', reason: 'leaked' } }
    expect(await askLate(one.text)).toBe('401 api-key.revoked')
  })

  it('is refused when the keyring says the same as the copy, and counts against who brought it', async () => {
    const judge = handlers()
    const tried = []
    for (let n = 0; n < MAX_UNKNOWN_OF_ONE; n++) tried.push(await askLate(one.text, {}, judge))
    expect([new Set(tried), again]).toEqual([new Set(['401 api-key.secret']), MAX_UNKNOWN_OF_ONE])
    expect([await askLate(one.text, {}, judge), again]).toEqual(['429 api-key.too-many-unknown', MAX_UNKNOWN_OF_ONE])
    newest = rotated()
    expect(await askLate(one.text, { caller: { kind: 'client', ip: '198.51.100.7' } }, judge)).toBe('pass')
  })

  it('is followed through a few changes, and not without end', async () => {
    const judge = apiKey(SETTINGS).compile().request
    let n = 0
    const changing = { ...keys, newer: () => Promise.resolve(keptKey(one, { secrets: [minted(100 + n++).secret] })) } as Keys
    expect(said((await judge?.(xOf({ 'x-api-key': one.text }, { ports: { keys: changing } }))) as Decision)).toBe('401 api-key.secret')
    expect(n).toBe(3)
  })

  it('is nobody’s where the key is gone, and a failure where nobody can say', async () => {
    const judge = handlers()
    const gone = { ...keys, newer: () => Promise.resolve(undefined) } as Keys
    expect(await askLate(one.text, { ports: { keys: gone } }, judge)).toBe('401 api-key.unknown')
    const out = { ...keys, newer: () => Promise.reject(new Error('out of reach')) } as Keys
    await expect(askLate(one.text, { ports: { keys: out } }, judge)).rejects.toThrow('out of reach')
  })

  it('is not asked about again where each request asks the keyring', () => {
    expect([ask(one.text, {}, handlers({ maxStalenessSeconds: 0 })), again]).toEqual(['401 api-key.secret', 0])
  })
})

describe('peppers', () => {
  it.each<[string, Record<string, string>, string]>([
    ['missing', {}, 'the secret KEY_PEPPER is not set'],
    ['weak', { KEY_PEPPER: 'x'.repeat(31) }, 'the secret KEY_PEPPER has fewer than 32 characters'],
  ])('one that is %s is a failure, never a refusal; the operator learns which, and nobody is asked', (_what, given, message) => {
    secrets = given
    expect(() => handlers()(xOf({ 'x-api-key': one.text }))).toThrow(new PepperUnfit(message))
    expect(asked).toBe(0)
    // Whoever brings nothing of its own is not concerned.
    expect(said(handlers()(xOf({})))).toBe('skip')
  })

  it('two at once: a key under the old one is good, and moves to the new one behind the request', () => {
    const old = minted(1, OTHER_PEPPER)
    kept.set(old.id, keptKey(old))
    const judge = handlers({ pepper: ['KEY_PEPPER', 'OLD_PEPPER'] })
    expect(ask(old.text, {}, judge)).toBe('pass')
    expect(rehashed).toEqual([[old.secret, { hash: expect.stringMatching(/^[\w-]{43}$/), pepper: one.secret.pepper }]])
    const [[, after] = []] = rehashed
    if (after === undefined) throw new Error('it was to move')
    // Once it has moved, the old pepper is not needed.
    kept.set(old.id, keptKey(old, { secrets: [after] }))
    expect([ask(old.text, {}, judge), ask(old.text)]).toEqual(['pass', 'pass'])
    expect(rehashed).toHaveLength(1)
  })

  it('a key under the new one stays where it is', () => {
    ask(one.text, {}, handlers({ pepper: ['KEY_PEPPER', 'OLD_PEPPER'] }))
    expect(rehashed).toEqual([])
  })
})

describe('the keyring', () => {
  it.each<[string, Partial<Settings>, unknown]>([
    ['by default', {}, { maxStalenessMs: 30_000, failAfterMs: 300_000 }],
    ['as it is told', { maxStalenessSeconds: 5, failAfterSeconds: 60 }, { maxStalenessMs: 5000, failAfterMs: 60_000 }],
    ['each time', { maxStalenessSeconds: 0 }, { maxStalenessMs: 0, failAfterMs: 0 }],
    ['rarely', { maxStalenessSeconds: 3600 }, { maxStalenessMs: 3_600_000, failAfterMs: 3_600_000 }],
  ])('is asked %s', (_what, settings, expected) => {
    ask(one.text, {}, handlers(settings))
    expect(staleness).toEqual([expected])
  })

  it('that is out of reach is a failure, never the key’s fault', async () => {
    answer = () => Promise.reject(new Error('out of reach'))
    await expect(handlers()(xOf({ 'x-api-key': one.text }))).rejects.toThrow('out of reach')
  })

  it('that takes its time: the clock is read again after it', async () => {
    answer = () => {
      time = NOW + 10_000
      return Promise.resolve(keptKey(one, { expiresMs: NOW + 5000 }))
    }
    expect(said(await handlers()(xOf({ 'x-api-key': one.text })))).toBe('401 api-key.expired')
  })

  it('hears of each use of a key that passed', () => {
    const judge = handlers()
    ask(one.text, {}, judge)
    ask(next.text, {}, judge)
    expect(used).toEqual([one.id])
    expect(deferred(xOf({}))).toEqual([])
  })
})

describe('made-up keys', () => {
  const flood = (judge: ReturnType<typeof handlers>, wanted: Wanted = {}, count = MAX_UNKNOWN_OF_ONE) =>
    Array.from({ length: count }, (_, n) => ask(minted(n + 1000).text, wanted, judge))

  it('of one caller are looked for a bounded number of times', () => {
    const judge = handlers()
    const answers = flood(judge, {}, 100)
    expect([answers.filter((each) => each === '401 api-key.unknown').length, answers.filter((each) => each === '429 api-key.too-many-unknown').length]).toEqual(
      [MAX_UNKNOWN_OF_ONE, 100 - MAX_UNKNOWN_OF_ONE],
    )
    expect(asked).toBe(MAX_UNKNOWN_OF_ONE)
    time = NOW + WINDOW_MS
    expect(flood(judge, {}, 1)).toEqual(['401 api-key.unknown'])
  })

  it('say when to come again, and no more', () => {
    const judge = handlers()
    flood(judge)
    time = NOW + 2500
    expect(judge(xOf({ 'x-api-key': next.text }))).toEqual({ kind: 'deny', status: 429, reason: 'api-key.too-many-unknown', headers: { 'retry-after': '8' } })
  })

  it('hold up nobody else, and no key that was good before', () => {
    const judge = handlers()
    expect(ask(one.text, {}, judge)).toBe('pass')
    flood(judge)
    expect(ask(one.text, {}, judge)).toBe('pass')
    kept.set(next.id, keptKey(next))
    expect([ask(next.text, {}, judge), ask(next.text, { caller: { kind: 'client', ip: '192.0.2.2' } }, judge)]).toEqual([
      '429 api-key.too-many-unknown',
      'pass',
    ])
  })

  it('of one /64 are those of one caller', () => {
    const judge = handlers()
    Array.from({ length: MAX_UNKNOWN_OF_ONE }, (_, n) => ask(minted(n + 1000).text, { caller: { kind: 'client', ip: `2001:db8::${n + 1}` } }, judge))
    expect(ask(next.text, { caller: { kind: 'client', ip: '2001:db8::ffff' } }, judge)).toBe('429 api-key.too-many-unknown')
    expect(ask(next.text, { caller: { kind: 'client', ip: '2001:db8:0:1::1' } }, judge)).toBe('401 api-key.unknown')
  })

  it('that come at once are looked for a bounded number of times too, and one key as often as it comes', async () => {
    const judge = handlers()
    const held: (() => void)[] = []
    answer = () => new Promise((go) => held.push(() => go(undefined)))
    const same = Array.from({ length: 50 }, () => judge(xOf({ 'x-api-key': next.text })))
    const many = Array.from({ length: 50 }, (_, n) => judge(xOf({ 'x-api-key': minted(n + 1000).text })))
    expect(same.filter((each) => each instanceof Promise)).toHaveLength(50)
    expect(many.filter((each) => each instanceof Promise)).toHaveLength(MAX_OPEN_OF_ONE - 1)
    for (const go of held) go()
    await Promise.all([...same, ...many])
    answer = undefined
    time = NOW + WINDOW_MS
    expect(ask(one.text, {}, judge)).toBe('pass')
  })
})

describe('settings', () => {
  it.each<[string, object, string]>([
    ['a prefix in upper case', { prefix: 'Acme' }, 'settings.prefix'],
    ['a prefix that is a key', { prefix: one.text }, 'settings.prefix'],
    ['a prefix with a separator', { prefix: 'ac_me' }, 'settings.prefix'],
    ['an environment that is too long', { environment: 'production1' }, 'settings.environment'],
    ['a pepper instead of its name', { pepper: PEPPER }, 'settings.pepper'],
    ['three peppers', { pepper: ['A', 'B', 'C'] }, 'settings.pepper'],
    ['one pepper twice', { pepper: ['A', 'A'] }, 'settings.pepper'],
    ['a cookie', { header: 'Cookie' }, 'settings.header'],
    ['half a second', { maxStalenessSeconds: 0.5 }, 'settings.maxStalenessSeconds'],
    ['more than is ever kept', { maxStalenessSeconds: 3601 }, 'settings.maxStalenessSeconds'],
    ['an outage that ends before the staleness', { maxStalenessSeconds: 60, failAfterSeconds: 30 }, 'settings.failAfterSeconds'],
    ['an outage of what is not kept', { maxStalenessSeconds: 0, failAfterSeconds: 30 }, 'settings.failAfterSeconds'],
    ['a query parameter', { query: 'api_key' }, 'settings.query'],
  ])('%s', (_what, more, path) => {
    const problems = new Problems()
    apiKey({ ...SETTINGS, ...more } as Settings).check(['settings'], problems)
    expect(problems.all.map((problem) => problem.path)).toContain(path)
    expect(JSON.stringify(problems.all)).not.toContain(one.text)
    expect(JSON.stringify(problems.all)).not.toContain(PEPPER)
  })
})
