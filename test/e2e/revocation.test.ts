import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Revocation, RevocationKind } from '../../src/core/revocation.ts'
import { crowd } from './crowd.ts'
import type { Isolate } from './exchange.ts'
import { unexpectedLines } from './log.ts'
import { APP, ISSUER } from './provider.ts'
import { startWorld, type World } from './world.ts'

/** The bound that a route has which does not say anything, in milliseconds. */
const MAX_STALENESS_MS = 5000
const TARGET = '/v1/redirect'
const ISOLATES: readonly Isolate[] = ['main', 'other']

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.stop())
beforeEach(() => world.outside.forget())

const revoke = (kind: RevocationKind, value: string, more: Partial<Revocation> = {}) =>
  world.revokeHere({ kind, issuer: ISSUER, value, untilMs: Date.now() + 10 * 86_400_000, reason: 'a test', by: 'tests', ...more })

/** Status and private reason, in each isolate. */
async function said(token: string, isolates = ISOLATES): Promise<readonly string[]> {
  const all: string[] = []
  for (const isolate of isolates) {
    const { status, requestId } = await world.ask(TARGET, { token, isolate })
    all.push(`${status} ${(await world.decision(requestId)).record.reason}`)
  }
  return all
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Readonly<Record<string, unknown>>
}

const passes = ['200 origin.answered', '200 origin.answered']
const revoked = ['401 revocation.revoked', '401 revocation.revoked']

describe('a token of a real provider that is revoked here', () => {
  it('is refused in both isolates after a while, by the clock on the wall', async () => {
    const { access_token: token } = await world.browser().logIn({ user: 'wall' })
    expect(await said(token)).toEqual(passes)
    await revoke('subject', 'wall')
    for (const isolate of ISOLATES) {
      await expect.poll(async () => (await world.ask(TARGET, { token, isolate })).status, { interval: 50, timeout: 10 * MAX_STALENESS_MS }).toBe(401)
    }
  })

  it.each<[RevocationKind, (claims: Readonly<Record<string, unknown>>) => unknown]>([
    ['token', ({ jti }) => jti],
    ['session', ({ sid }) => sid],
    ['subject', ({ sub }) => sub],
  ])('by its %s: the first request after the bound is refused, and another user passes', async (kind, valueIn) => {
    const user = `by-${kind}`
    const { access_token: token } = await world.browser().logIn({ user })
    const { access_token: another } = await world.browser().logIn({ user: `not-${user}` })
    expect(await said(token)).toEqual(passes)
    await revoke(kind, String(valueIn(claimsOf(token))))
    await world.forward(MAX_STALENESS_MS + 1)
    expect([await said(token), await said(another)]).toEqual([revoked, passes])
  })

  it('before now: a new login is in again, with the same browser', async () => {
    const browser = world.browser()
    const { access_token: old } = await browser.logIn({ user: 'again' })
    const issued = Number(claimsOf(old).iat)
    await revoke('subject', 'again', { beforeMs: (issued + 1) * 1000 })
    await world.forward(MAX_STALENESS_MS + 1)
    expect(await said(old)).toEqual(revoked)
    const fresh = async () => (await browser.logIn({ user: 'again' })).access_token
    let token = await fresh()
    while (Number(claimsOf(token).iat) <= issued) token = await fresh()
    expect(await said(token)).toEqual(passes)
  })

  it('stays revoked when workerd is killed right after the acknowledgement', async () => {
    const { access_token: token } = await world.browser().logIn({ user: 'crash' })
    expect(await said(token)).toEqual(passes)
    await revoke('subject', 'crash')
    await world.server.kill()
    await world.restart()
    expect(await said(token)).toEqual(revoked)
  })

  it('under load: every request before it passes, every request after the bound is refused, and others notice nothing', async () => {
    const victim = (await world.browser().logIn({ user: 'victim' })).access_token
    const others = await Promise.all(['x', 'y', 'z'].map(async (user) => (await world.browser().logIn({ user })).access_token))
    const send = (tokens: readonly string[]) => (n: number) =>
      world.ask(TARGET, { token: tokens[n % tokens.length] as string, isolate: ISOLATES[Math.floor(n / tokens.length) % 2] as Isolate })
    expect(await crowd(400, send([victim, ...others]))).toEqual({ 200: 400 })
    await revoke('subject', 'victim')
    await world.forward(MAX_STALENESS_MS + 1)
    expect(await crowd(400, send([victim, ...others]))).toEqual({ 200: 300, 401: 100 })
  })

  it('asks the ledger by the time that passes, not by the requests that come', async () => {
    const token = await world.token('ada')
    await world.ask(TARGET, { token })
    const before = (await world.decisions()).at(-1)?.id ?? 0
    const startedAt = Date.now()
    await crowd(600, (n) => world.ask(TARGET, { token, isolate: ISOLATES[n % 2] as Isolate }))
    // Each isolate refreshes at most once in half of the bound, and both may begin at the same moment.
    const refreshes = 2 * (1 + Math.ceil((Date.now() - startedAt) / (MAX_STALENESS_MS / 2)))
    const calls = (await world.decisions()).filter(({ id }) => id > before).reduce((sum, { record }) => sum + record.objectCalls, 0)
    expect(calls).toBeLessThanOrEqual(refreshes)
  })

  it('a client of the issuer: all that it was given, and no other client’s', async () => {
    const { access_token: ofApp } = await world.browser().logIn({ user: 'of-app' })
    const ofGrace = await world.token('grace')
    await revoke('client', APP)
    await world.forward(MAX_STALENESS_MS + 1)
    expect([await said(ofApp), await said(ofGrace)]).toEqual([revoked, passes])
  })

  it('leaves nothing in the log that is no notice', () => {
    expect(unexpectedLines(world.server)).toEqual([])
  })
})
