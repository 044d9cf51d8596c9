import { createHmac, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { MAX_AGE_MS, REREAD_AFTER_MS } from '../../src/platform/secrets.ts'
import { crowd } from './crowd.ts'
import type { Isolate } from './exchange.ts'
import { CLIENT_SECRET, OPAQUE_AUDIENCE } from './issuer.ts'
import { eventually, SECRETS, startWorld, type World } from './world.ts'

/** For so long an answer about an opaque token is good. */
const OPAQUE_MS = 30_000
const ISOLATES: readonly Isolate[] = ['main', 'other']
const STORED = ['PSEUDONYM_KEY', 'OLD_PSEUDONYM_KEY', 'SHARED_SECRET', 'OLD_SHARED_SECRET', 'INTROSPECTION_SECRET'] as const

let world: World
beforeAll(async () => {
  world = await startWorld({ stored: STORED })
})
afterAll(() => world.stop())

/** Each test begins with isolates that read their secrets anew. */
beforeEach(async () => {
  world.secretsStore.failing.clear()
  for (const name of STORED) world.secretsStore.values.set(name, SECRETS[name])
  world.issuer.setGatewaySecret(CLIENT_SECRET)
  await world.server.kill()
  await world.restart()
})

const newSecret = () => randomBytes(32).toString('base64url')
const secret = (name: (typeof STORED)[number]) => world.secretsStore.values.get(name) ?? ''
const put = (name: (typeof STORED)[number], value: string) => void world.secretsStore.values.set(name, value)

/** A token of whoever knows the secret, good for a day. */
function shared(key: string): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: 'https://shared.test', aud: 'https://api.example.com', sub: 'ada', iat: now, exp: now + 86_400 }
  const input = [{ alg: 'HS256', typ: 'at+jwt' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${input}.${createHmac('sha256', Buffer.from(key, 'base64url')).update(input).digest('base64url')}`
}

/** Status and private reason in each isolate. */
async function said(target: string, token?: string): Promise<readonly string[]> {
  const all: string[] = []
  for (const isolate of ISOLATES) {
    const { status, requestId } = await world.ask(target, { token, isolate })
    all.push(`${status} ${(await world.decision(requestId)).record.reason}`)
  }
  return all
}
const both = (outcome: string) => [outcome, outcome]
const passes = both('200 origin.answered')

describe('a secret that is rotated in its store, without a deployment', () => {
  it('of signed tokens: under load not one good token is refused, and after it the old secret opens nothing', async () => {
    const before = secret('SHARED_SECRET')
    const after = newSecret()
    const load = (tokens: readonly string[]) =>
      crowd(200, (n) => world.ask('/v1/shared', { token: tokens[n % tokens.length] as string, isolate: ISOLATES[n % 2] as Isolate }))
    expect(await load([shared(before)])).toEqual({ 200: 200 })
    put('OLD_SHARED_SECRET', before)
    put('SHARED_SECRET', after)
    expect(await load([shared(before)]), 'nobody signs with the new one before it is known everywhere').toEqual({ 200: 200 })
    await world.forward(MAX_AGE_MS)
    expect(await load([shared(before), shared(after)])).toEqual({ 200: 200 })
    put('OLD_SHARED_SECRET', after)
    await world.forward(MAX_AGE_MS)
    expect([await said('/v1/shared', shared(before)), await said('/v1/shared', shared(after))]).toEqual([both('401 jwt.signature'), passes])
  })

  it('is taken up behind requests too, where there are any', async () => {
    const after = newSecret()
    expect(await said('/v1/shared', shared(secret('SHARED_SECRET')))).toEqual(passes)
    put('SHARED_SECRET', after)
    await world.forward(REREAD_AFTER_MS)
    const token = shared(after)
    for (const isolate of ISOLATES) await eventually(async () => ((await world.ask('/v1/shared', { token, isolate })).status === 200 ? true : undefined))
  })

  it('of pseudonyms: new rows are under the new key, to which nobody gets from the old one', async () => {
    const pseudonym = (key: string) => createHmac('sha256', key).update('192.0.2.1').digest('base64url').slice(0, 22)
    const recorded = async (isolate: Isolate) => {
      const { requestId } = await world.ask('/health', { isolate })
      return (await world.decision(requestId)).record.clientIp
    }
    const [before, after] = [secret('PSEUDONYM_KEY'), newSecret()]
    for (const isolate of ISOLATES) expect(await recorded(isolate)).toBe(pseudonym(before))
    put('OLD_PSEUDONYM_KEY', before)
    put('PSEUDONYM_KEY', after)
    await world.forward(MAX_AGE_MS)
    for (const isolate of ISOLATES) expect(await recorded(isolate)).toBe(pseudonym(after))
  })

  it('of introspection: the gateway is the same client under its new password', async () => {
    const token = await world.token('ada', { resource: OPAQUE_AUDIENCE })
    expect(await said('/v1/opaque', token)).toEqual(passes)
    const after = newSecret()
    world.issuer.setGatewaySecret(after)
    put('INTROSPECTION_SECRET', after)
    expect(await said('/v1/opaque', token), 'what was asked about lately is known').toEqual(passes)
    await world.forward(OPAQUE_MS)
    expect(await said('/v1/opaque', token), 'a password that only the issuer has changed is an outage, no refusal').toEqual(both('503 introspection.error'))
    await world.forward(MAX_AGE_MS)
    expect(await said('/v1/opaque', token)).toEqual(passes)
  })
})

describe('a store that is out of reach', () => {
  const fail = () => {
    for (const name of STORED) world.secretsStore.failing.set(name, `no permission for ${secret(name)}`)
  }

  it('stops nothing that runs, and the operator is told', async () => {
    const token = shared(secret('SHARED_SECRET'))
    expect(await said('/v1/shared', token)).toEqual(passes)
    fail()
    for (let hours = 0; hours < 3; hours++) {
      await world.forward(3_600_000)
      expect([await said('/v1/shared', token), await said('/health')]).toEqual([passes, passes])
    }
    const log = await eventually(() => (world.server.log().includes('config.secret-store') ? world.server.log() : undefined))
    expect(log).toContain('PSEUDONYM_KEY')
    for (const value of [...STORED.map(secret), 'no permission']) expect(log).not.toContain(value)
  })

  it('lets no new isolate begin, until it is back', async () => {
    fail()
    await world.server.kill()
    await world.restart()
    expect(await said('/health')).toEqual(both('503 config.secret-store'))
    world.secretsStore.failing.clear()
    await world.forward(1000)
    expect(await said('/health')).toEqual(passes)
  })
})
