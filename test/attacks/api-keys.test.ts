import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { KeySpec } from '../../src/core/api-key.ts'
import { BASE62, formatKey } from '../../src/keys/key-text.ts'
import { type Minted, mintKey, mintSecret } from '../../src/keys/mint.ts'
import { values } from '../workerd/origin.ts'
import { rawRequest, rawText } from '../workerd/raw.ts'
import { BINDINGS, bearer, type FrontDoor, forwarded, found, type Outcome, openFrontDoor, refused, tokenOfOne } from './front-door.ts'

const HOST = 'keyed.example.com'
const GOOD = '200 origin.answered'
const { KEY_PEPPER, OLD_KEY_PEPPER } = BINDINGS.vars
const SPACE = { prefix: 'acme', environment: 'live' } as const

let door: FrontDoor
/** Every key that a test made or made up. */
const made: string[] = []

beforeAll(async () => {
  door = await openFrontDoor()
  // The rules are known then.
  await rawRequest(door.server.port, rawText('GET', '/open', { Host: HOST, 'portcullis-proto': 'https', 'CF-Connecting-IP': '198.18.255.2' }))
})
afterAll(() => door.stop())
afterEach(() => door.operateKeys({ isOut: false }))

const seed = () => randomBytes(32).toString('base64url')

/** A new key, in the keyring. */
async function created(more: Partial<KeySpec> = {}, { pepper = KEY_PEPPER as string, environment = 'live', prefix = 'acme' } = {}): Promise<Minted> {
  const key = mintKey({ prefix, environment, seed: seed(), pepper })
  made.push(key.text)
  const spec = { owner: 'ada', name: 'a key', scopes: [], roles: [], metadata: {}, limits: {}, allowedIps: [], allowedOrigins: [], allowedRoutes: [], ...more }
  await door.operateKeys({ create: [{ ...spec, id: key.id, secret: key.secret, prefix, environment, createdBy: 'tests' }] })
  return key
}

/** A well-formed key that nobody has: no pepper is needed for one. */
function madeUp(): string {
  const digits = (length: number) => Array.from(randomBytes(length), (byte) => BASE62.charAt(byte % 62)).join('')
  const text = formatKey('acme_live_', digits(16), digits(43))
  made.push(text)
  return text
}

/** Addresses that nobody else asks from: what one caller brings is counted. */
let callers = 0
const someone = () => ({ 'CF-Connecting-IP': `198.18.${++callers >> 8}.${callers & 255}` })

const ask = (text: string, path = '/strict', headers: Readonly<Record<string, string>> = {}) =>
  door.ask(`GET ${path}`, { Host: HOST, 'X-Api-Key': text, ...someone(), ...headers })

/** What a caller sees of a refusal, without what differs between any two requests. */
function seen({ response: { status, headers, body } }: Outcome): string {
  const id = headers['x-request-id'] ?? ''
  const { 'x-request-id': _, date: __, ...others } = headers
  return JSON.stringify([status, others, body.replaceAll(id, '')])
}

describe('a key that is none', () => {
  // The first request of all: it asks for the rules too.
  it('not there at all', async () => expect(await door.ask('GET /strict', { Host: HOST, ...someone() })).toMatchObject(refused('401 api-key.missing')))

  it.each<[string, (text: string) => string, string]>([
    ['made up', () => madeUp(), '401 api-key.unknown'],
    ['of a real id, with another secret', (text) => formatKey('acme_live_', text.slice(10, 26), 'x'.repeat(43)), '401 api-key.secret'],
    ['mistyped', (text) => text.slice(0, 40) + (text[40] === 'x' ? 'y' : 'x') + text.slice(41), '401 api-key.malformed'],
    ['cut off', (text) => text.slice(0, -6), '401 api-key.malformed'],
    ['with a tail', (text) => `${text}0`, '401 api-key.malformed'],
    ['in upper case', (text) => text.toUpperCase(), '401 authenticate.unclaimed'],
    ['its hash', () => 'acme_live_', '401 api-key.malformed'],
    ['for another environment', (text) => text.replace('live', 'test'), '401 authenticate.unclaimed'],
    ['a pattern', () => `acme_live_${'%'.repeat(16)}_${'%'.repeat(49)}`, '401 api-key.malformed'],
    ['a query', () => "acme_live_' OR '1'='1", '401 api-key.malformed'],
    ['a name in the prototype', () => 'acme_live___proto__', '401 api-key.malformed'],
    ['10 KB', (text) => text + 'x'.repeat(10_000), '401 api-key.malformed'],
    ['twice', (text) => `${text}, ${text}`, '400 api-key.multiple'],
    ['beside another', (text) => `${text},x`, '400 api-key.multiple'],
  ])('%s', async (_, change, said) => {
    const { text } = await created()
    const changed = change(text)
    made.push(changed)
    const outcome = await ask(changed)
    expect(outcome).toMatchObject(refused(said))
    // What is refused offline makes no question.
    expect(outcome.decision?.objectCalls).toBe(/\.(?:unknown|secret)$/.test(said) ? 1 : 0)
  })

  it('in two fields of one name', async () => {
    const { text } = await created()
    const head = `GET /strict HTTP/1.1\r\nHost: ${HOST}\r\nportcullis-proto: https\r\nCF-Connecting-IP: 198.18.255.1\r\n`
    expect(await door.send(`${head}X-Api-Key: ${text}\r\nx-api-key: ${madeUp()}\r\n\r\n`)).toMatchObject(refused('400 api-key.multiple'))
  })

  it('of another environment is not one of this, nor the reverse', async () => {
    const [live, test] = [await created(), await created({}, { environment: 'test' })]
    expect([(await ask(live.text)).said, (await ask(test.text, '/test')).said]).toEqual([GOOD, GOOD])
    expect(await ask(live.text, '/test')).toMatchObject(refused('401 authenticate.unclaimed'))
    expect(await ask(test.text)).toMatchObject(refused('401 authenticate.unclaimed'))
    // Its id under the other beginning is another text, and so another hash.
    expect(await ask(formatKey('acme_live_', test.id, test.text.slice(27, 70)))).toMatchObject(refused('401 api-key.secret'))
  })
})

describe('a key where none is looked for', () => {
  it.each<[string, (text: string) => [path: string, headers: Record<string, string>]]>([
    ['the query', (text) => [`/strict?api_key=${text}&x-api-key=${text}&key=${text}`, {}]],
    ['a cookie', (text) => ['/strict', { Cookie: `x-api-key=${text}; api_key=${text}` }]],
    ['Authorization, where it is a header of its own', (text) => ['/strict', bearer(text)]],
    ['a header of its own, where it is Authorization', (text) => ['/bearer', { 'X-Api-Key': text }]],
    ['Basic', (text) => ['/bearer', { Authorization: `Basic ${Buffer.from(`${text}:`).toString('base64')}` }]],
    ['a header that looks alike', (text) => ['/strict', { X_Api_Key: text, 'X-Api-Keys': text, 'X.Api.Key': text }]],
  ])('%s', async (_, place) => {
    const { text } = await created()
    const [path, headers] = place(text)
    const outcome = await door.ask(`GET ${path}`, { Host: HOST, ...someone(), ...headers })
    expect(outcome.said).toMatch(/^(?:401 (?:api-key\.missing|authenticate\.unclaimed)|400 transport\.)/)
    expect(outcome.received).toEqual([])
  })
})

describe('whoever is refused', () => {
  it('is told the same, byte for byte, whatever is wrong: the key, its owner, the time, the place', async () => {
    const past = { notBeforeMs: Date.UTC(2020, 0, 1), expiresMs: Date.UTC(2021, 0, 1) }
    const revoked = await created()
    await door.operateKeys({ revoke: [revoked.id, 'grace', 'leaked'] })
    const good = await created()
    const texts: readonly (readonly [string, string])[] = [
      [madeUp(), 'unknown'],
      ['acme_live_x', 'malformed'],
      [formatKey('acme_live_', good.id, 'x'.repeat(43)), 'secret'],
      [revoked.text, 'revoked'],
      [(await created(past)).text, 'expired'],
      [(await created({ notBeforeMs: Date.now() + 86_400_000 })).text, 'not-yet-valid'],
      [(await created({ allowedIps: ['203.0.113.0/24'] })).text, 'address'],
      [(await created({ allowedOrigins: ['https://app.example.com'] })).text, 'origin'],
      [(await created({ allowedRoutes: ['keyed GET /other', 'api'] })).text, 'route'],
    ]
    const answers = new Set<string>()
    for (const [text, cause] of texts) {
      const outcome = await ask(text)
      expect(outcome).toMatchObject(refused(`401 api-key.${cause}`))
      answers.add(seen(outcome))
    }
    expect([...answers]).toHaveLength(1)
    expect((await ask(good.text)).said).toBe(GOOD)
  })

  it('a key that is bound to addresses is of no use elsewhere, whatever a client says of itself', async () => {
    const { text } = await created({ allowedIps: ['203.0.114.0/24'] })
    expect((await ask(text, '/strict', { 'CF-Connecting-IP': '203.0.114.9' })).said).toBe(GOOD)
    const forged = { 'X-Forwarded-For': '203.0.114.9', 'X-Real-IP': '203.0.114.9', 'True-Client-IP': '203.0.114.9', Forwarded: 'for=203.0.114.9' }
    expect(await ask(text, '/strict', forged)).toMatchObject(refused('401 api-key.address'))
  })

  it('a key that is bound to a page is of no use to others', async () => {
    const { text } = await created({ allowedOrigins: ['https://app.example.com'] })
    const from = (origin: string) => ask(text, '/strict', { Origin: origin })
    expect((await from('https://app.example.com')).said).toBe(GOOD)
    for (const origin of [
      'https://app.example.com.evil',
      'http://app.example.com',
      'https://APP.example.com',
      'null',
      'https://app.example.com https://evil.example',
    ]) {
      expect((await from(origin)).said, origin).toMatch(/^40[013] /)
    }
  })
})

describe('who a key makes known', () => {
  it('is its owner, and may what the key may', async () => {
    const { text, id } = await created({ owner: 'grace', metadata: { team: 'blue' } })
    const admin = await created({ owner: 'root', scopes: ['admin'], metadata: { team: 'red' } })
    expect([(await ask(text, '/users/grace')).said, (await ask(text, '/team')).said, (await ask(admin.text, '/admin')).said]).toEqual([GOOD, GOOD, GOOD])
    expect((await ask(text, '/users/root')).said).toMatch(/^403 authorize\./)
    expect((await ask(text, '/admin')).said).toMatch(/^403 authorize\./)
    expect((await ask(admin.text, '/team')).said).toMatch(/^403 authorize\./)
    const origin = forwarded(await ask(text, '/strict', { 'x-portcullis-subject': 'root', 'x-portcullis-scopes': 'admin' }))
    expect(values(origin, 'x-portcullis-subject')).toEqual(['grace'])
    expect(JSON.stringify(origin.fields)).not.toContain(id)
  })

  it('the origin never gets the key', async () => {
    const { text } = await created()
    for (const [path, headers] of [
      ['/strict', { 'X-Api-Key': text }],
      ['/bearer', bearer(text)],
    ] as const) {
      const origin = forwarded(await door.ask(`GET ${path}`, { Host: HOST, ...someone(), ...headers }))
      expect(JSON.stringify(origin.fields)).not.toContain(text.slice(27))
    }
    // Nor from a route that asks for none.
    expect(JSON.stringify(forwarded(await ask(text, '/open')).fields)).not.toContain(text.slice(27))
  })

  it('beside a token, both must be good', async () => {
    const { text } = await created()
    const token = await tokenOfOne(door)
    expect((await ask(text, '/both', bearer(token))).said).toBe(GOOD)
    expect((await ask(madeUp(), '/both', bearer(token))).said).toBe('401 api-key.unknown')
    expect((await ask(text, '/both', bearer(`${token}x`))).said).toMatch(/^401 jwt\./)
    expect((await door.ask('GET /both', { Host: HOST, ...someone(), ...bearer(token) })).said).toBe('401 authenticate.incomplete')
  })

  it('in one place with tokens, each goes to whom it belongs', async () => {
    const { text } = await created()
    const either = (credential: string) => door.ask('GET /either', { Host: HOST, ...someone(), ...bearer(credential) })
    expect([(await either(text)).said, (await either(await tokenOfOne(door))).said]).toEqual([GOOD, GOOD])
    expect(await either(madeUp())).toMatchObject(refused('401 api-key.unknown'))
    expect(await either(`${text}.a.b`)).toMatchObject(refused('401 api-key.malformed'))
  })

  it('is nobody where the key is only tried out', async () => {
    const { text } = await created()
    const outcome = await ask(text, '/tried')
    expect(outcome.received).toEqual([])
    expect(outcome.response.status).toBe(401)
  })
})

describe('a key that ends', () => {
  it('revoked: is refused from the next request on where a route asks, and within its bound elsewhere', async () => {
    const { text, id } = await created()
    for (const path of ['/strict', '/brief']) for (let i = 0; i < 2; i++) expect((await ask(text, path)).said).toBe(GOOD)
    await door.operateKeys({ revoke: [id, 'grace', 'leaked'] })
    for (let i = 0; i < 3; i++) expect(await ask(text)).toMatchObject(refused('401 api-key.revoked'))
    const late = await found(async () => {
      const outcome = await ask(text, '/brief')
      return outcome.said === GOOD ? undefined : outcome
    })
    expect(late).toMatchObject(refused('401 api-key.revoked'))
  })

  it.each<['token' | 'subject', (key: Minted, owner: string) => string]>([
    ['token', ({ id }) => id],
    ['subject', (_, owner) => owner],
  ])('by the ledger too: as a %s', async (kind, read) => {
    const owner = `owner-${seed()}`
    const key = await created({ owner })
    expect((await ask(key.text, '/brief')).said).toBe(GOOD)
    const revocation = {
      kind,
      issuer: 'urn:portcullis:keys:acme_live',
      value: read(key, owner),
      untilMs: Date.now() + 3_600_000,
      reason: 'a test',
      by: 'tests',
    }
    await door.operate({ revoke: [revocation] })
    const late = await found(async () => {
      const outcome = await ask(key.text)
      return outcome.said === GOOD ? undefined : outcome
    })
    expect(late).toMatchObject(refused('401 revocation.revoked'))
  })

  it('rotated: the old one works in the overlap and not a moment longer', async () => {
    const key = await created()
    const next = mintSecret({ ...SPACE, id: key.id, seed: seed(), pepper: KEY_PEPPER })
    made.push(next.text)
    expect((await ask(next.text)).said).toBe('401 api-key.secret')
    await door.operateKeys({ rotate: [key.id, next.secret, Date.now() + 60_000] })
    expect([(await ask(key.text)).said, (await ask(next.text)).said]).toEqual([GOOD, GOOD])
    const another = await created()
    const after = mintSecret({ ...SPACE, id: another.id, seed: seed(), pepper: KEY_PEPPER })
    await door.operateKeys({ rotate: [another.id, after.secret, Date.now()] })
    expect([(await ask(another.text)).said, (await ask(after.text)).said]).toEqual(['401 api-key.secret', GOOD])
  })

  it('under the old pepper: is good, and moves to the new one', async () => {
    const { text, id } = await created({}, { pepper: OLD_KEY_PEPPER })
    for (let i = 0; i < 3; i++) expect((await ask(text)).said).toBe(GOOD)
    expect(mintKey({ ...SPACE, seed: seed(), pepper: KEY_PEPPER }).id).not.toBe(id)
  })
})

describe('a flood of made-up keys', () => {
  it('of one client is stopped, and holds up nobody else', async () => {
    const known = await created()
    const unseen = await created()
    const at = { 'CF-Connecting-IP': '198.51.100.66' }
    expect((await ask(known.text, '/default', at)).said).toBe(GOOD)
    const said: string[] = []
    for (let i = 0; i < 30; i++) said.push((await ask(madeUp(), '/default', at)).said)
    expect([said.filter((each) => each === '401 api-key.unknown').length, said.at(-1)]).toEqual([20, '429 api-key.too-many-unknown'])
    expect((await ask(known.text, '/default', at)).said).toBe(GOOD)
    expect((await ask(unseen.text, '/default')).said).toBe(GOOD)
  })

  it('of many clients at once pushes out no key that is known', async () => {
    const { text } = await created()
    expect((await ask(text, '/default')).said).toBe(GOOD)
    for (let round = 0; round < 4; round++) {
      const outcomes = await Promise.all(Array.from({ length: 24 }, () => ask(madeUp(), '/default')))
      for (const { said, received } of outcomes) expect([said === '401 api-key.unknown' || said === '503 api-key.error', received]).toEqual([true, []])
    }
    const outcome = await ask(text, '/default')
    expect([outcome.said, outcome.trace.find(({ policy }) => policy === 'api-key')?.waitedMs ?? 0]).toEqual([GOOD, 0])
  })
})

describe('keys of several kinds', () => {
  it('in one header, each is one kind’s: none passes for another whose beginning is like its own', async () => {
    const kinds = [{}, { environment: 'test' }, { environment: 'lives' }, { prefix: 'acmex', pepper: OLD_KEY_PEPPER as string }] as const
    const keys = await Promise.all(kinds.map((kind) => created({}, kind)))
    for (const { text } of keys) expect((await ask(text, '/kinds')).said).toBe(GOOD)
    for (const [i, { id, text }] of keys.entries()) {
      for (const [j, { text: other }] of keys.entries()) {
        if (i === j) continue
        // The id of one kind, and its very secret, under the beginning of the other.
        const start = other.slice(0, other.indexOf('_', other.indexOf('_') + 1) + 1)
        const forged = formatKey(start, id, text.slice(-49, -6))
        made.push(forged)
        const outcome = await ask(forged, '/kinds')
        expect([outcome.said, outcome.received]).toEqual([expect.stringMatching(/^401 api-key\.(?:secret|pepper)$/), []])
      }
    }
    // A pepper that another kind has is not this kind's.
    const foreign = await created({}, { environment: 'lives', pepper: OLD_KEY_PEPPER })
    expect(await ask(foreign.text, '/kinds')).toMatchObject(refused('401 api-key.pepper'))
  })

  it('that must both be there: neither stands for the other, nor twice', async () => {
    const [one, two] = [await created(), await created({}, { environment: 'test' })]
    const both = (first: string, second: string) => ask(first, '/two', { 'X-Second-Key': second })
    expect((await both(one.text, two.text)).said).toBe(GOOD)
    for (const [first, second] of [
      [one.text, one.text],
      [two.text, two.text],
      [two.text, one.text],
    ] as const) {
      expect((await both(first, second)).said).toMatch(/^401 authenticate\./)
    }
    expect(await both(one.text, madeUp().replace('live', 'test'))).toMatchObject({ received: [] })
  })
})

describe('routes that a key is bound to', () => {
  it('are those of the configuration, however they are asked for', async () => {
    const { text } = await created({ owner: 'ada', allowedRoutes: ['keyed GET /users/:id'] })
    for (const path of ['/users/ada', '/users/ada?x=/strict', '/users/%61da', '/v/../users/ada', '/./users/ada'])
      expect((await ask(text, path)).said, path).toMatch(/^(?:200 origin\.answered|400 transport\.|404 )/)
    const head = await door.ask('HEAD /users/ada', { Host: HOST, 'X-Api-Key': text, ...someone() })
    expect(head.response.status).toBe(200)
    for (const path of [
      '/strict',
      '/users/../strict',
      '/users/%2e%2e/strict',
      '/users/ada/../../strict',
      '/STRICT',
      '/strict/',
      '/strict;/users/ada',
      '//strict',
    ]) {
      const outcome = await ask(text, path)
      expect(outcome.said, path).toMatch(/^(?:401 api-key\.route|40[04] )/)
      expect(outcome.received).toEqual([])
    }
    expect((await door.ask('HEAD /strict', { Host: HOST, 'X-Api-Key': text, ...someone() })).response.status).toBe(401)
  })
})

describe('whoever knows the id of somebody’s key, which is no secret', () => {
  it('locks nobody out by trying secrets, from wherever', async () => {
    const { text, id } = await created()
    const at = { 'CF-Connecting-IP': '198.51.100.77' }
    const guess = () => formatKey('acme_live_', id, Array.from(randomBytes(43), (byte) => BASE62.charAt(byte % 62)).join(''))
    const outcomes = await Promise.all(Array.from({ length: 60 }, () => ask(guess(), '/default', at)))
    for (const { said } of outcomes) expect(said).toBe('401 api-key.secret')
    expect((await ask(text, '/default', at)).said).toBe(GOOD)
    expect((await ask(text, '/default')).said).toBe(GOOD)
    // The key may have been rotated: one question, whoever guesses, and none of whoever has guessed too often.
    const late = await ask(guess(), '/default')
    expect([late.said, late.decision?.objectCalls]).toEqual(['401 api-key.secret', 1])
    const again = await ask(guess(), '/default', at)
    expect([again.said, again.decision?.objectCalls]).toEqual(['429 api-key.too-many-unknown', 0])
    expect((await ask(text, '/default', at)).said).toBe(GOOD)
  })

  it('makes no key unknown by asking for it before it is made', async () => {
    const key = mintKey({ ...SPACE, seed: seed(), pepper: KEY_PEPPER })
    made.push(key.text)
    const guess = formatKey('acme_live_', key.id, 'x'.repeat(43))
    for (let i = 0; i < 3; i++) expect((await ask(guess, '/strict')).said).toBe('401 api-key.unknown')
    const spec = { owner: 'ada', name: 'a key', scopes: [], roles: [], metadata: {}, limits: {}, allowedIps: [], allowedOrigins: [], allowedRoutes: [] }
    await door.operateKeys({ create: [{ ...spec, id: key.id, secret: key.secret, prefix: 'acme', environment: 'live', createdBy: 'tests' }] })
    expect((await ask(key.text, '/strict')).said).toBe(GOOD)
    const outcome = await found(async () => {
      const late = await ask(key.text, '/default')
      return late.said === GOOD ? late : undefined
    })
    expect(outcome.said).toBe(GOOD)
  })
})

describe('limits of a key', () => {
  it('are its own, and those of the route for others', async () => {
    const generous = await created({ limits: { 'per-key': { limit: 8, burst: 8 } } })
    const plain = await created()
    const passed = async (text: string) => {
      let count = 0
      while (count < 20 && (await ask(text, '/limited')).said === GOOD) count++
      return count
    }
    expect([await passed(generous.text), await passed(plain.text)]).toEqual([8, 4])
  })
})

// After everything else: a shard that failed is left alone for a moment.
describe('a keyring out of reach', () => {
  it('is an outage and never a bad key', async () => {
    const { text } = await created()
    await door.operateKeys({ isOut: true })
    for (const each of [text, madeUp()]) {
      const outcome = await ask(each)
      expect(outcome).toMatchObject(refused('503 api-key.error'))
      expect(outcome.response.headers['retry-after']).toMatch(/^\d+$/)
      expect(outcome.response.headers).not.toHaveProperty('www-authenticate')
    }
  })

  it('leaves those in who are known, and nobody else', async () => {
    const { text } = await created()
    expect((await ask(text, '/default')).said).toBe(GOOD)
    await door.operateKeys({ isOut: true })
    for (let i = 0; i < 3; i++) expect((await ask(text, '/default')).said).toBe(GOOD)
    expect(await ask(madeUp(), '/default')).toMatchObject(refused('503 api-key.error'))
    expect((await ask(text.slice(0, -1), '/default')).said).toBe('401 api-key.malformed')
  })
})

it('no key that anybody sent stands in the log, in a record or in a trace', async () => {
  const { text } = await created()
  await ask(text, '/strict?a=b')
  const log = door.server.log() + JSON.stringify(await door.decisions())
  expect(made.length).toBeGreaterThan(50)
  for (const each of made) {
    if (each.length < 60) continue
    expect(log).not.toContain(each)
    expect(log).not.toContain(each.slice(27, 70))
    // The id is the credential's, and stands there as a pseudonym.
    expect(log).not.toContain(each.slice(10, 26))
  }
  for (const pepper of [KEY_PEPPER, OLD_KEY_PEPPER]) expect(log).not.toContain(pepper)
})
