import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { deny, pass } from '../../src/core/decision.ts'
import { definePolicy } from '../../src/core/policy.ts'
import { ConfigurationError } from '../../src/core/problems.ts'
import { defineGateway } from '../../src/gateway/define.ts'
import { bootstrapToken } from '../../src/policies/bootstrap-token/bootstrap-token.ts'
import { ipList } from '../../src/policies/ip-list/ip-list.ts'
import { ADMIN_TOKEN, adminGateway, adminUnderTest, BASE, DEFAULTS, HOST, people, tokenOf } from './admin.ts'
import type { Ask, Result } from './under-test.ts'

/** Everything that a caller sees, but for what is another in each answer. */
function seen({ response, body }: Result) {
  const id = response.headers.get('x-request-id') ?? ''
  const headers = [...response.headers].map(([name, value]) => [name, value.replaceAll(id, 'ID').replace(/;r=\d+/, ';r=N')])
  return { status: response.status, headers, body: body.replaceAll(id, 'ID') }
}

const UNLISTED = `https://${HOST}/_portcullis/nothing`

describe('whoever is not known sees what is seen of a path that is not there', () => {
  const TRIES: readonly [name: string, how: Ask, reason: string][] = [
    ['nothing', {}, 'admin.missing'],
    ['HEAD', { method: 'HEAD' }, 'admin.missing'],
    ['POST', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json', 'idempotency-key': 'k'.repeat(16) } }, 'admin.missing'],
    ['DELETE', { method: 'DELETE' }, 'admin.missing'],
    ['PUT', { method: 'PUT', body: 'x' }, 'admin.missing'],
    ['PATCH', { method: 'PATCH', body: 'x' }, 'admin.missing'],
    ['OPTIONS', { method: 'OPTIONS' }, 'admin.missing'],
    ['a preflight', { method: 'OPTIONS', headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' } }, 'admin.missing'],
    ['another origin', { headers: { origin: 'https://app.example.com' } }, 'admin.missing'],
    ['a wrong token', { headers: { authorization: 'Bearer wrong' } }, 'admin.credential'],
    ['a malformed token', { headers: { authorization: 'Bearer ' } }, 'admin.credential'],
    ['two tokens', { headers: { authorization: 'Bearer a, Bearer b' } }, 'admin.credential'],
    ['another scheme', { headers: { authorization: 'Basic YTpi' } }, 'admin.credential'],
    ['a forged token', { headers: { authorization: 'Bearer a.b.c' } }, 'admin.credential'],
    ['HEAD with a wrong token', { method: 'HEAD', headers: { authorization: 'Bearer wrong' } }, 'admin.credential'],
    ['OPTIONS with a wrong token', { method: 'OPTIONS', headers: { authorization: 'Bearer wrong' } }, 'admin.credential'],
  ]

  it.each(TRIES)('%s', async (_name, how, reason) => {
    const { ask } = adminUnderTest()
    for (const path of ['', '/', '/status', '/keys', '/nothing', '/openapi.json']) {
      const here = await ask(`GET ${path}`, { headers: {}, ...how })
      const nowhere = await ask(`GET ${UNLISTED}`, { headers: {}, ...how })
      expect(seen(here), path).toEqual(seen(nowhere))
      expect([here.response.status, here.record.route, here.record.reason, here.received]).toEqual([404, 'admin', reason, undefined])
      expect(nowhere.record).toMatchObject({ route: expect.stringMatching(/^unmatched \/\{\}/), reason: 'route.unlisted' })
    }
  })

  it.each<[string, string, Ask]>([
    ['a Worker', 'https', { ip: '2a06:98c0:3600::103', headers: { 'cf-worker': 'evil.example', authorization: `Bearer ${ADMIN_TOKEN}` } }],
    ['nobody', 'https', { ip: null, headers: { authorization: `Bearer ${ADMIN_TOKEN}` } }],
    ['plain http', 'http', { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } }],
  ])('and %s, whatever it carries, sees what the zone says to it', async (_name, scheme, how) => {
    const { run } = adminUnderTest()
    const here = await run(`${scheme}://${HOST}${BASE}/status`, how)
    const other = await run(`${scheme}://${HOST}/_portcullis/nothing`, how)
    expect(seen(here)).toEqual(seen(other))
    expect(here.response.status).toBe(403)
  })

  it('a Worker that the zone lets in is none of the admin’s', async () => {
    const { ask } = adminUnderTest({}, { policies: [ipList({ workers: ['partner.example'] })] })
    const how = { ip: '2a06:98c0:3600::103', headers: { 'cf-worker': 'partner.example', authorization: `Bearer ${ADMIN_TOKEN}` } }
    const here = await ask('GET /status', how)
    expect(seen(here)).toEqual(seen(await ask(`GET ${UNLISTED}`, how)))
    expect(here.record.reason).toBe('admin.caller')
  })

  it.each([true, false])('where methods are concealed: %s', async (conceal) => {
    const { ask } = adminUnderTest({}, { conceal })
    expect(seen(await ask('PUT /status', { key: '' }))).toEqual(seen(await ask(`PUT ${UNLISTED}`, { key: '' })))
  })

  it('too many attempts are no other answer, and the right token is none either', async () => {
    const { ask } = adminUnderTest({ limits: { attempts: '5/day' } })
    const wrong = { headers: { authorization: 'Bearer wrong' }, ip: '198.51.100.77' }
    const answers = []
    for (let i = 0; i < 7; i++) answers.push(await ask('GET /status', wrong))
    expect(answers.map(({ record }) => record.reason)).toEqual([...Array(5).fill('admin.credential'), 'admin.attempts', 'admin.attempts'])
    const right = await ask('GET /status', { headers: { authorization: `Bearer ${ADMIN_TOKEN}` }, ip: '198.51.100.77' })
    const nowhere = await ask(`GET ${UNLISTED}`, wrong)
    for (const answer of [...answers, right]) expect(seen(answer)).toEqual(seen(nowhere))
    expect((await ask('GET /status', { headers: { authorization: `Bearer ${ADMIN_TOKEN}` }, ip: '198.51.100.78' })).response.status).toBe(200)
  })

  it('calls in good standing and scans without a credential use up no attempts', async () => {
    const { root, ask } = adminUnderTest({ limits: { attempts: '3/day' } })
    const ip = '198.51.100.79'
    for (let i = 0; i < 6; i++) expect((await root('GET /status', { ip })).response.status).toBe(200)
    for (let i = 0; i < 6; i++) expect((await ask('GET /status', { ip })).record.reason).toBe('admin.missing')
    expect((await root('GET /status', { ip })).response.status).toBe(200)
  })

  it('an issuer or a secret out of reach is no other answer', async () => {
    const how = { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } }
    for (const secret of [() => undefined, () => 'short']) {
      const { ask } = adminUnderTest({}, { ports: { secret } })
      const here = await ask('GET /status', how)
      expect(here.record.reason).toBe('admin.error')
      expect(seen(here)).toEqual(seen(await ask(`GET ${UNLISTED}`, how)))
      expect(JSON.stringify(here.trace)).toContain('ADMIN_TOKEN')
    }
  })

  it('a network of its own is asked first', async () => {
    const { root, ask } = adminUnderTest({ policies: [ipList({ allow: ['203.0.113.0/24'] })] })
    const outside = await root('GET /status', { ip: '192.0.2.9' })
    expect(seen(outside)).toEqual(seen(await ask(`GET ${UNLISTED}`, { ip: '192.0.2.9', headers: { authorization: 'Bearer x' } })))
    expect(outside.record.reason).toBe('admin.policy')
    expect((await root('GET /status', { ip: '203.0.113.9' })).response.status).toBe(200)
  })

  it('what the zone denies is denied to whoever is known, too', async () => {
    const { root, ask } = adminUnderTest({}, { policies: [ipList({ deny: ['192.0.2.66/32'] })] })
    const denied = await root('GET /status', { ip: '192.0.2.66' })
    expect([denied.response.status, denied.record.reason]).toEqual([403, 'ip-list.denied'])
    expect(seen(denied)).toEqual(seen(await ask(`GET ${UNLISTED}`, { ip: '192.0.2.66' })))
  })

  it('a revoked token is nobody’s', async () => {
    const { as, ports, ask } = adminUnderTest()
    const grace = as(await tokenOf(['admins']))
    expect((await grace('GET /status')).response.status).toBe(200)
    const subject = { kind: 'subject', issuer: 'https://people.example', value: 'grace' } as const
    await ports.revocations.revoke([{ ...subject, untilMs: Date.now() + 60_000, reason: 'lost', by: 'ops' }])
    const over = await grace('GET /status')
    expect(over.record.reason).toBe('admin.revoked')
    expect(seen(over)).toEqual(seen(await ask(`GET ${UNLISTED}`)))
  })
})

describe('rules that operators make', () => {
  const ruled = (name: string, status: 403 | 503, fails = false) =>
    definePolicy({
      name,
      stage: 'access',
      settings: v.strictObject({}),
      compile: () => ({
        request(x) {
          if (fails) throw new Error('the ledger is out of reach')
          return x.route.key === 'admin'
            ? pass()
            : deny(status, `${name}.gateway` as `${string}.${string}`, status === 503 ? { headers: { 'retry-after': '60' } } : {})
        },
      }),
    })({})

  it.each([
    ['a kill switch', ruled('kill-switch', 503)],
    ['a ban', ruled('bans', 403)],
    ['a ledger out of reach', ruled('bans', 403, true)],
  ])('%s concerns whoever is not known, as everywhere, and never who may end it', async (_name, policy) => {
    const { root, ask, as } = adminUnderTest({}, { policies: [policy] })
    for (const headers of [{}, { authorization: 'Bearer wrong' }] as Record<string, string>[]) {
      const here = await ask('GET /status', { headers })
      expect(seen(here)).toEqual(seen(await ask(`GET ${UNLISTED}`, { headers })))
      expect([403, 503]).toContain(here.response.status)
    }
    expect((await root('GET /status')).response.status).toBe(200)
    expect((await as(await tokenOf([]))('GET /status')).record.reason).toBe('admin.role')
  })
})

describe('an admin API on a host of its own', () => {
  const host = 'admin.example.com'

  it('answers whoever is known, and is an unknown host to everybody else', async () => {
    const { root, ask } = adminUnderTest({ host })
    const at = (path: string) => `GET https://${host}${path}`
    expect((await root(at(`${BASE}/status`))).response.status).toBe(200)
    for (const path of ['/', BASE, `${BASE}/status`, '/v1/users/1', `${BASE}/../admin/status`]) {
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST']) {
        const here = await ask(at(path).replace('GET', method), { key: '' })
        const unknown = await ask(at(path).replace('GET', method).replace(host, 'unknown.example.com'), { key: '' })
        expect(seen(here), `${method} ${path}`).toEqual(seen(unknown))
      }
    }
    expect((await ask(at(`${BASE}/status`))).record).toMatchObject({ zone: '-', host: '-', route: 'admin', reason: 'admin.missing' })
  })

  it('is on no zone’s host, then', async () => {
    const { root } = adminUnderTest({ host })
    expect((await root(`GET https://${HOST}${BASE}/status`)).record).toMatchObject({ route: 'unmatched /{}/{}/{}', reason: 'route.unlisted' })
  })
})

describe('the configuration', () => {
  const problemsOf = (run: () => unknown) => {
    try {
      run()
      return []
    } catch (error) {
      if (error instanceof ConfigurationError) return error.problems
      throw error
    }
  }

  it.each<[string, object, string]>([
    ['a host in upper case', { host: 'API.example.com' }, 'admin.host'],
    ['a host with a path', { host: 'api.example.com/x' }, 'admin.host'],
    ['no host', { host: undefined }, 'admin.host'],
    ['a path that a wildcard of the zone matches', { path: '/ops' }, 'admin.path'],
    ['a path with a slash at its end', { path: '/_portcullis/admin/' }, 'admin.path'],
    ['a path in upper case', { path: '/_portcullis/Admin' }, 'admin.path'],
    ['a path with dots', { path: '/_portcullis/../admin' }, 'admin.path'],
    ['no authenticator', { authenticate: undefined }, 'admin.authenticate'],
    ['no admin', { roles: {} }, 'admin.roles.admin'],
    [
      'a role by a header',
      { roles: { admin: { op: 'eq', left: { from: 'header', name: 'x-admin' }, right: { from: 'value', value: '1' } } } },
      'admin.roles.admin',
    ],
    [
      'a role by a header among others',
      {
        roles: {
          admin: {
            op: 'any',
            of: [
              { op: 'exists', operand: { from: 'header', name: 'x-admin' } },
              { op: 'exists', operand: { from: 'claim', name: 'admin' } },
            ],
          },
        },
      },
      'admin.roles.admin',
    ],
    ['a role by the country alone', { roles: { admin: { op: 'exists', operand: { from: 'country' } } } }, 'admin.roles.admin'],
    ['a role that is everybody’s', { roles: { admin: { op: 'all', of: [] } } }, 'admin.roles.admin.of'],
    ['an unknown setting', { cors: true }, 'admin.cors'],
    ['a limit that is none', { limits: { attempts: 'many' } }, 'admin.limits.attempts'],
    ['an authenticator among the policies', { policies: [people] }, 'admin.policies[0]'],
    ['a secret instead of its name', { authenticate: bootstrapToken({ secret: 'a secret!' }) }, 'admin.authenticate.secret'],
  ])('with %s is refused', (_name, settings, path) => {
    expect(problemsOf(() => adminGateway(settings)).map((problem) => problem.path)).toContain(path)
  })

  it('a bootstrap token is no authenticator of a route', () => {
    const run = () =>
      defineGateway({
        zones: {
          api: { hosts: ['a.example.com'], origin: 'https://o.example.com', routes: { 'GET /': { authenticate: bootstrapToken({ secret: 'ADMIN_TOKEN' }) } } },
        },
      })
    expect(problemsOf(run).map(({ path, found }) => `${path}: ${found}`)).toEqual(['zones.api.routes["GET /"].authenticate: bootstrap-token on a route'])
  })

  it('a path outside what is reserved is good where no route meets it', () => {
    const { authenticate, roles } = DEFAULTS
    expect(problemsOf(() => adminGateway({ host: 'ops.example.com', path: '/ops', authenticate, roles }))).toEqual([])
  })

  it('says what it needs', () => {
    expect(adminGateway().bindings).toEqual(expect.arrayContaining(['ADMIN_TOKEN', 'AUDIT', 'LEDGER', 'RATE_LIMITER']))
  })

  it('what it says changes the hash', () => {
    expect(adminGateway().policyHash).not.toBe(adminGateway({ limits: { calls: '299/min' } }).policyHash)
  })
})
