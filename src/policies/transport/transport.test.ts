import { describe, expect, it } from 'vitest'
import { exchange, type Wanted } from '../../../test/exchange.ts'
import { Body } from '../../core/body.ts'
import type { Decision } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import { Problems } from '../../core/problems.ts'
import { canonicalUrl } from '../../lib/canonical-url.ts'
import { RequestHeaders } from '../../lib/request-headers.ts'
import { transport } from './transport.ts'

type Settings = Parameters<typeof transport>[0]

function judge(x: Exchange, settings: Settings = {}): Decision {
  const decision = transport(settings).compile().request?.(x)
  if (decision === undefined || decision instanceof Promise) throw new Error('transport decides at once')
  return decision
}

/** `pass`, or status and reason. */
function said(x: Exchange, settings?: Settings): string {
  const decision = judge(x, settings)
  if (decision.kind === 'deny') return `${decision.status} ${decision.reason}`
  return decision.kind === 'reply' ? `${decision.response.status} ${decision.reason}` : decision.kind
}

/** A real Request normalises its URL: an ambiguous one is put in beside it. */
const asSent = (raw: string, wanted: Wanted = {}): Exchange => ({ ...exchange(wanted), url: canonicalUrl(raw) })
const stream = () => new Response('hello').body

describe('ambiguous URLs', () => {
  it.each([
    ['/a/../b', 'dot-segment'],
    ['/a/%2e%2e/b', 'encoded-dot'],
    ['/..;/admin', 'dot-segment'],
    ['/a%2fb', 'encoded-separator'],
    ['/a%5cb', 'encoded-separator'],
    ['/a\\b', 'backslash'],
    ['/a%00', 'encoded-control-character'],
    ['/a\0', 'control-character'],
    ['/%c0%ae', 'invalid-utf8'],
    ['/%252e', 'double-encoding'],
    ['//a', 'empty-segment'],
    ['/a#b', 'fragment'],
  ])('%j', (path, detail) => {
    expect(judge(asSent(`https://api.example.com${path}`))).toMatchObject({ kind: 'deny', status: 400, reason: 'transport.ambiguous-path', detail })
  })

  it.each([
    ['https://user@api.example.com/', 'userinfo'],
    ['https://api.example.com./', 'bad-host'],
    ['https://api.example.com*', 'bad-host'],
    ['*', 'not-http'],
  ])('%j', (raw, detail) => {
    expect(judge(asSent(raw))).toMatchObject({ status: 400, reason: 'transport.ambiguous-path', detail })
  })

  it('takes the fault that the gateway found in the host', () => {
    const x = exchange()
    expect(judge({ ...x, url: { ...x.url, fault: 'odd-port' } })).toMatchObject({ status: 400, reason: 'transport.ambiguous-path', detail: 'odd-port' })
  })

  it.each(['api.example.com/public', 'api.example.com?', 'api.example.com#', 'api.example.com\\x', 'a@b', 'a, b', 'a b'])(
    'a Host that moves the border between host and path: %j',
    (host) => {
      expect(judge(exchange({ headers: { host } }))).toMatchObject({ status: 400, reason: 'transport.ambiguous-path', detail: 'bad-host' })
    },
  )

  it.each(['api.example.com', 'API.example.com:443', '[::1]:8787', 'localhost:8787', 'a_b.example'])('not an ordinary Host: %j', (host) => {
    expect(said(exchange({ headers: { host } }))).toBe('pass')
  })

  it('comes before everything else', () => {
    expect(said(asSent('http://api.example.com//', { method: 'TRACE' }))).toBe('400 transport.ambiguous-path')
  })

  it('tells the caller nothing of the fault', () => {
    expect(judge(asSent('https://api.example.com/a/../b'))).toHaveProperty('problem', { detail: 'The URL can be read in more than one way.' })
  })
})

describe('plain http', () => {
  const url = 'http://api.example.com/a?b=c'
  it.each<[string, Settings, string]>([
    ['GET', {}, '403 transport.insecure'],
    ['POST', {}, '403 transport.insecure'],
    ['GET', { https: 'redirect' }, '308 transport.redirect'],
    ['HEAD', { https: 'redirect' }, '308 transport.redirect'],
    ['POST', { https: 'redirect' }, '403 transport.insecure'],
    ['OPTIONS', { https: 'redirect' }, '403 transport.insecure'],
    ['GET', { https: 'redirect', hosts: ['other.example.com'] }, '404 transport.host'],
    ['GET', { https: 'redirect', maxUrlBytes: 5 }, '414 transport.url-bytes'],
  ])('%s with %j', (method, settings, expected) => {
    expect(said(exchange({ method, url }), settings)).toBe(expected)
  })

  it('is no https because a header says so', () => {
    expect(said(exchange({ url, headers: { 'x-forwarded-proto': 'https', forwarded: 'proto=https', 'cf-visitor': '{"scheme":"https"}' } }))).toBe(
      '403 transport.insecure',
    )
  })

  it('is redirected to the canonical URL', () => {
    const decision = judge(asSent('http://API.example.com:80/%61?b=%22"'), { https: 'redirect' })
    expect(decision.kind === 'reply' && decision.response.headers.get('location')).toBe('https://api.example.com/a?b=%22%22')
  })
})

describe('TLS', () => {
  it.each<[Settings, Wanted['edge'], string]>([
    [{ minTls: '1.2' }, { tlsVersion: 'TLSv1.3' }, 'pass'],
    [{ minTls: '1.2' }, { tlsVersion: 'TLSv1.2' }, 'pass'],
    [{ minTls: '1.2' }, { tlsVersion: 'TLSv1.1' }, '403 transport.tls-version'],
    [{ minTls: '1.2' }, { tlsVersion: 'TLSv1' }, '403 transport.tls-version'],
    [{ minTls: '1.3' }, { tlsVersion: 'TLSv1.3' }, 'pass'],
    [{ minTls: '1.3' }, { tlsVersion: 'TLSv1.2' }, '403 transport.tls-version'],
    [{ minTls: '1.2' }, {}, '403 transport.tls-version'],
    [{ minTls: '1.2' }, { tlsVersion: null }, '403 transport.tls-version'],
    [{ minTls: '1.2' }, { tlsVersion: '' }, '403 transport.tls-version'],
    [{ minTls: '1.2' }, { tlsVersion: 'none' }, '403 transport.tls-version'],
    [{ minTls: '1.2' }, { tlsVersion: 'TLSv1.30' }, '403 transport.tls-version'],
    [{}, {}, 'pass'],
    [{ denyCiphers: ['ECDHE-RSA-AES128-SHA'] }, { tlsCipher: 'ECDHE-RSA-AES128-SHA' }, '403 transport.tls-cipher'],
    [{ denyCiphers: ['ECDHE-RSA-AES128-SHA'] }, { tlsCipher: 'AEAD-AES128-GCM-SHA256' }, 'pass'],
    [{ denyCiphers: ['ECDHE-RSA-AES128-SHA'] }, {}, '403 transport.tls-cipher'],
    [{ denyCiphers: ['ECDHE-RSA-AES128-SHA'] }, { tlsCipher: null }, '403 transport.tls-cipher'],
    [{ denyCiphers: ['ECDHE-RSA-AES128-SHA'] }, { tlsCipher: '' }, '403 transport.tls-cipher'],
  ])('%j on %j', (settings, edge, expected) => {
    expect(said(exchange({ edge: edge ?? {} }), settings)).toBe(expected)
  })
})

describe('host, method and length', () => {
  it.each<[string, string]>([
    ['https://api.example.com/', 'pass'],
    ['https://API.example.com:443/', 'pass'],
    ['https://other.example.com/', '404 transport.host'],
    ['https://api.example.com:8443/', '404 transport.host'],
    ['https://api.example.com.evil.example/', '404 transport.host'],
  ])('hosts: %s', (raw, expected) => {
    expect(said(asSent(raw), { hosts: ['api.example.com'] })).toBe(expected)
  })

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('%s passes unless methods are named', (method) => {
    expect(said(exchange({ method }))).toBe('pass')
  })

  it.each(['TRACE', 'TRACK', 'CONNECT', 'PROPFIND', 'get', ''])('%j never passes', (method) => {
    expect(judge({ ...exchange(), method })).toMatchObject({
      status: 405,
      reason: 'transport.method',
      headers: { allow: 'GET, HEAD, QUERY, POST, PUT, PATCH, DELETE, OPTIONS' },
    })
  })

  it.each([
    ['GET', 'pass'],
    ['HEAD', 'pass'],
    ['POST', '405 transport.method'],
    ['OPTIONS', '405 transport.method'],
  ])('%s where only GET is named', (method, expected) => {
    expect(said(exchange({ method }), { methods: ['GET'] })).toBe(expected)
  })

  it('says what is allowed', () => {
    expect(judge(exchange({ method: 'PUT' }), { methods: ['GET', 'POST'] })).toMatchObject({ headers: { allow: 'GET, HEAD, POST' } })
    expect(judge(exchange({ method: 'PUT' }), { methods: ['POST'] })).toMatchObject({ headers: { allow: 'POST' } })
  })

  it.each<[string, number, string]>([
    ['/aaaaaaaaa', 10, 'pass'],
    ['/aaaaaaaaaa', 10, '414 transport.url-bytes'],
    ['/a?bbbbbbb', 10, 'pass'],
    ['/a?bbbbbbbb', 10, '414 transport.url-bytes'],
    ['/', 1, 'pass'],
    [`/${'a'.repeat(8191)}`, 8192, 'pass'],
    [`/${'a'.repeat(8192)}`, 8192, '414 transport.url-bytes'],
    // What the client sent counts, not what became of it.
    [`/${'%61'.repeat(3)}`, 9, '414 transport.url-bytes'],
  ])('%s in %i bytes', (path, maxUrlBytes, expected) => {
    expect(said(exchange({ url: `https://api.example.com${path}` }), { maxUrlBytes })).toBe(expected)
  })

  it('caps at 8192 bytes by default', () => {
    expect(said(exchange({ url: `https://api.example.com/?${'a'.repeat(8190)}` }))).toBe('pass')
    expect(said(exchange({ url: `https://api.example.com/?${'a'.repeat(8191)}` }))).toBe('414 transport.url-bytes')
  })
})

describe('size of the headers', () => {
  const many = (count: number): Record<string, string> => Object.fromEntries(Array.from({ length: count }, (_, i) => [`x-${i}`, '1']))

  it.each<[string, Record<string, string>, Settings, string]>([
    ['64 names', many(64), {}, 'pass'],
    ['65 names', many(65), {}, '431 transport.header-count'],
    ['a lower cap', many(3), { maxHeaders: 2 }, '431 transport.header-count'],
    ['16384 bytes', { 'x-a': 'a'.repeat(16_377) }, {}, 'pass'],
    ['16385 bytes', { 'x-a': 'a'.repeat(16_378) }, {}, '431 transport.header-bytes'],
    ['bytes, with names and separators', { 'x-a': 'a', 'x-b': 'b' }, { maxHeaderBytes: 16 }, 'pass'],
    ['one byte over', { 'x-a': 'a', 'x-b': 'bb' }, { maxHeaderBytes: 16 }, '431 transport.header-bytes'],
  ])('%s', (_name, headers, settings, expected) => {
    expect(said(exchange({ headers }), settings)).toBe(expected)
  })

  it('counts bytes, not characters', () => {
    const headers = new Headers([['x-a', '\u20ac'.repeat(10)]])
    const x = { ...exchange(), headers: new RequestHeaders(headers) }
    expect(said(x, { maxHeaderBytes: 37 })).toBe('pass')
    expect(said(x, { maxHeaderBytes: 36 })).toBe('431 transport.header-bytes')
  })
})

describe('framing', () => {
  it.each<[Record<string, string>, string]>([
    [{ 'content-length': '5' }, 'pass'],
    [{ 'transfer-encoding': 'chunked' }, 'pass'],
    [{ 'transfer-encoding': 'Chunked' }, 'pass'],
    [{ 'content-length': '5, 5' }, '400 transport.framing'],
    [{ 'content-length': '5, 6' }, '400 transport.framing'],
    [{ 'content-length': '+5' }, '400 transport.framing'],
    [{ 'content-length': '-1' }, '400 transport.framing'],
    [{ 'content-length': '0x5' }, '400 transport.framing'],
    [{ 'content-length': '5.0' }, '400 transport.framing'],
    [{ 'content-length': '' }, '400 transport.framing'],
    [{ 'content-length': '9'.repeat(16) }, '400 transport.framing'],
    [{ 'transfer-encoding': 'gzip, chunked' }, '400 transport.framing'],
    [{ 'transfer-encoding': 'chunked, chunked' }, '400 transport.framing'],
    [{ 'transfer-encoding': 'identity' }, '400 transport.framing'],
    [{ 'transfer-encoding': '' }, '400 transport.framing'],
    [{ 'transfer-encoding': 'chunked', 'content-length': '5' }, '400 transport.framing'],
  ])('%j', (headers, expected) => {
    expect(said(exchange({ method: 'POST', body: 'hello', headers }))).toBe(expected)
  })
})

describe('a body on GET and HEAD', () => {
  it.each<[string, string, Record<string, string>, ReadableStream | null, Settings, string]>([
    ['GET', 'no body', {}, null, {}, 'pass'],
    ['GET', 'a stream', {}, stream(), {}, '400 transport.body'],
    ['HEAD', 'a stream', {}, stream(), {}, '400 transport.body'],
    ['GET', 'a declared length', { 'content-length': '5' }, stream(), {}, '400 transport.body'],
    ['GET', 'a declared length without a stream', { 'content-length': '5' }, null, {}, '400 transport.body'],
    ['GET', 'chunks', { 'transfer-encoding': 'chunked' }, null, {}, '400 transport.body'],
    ['GET', 'an empty body that many clients declare', { 'content-length': '0' }, stream(), {}, 'pass'],
    ['GET', 'a stream, tolerated', {}, stream(), { bodyOnGet: true }, 'pass'],
    ['DELETE', 'a stream', {}, stream(), {}, 'pass'],
    ['OPTIONS', 'a stream', {}, stream(), {}, 'pass'],
  ])('%s with %s', (method, _name, headers, body, settings, expected) => {
    expect(said({ ...exchange({ method, headers }), body: new Body(body, -1) }, settings)).toBe(expected)
  })
})

describe('other protocols', () => {
  const websocketOrigins = ['https://app.example.com']
  const open = { upgrade: 'websocket', origin: 'https://app.example.com' }

  it.each<[string, Wanted, string]>([
    ['an upgrade where none is expected', { headers: open }, '426 transport.upgrade'],
    ['h2c', { headers: { upgrade: 'h2c' } }, '426 transport.upgrade'],
    ['an empty upgrade', { headers: { upgrade: '' } }, '426 transport.upgrade'],
    ['a WebSocket from a listed origin', { headers: open, route: { websocketOrigins } }, 'pass'],
    ['by any case', { headers: { ...open, upgrade: 'WebSocket' }, route: { websocketOrigins } }, 'pass'],
    ['a request without upgrade on that route', { route: { websocketOrigins } }, 'pass'],
    ['a WebSocket without Origin', { headers: { upgrade: 'websocket' }, route: { websocketOrigins } }, '403 transport.websocket-origin'],
    ['from another origin', { headers: { ...open, origin: 'https://evil.example' }, route: { websocketOrigins } }, '403 transport.websocket-origin'],
    ['from a sandboxed page', { headers: { ...open, origin: 'null' }, route: { websocketOrigins } }, '403 transport.websocket-origin'],
    ['over http', { headers: { ...open, origin: 'http://app.example.com' }, route: { websocketOrigins } }, '403 transport.websocket-origin'],
    [
      'from a longer host',
      { headers: { ...open, origin: 'https://app.example.com.evil.example' }, route: { websocketOrigins } },
      '403 transport.websocket-origin',
    ],
    ['in another case', { headers: { ...open, origin: 'https://APP.example.com' }, route: { websocketOrigins } }, '403 transport.websocket-origin'],
    [
      'from two',
      { headers: { ...open, origin: 'https://app.example.com, https://evil.example' }, route: { websocketOrigins } },
      '403 transport.websocket-origin',
    ],
    ['where no origin is listed', { headers: open, route: { websocketOrigins: [] } }, '403 transport.websocket-origin'],
    ['by POST', { method: 'POST', headers: open, route: { websocketOrigins } }, '426 transport.upgrade'],
    ['another protocol on that route', { headers: { ...open, upgrade: 'h2c' }, route: { websocketOrigins } }, '426 transport.upgrade'],
    ['several protocols', { headers: { ...open, upgrade: 'websocket, h2c' }, route: { websocketOrigins } }, '426 transport.upgrade'],
    ['gRPC', { method: 'POST', headers: { 'content-type': 'application/grpc', te: 'trailers' } }, '415 transport.grpc'],
    ['gRPC with a format', { method: 'POST', headers: { 'content-type': 'Application/gRPC+proto' } }, '415 transport.grpc'],
    ['gRPC-Web', { method: 'POST', headers: { 'content-type': 'application/grpc-web-text' } }, '415 transport.grpc'],
    ['JSON', { method: 'POST', headers: { 'content-type': 'application/json' } }, 'pass'],
    ['announced trailers', { method: 'POST', headers: { trailer: 'x-checksum' } }, '400 transport.trailer'],
    ['a client that would take trailers', { headers: { te: 'trailers' } }, 'pass'],
  ])('%s', (_name, wanted, expected) => {
    expect(said(exchange(wanted))).toBe(expected)
  })
})

describe('settings', () => {
  it.each<[Settings, string]>([
    [{ hosts: ['API.example.com'] }, 'hosts[0]'],
    [{ hosts: ['https://api.example.com'] }, 'hosts[0]'],
    [{ hosts: ['api.example.com/a'] }, 'hosts[0]'],
    [{ hosts: ['api.example.com.'] }, 'hosts[0]'],
    [{ hosts: ['api.example.com:443'] }, 'hosts[0]'],
    [{ hosts: ['*.example.com'] }, 'hosts[0]'],
    [{ hosts: [''] }, 'hosts[0]'],
    [{ hosts: [] }, 'hosts'],
    [{ methods: [] }, 'methods'],
    [{ denyCiphers: [] }, 'denyCiphers'],
    [{ denyCiphers: ['TLS_RSA_WITH_AES_128_CBC_SHA'] }, 'denyCiphers[0]'],
    [{ maxUrlBytes: 0 }, 'maxUrlBytes'],
    [{ maxHeaderBytes: 1.5 }, 'maxHeaderBytes'],
    [{ maxHeaders: Number.POSITIVE_INFINITY }, 'maxHeaders'],
  ])('%j is told at %s', (settings, path) => {
    const problems = new Problems()
    transport(settings).check([], problems)
    expect(problems.all.map((problem) => problem.path)).toEqual([path])
  })

  it('has no way to allow TRACE', () => {
    const problems = new Problems()
    // @ts-expect-error: not a method that can be named
    transport({ methods: ['TRACE'] }).check([], problems)
    expect(problems.all).toHaveLength(1)
  })

  it('takes none', () => {
    const problems = new Problems()
    transport({}).check([], problems)
    expect(problems.all).toEqual([])
    expect(said(exchange())).toBe('pass')
  })
})
