import { afterEach, describe, expect, it } from 'vitest'
import { type Loopback, loopback, sendJson } from './loopback.ts'
import { portcullis } from './portcullis.ts'

const TOKEN = 'token-that-nobody-may-see'
const KEY = `acme_live_3kP9vQ2mXw7RzT1b_${'s'.repeat(49)}`
const ITEM = { id: '3kP9vQ2mXw7RzT1b', owner: 'acme', state: 'active' }

let server: Loopback
afterEach(() => server.close())

type Answer = Parameters<typeof loopback>[0]
const at = async (answer: Answer) => {
  server = await loopback(answer)
  return { env: { PORTCULLIS_URL: `${server.url}/_portcullis/admin`, PORTCULLIS_TOKEN: TOKEN } }
}
const STATUS = { time: '2026-11-26T06:00:00Z', role: 'admin', zones: [], keys: [], audit: { lastSeq: 3 } }

type Fault = (response: Parameters<Answer>[1]) => void

/** An admin API as the contract has it: what has one idempotency key is done once. The first answers get lost. */
function gateway(times: number, fault: Fault) {
  const done = new Map<string, unknown>()
  let effects = 0
  const answer: Answer = ({ headers, nth }, response) => {
    const id = String(headers['idempotency-key'])
    if (!done.has(id)) {
      effects++
      done.set(id, { key: KEY, item: ITEM })
    }
    if (nth <= times) fault(response)
    else sendJson(response, 201, done.get(id))
  }
  return { answer, effects: () => effects }
}

const CREATE = ['keys', 'create', '--owner', 'acme', '--name', 'a test']

describe('a change whose answer is lost', () => {
  it.each<[string, number, Fault, readonly string[]]>([
    ['the connection breaks after it was done', 1, (response) => response.destroy(), []],
    ['it breaks three times', 3, (response) => response.destroy(), []],
    ['500 after it was done', 1, (response) => sendJson(response, 500, {}), []],
    ['503 that says when', 1, (response) => sendJson(response, 503, {}, { 'retry-after': '1' }), []],
    ['429 that says when', 1, (response) => sendJson(response, 429, {}, { 'retry-after': '1' }), []],
    ['it breaks in the middle of the answer', 1, breakOff, []],
    ['no answer in time', 1, () => undefined, ['--timeout', '1']],
  ])('%s: it is made once, and its result is there', async (_, times, fault, options) => {
    const { answer, effects } = gateway(times, fault)
    const run = await at(answer)
    const { code, out, error } = await portcullis([...CREATE, ...options], run)
    expect(out).toBe(`${KEY}\n`)
    expect(code).toBe(0)
    expect(error).toContain('asking again')
    expect(effects()).toBe(1)
    expect(new Set(server.asked.map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
    expect(new Set(server.asked.map(({ body }) => body)).size).toBe(1)
    expect(server.asked.length).toBeGreaterThan(1)
  })

  it('is asked for four times and no more; the same command can then find out', async () => {
    const run = await at((_, response) => sendJson(response, 502, {}))
    const first = await portcullis(CREATE, run)
    expect(first.code).toBe(5)
    expect(server.asked).toHaveLength(4)
    const [, key] = /--idempotency-key (\S+) /.exec(first.error) ?? []
    expect(key).toBe(server.asked[0]?.headers['idempotency-key'])
    await portcullis([...CREATE, '--idempotency-key', key as string], run)
    expect(server.asked.at(-1)?.headers['idempotency-key']).toBe(key)
    expect(server.asked.at(-1)?.body).toBe(server.asked[0]?.body)
  })

  it('is not waited for longer than ten seconds', async () => {
    const run = await at((_, response) => sendJson(response, 503, {}, { 'retry-after': '60' }))
    const { code, error } = await portcullis(CREATE, run)
    expect(code).toBe(5)
    expect(error).toContain('Try again in 60 s.')
    expect(server.asked).toHaveLength(1)
  })

  it('each command makes a key of its own', async () => {
    const run = await at(gateway(0, () => undefined).answer)
    await portcullis(CREATE, run)
    await portcullis(CREATE, run)
    const [first, second] = server.asked.map(({ headers }) => headers['idempotency-key'])
    expect(first).toMatch(/^[\x21-\x7e]{16,128}$/)
    expect(second).not.toBe(first)
  })
})

describe('what the gateway answers', () => {
  const html =
    (status: number, headers: Readonly<Record<string, string>> = {}): Answer =>
    (_, response) =>
      response.writeHead(status, { 'content-type': 'text/html', ...headers }).end('<h1>Sign in</h1>')
  it.each<[string, Answer, number, RegExp]>([
    [
      '400',
      (_, response) => sendJson(response, 400, { detail: 'no such zone', errors: [{ pointer: '#/zone', detail: 'the name of a zone' }], requestId: 'r-1' }),
      2,
      /\(400\).*no such zone\n {2}#\/zone: the name of a zone\n {2}request r-1/,
    ],
    ['401', (_, response) => sendJson(response, 401, {}), 3, /token is not good/],
    ['403', (_, response) => sendJson(response, 403, {}), 3, /role of this token/],
    ['404', (_, response) => sendJson(response, 404, {}), 3, /shows itself to nobody else/],
    ['409', (_, response) => sendJson(response, 409, { detail: 'two secrets work already' }), 4, /two secrets work already/],
    ['422 of the idempotency key', (_, response) => sendJson(response, 422, {}), 4, /idempotency key was used/],
    ['422 of the request', (_, response) => sendJson(response, 422, { errors: [{ pointer: '#/a', detail: 'b' }] }), 2, /#\/a: b/],
    ['a login page', html(200), 5, /no admin API/],
    ['JSON that is none', (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"a"'), 5, /no JSON/],
    ['JSON of another form', (_, response) => sendJson(response, 200, [1]), 5, /another form/],
    [
      'bytes that are no text',
      (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(Buffer.from([0x22, 0xff, 0x22])),
      5,
      /no text in UTF-8/,
    ],
    ['an error page', html(404), 3, /404/],
    ['more than it may be', (_, response) => pour(response), 5, /larger than/],
    ['no admin API', (_, response) => sendJson(response, 501, {}), 5, /501/],
  ])('%s', async (_, answer, code, says) => {
    const ran = await portcullis(['status'], await at(answer))
    expect(ran.error).toMatch(says)
    expect(ran.code).toBe(code)
    expect(ran.out).toBe('')
    expect(server.asked).toHaveLength(1)
  })

  it('nobody listens', async () => {
    const run = await at(() => undefined)
    await server.close()
    const { code, error } = await portcullis(['status'], run)
    expect(error).toContain('nobody listens there')
    expect(code).toBe(5)
    server = await loopback(() => undefined)
  })

  it.each([301, 302, 303, 307, 308])('a redirect (%d) is never followed: nobody else gets the token', async (status) => {
    const other = await loopback((_, response) => sendJson(response, 200, STATUS))
    try {
      const { code, error } = await portcullis(
        ['status'],
        await at((_, response) => response.writeHead(status, { location: `${other.url}/login?token=x` }).end()),
      )
      expect(code).toBe(3)
      expect(error).toContain('redirect')
      expect(other.asked).toEqual([])
    } finally {
      await other.close()
    }
  })
})

describe('what is sent', () => {
  it('the token, as Bearer, and what Cloudflare Access asks for', async () => {
    const { env } = await at((_, response) => sendJson(response, 200, STATUS))
    await portcullis(['status'], { env: { ...env, PORTCULLIS_ACCESS_CLIENT_ID: 'an-id.access', PORTCULLIS_ACCESS_CLIENT_SECRET: 'a-secret' } })
    expect(server.asked[0]).toMatchObject({
      method: 'GET',
      path: '/_portcullis/admin/status',
      headers: { authorization: `Bearer ${TOKEN}`, 'cf-access-client-id': 'an-id.access', 'cf-access-client-secret': 'a-secret' },
    })
    expect(server.asked[0]?.headers).not.toHaveProperty('origin')
    expect(server.asked[0]?.headers).not.toHaveProperty('cookie')
    expect(server.asked[0]?.headers).not.toHaveProperty('sec-fetch-site')
  })

  it('a host alone means the usual path', async () => {
    const { env } = await at((_, response) => sendJson(response, 200, STATUS))
    await portcullis(['status', '--url', server.url], { env })
    expect(server.asked[0]?.path).toBe('/_portcullis/admin/status')
  })

  it.each<[string, readonly string[], string, string, unknown]>([
    [
      'a ban',
      ['ban', 'add', '--ip', '203.0.113.0/24', '--for', '2h', '--reason', 'stuffing'],
      'POST',
      '/bans',
      { effect: 'ban', target: 'ip', value: '203.0.113.0/24', forSeconds: 7200, reason: 'stuffing' },
    ],
    [
      'an allowance of a subject',
      ['ban', 'add', '--allow', '--subject', 'ada', '--issuer', 'https://i', '--until', '2030-01-01T01:00:00+01:00', '--zone', 'api', '--reason', 'r'],
      'POST',
      '/bans',
      { effect: 'allow', target: 'subject', value: 'ada', issuer: 'https://i', zone: 'api', until: '2030-01-01T00:00:00.000Z', reason: 'r' },
    ],
    [
      'a user agent',
      ['ban', 'add', '--user-agent', 'BadBot/*', '--for', '1d', '--reason', 'r'],
      'POST',
      '/bans',
      { effect: 'ban', target: 'user-agent', value: 'BadBot/*', forSeconds: 86_400, reason: 'r' },
    ],
    ['its end', ['ban', 'remove', 'b-1'], 'DELETE', '/bans/b-1', undefined],
    [
      'a kill switch',
      ['killswitch', 'on', '--zone', 'api', '--route', 'GET /x', '--for', '30m', '--retry-after', '1m', '--reason', 'r'],
      'POST',
      '/kill-switches',
      { zone: 'api', route: 'GET /x', forSeconds: 1800, retryAfterSeconds: 60, reason: 'r' },
    ],
    ['one of everything', ['killswitch', 'on', '--for', '5m', '--reason', 'r', '--yes'], 'POST', '/kill-switches', { forSeconds: 300, reason: 'r' }],
    [
      'a maintenance window',
      ['killswitch', 'on', '--zone', 'api', '--from', '2030-01-01T00:00:00Z', '--until', '2030-01-01T02:00:00Z', '--reason', 'r'],
      'POST',
      '/kill-switches',
      { zone: 'api', from: '2030-01-01T00:00:00.000Z', until: '2030-01-01T02:00:00.000Z', reason: 'r' },
    ],
    [
      'an override',
      [
        'override',
        'add',
        '--zone',
        'api',
        '--limit',
        'per-user',
        '--subject',
        'ada',
        '--issuer',
        'https://i',
        '--header',
        'X-Tenant=a=b',
        '--to',
        '600',
        '--burst',
        '60',
        '--for',
        '1h30m',
        '--reason',
        'r',
      ],
      'POST',
      '/overrides',
      {
        zone: 'api',
        limit: 'per-user',
        whose: { principal: { issuer: 'https://i', subject: 'ada' }, header: { 'x-tenant': 'a=b' } },
        figures: { limit: 600, burst: 60 },
        forSeconds: 5400,
        reason: 'r',
      },
    ],
    [
      'a revocation',
      ['revoke', '--kind', 'subject', '--issuer', 'https://i', '--value', 'ada', '--issued-before', '2026-01-01T00:00:00Z', '--for', '1d', '--reason', 'r'],
      'POST',
      '/revocations',
      { kind: 'subject', issuer: 'https://i', value: 'ada', issuedBefore: '2026-01-01T00:00:00.000Z', forSeconds: 86_400, reason: 'r' },
    ],
    [
      'one of all of an issuer',
      ['revoke', '--kind', 'issuer', '--issuer', 'https://i', '--for', '1d', '--reason', 'r', '--yes'],
      'POST',
      '/revocations',
      { kind: 'issuer', issuer: 'https://i', value: '', forSeconds: 86_400, reason: 'r' },
    ],
    [
      'its end',
      ['revoke', '--lift', '--kind', 'token', '--issuer', 'https://i', '--value', 'j', '--reason', 'r'],
      'POST',
      '/revocations/lift',
      { kind: 'token', issuer: 'https://i', value: 'j', reason: 'r' },
    ],
    ['a key’s end', ['keys', 'revoke', '3kP9vQ2mXw7RzT1b', '--reason', 'r'], 'POST', '/keys/3kP9vQ2mXw7RzT1b/revoke', { reason: 'r' }],
    [
      'the end of all keys of an owner',
      ['keys', 'revoke-owner', 'acme', '--reason', 'r', '--yes'],
      'POST',
      '/keys/revoke-by-owner',
      { owner: 'acme', reason: 'r' },
    ],
    ['a checkpoint', ['audit', 'checkpoint'], 'POST', '/audit/checkpoints', undefined],
    ['a question for pseudonyms', ['audit', 'pseudonyms', '203.0.113.7'], 'POST', '/pseudonyms', { value: '203.0.113.7' }],
  ])('%s', async (_, args, method, path, body) => {
    const { code, out, error } = await portcullis([...args, '--json'], await at((_asked, response) => sendJson(response, 200, { id: 'b-1', done: true })))
    expect(error).toBe('')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toEqual({ id: 'b-1', done: true })
    const [asked] = server.asked
    expect(asked).toMatchObject({ method, path: `/_portcullis/admin${path}` })
    expect(asked?.body === '' ? undefined : JSON.parse(asked?.body ?? '')).toEqual(body)
    expect(asked?.headers['content-type']).toBe(body === undefined ? undefined : 'application/json')
    expect(asked?.headers['idempotency-key']).toMatch(/^[\x21-\x7e]{16,128}$/)
  })

  it('all that may be said of a key', async () => {
    const run = await at((_, response) => sendJson(response, 201, { key: KEY, item: ITEM }))
    const args = [
      ...[
        '--prefix',
        'acme',
        '--environment',
        'live',
        '--level',
        'pro',
        '--scope',
        'a',
        '--scope',
        'b',
        '--role',
        'r',
        '--metadata',
        'team=x=y',
        '--own-limit',
        'per-key=600:60',
        '--own-limit',
        'day=9',
      ],
      ...[
        '--allow-ip',
        '192.0.2.0/24',
        '--allow-origin',
        'https://o.example',
        '--allow-route',
        'api GET /x',
        '--not-before',
        '2030-01-01T00:00:00Z',
        '--expires',
        '2031-01-01T00:00:00Z',
      ],
    ]
    const { code } = await portcullis([...CREATE, ...args], run)
    expect(code).toBe(0)
    expect(JSON.parse(server.asked[0]?.body ?? '')).toEqual({
      ...{ owner: 'acme', name: 'a test', prefix: 'acme', environment: 'live', level: 'pro', scopes: ['a', 'b'], roles: ['r'], metadata: { team: 'x=y' } },
      ...{
        limits: { 'per-key': { limit: 600, burst: 60 }, day: { limit: 9 } },
        allowedIps: ['192.0.2.0/24'],
        allowedOrigins: ['https://o.example'],
        allowedRoutes: ['api GET /x'],
      },
      ...{ notBefore: '2030-01-01T00:00:00.000Z', expires: '2031-01-01T00:00:00.000Z' },
    })
  })

  it.each<[string, readonly string[], string | undefined, number]>([
    ['the switch of exactly that zone', ['--zone', 'api'], '/kill-switches/k-zone', 0],
    ['of exactly that route', ['--zone', 'api', '--route', 'GET /x'], '/kill-switches/k-route', 0],
    ['of the whole gateway', [], '/kill-switches/k-all', 0],
    ['by its id', ['k-other'], '/kill-switches/k-other', 0],
    ['none where there is none', ['--zone', 'b'], undefined, 3],
    ['none where there are two', ['--zone', 'two'], undefined, 2],
  ])('killswitch off ends %s', async (_, args, path, code) => {
    const items = [
      { id: 'k-route', zone: 'api', route: 'GET /x' },
      { id: 'k-zone', zone: 'api' },
      { id: 'k-all' },
      { id: 'k-2', zone: 'two' },
      { id: 'k-3', zone: 'two' },
    ]
    const ran = await portcullis(
      ['killswitch', 'off', ...args],
      await at(({ method }, response) => sendJson(response, 200, method === 'GET' ? { items } : { id: 'gone' })),
    )
    expect(ran.code).toBe(code)
    expect(server.asked.flatMap((asked) => (asked.method === 'DELETE' ? [asked.path] : []))).toEqual(path === undefined ? [] : [`/_portcullis/admin${path}`])
  })
})

/** Sends the beginning of an answer, and no more. */
function breakOff(response: Parameters<Answer>[1]): void {
  response.writeHead(201, { 'content-type': 'application/json', 'content-length': '500' }).write('{"key":', () => response.destroy())
}

/** Sends without an end, until nobody listens any more. */
function pour(response: Parameters<Answer>[1]): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  const chunk = 'x'.repeat(1_048_576)
  const more = () => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', more)
  }
  more()
}
