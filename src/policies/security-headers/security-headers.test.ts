import { describe, expect, it } from 'vitest'
import { exchange } from '../../../test/exchange.ts'
import { Problems } from '../../core/problems.ts'
import { securityHeaders } from './security-headers.ts'
import { STRIPPED } from './strip.ts'

type Settings = Parameters<typeof securityHeaders>[0]

/** The response that leaves the gateway, as the pipeline does it: the constant headers, then `finish`. */
function sent(settings: Settings, fromOriginServer: Record<string, string> = {}, url = 'https://api.example.com/'): Record<string, string> {
  const handlers = securityHeaders(settings).compile()
  const headers = new Headers(fromOriginServer)
  for (const [name, value] of Object.entries(handlers.responseHeaders ?? {})) {
    if (value === null) headers.delete(name)
    else headers.set(name, value)
  }
  handlers.finish?.(headers, exchange({ url }))
  return Object.fromEntries(headers)
}

const API = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
}

describe('security-headers: presets', () => {
  it('api is the default', () => {
    expect(sent({})).toEqual(API)
    expect(sent({ preset: 'api' })).toEqual(API)
  })

  it('web adds what pages need', () => {
    const { 'permissions-policy': permissions, ...web } = sent({ preset: 'web' })
    expect(web).toEqual({
      ...API,
      'content-security-policy':
        "default-src 'self'; form-action 'self'; base-uri 'self'; object-src 'none'; frame-ancestors 'none'; upgrade-insecure-requests",
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-opener-policy': 'same-origin',
      'x-dns-prefetch-control': 'off',
    })
    expect(permissions).toMatch(/^accelerometer=\(\), .*camera=\(\), .*sync-xhr=\(self\)$/)
  })

  it.each<[string, Settings, Record<string, string>]>([
    ['no subdomains', { hsts: { includeSubDomains: false } }, { 'strict-transport-security': 'max-age=63072000' }],
    ['preload', { hsts: { preload: true } }, { 'strict-transport-security': 'max-age=63072000; includeSubDomains; preload' }],
    ['one year', { hsts: { maxAgeSeconds: 31_536_000 } }, { 'strict-transport-security': 'max-age=31536000; includeSubDomains' }],
    [
      'frames of its own',
      { frameOptions: 'SAMEORIGIN' },
      { 'x-frame-options': 'SAMEORIGIN', 'content-security-policy': "default-src 'none'; frame-ancestors 'self'" },
    ],
    ['another policy', { csp: "default-src 'self'" }, { 'content-security-policy': "default-src 'self'" }],
    ['another referrer', { referrerPolicy: 'same-origin' }, { 'referrer-policy': 'same-origin' }],
    ['embeddable', { crossOriginResourcePolicy: 'cross-origin' }, { 'cross-origin-resource-policy': 'cross-origin' }],
    [
      'popups',
      { preset: 'web', crossOriginOpenerPolicy: 'same-origin-allow-popups', crossOriginEmbedderPolicy: 'credentialless', permissionsPolicy: 'camera=(self)' },
      {
        'cross-origin-opener-policy': 'same-origin-allow-popups',
        'cross-origin-embedder-policy': 'credentialless',
        'permissions-policy': 'camera=(self)',
      },
    ],
  ])('%s', (_name, settings, expected) => {
    expect(sent(settings)).toMatchObject(expected)
  })
})

describe('security-headers: what the origin server says', () => {
  it('does not weaken anything', () => {
    expect(
      sent(
        {},
        {
          'content-security-policy': "default-src * 'unsafe-inline'",
          'cross-origin-resource-policy': 'cross-origin',
          'referrer-policy': 'unsafe-url',
          'strict-transport-security': 'max-age=0',
          'x-content-type-options': 'sniff',
          'x-frame-options': 'ALLOWALL',
          'x-permitted-cross-domain-policies': 'all',
        },
      ),
    ).toEqual(API)
  })

  it('has its own content security policy where the settings say so, and only there', () => {
    const own = { 'content-security-policy': "script-src 'nonce-abc'" }
    expect(sent({ preset: 'web', csp: 'from-origin' }, own)).toMatchObject(own)
    expect(sent({ csp: 'from-origin' })).toEqual(API)
  })

  it('HSTS never goes over plain http, wherever it came from', () => {
    const { 'strict-transport-security': _, ...rest } = API
    expect(sent({ hsts: { preload: true } }, { 'strict-transport-security': 'max-age=1' }, 'http://api.example.com/')).toEqual(rest)
  })
})

describe('security-headers: what strangers need not know', () => {
  it.each([...STRIPPED])('%s is removed', (name) => {
    expect(sent({}, { [name]: 'internal-host/1.2.3' })).toEqual(API)
  })

  it('in any case, and several times', () => {
    expect(sent({}, { SERVER: 'nginx', 'X-Powered-BY': 'Express', 'X-AspNet-Version': '4.0' })).toEqual(API)
  })

  it('other headers stay', () => {
    const others = { 'content-type': 'application/json', etag: '"a"', 'x-request-id': '1', 'cache-control': 'no-cache', vary: 'Accept' }
    expect(sent({}, others)).toEqual({ ...API, ...others })
  })

  it('the settings remove more, or keep some', () => {
    expect(sent({ strip: ['X-Internal'], keep: ['X-Runtime'] }, { 'x-internal': '1', 'x-runtime': '0.1', server: 'a' })).toEqual({ ...API, 'x-runtime': '0.1' })
  })

  it('the list is lower case, without what clients need', () => {
    expect([...STRIPPED].filter((name) => name !== name.toLowerCase() || name in API)).toEqual([])
    expect(STRIPPED.size).toBeGreaterThan(90)
  })
})

describe('security-headers: settings', () => {
  const problemsOf = (given: unknown) => {
    const problems = new Problems()
    securityHeaders(given as Settings).check(['headers'], problems)
    return problems.all.map(({ path }) => path)
  }

  it.each<[string, unknown, string[]]>([
    ['nothing at all', {}, []],
    ['less than a year', { hsts: { maxAgeSeconds: 15_552_000 } }, ['headers.hsts.maxAgeSeconds']],
    ['zero', { hsts: { maxAgeSeconds: 0 } }, ['headers.hsts.maxAgeSeconds']],
    ['no HSTS', { hsts: false }, ['headers.hsts']],
    ['preload without subdomains', { hsts: { preload: true, includeSubDomains: false } }, ['headers.hsts.preload']],
    ['a second header in a value', { csp: "default-src 'self'\r\nset-cookie: a=b" }, ['headers.csp']],
    ['an empty policy', { csp: '' }, ['headers.csp']],
    ['frames for everybody', { frameOptions: 'ALLOWALL' }, ['headers.frameOptions']],
    ['the whole URL for everybody', { referrerPolicy: 'unsafe-url' }, ['headers.referrerPolicy']],
    ['a page’s settings without pages', { permissionsPolicy: 'camera=()' }, ['headers.permissionsPolicy']],
    ['removing what it sets', { strip: ['x-frame-options'] }, ['headers.strip[0]']],
    ['removing HSTS', { strip: ['Strict-Transport-Security'] }, ['headers.strip[0]']],
    ['removing a policy that the origin server sets', { csp: 'from-origin', strip: ['content-security-policy'] }, ['headers.strip[0]']],
    ['removing what clients need', { strip: ['x-a', 'content-type'] }, ['headers.strip[1]']],
    ['keeping what is not removed', { keep: ['x-powerd-by'] }, ['headers.keep[0]']],
    ['removing and keeping', { strip: ['server'], keep: ['server'] }, ['headers.keep[0]']],
    ['a header that is no name', { strip: ['a b'] }, ['headers.strip[0]']],
    ['an unknown setting', { xssProtection: true }, ['headers.xssProtection']],
    ['an unknown preset', { preset: 'none' }, ['headers.preset']],
  ])('%s', (_name, given, expected) => {
    expect(problemsOf(given)).toEqual(expected)
  })
})
