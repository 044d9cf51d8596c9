import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN, ADMIN_TOKEN, type AdminDoor, changing, expectUnseen, openAdminDoor } from './admin/door.ts'
import { bearer, goodClaims } from './front-door.ts'

let door: AdminDoor
beforeAll(async () => {
  door = await openAdminDoor('zone')
})
afterAll(() => door.stop())

const BAN = JSON.stringify({ effect: 'ban', target: 'country', value: 'XK', forSeconds: 60, reason: 'a test' })
const KEY = JSON.stringify({ owner: 'mallory', name: 'mine' })
let keys = 0
const as = (token: string) => changing(token, `an-idempotency-key-${++keys}`)

const READ = `GET ${ADMIN}/openapi.json`
const OPERATE = `POST ${ADMIN}/bans`
const RULE = `POST ${ADMIN}/pseudonyms`

async function may(token: string): Promise<string> {
  const read = await door.ask(READ, bearer(token))
  const operate = await door.ask(OPERATE, as(token), BAN)
  const rule = await door.ask(RULE, as(token), JSON.stringify({ value: 'x' }))
  return [read, operate, rule].map(({ response }) => response.status).join(' ')
}

describe('a role is what verified claims say, in one form', () => {
  it.each<[string, unknown, Record<string, unknown>, string]>([
    ['an admin', ['admins'], {}, '200 201 200'],
    ['an operator', ['operators'], {}, '200 201 403'],
    ['a viewer', ['viewers'], {}, '200 403 403'],
    ['all of them', ['viewers', 'operators', 'admins'], {}, '200 201 200'],
    ['no group', [], {}, '403 403 403'],
    ['no claim', undefined, {}, '403 403 403'],
    ['a text for a list', 'admins', {}, '403 403 403'],
    ['a text of several', 'viewers admins', {}, '403 403 403'],
    ['an object', { admins: true }, {}, '403 403 403'],
    ['a list in a list', [['admins']], {}, '403 403 403'],
    ['another case', ['Admins'], {}, '403 403 403'],
    ['a space', ['admins '], {}, '403 403 403'],
    ['a beginning', ['adminsX', 'admin'], {}, '403 403 403'],
    ['a number', [0], {}, '403 403 403'],
    ['true', true, {}, '403 403 403'],
    ['claims of the word itself', [], { role: 'admin', roles: ['admin'], admin: true, scope: 'admin', method: 'bootstrap-token' }, '403 403 403'],
    ['a prototype', [], { constructor: { groups: ['admins'] } }, '403 403 403'],
    ['the bootstrap’s own name', [], { sub: 'bootstrap' }, '403 403 403'],
    ['look-alikes', ['аdmins'], {}, '403 403 403'],
  ])('%s', async (_, groups, claims, expected) => {
    expect(await may(await door.token(groups, claims))).toBe(expected)
  })

  it('of a claim twice the last counts (RFC 7519 §4), never the one that gives more', async () => {
    const claims = JSON.stringify({ ...goodClaims(), aud: 'https://admin.example.com', groups: ['viewers'] })
    for (const text of [claims.replace('"groups"', '"groups":["admins"],"groups"'), claims.replace('"sub"', '"groups":["admins"],"sub"')]) {
      expect(await may(await door.one.raw({ alg: 'RS256', kid: 'key-one', typ: 'at+jwt' }, text))).toBe('200 403 403')
    }
  })

  it.each<[string, Record<string, string>]>([
    ['headers that say so', { 'X-Portcullis-Roles': 'admin', 'X-Role': 'admin', 'X-Groups': 'admins', Groups: 'admins' }],
    ['a second credential', { 'Cf-Access-Jwt-Assertion': 'a.b.c' }],
  ])('%s make nobody more', async (_, headers) => {
    const token = await door.token(['viewers'])
    expect((await door.ask(OPERATE, { ...as(token), ...headers }, BAN)).said).toBe('403 admin.role')
  })

  it('a viewer changes nothing by any method', async () => {
    const before = await door.rooms()
    const token = await door.token(['viewers'])
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'GET']) {
      const headers = { ...as(token), 'X-HTTP-Method-Override': 'POST', Connection: 'close' }
      const outcome = await door.ask(`${method} ${ADMIN}/bans`, headers, method === 'GET' || method === 'HEAD' ? '' : BAN)
      expect(outcome.said, method).toMatch(method === 'GET' || method === 'HEAD' ? /^200/ : /^40[35]/)
    }
    expect((await door.rooms()).trail).toEqual(before.trail)
  })

  it('an operator makes no key, whose owner would be whoever', async () => {
    expect((await door.ask(`POST ${ADMIN}/keys`, as(await door.token(['operators'])), KEY)).said).toBe('403 admin.role')
  })

  it('who may do nothing is told so before the body is read or the key is known', async () => {
    const token = await door.token([])
    expect((await door.ask(OPERATE, bearer(token), '{')).said).toBe('403 admin.role')
  })

  it('the bootstrap token is an admin', async () => expect(await may(ADMIN_TOKEN)).toBe('200 201 200'))
})

describe('of two credentials', () => {
  let factors: AdminDoor
  beforeAll(async () => {
    factors = await openAdminDoor('factors')
  })
  afterAll(() => factors.stop())

  const device = (groups: unknown) =>
    factors.two.token({ ...goodClaims(), iss: 'https://issuer-two.test', aud: 'https://admin.example.com', sub: 'a-device', groups })

  it('the factor’s claims give no role', async () => {
    const headers = async (person: unknown, factor: unknown) => ({ ...bearer(await factors.token(person)), 'X-Device-Assertion': await device(factor) })
    expect((await factors.ask(READ, await headers(['viewers'], ['admins']))).said).toBe('200 admin.answered')
    expect((await factors.ask(OPERATE, { ...as(''), ...(await headers(['viewers'], ['admins'])) }, BAN)).said).toBe('403 admin.role')
    expect((await factors.ask(READ, await headers([], ['admins']))).said).toBe('403 admin.role')
    expect((await factors.ask(OPERATE, { ...as(''), ...(await headers(['admins'], [])) }, BAN)).said).toBe('201 admin.answered')
  })

  it('one is none', async () => {
    const unlisted = await factors.ask('GET /_portcullis/nothing')
    expectUnseen(await factors.ask(READ, bearer(await factors.token(['admins']))), unlisted, /^404 admin\.credential$/)
    expectUnseen(await factors.ask(READ, { 'X-Device-Assertion': await device(['admins']) }), unlisted, /^404 admin\.credential$/)
  })
})

describe('whoever changes something signs in again', () => {
  let stepUp: AdminDoor
  beforeAll(async () => {
    stepUp = await openAdminDoor('stepUp')
  })
  afterAll(() => stepUp.stop())
  const now = () => Math.floor(Date.now() / 1000)

  it.each<[string, Record<string, unknown>, string]>([
    ['a weak sign-in', { auth_time: now() }, '401 admin.step-up'],
    ['another strength', { acr: 'urn:password', auth_time: now() }, '401 admin.step-up'],
    ['a strong one of yesterday', { acr: 'urn:mfa', auth_time: now() - 86_400 }, '401 admin.step-up'],
    ['a strong one of tomorrow', { acr: 'urn:mfa', auth_time: now() + 86_400 }, '401 admin.step-up'],
    ['a strong one of nobody knows when', { acr: 'urn:mfa' }, '401 admin.step-up'],
    ['a time in words', { acr: 'urn:mfa', auth_time: `${now()}` }, '401 admin.step-up'],
    ['a list of strengths', { acr: ['urn:mfa'], auth_time: now() }, '401 admin.step-up'],
    ['a strong one of now', { acr: 'urn:mfa', auth_time: now() }, '201 admin.answered'],
  ])('%s', async (_, claims, said) => {
    const token = await stepUp.token(['admins'], claims)
    const outcome = await stepUp.ask(OPERATE, as(token), BAN)
    expect(outcome.said).toBe(said)
    if (said.startsWith('401'))
      expect(outcome.response.headers['www-authenticate']).toMatch(/^Bearer error="insufficient_user_authentication",.* acr_values="urn:mfa", max_age="300"$/)
    expect((await stepUp.ask(READ, bearer(token))).said).toBe('200 admin.answered')
  })

  it('a bootstrap token is not exempt unless that is said', async () => {
    expect((await stepUp.ask(OPERATE, as(ADMIN_TOKEN), BAN)).said).toBe('401 admin.step-up')
  })
})
