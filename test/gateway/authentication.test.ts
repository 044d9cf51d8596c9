import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { type Authentication, type Authenticator, allOf, anyOf } from '../../src/core/authentication.ts'
import type { Challenge } from '../../src/core/challenge.ts'
import { type Decision, deny, pass, skip } from '../../src/core/decision.ts'
import type { Exchange } from '../../src/core/exchange.ts'
import { definePolicy, type PolicyOptions } from '../../src/core/policy.ts'
import { type Principal, principalId } from '../../src/core/principal.ts'
import { defineGateway } from '../../src/gateway/define.ts'
import { underTest } from './under-test.ts'

/** An authenticator that reads `name:word` from a header: `ok` verifies, `bad` is refused, `down` fails, `nobody` passes without a principal; another name is not its own. */
function reader(
  name: string,
  header: string,
  challenges: readonly Challenge[] = [{ scheme: 'Bearer' }],
  options: PolicyOptions & { late?: boolean } = {},
): Authenticator {
  const { late = false, ...own } = options
  const judge = (x: Exchange): Decision => {
    const [whose, word] = (x.headers.get(header)?.replace(/^\w+ /, '') ?? '').split(':')
    if (whose !== name) return skip(...challenges)
    if (word === 'down') throw new Error('out of reach')
    if (word === 'bad') return deny(401, `${name}.bad`, { challenges: challenges.map(({ scheme }) => ({ scheme, params: { error: 'invalid_token' } })) })
    if (word === 'nobody') return pass()
    return pass({ principal: principalOf(name, header), toOrigin: { [`x-${name}`]: '1' }, toClient: { [`x-seen-${name}`]: '1' } })
  }
  return definePolicy({
    name,
    stage: 'authenticate',
    settings: v.strictObject({}),
    credentials: () => [header],
    compile: () => ({ request: late ? async (x) => judge(x) : judge }),
  })(own)
}

function principalOf(subject: string, credentialHeader: string): Principal {
  const issuer = 'https://issuer.example'
  const nothing = new Set<string>()
  return { id: principalId(issuer, subject), issuer, subject, method: 'test', scheme: 'Bearer', credentialHeader, scopes: nothing, roles: nothing, claims: {} }
}

const LATE = { late: true }
const a = reader('a', 'authorization')
const lateA = reader('a', 'authorization', undefined, LATE)
const b = reader('b', 'authorization')
const realm = reader('c', 'authorization', [{ scheme: 'Bearer', params: { realm: 'c' } }])
const assertion = reader('d', 'x-assertion')
const dpop = reader('e', 'authorization', [{ scheme: 'DPoP', params: { algs: 'ES256' } }], LATE)
const key = reader('f', 'x-key', [{ scheme: 'ApiKey' }])
const lateKey = reader('f', 'x-key', [{ scheme: 'ApiKey' }], LATE)
const silent = reader('g', 'x-silent', [])
const reporting = reader('h', 'x-tried', [{ scheme: 'Tried' }], { mode: 'report' })

async function ask(authenticate: Authentication, headers: Record<string, string>, more: object = {}) {
  const gateway = defineGateway({
    zones: { api: { hosts: ['api.example.com'], origin: 'https://origin.example.com', routes: { 'GET /x': { authenticate, ...more } } } },
  })
  return await underTest(gateway)('https://api.example.com/x', { headers })
}

type Case = readonly [name: string, authenticate: Authentication, headers: Record<string, string>, said: string, challenge: string | null]

async function expectCase(authenticate: Authentication, headers: Record<string, string>, said: string, challenge: string | null) {
  const { response, record, received } = await ask(authenticate, headers)
  expect([`${response.status} ${record.reason}`, response.headers.get('www-authenticate')]).toEqual([said, challenge])
  expect(received === undefined).toBe(response.status !== 200)
}

const OK = '200 origin.answered'

describe('one authenticator', () => {
  it.each<Case>([
    ['no credential', a, {}, '401 a.missing', 'Bearer'],
    ['no credential, with a realm', realm, {}, '401 c.missing', 'Bearer realm="c"'],
    ['one of its scheme that it does not claim', a, { authorization: 'Bearer x:ok' }, '401 authenticate.unclaimed', 'Bearer error="invalid_token"'],
    ['by any case', a, { authorization: 'bEARER x:ok' }, '401 authenticate.unclaimed', 'Bearer error="invalid_token"'],
    ['with a realm', realm, { authorization: 'Bearer x:ok' }, '401 authenticate.unclaimed', 'Bearer realm="c", error="invalid_token"'],
    ['late', dpop, { authorization: 'DPoP x:ok' }, '401 authenticate.unclaimed', 'DPoP algs="ES256", error="invalid_token"'],
    ['one of another scheme (RFC 6750 §3.1: no error code)', a, { authorization: 'Basic eDpvaw==' }, '401 authenticate.unclaimed', 'Bearer'],
    ['a scheme that begins like its own', a, { authorization: 'Bearer-x x:ok' }, '401 authenticate.unclaimed', 'Bearer'],
    ['in a header of its own', assertion, { 'x-assertion': 'x:ok' }, '401 authenticate.unclaimed', 'Bearer error="invalid_token"'],
    ['where it does not look', assertion, { authorization: 'Bearer d:ok' }, '401 d.missing', 'Bearer'],
    ['for a scheme whose challenges tell no errors', key, { 'x-key': 'x:ok' }, '401 authenticate.unclaimed', 'ApiKey'],
    ['one that nobody offers', silent, { 'x-silent': 'x:ok' }, '401 authenticate.unclaimed', null],
    ['that passes without a principal', a, { authorization: 'Bearer a:nobody' }, '503 a.error', null],
  ])('%s', async (_name, authenticate, headers, said, challenge) => {
    await expectCase(authenticate, headers, said, challenge)
  })
})

describe('anyOf', () => {
  const either = anyOf(a, b)
  const mixed = anyOf(a, assertion, dpop)
  it.each<Case>([
    ['the first', either, { authorization: 'Bearer a:ok' }, OK, null],
    ['the second', either, { authorization: 'Bearer b:ok' }, OK, null],
    ['the second, after one that takes its time', anyOf(lateA, b), { authorization: 'Bearer b:ok' }, OK, null],
    ['nobody: one challenge for both', either, {}, '401 authenticate.missing', 'Bearer'],
    ['nobody, late: the same', anyOf(lateA, b), {}, '401 authenticate.missing', 'Bearer'],
    ['nobody claims what is there: one invalid_token', either, { authorization: 'Bearer x:ok' }, '401 authenticate.unclaimed', 'Bearer error="invalid_token"'],
    [
      'two realms stay two',
      anyOf(a, realm),
      { authorization: 'Bearer x:ok' },
      '401 authenticate.unclaimed',
      'Bearer error="invalid_token", Bearer realm="c", error="invalid_token"',
    ],
    ['every way in, once', mixed, {}, '401 authenticate.missing', 'Bearer, DPoP algs="ES256"'],
    [
      'the error is for the scheme that was used',
      mixed,
      { authorization: 'DPoP x:ok' },
      '401 authenticate.unclaimed',
      'Bearer, DPoP algs="ES256", error="invalid_token"',
    ],
    ['wherever it stood', mixed, { 'x-assertion': 'x:ok' }, '401 authenticate.unclaimed', 'Bearer error="invalid_token", DPoP algs="ES256"'],
    ['a denial is final', anyOf(a, assertion), { authorization: 'Bearer a:bad', 'x-assertion': 'd:ok' }, '401 a.bad', 'Bearer error="invalid_token"'],
    [
      'and nobody behind it is asked',
      anyOf(lateA, assertion),
      { authorization: 'Bearer a:bad', 'x-assertion': 'd:down' },
      '401 a.bad',
      'Bearer error="invalid_token"',
    ],
    ['a failure is no skip', anyOf(a, assertion), { authorization: 'Bearer a:down', 'x-assertion': 'd:ok' }, '503 authenticate.error', null],
    ['late neither', anyOf(lateA, assertion), { authorization: 'Bearer a:down', 'x-assertion': 'd:ok' }, '503 authenticate.error', null],
    ['nor in an anyOf within', anyOf(anyOf(lateA, b), assertion), { authorization: 'Bearer a:down', 'x-assertion': 'd:ok' }, '503 authenticate.error', null],
    ['a pass without a principal neither', anyOf(a, assertion), { authorization: 'Bearer a:nobody', 'x-assertion': 'd:ok' }, '503 authenticate.error', null],
    ['who decided before a bad one decided', anyOf(a, assertion), { authorization: 'Bearer a:ok', 'x-assertion': 'd:bad' }, OK, null],
    ['a reporting one lets nobody in, and offers nothing', anyOf(a, reporting), { 'x-tried': 'h:ok' }, '401 authenticate.missing', 'Bearer'],
    ['nor keeps anybody out', anyOf(a, reporting), { authorization: 'Bearer a:ok', 'x-tried': 'h:bad' }, OK, null],
    ['nor fails for anybody', anyOf(a, reporting), { authorization: 'Bearer a:ok', 'x-tried': 'h:down' }, OK, null],
  ])('%s', async (_name, authenticate, headers, said, challenge) => {
    await expectCase(authenticate, headers, said, challenge)
  })
})

describe('allOf', () => {
  const both = allOf(a, key)
  const nested = allOf(anyOf(a, b, assertion), key)
  const good = { authorization: 'Bearer a:ok', 'x-key': 'f:ok' }
  it.each<Case>([
    ['both', both, good, OK, null],
    ['both, late', allOf(lateA, lateKey), good, OK, null],
    ['neither', both, {}, '401 authenticate.missing', 'Bearer, ApiKey'],
    ['the second is missing: only it is asked for', both, { authorization: 'Bearer a:ok' }, '401 authenticate.incomplete', 'ApiKey'],
    ['the first is missing', both, { 'x-key': 'f:ok' }, '401 authenticate.incomplete', 'Bearer'],
    ['late', allOf(lateA, lateKey), { 'x-key': 'f:ok' }, '401 authenticate.incomplete', 'Bearer'],
    [
      'the first is there, and nobody’s',
      both,
      { authorization: 'Bearer x:ok', 'x-key': 'f:ok' },
      '401 authenticate.incomplete',
      'Bearer error="invalid_token"',
    ],
    ['one missing that nobody can offer', allOf(a, silent), { authorization: 'Bearer a:ok' }, '401 authenticate.incomplete', null],
    ['the first denies', both, { authorization: 'Bearer a:bad', 'x-key': 'f:ok' }, '401 a.bad', 'Bearer error="invalid_token"'],
    ['the second denies', both, { authorization: 'Bearer a:ok', 'x-key': 'f:bad' }, '401 f.bad', 'ApiKey error="invalid_token"'],
    ['one is missing and the other denies', both, { 'x-key': 'f:bad' }, '401 f.bad', 'ApiKey error="invalid_token"'],
    ['one fails', both, { authorization: 'Bearer a:ok', 'x-key': 'f:down' }, '503 authenticate.error', null],
    ['one is missing and the other fails', both, { 'x-key': 'f:down' }, '503 authenticate.error', null],
    ['one fails late', allOf(a, lateKey), { authorization: 'Bearer a:ok', 'x-key': 'f:down' }, '503 authenticate.error', null],
    ['one passes without a principal', both, { authorization: 'Bearer a:ok', 'x-key': 'f:nobody' }, '503 authenticate.error', null],
    ['an anyOf within, by its first', nested, good, OK, null],
    ['by its second: nothing is missing any more', nested, { authorization: 'Bearer b:ok', 'x-key': 'f:ok' }, OK, null],
    ['by its second, and the key is missing: only that is asked for', nested, { authorization: 'Bearer b:ok' }, '401 authenticate.incomplete', 'ApiKey'],
    ['nobody of it', nested, { 'x-key': 'f:ok' }, '401 authenticate.incomplete', 'Bearer'],
    ['one of it denies', nested, { authorization: 'Bearer b:bad', 'x-assertion': 'd:ok', 'x-key': 'f:ok' }, '401 b.bad', 'Bearer error="invalid_token"'],
    [
      'within anyOf it claims with one of its parts',
      anyOf(both, assertion),
      { 'x-key': 'f:ok', 'x-assertion': 'd:ok' },
      '401 authenticate.incomplete',
      'Bearer',
    ],
    ['within anyOf it leaves what it claims nothing of', anyOf(both, assertion), { 'x-assertion': 'd:ok' }, OK, null],
    ['within anyOf, behind another: only its own parts are missing', anyOf(dpop, both), { 'x-key': 'f:ok' }, '401 authenticate.incomplete', 'Bearer'],
    ['within anyOf, nobody: every way in', anyOf(both, assertion), {}, '401 authenticate.missing', 'Bearer, ApiKey'],
  ])('%s', async (_name, authenticate, headers, said, challenge) => {
    await expectCase(authenticate, headers, said, challenge)
  })

  it.each<[string, Authentication]>([
    ['two that read one header', allOf(a, b)],
    ['where only one of several ways reads it', allOf(anyOf(assertion, a), b)],
    ['deeper', allOf(key, allOf(assertion, anyOf(a, key)))],
    ['within anyOf', anyOf(allOf(a, b), assertion)],
  ])('%s are refused at start: one credential would be two factors', async (_name, authenticate) => {
    await expect(ask(authenticate, {})).rejects.toThrow('one credential is one factor')
  })

  it('the first gives the principal, the others are its factors, however they are nested', async () => {
    const seen: (Principal | undefined)[] = []
    const look = definePolicy({
      name: 'look',
      stage: 'authorize',
      settings: v.strictObject({}),
      compile: () => ({
        request: ({ principal }) => {
          seen.push(principal)
          return pass()
        },
      }),
    })({})
    const headers = { ...good, 'x-assertion': 'd:ok' }
    await ask(allOf(a, allOf(key, assertion)), headers, { policies: [look] })
    await ask(allOf(allOf(lateA, lateKey), assertion), headers, { policies: [look] })
    for (const principal of seen)
      expect([principal?.subject, principal?.factors?.map(({ subject, factors }) => [subject, factors])]).toEqual([
        'a',
        [
          ['f', undefined],
          ['d', undefined],
        ],
      ])
    expect(seen).toHaveLength(2)
  })

  it('what each has to tell origin and client is told', async () => {
    const { response, received } = await ask(both, good)
    expect([received?.headers.get('x-a'), received?.headers.get('x-f')]).toEqual(['1', '1'])
    expect([response.headers.get('x-seen-a'), response.headers.get('x-seen-f')]).toEqual(['1', '1'])
  })
})

describe('what the origin gets of several credentials', () => {
  const headers = { authorization: 'Bearer a:ok', 'x-assertion': 'd:ok' }
  it.each<[string, Authentication, object, Record<string, string>, (string | null | undefined)[]]>([
    ['none', anyOf(a, assertion), {}, headers, [null, null]],
    ['the one that decided, where the route forwards it', anyOf(a, assertion), { forwardCredential: true }, headers, ['Bearer a:ok', null]],
    ['by the order of the configuration, not of the request', anyOf(assertion, a), { forwardCredential: true }, headers, [null, 'd:ok']],
    ['not one that nobody claimed', anyOf(a, assertion), { forwardCredential: true }, { ...headers, authorization: 'Bearer x:ok' }, [null, 'd:ok']],
    ['of factors the first', allOf(a, assertion), { forwardCredential: true }, headers, ['Bearer a:ok', null]],
  ])('%s', async (_name, authenticate, more, sent, expected) => {
    const { received } = await ask(authenticate, sent, more)
    expect([received?.headers.get('authorization'), received?.headers.get('x-assertion')]).toEqual(expected)
  })
})
