import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { type Authentication, anyOf } from '../../src/core/authentication.ts'
import { type Decision, deny, pass, reply, skip } from '../../src/core/decision.ts'
import type { Exchange } from '../../src/core/exchange.ts'
import { definePolicy, type Handlers, type PolicyOptions } from '../../src/core/policy.ts'
import { principalId } from '../../src/core/principal.ts'
import type { Stage } from '../../src/core/stage.ts'
import { defineGateway } from '../../src/gateway/define.ts'
import { underTest } from './under-test.ts'

/** A control of one stage that does what a test says. */
function control<St extends Stage>(name: string, stage: St, handlers: Handlers, options: PolicyOptions = {}) {
  return definePolicy({ name, stage, settings: v.strictObject({}), compile: () => handlers })(options)
}

/** A handler that notes something and decides. */
const noted =
  (note: (x: Exchange) => void, decision: Decision = pass()) =>
  (x: Exchange) => {
    note(x)
    return decision
  }

const principal = (subject: string) => ({
  id: principalId('https://issuer.example', subject),
  issuer: 'https://issuer.example',
  subject,
  method: 'test',
  scheme: 'Bearer',
  credentialHeader: 'authorization',
  scopes: new Set(['read']),
  roles: new Set<string>(),
  claims: { sub: subject },
})

const ada = control('ada', 'authenticate', { request: () => pass({ principal: principal('ada') }) })

type Controls = readonly ReturnType<typeof control<'access'>>[]

/** A gateway with one route, `GET /x`. */
function gatewayOf(policies: readonly unknown[], route: Record<string, unknown> = { authenticate: ada }) {
  return defineGateway({
    zones: {
      api: {
        hosts: ['api.example.com'],
        origin: 'https://origin.example.com',
        policies: policies as Controls,
        routes: { 'GET /x': route as { public: string } },
      },
    },
  })
}

const ask = (policies: readonly unknown[], route?: Record<string, unknown>) => underTest(gatewayOf(policies, route))('https://api.example.com/x')

describe('order', () => {
  it('is that of the stages, then of the configuration, whatever the order in the file', async () => {
    const seen: string[] = []
    const noting = (name: string, stage: Exclude<Stage, 'authenticate'>) => control(name, stage, { request: noted(() => seen.push(name)) })
    await ask(
      [noting('limit', 'limit'), noting('validate', 'validate'), noting('shield-1', 'shield'), noting('shield-2', 'shield'), noting('access', 'access')],
      {
        authenticate: control('who', 'authenticate', { request: noted(() => seen.push('who'), pass({ principal: principal('ada') })) }),
        policies: [noting('route-access', 'access'), noting('authorize', 'authorize'), noting('transform', 'transform')],
      },
    )
    expect(seen).toEqual(['access', 'route-access', 'shield-1', 'shield-2', 'who', 'authorize', 'limit', 'validate', 'transform'])
  })

  it.each([
    ['GET', '{"err":"no"}'],
    ['HEAD', ''],
  ])('%s: a denial in the words of a protocol is a denial all the same', async (method, expected) => {
    const no = deny(400, 'no.reason', { document: { mediaType: 'application/json', text: '{"err":"no"}' }, problem: { detail: 'not told' } })
    const gateway = gatewayOf([control('no', 'access', { request: () => no })])
    const { response, body, record } = await underTest(gateway)('https://api.example.com/x', { method })
    expect([response.status, response.headers.get('content-type'), response.headers.get('cache-control'), body]).toEqual([
      400,
      'application/json',
      'no-store',
      expected,
    ])
    expect(response.headers.get('x-request-id')).toBe(record.requestId)
    expect(record).toMatchObject({ decision: 'deny', reason: 'no.reason', policy: 'no' })
  })

  it('ends at the first denial: nobody behind it is asked', async () => {
    const { response, record, received } = await ask([
      control('no', 'access', { request: () => deny(403, 'no.reason') }),
      control('never', 'shield', {
        request: () => {
          throw new Error('asked')
        },
      }),
    ])
    expect(response.status).toBe(403)
    expect(record).toMatchObject({ decision: 'deny', reason: 'no.reason', policy: 'no', status: 403, originMs: -1 })
    expect(received).toBeUndefined()
  })
})

describe('a control that fails', () => {
  const broken: readonly [string, Handlers['request']][] = [
    [
      'throws',
      () => {
        throw new Error('secret internals')
      },
    ],
    ['rejects', () => Promise.reject(new Error('secret internals'))],
    ['answers nothing', (() => undefined) as never],
    ['answers an unknown kind', (() => ({ kind: 'allow' })) as never],
    ['skips, and is no authenticator', () => skip()],
    ['answers a truthy value', (() => true) as never],
    ['answers late and nothing', (async () => null) as never],
  ]
  it.each(broken)('%s: 503 with Retry-After, and nothing of why', async (_what, request) => {
    const { response, body, record, received } = await ask([control('broken', 'access', { request: request as never })])
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('5')
    expect(record).toMatchObject({ decision: 'error', reason: 'broken.error', policy: 'broken' })
    expect(body).not.toContain('secret')
    expect(received).toBeUndefined()
  })

  it.each(broken)('%s, with onError pass: goes on, and is recorded', async (_what, request) => {
    const { response, record } = await ask([control('broken', 'access', { request: request as never }, { onError: 'pass' })])
    expect(response.status).toBe(200)
    expect(record).toMatchObject({ decision: 'allow', reported: 'broken:error' })
  })

  it('an authenticator that passes without a principal has failed', async () => {
    const { response, record, received } = await ask([], { authenticate: control('who', 'authenticate', { request: () => pass() }) })
    expect([response.status, record.reason, received]).toEqual([503, 'who.error', undefined])
  })

  it('in finish, where nobody has a say any more: 500', async () => {
    const { response, body, record } = await ask([
      control('finisher', 'finish', {
        finish: () => {
          throw new Error('secret internals')
        },
      }),
    ])
    expect([response.status, record.reason]).toEqual([500, 'gateway.internal'])
    expect(JSON.parse(body)).toMatchObject({ title: 'Internal Server Error', status: 500, requestId: record.requestId })
    expect(body).not.toContain('secret')
  })

  it('in response: 502', async () => {
    const { response, record } = await ask([
      control('masking', 'respond', {
        response: () => {
          throw new Error('secret internals')
        },
      }),
    ])
    expect([response.status, record.reason]).toEqual([502, 'masking.error'])
  })

  it('in settle: changes nothing', async () => {
    const { response } = await ask([
      control('settler', 'shield', {
        settle: () => {
          throw new Error('late')
        },
      }),
    ])
    expect(response.status).toBe(200)
  })
})

describe('report mode', () => {
  const reporting = { mode: 'report' } as const
  it('records what it would have done and changes nothing', async () => {
    const { response, record, received } = await ask([
      control('denies', 'access', { request: () => deny(403, 'denies.all') }, reporting),
      control('throws', 'access', { request: () => Promise.reject(new Error('x')) }, reporting),
      control('replies', 'preflight', { request: () => reply(new Response('mine'), 'replies.it') }, reporting),
      control('edits', 'shield', { request: () => pass({ toOrigin: { 'x-edit': '1' }, toClient: { 'x-edit': '1' } }) }, reporting),
      control('heads', 'finish', { responseHeaders: { 'x-constant': '1' }, finish: (headers) => headers.set('x-finish', '1') }, reporting),
      control('masks', 'respond', { response: () => new Response('masked') }, reporting),
      control('breaks', 'respond', { response: () => Promise.reject(new Error('x')) }, reporting),
    ])
    expect(response.status).toBe(200)
    for (const name of ['x-edit', 'x-constant', 'x-finish']) expect(response.headers.has(name)).toBe(false)
    expect(received?.headers.has('x-edit')).toBe(false)
    expect(record.reported).toBe('denies:denies.all throws:error replies:replies.it masks:report.too-large breaks:report.too-large')
  })

  it('says no more of it than 1,024 characters', async () => {
    const many = Array.from({ length: 200 }, (_, i) => control(`reporter-${i}`, 'access', { request: () => deny(403, 'denies.all') }, reporting))
    const { record } = await ask(many)
    expect([record.reported.length, record.reported.startsWith('reporter-0:denies.all reporter-1:denies.all')]).toEqual([1024, true])
  })

  it('keeps its principal among reporting policies', async () => {
    const seen: (string | undefined)[] = []
    const look = (options: PolicyOptions) => control('look', 'authorize', { request: noted((x) => seen.push(x.principal?.subject)) }, options)
    const { record } = await ask([], {
      authenticate: anyOf(control('shadow', 'authenticate', { request: () => pass({ principal: principal('eve') }) }, reporting), ada),
      policies: [look({}), look(reporting)],
    })
    expect(seen).toEqual(['ada', 'eve'])
    expect(record.principal).not.toBe('')
  })

  it('knows what enforced policies learned, whenever it looks first', async () => {
    const seen: unknown[] = []
    const look = (stage: 'access' | 'authorize' | 'decide') =>
      control(`look-${stage}`, stage, { request: noted((x) => seen.push([stage, x.principal?.subject, x.validated.body])) }, reporting)
    await ask([look('access')], {
      authenticate: ada,
      policies: [look('authorize'), control('validate', 'validate', { request: () => pass({ validated: { body: 'sound' } }) }), look('decide')],
    })
    expect(seen).toEqual([
      ['access', undefined, undefined],
      ['authorize', 'ada', undefined],
      ['decide', 'ada', 'sound'],
    ])
  })

  it('spends nothing of a shared counter', async () => {
    const cells: string[] = []
    const spy = control(
      'limit',
      'shield',
      {
        request: async (x) => {
          const cell = { id: 'api|spied|k', tokens: 1, periodMs: 60_000, burst: 1 }
          const [verdict] = await x.ports.limiter.take({ owner: 'api|spied', cells: [cell], cost: 1 }, x)
          cells.push(String(verdict?.admitted))
          return pass()
        },
      },
      reporting,
    )
    const real = control('real', 'shield', spy.compile() as Handlers)
    const again = control('limit-again', 'shield', spy.compile() as Handlers, reporting)
    await ask([spy, again, real])
    expect(cells).toEqual(['true', 'false', 'true'])
  })

  it('lets a reporting reader see a body that is too long for it, and the origin all of it', async () => {
    const reader = control('reader', 'validate', { request: (x) => x.body.bytes(4).then(() => pass()) }, reporting)
    const gateway = defineGateway({
      zones: { api: { hosts: ['api.example.com'], origin: 'https://origin.example.com', policies: [reader], routes: { 'POST /x': { public: 'test' } } } },
    })
    const run = underTest(gateway, { origin: async ({ init }) => new Response(await new Response(init.body).text()) })
    const { body, record } = await run('https://api.example.com/x', { method: 'POST', body: '0123456789' })
    expect([body, record.reported]).toEqual(['0123456789', 'reader:error'])
  })
})

describe('what a step learned', () => {
  it('goes to the origin and to the client', async () => {
    const { response, received } = await ask([
      control('edits', 'access', { request: () => pass({ toOrigin: { 'x-to-origin': '1', 'user-agent': null }, toClient: { 'x-to-client': '1' } }) }),
    ])
    expect(response.headers.get('x-to-client')).toBe('1')
    expect(received?.headers.get('x-to-origin')).toBe('1')
  })

  it('stands in the place of what the client sent under that name, however it is spelled', async () => {
    const edits = control('edits', 'access', { request: () => pass({ toOrigin: { 'X-User': 'ada', 'X-Gone': null } }) })
    const { received } = await underTest(gatewayOf([edits]))('https://api.example.com/x', { headers: { 'x-user': 'eve', 'x-gone': '1' } })
    expect([received?.headers.get('x-user'), received?.headers.has('x-gone')]).toEqual(['ada', false])
  })

  it('is no principal unless it comes from the authenticate stage', async () => {
    const { received } = await ask([control('forger', 'access', { request: () => pass({ principal: principal('eve') }) })], { public: 'a test' })
    expect(received?.headers.has('x-portcullis-subject')).toBe(false)
  })
})

describe('a reply', () => {
  it('is sent with the gateway’s headers and is recorded as one', async () => {
    const { response, body, record, received } = await ask([
      control('answers', 'preflight', { request: () => reply(new Response('mine', { status: 299 }), 'answers.it') }),
      control('heads', 'finish', { responseHeaders: { 'x-constant': '1' } }),
    ])
    expect([response.status, body, response.headers.get('x-constant'), received]).toEqual([299, 'mine', '1', undefined])
    expect(record).toMatchObject({ decision: 'reply', reason: 'answers.it' })
  })
})

describe('settle', () => {
  it.each<[string, unknown[], object]>([
    ['after the origin', [], { status: 200, reason: 'origin.answered', reachedOrigin: true, origin: { status: 200 } }],
    ['after a denial', [control('no', 'authorize', { request: () => deny(403, 'no.reason') })], { status: 403, reason: 'no.reason', reachedOrigin: false }],
  ])('always runs: %s', async (_when, more, outcome) => {
    const seen: object[] = []
    await ask([control('settler', 'shield', { settle: (found) => void seen.push(found) }), ...more])
    expect(seen).toMatchObject([outcome])
    expect('origin' in outcome).toBe('origin' in (seen[0] ?? {}))
  })

  it('tells what the origin answered, before the gateway strips it', async () => {
    const seen: unknown[] = []
    const settler = control('settler', 'shield', { responseHeaders: { 'x-cost': null }, settle: ({ origin }) => void seen.push(origin?.headers.get('x-cost')) })
    const run = underTest(gatewayOf([settler]), { origin: () => new Response('', { headers: { 'x-cost': '7' } }) })
    const { response } = await run('https://api.example.com/x')
    expect([seen, response.headers.get('x-cost')]).toEqual([['7'], null])
  })
})

describe('the end of a response', () => {
  const ended = (seen: string[], options: PolicyOptions = {}) =>
    control('ender', 'shield', { request: () => pass(), ended: () => void seen.push('ended') }, options)

  it.each<[string, unknown[], () => Response, number]>([
    ['a body', [], () => new Response('body'), 200],
    ['no body', [], () => new Response(null, { status: 204 }), 204],
    ['a denial', [control('no', 'authorize', { request: () => deny(403, 'no.reason') })], () => new Response('never'), 403],
  ])('is told once: %s', async (_, more, origin, status) => {
    const seen: string[] = []
    const run = underTest(gatewayOf([ended(seen), ...more]), { origin })
    expect((await run('https://api.example.com/x')).response.status).toBe(status)
    expect(seen).toEqual(['ended'])
  })

  it('is not before the body is there', async () => {
    const seen: string[] = []
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const gateway = gatewayOf([ended(seen)])
    const run = underTest(gateway, {
      origin: () => {
        void (async () => {
          const writer = writable.getWriter()
          await writer.write(new TextEncoder().encode('late'))
          seen.push('sent')
          await writer.close()
        })()
        return new Response(readable)
      },
    })
    expect((await run('https://api.example.com/x')).body).toBe('late')
    expect(seen).toEqual(['sent', 'ended'])
  })

  it('leaves what the response says of itself', async () => {
    const run = underTest(gatewayOf([ended([])]), { origin: () => new Response('12345', { status: 201, headers: { 'content-length': '5', etag: '"a"' } }) })
    const { response, body } = await run('https://api.example.com/x')
    expect([response.status, response.headers.get('content-length'), response.headers.get('etag'), body]).toEqual([201, '5', '"a"', '12345'])
  })

  it('does not fail with the one who wants to know', async () => {
    const broken = control('ender', 'shield', {
      request: () => pass(),
      ended: () => {
        throw new Error('broken')
      },
    })
    expect((await ask([broken])).response.status).toBe(200)
  })
})

describe('onError: local', () => {
  const failing = (local: NonNullable<Handlers['local']>, options: PolicyOptions = {}) =>
    definePolicy({
      name: 'failing',
      stage: 'shield',
      settings: v.strictObject({}),
      defaultOnError: () => 'local',
      compile: () => ({ request: () => Promise.reject(new Error('out of reach')), local }),
    })(options)

  it.each<[string, Decision, PolicyOptions, number, string, string]>([
    ['what it decides by itself holds: a pass', pass(), {}, 200, 'origin.answered', 'failing:failing.fallback'],
    ['and a denial', deny(503, 'failing.fallback'), {}, 503, 'failing.fallback', 'failing:failing.fallback'],
    ['unless it only reports', deny(503, 'failing.fallback'), { mode: 'report' }, 200, 'origin.answered', 'failing:failing.fallback'],
    ['or is to deny', pass(), { onError: 'deny' }, 503, 'failing.error', ''],
    ['or is to pass', deny(503, 'failing.fallback'), { onError: 'pass' }, 200, 'origin.answered', 'failing:error'],
    ['anything else it says is a denial', skip(), {}, 503, 'failing.error', 'failing:error'],
  ])('%s', async (_, decision, options, status, reason, reported) => {
    const { response, record, trace } = await ask([failing(() => decision, options)])
    expect([response.status, record.reason, record.reported]).toEqual([status, reason, reported])
    expect(trace.find(({ policy }) => policy === 'failing')).toMatchObject({ outcome: 'error', detail: 'Error: out of reach' })
  })

  it('a control that cannot even do that denies', async () => {
    const broken = failing(() => {
      throw new Error('nor this')
    })
    expect((await ask([broken])).record.reason).toBe('failing.error')
  })

  it('is for controls that can: others refuse the setting at start', () => {
    expect(() => gatewayOf([control('a', 'access', {}, { onError: 'local' } as PolicyOptions)])).toThrow('onError')
  })
})

describe('controls of one kind', () => {
  const joining = (seen: string[]) => {
    const factory = definePolicy({
      name: 'joining',
      stage: 'shield',
      settings: v.strictObject({ label: v.string() }),
      label: ({ label }) => label,
      compile: ({ label }) => ({ request: () => pass(), responseHeaders: { [`x-${label}`]: '1' } }),
      join: (members) => members.map((_, i) => noted(() => void seen.push(`${i + 1} of ${members.length}`))),
    })
    return (label: string, options: PolicyOptions = {}) => factory({ label, ...options })
  }

  it.each<[string, readonly PolicyOptions[], readonly string[]]>([
    ['ask together', [{}, {}, {}], ['1 of 3', '2 of 3', '3 of 3']],
    ['but not with those that only report', [{}, { mode: 'report' }, {}], ['1 of 2', '2 of 2']],
    ['and not alone', [{}, { mode: 'report' }], []],
  ])('%s', async (_, options, expected) => {
    const seen: string[] = []
    const make = joining(seen)
    const { response } = await ask(options.map((each, i) => make(`l${i}`, each)))
    expect(seen).toEqual(expected)
    expect(response.headers.get('x-l0')).toBe('1')
  })
})

describe('constant headers', () => {
  it('stand on every response, later policies win, and null strips what the origin sent', async () => {
    const gateway = gatewayOf([
      control('first', 'finish', { responseHeaders: { 'x-a': '1', 'x-b': '1', server: null } }),
      control('second', 'finish', { responseHeaders: { 'x-b': '2' } }),
    ])
    const run = underTest(gateway, { origin: () => new Response('', { headers: { server: 'nginx', 'x-b': 'origin' } }) })
    for (const path of ['/x', '/unlisted']) {
      const { response } = await run(`https://api.example.com${path}`)
      expect([response.headers.get('x-a'), response.headers.get('x-b'), response.headers.get('server')]).toEqual(['1', '2', null])
    }
  })
})

describe('anyOf', () => {
  const skips = (name: string, challenge: string) => control(name, 'authenticate', { request: () => skip({ scheme: challenge }) })
  const late = (name: string, decision: Decision) => control(name, 'authenticate', { request: async () => decision })
  it.each<[string, readonly Authentication[], number, string, string | null]>([
    ['the first that claims decides', [skips('a', 'A'), ada], 200, 'origin.answered', null],
    ['a denial is final', [control('a', 'authenticate', { request: () => deny(401, 'a.bad') }), ada], 401, 'a.bad', null],
    ['late or at once', [late('a', skip({ scheme: 'A' })), late('b', deny(401, 'b.bad')), ada], 401, 'b.bad', null],
    ['nobody claims: joined challenges', [skips('a', 'A'), late('b', skip({ scheme: 'B' })), skips('c', 'A')], 401, 'authenticate.missing', 'A, B'],
    ['a failure is no skip', [control('a', 'authenticate', { request: () => Promise.reject(new Error('idp down')) }), ada], 503, 'authenticate.error', null],
  ])('%s', async (_name, of, status, reason, challenge) => {
    const { response, record } = await ask([], { authenticate: anyOf(...of) })
    expect([response.status, record.reason, response.headers.get('www-authenticate')]).toEqual([status, reason, challenge])
  })
})
