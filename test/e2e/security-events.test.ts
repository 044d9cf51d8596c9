import { importJWK, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ISSUER, type SigningKey } from './issuer.ts'
import { type Answered, eventually, startWorld, type World } from './world.ts'

const TARGET = '/v1/users/7'
const EVENT = 'https://schemas.openid.net/secevent/caep/event-type/session-revoked'

let world: World
let key: SigningKey
beforeAll(async () => {
  world = await startWorld()
  key = await world.issuer.makeKey()
  world.issuer.publish(key)
})
afterAll(() => world.stop())

const ask = (token: string) => world.ask(TARGET, { token })
const reasonOf = async ({ requestId }: Answered) => (await world.decision(requestId)).record.reason
const issuedAt = (token: string): number => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).iat

/** What the issuer says of a user, signed with its own key. */
async function event(sub: string, happenedAt: number, by = key): Promise<string> {
  const { kid = '', ...jwk } = by.jwk
  return await new SignJWT({ sub_id: { format: 'iss_sub', iss: ISSUER, sub }, events: { [EVENT]: { event_timestamp: happenedAt } } })
    .setProtectedHeader({ typ: 'secevent+jwt', alg: 'ES256', kid })
    .setIssuer(ISSUER)
    .setAudience('https://events.example.com')
    .setIssuedAt()
    .setJti(crypto.randomUUID())
    .sign(await importJWK(jwk, 'ES256'))
}

const push = (body: string) =>
  world.ask('/.portcullis-events', {
    method: 'POST',
    host: 'events.example.com',
    headers: { 'content-type': 'application/secevent+jwt', accept: 'application/json', 'content-length': String(body.length) },
    body: Buffer.from(body),
  })

describe('an event that the issuer pushes', () => {
  it('ends its user’s tokens at once, and lets in who logs in later', async () => {
    const [token, other] = [await world.token('ada'), await world.token('grace')]
    expect([(await ask(token)).status, (await ask(other)).status]).toEqual([200, 200])

    const answer = await push(await event('ada', issuedAt(token)))
    expect([answer.status, answer.body.toString(), await reasonOf(answer)]).toEqual([202, '', 'security-events.revoked'])

    const refused = await ask(token)
    expect([refused.status, await reasonOf(refused)]).toEqual([401, 'revocation.revoked'])
    expect((await ask(other)).status).toBe(200)

    // The next second's token is a later login's.
    const later = await eventually(async () => {
      const next = await world.token('ada')
      return issuedAt(next) > issuedAt(token) ? next : undefined
    })
    expect((await ask(later)).status).toBe(200)
    expect((await ask(token)).status).toBe(401)
  })

  it('signed by a key that the issuer does not publish is refused as transmitters understand it', async () => {
    const token = await world.token('grace')
    const answer = await push(await event('grace', issuedAt(token), await world.issuer.makeKey()))
    expect([answer.status, answer.headers['content-type'], await reasonOf(answer)]).toEqual([400, 'application/json', 'security-events.key'])
    expect(JSON.parse(answer.body.toString())).toMatchObject({ err: 'invalid_key' })
    expect((await ask(token)).status).toBe(200)
  })

  it('is in force after the Worker has started anew', async () => {
    const token = await world.token('grace')
    expect((await push(await event('grace', issuedAt(token)))).status).toBe(202)
    await world.server.kill()
    await world.restart()
    const refused = await ask(token)
    expect([refused.status, await reasonOf(refused)]).toEqual([401, 'revocation.revoked'])
  })
})
