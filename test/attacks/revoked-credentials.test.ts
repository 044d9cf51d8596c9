import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Revocation, RevocationKind } from '../../src/core/revocation.ts'
import { bearer, type Claims, type FrontDoor, forwarded, goodClaims, openFrontDoor, refused, tokenOfOne, tokenOfTwo } from './front-door.ts'

const HOST = 'revocation.example.com'
const ONE = 'https://issuer-one.test'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())
afterEach(() => door.operate({ isOut: false }))

const ask = (token: string, path = '/strict') => door.ask(`GET ${path}`, { Host: HOST, ...bearer(token) })

const revoke = (kind: RevocationKind, value: string, more: Partial<Revocation> = {}) =>
  door.operate({ revoke: [{ kind, issuer: ONE, value, untilMs: Date.now() + 3_600_000, reason: 'a test', by: 'tests', ...more }] })

let users = 0
/** A user of their own for each test: what is revoked stays so. */
const someone = (): Claims => ({ sub: `user-${users++}`, sid: crypto.randomUUID(), client_id: crypto.randomUUID() })

/** Asks until the answer is another than 200, as a thief would. */
async function untilRefused(token: string, path: string): Promise<string> {
  let said = ''
  await expect
    .poll(
      async () => {
        said = (await ask(token, path)).said
        return said.startsWith('200')
      },
      { interval: 20, timeout: 20_000 },
    )
    .toBe(false)
  return said
}

describe('a revoked credential', () => {
  it.each<[RevocationKind, (claims: Claims) => unknown]>([
    ['token', ({ jti }) => jti],
    ['subject', ({ sub }) => sub],
    ['session', ({ sid }) => sid],
    ['client', ({ client_id: id }) => id],
  ])('by its %s is refused from the next request on, however often it was good', async (kind, read) => {
    const claims = { ...goodClaims(), ...someone() }
    const token = await tokenOfOne(door, claims)
    for (let i = 0; i < 3; i++) forwarded(await ask(token))
    await revoke(kind, String(read(claims)))
    for (let i = 0; i < 3; i++) expect(await ask(token)).toMatchObject(refused('401 revocation.revoked'))
    // Another user with the same key and issuer is not concerned.
    forwarded(await ask(await tokenOfOne(door, someone())))
  })

  it('is refused where nobody configured it, within the default bound', async () => {
    const claims = someone()
    const token = await tokenOfOne(door, claims)
    forwarded(await ask(token, '/default'))
    await revoke('subject', String(claims.sub))
    expect(await untilRefused(token, '/default')).toBe('401 revocation.revoked')
  })

  it('does not come back with another token of the same user, nor with a token that says less', async () => {
    const { sub } = someone()
    await revoke('subject', String(sub))
    for (const claims of [{ sub }, { sub, jti: undefined }, { sub, iat: undefined }, { sub, iat: 9_999_999_999 }, { sub, sid: {}, client_id: [] }]) {
      expect(await ask(await tokenOfOne(door, claims))).toMatchObject(refused('401 revocation.revoked'))
    }
  })

  it('is not confused with whoever writes its name into other claims', async () => {
    const { sub } = someone()
    await revoke('subject', String(sub))
    await revoke('issuer', '', { issuer: `${ONE}|0:` })
    for (const claims of [{ jti: sub }, { sid: sub }, { client_id: sub }, { azp: sub }, { sub: `${sub}|` }, { sub: `3:${sub}` }]) {
      forwarded(await ask(await tokenOfOne(door, { ...someone(), ...claims })))
    }
  })

  it('of one issuer is good news for nobody of another', async () => {
    const { sub } = someone()
    await revoke('subject', String(sub))
    expect(await ask(await tokenOfOne(door, { sub }), '/either')).toMatchObject(refused('401 revocation.revoked'))
    forwarded(await ask(await tokenOfTwo(door, { sub }), '/either'))
  })

  it('issued before a time is refused, and a new login is let in', async () => {
    const { sub } = someone()
    const now = Math.floor(Date.now() / 1000)
    await revoke('subject', String(sub), { beforeMs: now * 1000 })
    expect(await ask(await tokenOfOne(door, { sub, iat: now - 1 }))).toMatchObject(refused('401 revocation.revoked'))
    forwarded(await ask(await tokenOfOne(door, { sub, iat: now })))
  })

  it('learns no more than a forged one', async () => {
    const { sub } = someone()
    const good = await tokenOfOne(door, { sub })
    const forged = `${good.slice(0, -8)}AAAAAAAA`
    await revoke('subject', String(sub))
    const strip = ({ response }: Awaited<ReturnType<typeof ask>>) => ({
      status: response.status,
      challenge: response.headers['www-authenticate'],
      body: response.body.replaceAll(/[0-9a-f-]{36}/g, ''),
    })
    expect(strip(await ask(good))).toEqual(strip(await ask(forged)))
  })

  it('leaves nothing of itself in the trace but the kind that it was revoked by', async () => {
    const { sub, jti } = { sub: 'someone-with-a-name', jti: 'an-id-to-look-for' }
    await revoke('token', jti)
    const { trace, said } = await ask(await tokenOfOne(door, { sub, jti }))
    expect(said).toBe('401 revocation.revoked')
    expect(trace.at(-1)).toMatchObject({ policy: 'revocation', detail: { by: 'token' } })
    expect(JSON.stringify(trace)).not.toMatch(/someone-with-a-name|an-id-to-look-for/)
  })

  it('passes where a route relaxes it or only tries it, and nowhere else', async () => {
    const { sub } = someone()
    const token = await tokenOfOne(door, { sub })
    await revoke('subject', String(sub))
    expect(await ask(token)).toMatchObject(refused('401 revocation.revoked'))
    forwarded(await ask(token, '/relaxed'))
    // A revocation that only reports does not replace the one that is always there.
    const tried = await untilRefused(token, '/tried')
    expect(tried).toBe('401 revocation.revoked')
  })

  it('is of no use on a public route either: nobody is known there', async () => {
    const { sub } = someone()
    const token = await tokenOfOne(door, { sub })
    await revoke('subject', String(sub))
    const received = forwarded(await ask(token, '/open'))
    expect(JSON.stringify(received.fields)).not.toContain(token)
  })

  it('is good again when it is lifted', async () => {
    const { sub } = someone()
    const token = await tokenOfOne(door, { sub })
    await revoke('subject', String(sub))
    expect(await ask(token)).toMatchObject(refused('401 revocation.revoked'))
    await door.operate({ lift: [{ kind: 'subject', issuer: ONE, value: String(sub) }] })
    forwarded(await ask(token))
  })
})

describe('with the ledger out of reach', () => {
  it('nobody passes where each request asks it: an outage, not a bad token', async () => {
    const token = await tokenOfOne(door, someone())
    forwarded(await ask(token))
    await door.operate({ isOut: true })
    const outcome = await ask(token)
    expect(outcome).toMatchObject(refused('503 revocation.error'))
    expect(outcome.response.headers).toMatchObject({ 'retry-after': expect.stringMatching(/^\d+$/) })
    expect(outcome.response.headers).not.toHaveProperty('www-authenticate')
  })

  it('what is known serves for its time and no longer', async () => {
    const token = await tokenOfOne(door, someone())
    // The ledger was out before: for a moment nobody asks it again.
    await expect.poll(async () => (await ask(token, '/brief')).said, { interval: 50, timeout: 20_000 }).toBe('200 origin.answered')
    await door.operate({ isOut: true })
    expect(await untilRefused(token, '/brief')).toBe('503 revocation.error')
    await door.operate({ isOut: false })
    await expect.poll(async () => (await ask(token, '/brief')).said, { interval: 50, timeout: 20_000 }).toBe('200 origin.answered')
  })

  it('who was known to be revoked stays so', async () => {
    const { sub } = someone()
    const token = await tokenOfOne(door, { sub })
    await revoke('subject', String(sub))
    expect(await untilRefused(token, '/default')).toBe('401 revocation.revoked')
    await door.operate({ isOut: true })
    expect(await ask(token, '/default')).toMatchObject(refused('401 revocation.revoked'))
  })
})
