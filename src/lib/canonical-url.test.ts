import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalUrl } from './canonical-url.ts'
import type { UrlFault } from './url-fault.ts'

const BASE = 'https://api.example.com'
const href = (raw: string): string => {
  const { scheme, host, path, search, fault } = canonicalUrl(raw)
  return fault === undefined ? `${scheme}://${host}${path}${search}` : `fault: ${fault}`
}

describe('refuses a path with two readings', () => {
  it.each<[string, UrlFault]>([
    ['/a/../b', 'dot-segment'],
    ['/a/..', 'dot-segment'],
    ['/../etc/passwd', 'dot-segment'],
    ['/./a', 'dot-segment'],
    ['/a/./b', 'dot-segment'],
    ['/a/.', 'dot-segment'],
    ['/..;/admin', 'dot-segment'],
    ['/a/..;x=y/admin', 'dot-segment'],
    ['/a/.;/b', 'dot-segment'],
    ['/a/..%3Bx/admin', 'dot-segment'],
    ['/a/..%3bx/admin', 'dot-segment'],
    ['/a/..%20/b', 'dot-segment'],
    ['/a/%20../b', 'dot-segment'],
    ['/a/.%20./b', 'dot-segment'],
    ['/a/.../b', 'dot-segment'],
    ['/a/%2e%2e/b', 'encoded-dot'],
    ['/a/%2E./b', 'encoded-dot'],
    ['/a/.%2e/b', 'encoded-dot'],
    ['/a/%2e/b', 'encoded-dot'],
    ['/file%2Ejson', 'encoded-dot'],
    ['/a%2Fb', 'encoded-separator'],
    ['/a%2fb', 'encoded-separator'],
    ['/a/..%2fb', 'encoded-separator'],
    ['/a%5Cb', 'encoded-separator'],
    ['/a%5c..%5cb', 'encoded-separator'],
    ['/a\\b', 'backslash'],
    ['\\a', 'backslash'],
    ['/\\evil.example/', 'backslash'],
    ['/a/..\\b', 'backslash'],
    ['/a\0b', 'control-character'],
    ['/a\tb', 'control-character'],
    ['/a\nb', 'control-character'],
    ['/a\r\nX-Evil: 1', 'control-character'],
    ['/a\x1fb', 'control-character'],
    ['/a\x7fb', 'control-character'],
    ['/a b', 'control-character'],
    ['/a ', 'control-character'],
    ['/a%00b', 'encoded-control-character'],
    ['/a%0d%0ab', 'encoded-control-character'],
    ['/a%09b', 'encoded-control-character'],
    ['/a%1Fb', 'encoded-control-character'],
    ['/a%7fb', 'encoded-control-character'],
    ['/a%C2%85b', 'encoded-control-character'],
    ['/a%c2%9fb', 'encoded-control-character'],
    ['/é', 'not-ascii'],
    ['/．．/a', 'not-ascii'],
    ['/a\u0080', 'not-ascii'],
    ['/a\ud800', 'not-ascii'],
    ['/%ff', 'invalid-utf8'],
    ['/%C3%28', 'invalid-utf8'],
    ['/%c0%af', 'invalid-utf8'],
    ['/%c0%ae%c0%ae/a', 'invalid-utf8'],
    ['/%e0%80%af', 'invalid-utf8'],
    ['/%ed%a0%80', 'invalid-utf8'],
    ['/%f4%90%80%80', 'invalid-utf8'],
    ['/%C3', 'invalid-utf8'],
    ['/%C3/%A9', 'invalid-utf8'],
    ['/%', 'bad-percent-encoding'],
    ['/a%2', 'bad-percent-encoding'],
    ['/a%zz', 'bad-percent-encoding'],
    ['/a%2gb', 'bad-percent-encoding'],
    ['/a%%2Fb', 'bad-percent-encoding'],
    ['/a%u002fb', 'bad-percent-encoding'],
    ['/a% 41', 'control-character'],
    ['/a%252Fb', 'double-encoding'],
    ['/%252e%252e/a', 'double-encoding'],
    ['/a%25%32%46b', 'double-encoding'],
    ['/a%25%34%31', 'double-encoding'],
    ['/a%25252e', 'double-encoding'],
    ['/a%25u002fb', 'double-encoding'],
    ['/a%25%75002fb', 'double-encoding'],
    ['//a', 'empty-segment'],
    ['//', 'empty-segment'],
    ['/a//b', 'empty-segment'],
    ['/a//', 'empty-segment'],
    ['//evil.example/a', 'empty-segment'],
    ['/;x/admin', 'empty-segment'],
    ['/;/admin', 'empty-segment'],
    ['/a/%3Bx/admin', 'empty-segment'],
    ['/a#b', 'fragment'],
    ['/public#/../admin', 'fragment'],
    ['/a?b#c', 'fragment'],
    ['#', 'fragment'],
  ])('%j is a %s', (path, fault) => {
    expect(canonicalUrl(BASE + path)).toEqual({ scheme: 'https', host: 'api.example.com', path: '', search: '', fault })
  })
})

describe('refuses a host with two readings', () => {
  it.each<[string, UrlFault]>([
    ['https://user@api.example.com/', 'userinfo'],
    ['https://user:password@api.example.com/', 'userinfo'],
    ['https://@api.example.com/', 'userinfo'],
    ['https://api.example.com@evil.example/', 'userinfo'],
    ['https://api.example.com\\@evil.example/', 'backslash'],
    ['https://api.example.com#@evil.example/', 'fragment'],
    ['https://api.example.com%40evil.example/', 'bad-host'],
    ['https:///a', 'bad-host'],
    ['https://', 'bad-host'],
    ['https://?a', 'bad-host'],
    ['https://api.example.com./', 'bad-host'],
    ['https://api.example.com.:443/', 'bad-host'],
    ['https://.api.example.com/', 'bad-host'],
    ['https://api..example.com/', 'bad-host'],
    ['https://-api.example.com/', 'bad-host'],
    ['https://api-.example.com/', 'bad-host'],
    ['https://api.example.com*', 'bad-host'],
    ['https://api.ex ample.com/', 'bad-host'],
    ['https://api.example.com\t/', 'bad-host'],
    ['https://api.example.com\n/', 'bad-host'],
    ['https://api%2eexample.com/', 'bad-host'],
    ['https://api.example.com,evil.example/', 'bad-host'],
    ['https://é.example/', 'bad-host'],
    ['https://api.\u212aexample.com/', 'bad-host'],
    ['https://api。example.com/', 'bad-host'],
    ['https://api.example.com:/', 'bad-host'],
    ['https://api.example.com:0/', 'bad-host'],
    ['https://api.example.com:0443/', 'bad-host'],
    ['https://api.example.com:443:443/', 'bad-host'],
    ['https://api.example.com:8443:443/', 'bad-host'],
    ['https://api.example.com:65536/', 'bad-host'],
    ['https://api.example.com:+443/', 'bad-host'],
    ['https://api.example.com:443a/', 'bad-host'],
    ['https://127.1/', 'bad-host'],
    ['https://2130706433/', 'bad-host'],
    ['https://0x7f.0.0.1/', 'bad-host'],
    ['https://0x7f000001/', 'bad-host'],
    ['https://0177.0.0.1/', 'bad-host'],
    ['https://127.0.0.01/', 'bad-host'],
    ['https://256.0.0.1/', 'bad-host'],
    ['https://1.2.3.4.5/', 'bad-host'],
    ['https://api.example.0x1/', 'bad-host'],
    ['https://[0:0:0:0:0:0:0:1]/', 'bad-host'],
    ['https://[::ffff:127.0.0.1]/', 'bad-host'],
    ['https://[::1%25eth0]/', 'bad-host'],
    ['https://[:::]/', 'bad-host'],
    ['https://[::1/', 'bad-host'],
    ['https://::1/', 'bad-host'],
    ['https://api.xn--.example/', 'bad-host'],
    ['HTTPS://api.example.com/', 'not-http'],
    [' https://api.example.com/', 'not-http'],
    ['https:/api.example.com/', 'not-http'],
    ['https:api.example.com/', 'not-http'],
    ['ftp://api.example.com/', 'not-http'],
    ['javascript://api.example.com/', 'not-http'],
    ['//api.example.com/', 'not-http'],
    ['/a', 'not-http'],
    ['', 'not-http'],
  ])('%j is a %s', (raw, fault) => {
    expect(canonicalUrl(raw)).toMatchObject({ path: '', search: '', fault })
  })
})

it.each([
  ['a label of 64 characters', `${'a'.repeat(64)}.example`, true],
  ['a label of 63 characters', `${'a'.repeat(63)}.example`, false],
  ['a name of 254 characters', `${'a.'.repeat(126)}aa`, true],
  ['a name of 253 characters', `${'a.'.repeat(126)}a`, false],
])('refuses an overlong host: %s', (_name, host, refused) => {
  expect(canonicalUrl(`https://${host}/`).fault).toBe(refused ? 'bad-host' : undefined)
})

describe('refuses a query that decoders disagree about', () => {
  it.each<[string, UrlFault]>([
    ['?a=\0', 'control-character'],
    ['?a=\n', 'control-character'],
    ['?a=b c', 'control-character'],
    ['?a=é', 'not-ascii'],
    ['?a=%', 'bad-percent-encoding'],
    ['?a=%zz', 'bad-percent-encoding'],
    ['?a=%u0041', 'bad-percent-encoding'],
    ['?a=%00', 'encoded-control-character'],
    ['?a=%ff', 'invalid-utf8'],
    ['?a=%c0%80', 'invalid-utf8'],
  ])('%j is a %s', (search, fault) => {
    expect(canonicalUrl(`${BASE}/a${search}`).fault).toBe(fault)
  })
})

describe('leaves ordinary URLs as they are', () => {
  it.each([
    '/',
    '/v1/users/42',
    '/v1/users/',
    '/.well-known/oauth-protected-resource',
    '/a/..b/c..d/e..',
    '/a.b.c/d.',
    '/repos/compare/main...feature',
    '/~ada/a+b/c-d_e',
    "/a!$&'()*,=:@b",
    '/v1/things:batchGet',
    "/odata/Users('ada')",
    '/a;v=1/b;w',
    '/users/ada@example.com',
    '/users/ada%2Bnews@example.com',
    '/caf%C3%A9/%E2%82%AC/%F0%9F%99%82',
    '/a%20b/100%25',
    '/a%3Fb%23c',
    '/a?',
    '/a??b',
    '/a?filter[name]=ada&sort[]=-id',
    '/a?redirect=https%3A%2F%2Fapp.example.com%2Fcb%3Fx%3D1%26y%3D%252F',
    '/a?path=../../b&q=a//b\\c',
    '/a?q=a+b%20c&lines=a%0D%0Ab&lower=%c3%a9&quoted=%7Eada',
    '/a?&&a&b=&=c',
  ])('%s', (path) => {
    expect(href(BASE + path)).toBe(BASE + path.replace(/\?$/, ''))
  })
})

describe('brings what has one reading into one form', () => {
  it.each([
    ['https://api.example.com', 'https://api.example.com/'],
    ['https://api.example.com?a=b', 'https://api.example.com/?a=b'],
    ['https://API.Example.COM/A', 'https://api.example.com/A'],
    ['https://api.example.com:443/a', 'https://api.example.com/a'],
    ['http://api.example.com:80/a', 'http://api.example.com/a'],
    ['http://api.example.com:443/a', 'http://api.example.com:443/a'],
    ['https://LOCALHOST:8787/a', 'https://localhost:8787/a'],
    ['http://127.0.0.1:8787/a', 'http://127.0.0.1:8787/a'],
    ['http://[::1]:8787/a', 'http://[::1]:8787/a'],
    ['https://xn--bcher-kva.example/a', 'https://xn--bcher-kva.example/a'],
    [`${BASE}/%61dmin`, `${BASE}/admin`],
    [`${BASE}/%5fportcullis`, `${BASE}/_portcullis`],
    [`${BASE}/%7Eada`, `${BASE}/~ada`],
    [`${BASE}/things%3AbatchGet`, `${BASE}/things:batchGet`],
    [`${BASE}/users/ada%40example.com`, `${BASE}/users/ada@example.com`],
    [`${BASE}/odata/%24metadata`, `${BASE}/odata/$metadata`],
    [`${BASE}/a%3bv%3d1%2c2%2b3`, `${BASE}/a%3Bv%3D1%2C2%2B3`],
    [`${BASE}/caf%c3%a9`, `${BASE}/caf%C3%A9`],
    [`${BASE}/a"<>[]^\`{|}`, `${BASE}/a%22%3C%3E%5B%5D%5E%60%7B%7C%7D`],
    [`${BASE}/a%22%3c%5b`, `${BASE}/a%22%3C%5B`],
    [`${BASE}/a?b="<>'`, `${BASE}/a?b=%22%3C%3E%27`],
  ])('%s is %s', (raw, canonical) => {
    expect(href(raw)).toBe(canonical)
  })
})

const piece = fc.constantFrom(
  ...['/', '/', '.', '..', ';', '?', '#', '\\', '%', '%2', '%2e', '%2F', '%5c', '%25', '%32', '%46', '%00', '%41', '%7e', '%3B', '%C3', '%A9', '%c2%85', '%ff'],
  ...[
    'a',
    'B',
    '7',
    '-',
    '_',
    '~',
    '!',
    '$',
    '&',
    "'",
    '(',
    ')',
    '*',
    '+',
    ',',
    '=',
    ':',
    '@',
    '[',
    ']',
    '^',
    '`',
    '{',
    '|',
    '}',
    '"',
    '<',
    '>',
    ' ',
    '\t',
    'é',
  ],
)
const authority = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('api.example.com', 'API.example.com:443', 'localhost:8787', '[::1]:80', '127.0.0.1', 'xn--bcher-kva.example') },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.constantFrom('a', 'Z', '1', '0x', '.', ':', '443', '[', ']', '-', '_', '@', 'xn--', '%', '\t'), { maxLength: 8 })
      .map((p) => p.join('')),
  },
)
const hostile = fc
  .tuple(fc.constantFrom('http://', 'https://'), authority, fc.array(piece, { maxLength: 12 }))
  .map(([scheme, host, rest]) => `${scheme}${host}${rest.length > 0 ? '/' : ''}${rest.join('')}`)
const anyUrl = fc.oneof(
  hostile,
  fc.webUrl({ withQueryParameters: true }),
  fc.string({ unit: 'binary-ascii' }).map((text) => `${BASE}/${text}`),
)

describe('whatever it lets through', () => {
  it('is a fixed point of the WHATWG parser and of itself', () => {
    let passed = 0
    fc.assert(
      fc.property(anyUrl, (raw) => {
        const url = canonicalUrl(raw)
        if (url.fault !== undefined) return
        passed++
        const canonical = `${url.scheme}://${url.host}${url.path}${url.search}`
        expect(new URL(canonical).href).toBe(canonical)
        expect(canonicalUrl(canonical)).toEqual(url)
      }),
      { numRuns: 5000 },
    )
    expect(passed).toBeGreaterThan(1000)
  })

  it('decodes to a path without empty segments, dot segments, separators or controls, however a server strips parameters and blanks', () => {
    fc.assert(
      fc.property(anyUrl, (raw) => {
        const url = canonicalUrl(raw)
        if (url.fault !== undefined) return
        expect(url.path.split('/').length).toBe(decodeURIComponent(url.path).split('/').length)
        const segments = url.path.slice(1).split('/').map(decodeURIComponent)
        for (const [i, segment] of segments.entries()) {
          expect(segment).not.toMatch(/[\\\p{Cc}]|%(?:[0-9A-F]{2}|u[0-9A-F]{4})/iu)
          expect(segment.replace(/;.*/s, '').trim()).not.toMatch(/^\.+$/)
          if (i < segments.length - 1) expect(segment.replace(/;.*/s, '')).not.toBe('')
        }
      }),
      { numRuns: 5000 },
    )
  })

  it('means what the client’s URL meant to the parser', () => {
    fc.assert(
      fc.property(anyUrl, (raw) => {
        const url = canonicalUrl(raw)
        if (url.fault !== undefined) return
        const parsed = new URL(raw)
        expect(url.host).toBe(parsed.host)
        expect(decodeURIComponent(url.path)).toBe(decodeURIComponent(parsed.pathname))
        expect(url.search).toBe(parsed.search)
      }),
      { numRuns: 5000 },
    )
  })

  it('keeps every value that a client encodes, unless decoders read it in two ways', () => {
    const value = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !/[\\/.;\p{Cc}]|%/u.test(text))
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 4 }), fc.string({ unit: 'grapheme' }), (segments, query) => {
        const raw = `${BASE}/${segments.map(encodeURIComponent).join('/')}?q=${encodeURIComponent(query.replaceAll('\0', ''))}`
        const url = canonicalUrl(raw)
        expect(url.fault).toBeUndefined()
        expect(url.path.slice(1).split('/').map(decodeURIComponent)).toEqual(segments)
        expect(url.search).toBe(new URL(raw).search)
      }),
    )
  })
})

it('takes linear time on hostile input', () => {
  for (const path of [
    '/.'.repeat(8000),
    '/a.'.repeat(5000),
    `/${'.'.repeat(16_000)}x`,
    '/%20'.repeat(4000),
    `/${'a'.repeat(16_000)}\0`,
    `/${'%25'.repeat(5000)}`,
  ]) {
    expect(() => canonicalUrl(BASE + path)).not.toThrow()
  }
  for (const host of ['a.'.repeat(8000), 'a'.repeat(16_000), 'a-'.repeat(8000), '1.'.repeat(8000), `[${':'.repeat(16_000)}]`]) {
    expect(canonicalUrl(`https://${host}/`).fault).toBe('bad-host')
  }
})
