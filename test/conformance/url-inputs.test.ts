import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { compileUrlRules } from '../../src/policies/url-inputs/judge-url.ts'
import { urlInputsSettings } from '../../src/policies/url-inputs/settings.ts'

const faultOf = compileUrlRules(v.parse(urlInputsSettings, { fields: ['#/url'] }))
const passes = (host: string) => faultOf(`https://${host}/`) === undefined

/** What another library says of an address: only `unicast` is for everybody. */
const isUnicast = (address: string) => ipaddr.process(address).range() === 'unicast'

describe('addresses of the ip-address suite as hosts of URLs', () => {
  const file = join(process.env.PORTCULLIS_VECTORS ?? join(import.meta.dirname, '../../../shared/vectors'), 'ip-address.jsonl')
  if (!existsSync(file)) {
    it('WAS NOT RUN: the vectors are not there; set PORTCULLIS_VECTORS to their directory', () => {
      console.warn('conformance: ip-address.jsonl is not there, nothing was compared; set PORTCULLIS_VECTORS to the directory of the vectors')
    })
    return
  }
  const vectors = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line): { readonly kind: string; readonly input: string; readonly expected: string } => JSON.parse(line))
    .filter(({ input }) => !input.includes('/'))

  it('what passes is sound, unicast, and written as the platform writes it', () => {
    let passed = 0
    for (const { kind, input, expected } of vectors) {
      const host = kind.startsWith('ipv6') ? `[${input}]` : input
      if (!passes(host)) continue
      passed++
      expect([input, expected, new URL(`https://${host}/`).hostname]).toEqual([input, 'valid', host.toLowerCase()])
      expect(isUnicast(input), input).toBe(true)
    }
    expect(vectors.length).toBeGreaterThan(900)
    expect(passed).toBeGreaterThan(0)
  })
})

describe('for every address', () => {
  const bits = fc.oneof(fc.nat(0xffffffff), fc.constantFrom(0x7f000001, 0xa9fea9fe, 0x0a000001, 0xc0a80101, 0x08080808))
  const octets = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]

  it('IPv4: dotted decimal passes where another library calls it unicast, and nothing else does', () => {
    fc.assert(
      fc.property(bits, (n) => {
        const address = octets(n).join('.')
        // That library knows neither the benchmarks' network nor the platform of Azure.
        if (passes(address)) expect(isUnicast(address), address).toBe(true)
        else if (isUnicast(address)) expect(address).toMatch(/^(?:198\.1[89]|168\.63\.129\.16$|192\.0\.0|192\.88\.99|0\.|2[45]\d\.)/)
      }),
      { numRuns: 5000 },
    )
  })

  it('IPv4 in any other notation is refused', () => {
    const radix = (octet: number, how: number) =>
      [`${octet}`, `0x${octet.toString(16)}`, `0${octet.toString(8)}`, `0X${octet.toString(16).toUpperCase()}`][how] ?? ''
    fc.assert(
      fc.property(bits, fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }), fc.integer({ min: 1, max: 4 }), (n, how, parts) => {
        const all = octets(n)
        const tail = all.slice(parts - 1).reduce((sum, octet) => sum * 256 + octet, 0)
        const text = [...all.slice(0, parts - 1), tail].map((part, i) => radix(part, how[i] ?? 0)).join('.')
        fc.pre(text !== all.join('.'))
        expect(new URL(`https://${text}/`).hostname).toBe(all.join('.'))
        expect(passes(text), text).toBe(false)
      }),
      { numRuns: 5000 },
    )
  })

  it('IPv6: what passes is unicast to another library, too, and in the form of the platform', () => {
    const words = fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
    const first = fc.constantFrom(undefined, 0x2001, 0x2002, 0x2606, 0x3fff, 0xfe80, 0xfd00, 0x64, 0)
    let passed = 0
    fc.assert(
      fc.property(words, first, (groups, given) => {
        const all = given === undefined ? groups : [given, ...groups.slice(1)]
        const address = new URL(`https://[${all.map((group) => group.toString(16)).join(':')}]/`).hostname
        if (!passes(address)) return
        passed++
        expect(isUnicast(address.slice(1, -1)), address).toBe(true)
        expect(passes(address.replace('::', ':0:0:')) && address.includes('::')).toBe(false)
      }),
      { numRuns: 5000 },
    )
    expect(passed).toBeGreaterThan(100)
  })

  it('a text that passes names the same host to the platform as to the eye', () => {
    const piece = fc.constantFrom(
      'https:',
      'http:',
      '//',
      '/',
      '\\',
      '@',
      ':',
      '443',
      '#',
      '?',
      '.',
      'example.com',
      '127.0.0.1',
      'evil.org',
      '[::1]',
      '%2f',
      '\t',
      'a',
      '１',
      '。',
      '\u00ad',
    )
    let passed = 0
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 7 }), fc.boolean(), (pieces, plain) => {
        const text = `${plain ? 'https://' : ''}${pieces.join('')}`
        if (faultOf(text) !== undefined) return
        passed++
        const [, host] = /^https:\/\/([a-z0-9.-]+)(?::443)?(?:\/[^#]*)?$/.exec(text) ?? []
        expect([text, new URL(text).hostname, new URL(text).username]).toEqual([text, host, ''])
      }),
      { numRuns: 20_000 },
    )
    expect(passed).toBeGreaterThan(10)
  })
})
