import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN, ADMIN_TOKEN, type AdminDoor, changing, expectUnseen, openAdminDoor } from './admin/door.ts'
import { bearer, type Claims } from './front-door.ts'

let door: AdminDoor
beforeAll(async () => {
  door = await openAdminDoor('zone')
})
afterAll(() => door.stop())

const READ = `GET ${ADMIN}/openapi.json`
const now = () => Math.floor(Date.now() / 1000)
const ban = (value: string) => JSON.stringify({ effect: 'ban', target: 'asn', value, forSeconds: 60, reason: 'a test' })
let keys = 0
const key = () => `an-idempotency-key-${++keys}`

describe('a token that is not for here, not for now, or not the issuer’s', () => {
  it.each<[string, Claims]>([
    ['of another audience', { aud: 'https://api.example.com' }],
    ['of no audience', { aud: undefined }],
    ['that expired', { exp: now() - 60, iat: now() - 120 }],
    ['that is not yet good', { nbf: now() + 600 }],
    ['of another issuer', { iss: 'https://issuer-two.test' }],
    ['of the bootstrap’s issuer', { iss: 'urn:portcullis:bootstrap', sub: 'bootstrap' }],
    ['of nobody', { sub: undefined }],
  ])('%s', async (_, claims) => {
    const unlisted = await door.ask('GET /_portcullis/nothing')
    expectUnseen(await door.ask(READ, bearer(await door.token(['admins'], claims))), unlisted, /^404 admin\.credential$/)
  })

  it('signed by another', async () => {
    const unlisted = await door.ask('GET /_portcullis/nothing')
    const token = await door.token(['admins'])
    const [head, claims, signature = ''] = token.split('.')
    for (const forged of [
      `${head}.${claims}.${signature.slice(0, -4)}AAAA`,
      `${head}.${claims}.`,
      await door.two.token({ iss: 'https://issuer-one.test', aud: 'https://admin.example.com', groups: ['admins'] }),
    ]) {
      expectUnseen(await door.ask(READ, bearer(forged)), unlisted, /^404 admin\.credential$/)
    }
  })

  it('in the URL or in a cookie of another name', async () => {
    const unlisted = await door.ask('GET /_portcullis/nothing')
    const token = await door.token(['admins'])
    expectUnseen(await door.ask(`${READ}?access_token=${token}`), unlisted, /^404 admin\.missing$/)
    expectUnseen(await door.ask(READ, { Cookie: `admin=${token}; CF_Authorization=${token}` }), unlisted, /^404 admin\.missing$/)
  })
})

describe('an idempotency key', () => {
  it.each<[string, string]>([
    ['none', ''],
    ['short', 'short'],
    ['long', 'k'.repeat(129)],
    ['with spaces', 'an idempotency key of words'],
    ['two', 'an-idempotency-key-a, an-idempotency-key-b'],
    ['not ASCII', 'an-idempotency-kéy-x'],
  ])('that is %s is refused', async (_, given) => {
    const { 'Idempotency-Key': __, ...rest } = changing(ADMIN_TOKEN, '')
    const before = await door.rooms()
    const outcome = await door.ask(`POST ${ADMIN}/bans`, given === '' ? rest : { ...rest, 'Idempotency-Key': given }, ban('1'))
    expect(outcome.said).toBe('400 admin.idempotency-key')
    expect((await door.rooms()).trail).toEqual(before.trail)
  })

  it('of the same request: one effect, one answer, also of the key that is shown once', async () => {
    const headers = changing(ADMIN_TOKEN, key())
    for (const [path, body] of [
      ['/bans', ban('64500')],
      ['/pseudonyms', JSON.stringify({ value: 'ada' })],
    ] as const) {
      const once = { ...headers, 'Idempotency-Key': key() }
      const [first, second] = [await door.ask(`POST ${ADMIN}${path}`, once, body), await door.ask(`POST ${ADMIN}${path}`, once, body)]
      expect([second.response.status, second.response.body]).toEqual([first.response.status, first.response.body])
    }
    const { rules, trail } = await door.rooms()
    expect(rules.filter((rule) => 'value' in rule && rule.value === '64500')).toHaveLength(1)
    expect(trail.filter(({ type }) => type === 'admin.bans.add').length % 2).toBe(0)
  })

  it.each<[string, (once: Record<string, string>) => Promise<string>]>([
    ['another body', async (once) => (await door.ask(`POST ${ADMIN}/bans`, once, ban('64502'))).said],
    ['another spelling of it', async (once) => (await door.ask(`POST ${ADMIN}/bans`, once, ` ${ban('64501')}`)).said],
    ['another path', async (once) => (await door.ask(`POST ${ADMIN}/pseudonyms`, once, JSON.stringify({ value: 'x' }))).said],
    ['another method', async (once) => (await door.ask(`DELETE ${ADMIN}/bans/ban.asn.x`, once)).said],
  ])('of a request with %s is 422, and nothing is done', async (_, again) => {
    const once = changing(ADMIN_TOKEN, key())
    expect((await door.ask(`POST ${ADMIN}/bans`, once, ban('64501'))).said).toBe('201 admin.answered')
    const before = await door.rooms()
    expect(await again(once)).toBe('422 admin.idempotency-conflict')
    const after = await door.rooms()
    expect([after.rules, after.trail]).toEqual([before.rules, before.trail])
  })

  it('of another actor is another key', async () => {
    const name = key()
    const first = await door.ask(`POST ${ADMIN}/pseudonyms`, changing(ADMIN_TOKEN, name), JSON.stringify({ value: 'one' }))
    const other = await door.ask(`POST ${ADMIN}/bans`, changing(await door.token(['operators']), name), ban('64503'))
    expect([first.said, other.said]).toEqual(['200 admin.answered', '201 admin.answered'])
    const viewer = await door.ask(`POST ${ADMIN}/pseudonyms`, changing(await door.token(['viewers']), name), JSON.stringify({ value: 'one' }))
    expect(viewer.said).toBe('403 admin.role')
  })

  it('twenty times at once: one rule, one answer', async () => {
    const once = changing(ADMIN_TOKEN, key())
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => door.ask(`POST ${ADMIN}/bans`, once, ban('64504'))))
    expect(new Set(outcomes.map(({ said }) => said))).toEqual(new Set(['201 admin.answered']))
    expect(new Set(outcomes.map(({ response }) => response.body)).size).toBe(1)
    const { rules, trail } = await door.rooms()
    expect(rules.filter((rule) => 'value' in rule && rule.value === '64504')).toHaveLength(1)
    expect(trail.filter(({ personal }) => personal?.text.includes('64504')).map(({ outcome }) => outcome)).toEqual(['begun', 'done'])
  })

  it('is nowhere in the trail', async () => {
    const name = 'a-very-remarkable-idempotency-key'
    await door.ask(`POST ${ADMIN}/bans`, changing(ADMIN_TOKEN, name), ban('64505'))
    const { trail } = await door.rooms()
    expect(trail.length).toBeGreaterThan(0)
    for (const secret of [name, ADMIN_TOKEN]) expect(JSON.stringify(trail)).not.toContain(secret)
  })

  it('of a refusal refuses again', async () => {
    const once = changing(ADMIN_TOKEN, key())
    const first = await door.ask(`DELETE ${ADMIN}/bans/ban.asn.none`, once)
    const again = await door.ask(`DELETE ${ADMIN}/bans/ban.asn.none`, once)
    expect([first.said, again.said]).toEqual(['404 admin.not-found', '404 admin.not-found'])
  })
})
