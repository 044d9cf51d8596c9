import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { deny, pass, reply } from '../../src/core/decision.ts'
import { definePolicy, type Handlers, type PolicyOptions } from '../../src/core/policy.ts'
import { defineGateway } from '../../src/gateway/define.ts'
import { type Ask, type Surroundings, underTest } from './under-test.ts'

/** A control of the respond stage. */
const responding = (name: string, response: NonNullable<Handlers['response']>, options: PolicyOptions = {}) =>
  definePolicy({ name, stage: 'respond', settings: v.strictObject({}), compile: () => ({ response }) })(options)
const transforming = (name: string, request: NonNullable<Handlers['request']>, options: PolicyOptions = {}) =>
  definePolicy({ name, stage: 'transform', settings: v.strictObject({}), compile: () => ({ request }) })(options)

const settling = (name: string, settle: NonNullable<Handlers['settle']>) =>
  definePolicy({ name, stage: 'finish', settings: v.strictObject({}), compile: () => ({ settle }) })({})

type Controls = readonly ReturnType<typeof responding | typeof transforming | typeof settling>[]

const ask = (policies: Controls, origin?: Surroundings['origin'], how: Ask = {}) =>
  underTest(
    defineGateway({
      zones: {
        api: {
          hosts: ['api.example.com'],
          origin: 'https://origin.example.com',
          routes: { 'GET /x': { public: 'a test', policies }, 'POST /x': { public: 'a test', policies } },
        },
      },
    }),
    origin === undefined ? {} : { origin },
  )('https://api.example.com/x', how)

const REPORT = { mode: 'report' } as const
const refusing = () => deny(502, 'refuses.all', { detail: 'a detail' })
const original = () => new Response('{"a":1}', { headers: { 'content-type': 'application/json', 'content-length': '7', 'x-origin': '1' } })

describe('a response handler that refuses', () => {
  it('keeps the origin’s answer in: a bare problem, its policy and its reason', async () => {
    const { response, body, record, trace } = await ask([responding('refuses', refusing)], original)
    expect(JSON.parse(body)).toEqual({ type: 'about:blank', title: 'Bad Gateway', status: 502, requestId: record.requestId })
    expect([response.status, response.headers.get('x-origin'), response.headers.get('content-type')]).toEqual([502, null, 'application/problem+json'])
    expect(record).toMatchObject({ decision: 'error', reason: 'refuses.all', policy: 'refuses', status: 502, reported: '' })
    expect(trace.at(-1)).toEqual({ policy: 'refuses', stage: 'respond', mode: 'enforce', outcome: 'deny', reason: 'refuses.all', detail: 'a detail' })
  })

  it('may refuse with another status', async () => {
    const { response, record } = await ask([responding('refuses', () => deny(429, 'refuses.status', { headers: { 'retry-after': '7' } }))], original)
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7'])
    expect(record).toMatchObject({ decision: 'deny', reason: 'refuses.status' })
  })

  it('late as well, and no handler behind it is asked', async () => {
    const seen: string[] = []
    const changes = responding('changes', async (response) => {
      seen.push(await response.text())
      return new Response('changed')
    })
    const late = responding('refuses', async (response) => {
      seen.push(await response.text())
      return refusing()
    })
    const { record } = await ask([changes, late, responding('never', () => Promise.reject(new Error('asked')))], original)
    expect(seen).toEqual(['{"a":1}', 'changed'])
    expect([record.reason, record.policy]).toEqual(['refuses.all', 'refuses'])
  })

  it('in report mode changes nothing, and is recorded with its detail', async () => {
    const { response, body, record, trace } = await ask([responding('refuses', refusing, REPORT)], original)
    expect([response.status, body, response.headers.get('x-origin')]).toEqual([200, '{"a":1}', '1'])
    expect(record).toMatchObject({ decision: 'allow', reason: 'origin.answered', policy: '', reported: 'refuses:refuses.all' })
    expect(trace.at(-1)).toEqual({ policy: 'refuses', stage: 'respond', mode: 'report', outcome: 'deny', reason: 'refuses.all', detail: 'a detail' })
  })

  it('is seen by a settler', async () => {
    const seen: unknown[] = []
    const settler = settling('settles', ({ status, reason, origin }) => void seen.push([status, reason, origin?.status]))
    await ask([responding('refuses', refusing), settler], original)
    expect(seen).toEqual([[502, 'refuses.all', 200]])
  })
})

describe('a response handler that replies', () => {
  const stripping = () => reply(new Response('{}', { headers: { 'content-type': 'application/json' } }), 'strips.it', ['#/a'])

  it('changes the answer, and the operator reads why', async () => {
    const { response, body, record, trace } = await ask([responding('strips', stripping)], original)
    expect([response.status, body, response.headers.get('x-origin')]).toEqual([200, '{}', null])
    expect(record).toMatchObject({ decision: 'allow', reason: 'origin.answered', reported: 'strips:strips.it' })
    expect(trace.at(-1)).toMatchObject({ policy: 'strips', stage: 'respond', outcome: 'reply', reason: 'strips.it', detail: ['#/a'] })
  })

  it('in report mode changes nothing', async () => {
    const { body, record } = await ask([responding('strips', stripping, REPORT)], original)
    expect([body, record.reported]).toEqual(['{"a":1}', 'strips:strips.it'])
  })
})

describe('a response handler that fails', () => {
  const failing = () => Promise.reject(new Error('x'))
  it('denies, and the trace says why', async () => {
    const { record, trace } = await ask([responding('fails', failing)], original)
    expect([record.status, record.reason]).toEqual([502, 'fails.error'])
    expect(trace.at(-1)).toMatchObject({ policy: 'fails', stage: 'respond', outcome: 'error', detail: 'Error: x' })
  })

  it('passes where it is told to, unless it has read the answer', async () => {
    const { record } = await ask([responding('fails', failing, { onError: 'pass' })], original)
    expect([record.status, record.reported]).toEqual([200, 'fails:error'])
    const reads = async (response: Response) => {
      await response.text()
      throw new Error('x')
    }
    expect((await ask([responding('fails', reads, { onError: 'pass' })], original)).record.status).toBe(502)
  })
})

describe('the copy for a response handler that only reports', () => {
  const reads = responding('reads', async (response) => deny(502, `reads.${(await response.text()).length}`), REPORT)
  const ignores = responding('ignores', refusing, REPORT)
  const streamed = (length: number, type?: string) => () =>
    new Response(new Blob(['a'.repeat(length)]).stream(), type === undefined ? {} : { headers: { 'content-type': type } })
  const declared = (length: number) => () => new Response('a'.repeat(length), { headers: { 'content-length': String(length) } })

  it.each([
    ['a declared body', declared(262_144), 'reads:reads.262144 ignores:refuses.all'],
    ['a longer one', declared(262_145), 'reads:report.too-large ignores:report.too-large'],
    ['no body', () => new Response(null, { status: 204 }), 'reads:reads.0 ignores:refuses.all'],
    ['JSON of unknown length', streamed(262_144, 'application/json'), 'reads:reads.262144 ignores:refuses.all'],
    ['its relatives', streamed(100, 'Application/problem+JSON; charset=utf-8'), 'reads:reads.100 ignores:refuses.all'],
    ['longer JSON', streamed(262_145, 'application/json'), 'reads:report.too-large ignores:refuses.all'],
    ['much longer JSON', streamed(5_000_000, 'application/json'), 'reads:report.too-large ignores:refuses.all'],
    ['a stream of JSON', streamed(100, 'application/json-seq'), 'reads:report.too-large ignores:report.too-large'],
    ['events of unknown length', streamed(100, 'text/event-stream'), 'reads:report.too-large ignores:report.too-large'],
    ['a body of no type', streamed(100), 'reads:report.too-large ignores:report.too-large'],
  ])('%s', async (_name, origin, expected) => {
    const length = (await origin().text()).length
    const { body, record } = await ask([reads, ignores], origin)
    expect([body.length, record.reported]).toEqual([length, expected])
  })
})

describe('a body that a control puts in the place of the client’s', () => {
  const client: Ask = { method: 'POST', body: 'client', headers: { 'content-type': 'application/json', 'content-length': '6', 'content-encoding': 'br' } }
  const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(new TextEncoder().encode(text))
  const sent = async (policies: Controls) => {
    const { received } = await ask(policies, original, client)
    const { headers, init } = received as NonNullable<typeof received>
    const body = init.body instanceof ReadableStream ? await new Response(init.body).text() : new TextDecoder().decode(init.body as Uint8Array)
    return [body, headers.get('content-length'), headers.get('content-encoding'), headers.get('content-type')]
  }

  it('is what the origin gets, without the length of the former', async () =>
    expect(await sent([transforming('writes', () => pass({ body: bytes('another') }))])).toEqual(['another', null, 'br', 'application/json']))

  it('and without its coding where the control says so', async () =>
    expect(await sent([transforming('writes', () => pass({ body: bytes('plain'), toOrigin: { 'content-encoding': null } }))])).toEqual([
      'plain',
      null,
      null,
      'application/json',
    ]))

  it('is what later controls read; the last one counts', async () => {
    const appends = (name: string) => transforming(name, async (x) => pass({ body: bytes(`${new TextDecoder().decode(await x.body.bytes(100))}+${name}`) }))
    expect((await sent([appends('one'), appends('two')]))[0]).toBe('client+one+two')
  })

  it('is nothing in report mode', async () =>
    expect(await sent([transforming('writes', () => pass({ body: bytes('another'), toOrigin: { 'content-encoding': null } }), REPORT)])).toEqual([
      'client',
      '6',
      'br',
      'application/json',
    ]))
})
