import { describe, expect, it } from 'vitest'
import { ANNOTATED, ASSERTED } from './formats.ts'

const LABEL = 'a'.repeat(63)

/** The suite's own vectors run in test/conformance; these are the corners that attackers use. */
describe('formats of strings', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    [
      'date-time',
      ['2024-02-29T23:59:59Z', '1998-12-31T23:59:60Z', '1998-12-31t15:59:60.123-08:00', '2000-02-29T00:00:00+23:59'],
      [
        '2023-02-29T00:00:00Z',
        '1900-02-29T00:00:00Z',
        '1998-12-31T23:58:60Z',
        '2024-01-01T00:00:00',
        '2024-01-01 00:00:00Z',
        '2024-01-01T00:00:00Z\n',
        '2024-01-01T00:00:00.Z',
        '2024-01-01T24:00:00Z',
        '２024-01-01T00:00:00Z',
      ],
    ],
    ['date', ['2024-02-29', '0000-01-01'], ['2023-02-29', '2024-04-31', '2024-00-10', '2024-1-01', '2024-01-01T', '-024-01-01', '']],
    ['time', ['00:00:00Z', '23:29:60+23:30'], ['00:00:00', '00:00:00+24:00', '00:00:00+0000', '23:59:60+01:00', '']],
    ['duration', ['P1D', 'PT0S', 'P1Y2M3DT4H5M6S', 'P2W'], ['P', 'PT', 'P1Y2D', 'P1YT', 'PT0.5S', 'P1W2D', '-P1D', 'P1D\n']],
    [
      'email',
      ['a@b.example', '"a b"@example.com', '"a\\"b"@example.com', 'a@[127.0.0.1]', 'a@[IPv6:::1]'],
      ['a@', '@b', 'a@b@c', 'a..b@c', 'a b@c', 'a@b\n', 'a@[127.0.0.1', '"a"b"@c', `${'a'.repeat(65)}@b`, 'ä@b', 'a@-b'],
    ],
    ['idn-email', ['ä@ö.example', '실례@실례.테스트'], ['ä@', 'ä@ö..example', 'ä@ö\n', 'ä b@c']],
    [
      'hostname',
      ['a', '1.2', LABEL, 'xn--9n2bp8q.xn--9t4b11yi5a', 'a--b.com'],
      ['', '.', 'a.', '.a', '-a', 'a-', 'a_b', `${LABEL}a`, `${`${LABEL}.`.repeat(4)}`, 'xn--X', 'xn--hello-txk', 'ä', 'a\n'],
    ],
    ['idn-hostname', ['실례.테스트', 'l·l', 'a。b'], ['', '·l', '-ä', 'ä-', 'aא', 'a..b', 'ä b', '\u0640\u07fa', 'ü'.repeat(63)]],
    ['ipv4', ['127.0.0.1', '255.255.255.255'], ['127.1', '0x7f.0.0.1', '01.2.3.4', '1.2.3.4\n', '::ffff:1.2.3.4', '1.2.3.4/8', '256.1.1.1']],
    ['ipv6', ['::', '::ffff:1.2.3.4', '2001:db8::1'], ['1.2.3.4', 'fe80::1%eth0', '[::1]', '::1/64', '1::2::3', ':1', '::ffff:1.2.3.04']],
    [
      'uri',
      ['http://a/b?c#d', 'urn:a:b', 'http://u:p@[::1]:80/', 'a:', 'http://999.999.999.999/'],
      [
        '/a',
        'a',
        '',
        'http://a b',
        'http://a/%zz',
        'http://a/ä',
        'http://a\\b',
        '1a:b',
        'http://a@b@c/',
        'http://a:b/',
        'http://[::1',
        'http:/[::1]',
        'http://a/\n',
        'http://a#b#c',
      ],
    ],
    ['uri-reference', ['', '/a', '?a', '#a', '//a', 'a/b:c', './a:b'], ['1:b', '//a:x/', '/a b', '\\a', '/[a]', '#a\\']],
    ['iri', ['http://ä/ö', 'http://ä/𐌀', 'http://a/?\ue000'], ['ö', 'http://ä/\u200e\n', 'http://ä/\ue000', 'http://ä/\ufffe', 'http://a/\ud800']],
    ['iri-reference', ['/ö', 'ö', ''], ['\\ö', '/ö b']],
    ['uri-template', ['', '/a/{b}', '{+a,b*}', '{a:3}', 'a%41'], ['{', '}', '{}', '{a', '{a,}', '{a:0}', '{a..b}', 'a b', '{{a}}', '%4']],
    [
      'uuid',
      ['2eb8aa08-aa98-11ea-b4aa-73b441d16380', '2EB8AA08-AA98-11EA-B4AA-73B441D16380'],
      [
        '2eb8aa08-aa98-11ea-b4aa-73b441d1638',
        '2eb8aa08aa9811eab4aa73b441d16380',
        '2eb8aa08-aa98-11ea-b4aa-73b441d16380\n',
        '{2eb8aa08-aa98-11ea-b4aa-73b441d16380}',
      ],
    ],
    ['json-pointer', ['', '/', '/a~0~1/0'], ['a', '/~', '/~2', '#/a']],
    ['relative-json-pointer', ['0', '0#', '1/a', '120'], ['', '01', '-1', '/a', '0##', '1#/a', '1\n']],
    ['regex', ['^a$', '(?<n>a)\\k<n>', '[^]'], ['(', '\\a', '(?i)a', '[z-a]']],
    ['byte', ['', 'YQ==', 'YWI=', 'YWJj'], ['YQ=', 'YQ', 'Y===', 'YQ==\n', 'Y-_=', 'YQ= =']],
  ])('%s', (format, valid, invalid) => {
    const test = ASSERTED.string(format) as (value: string) => boolean
    for (const text of valid) expect(test(text), text).toBe(true)
    for (const text of invalid) expect(test(text), text).toBe(false)
  })

  it.each(['binary', 'password', 'unknown', 'toString', '__proto__'])('%s asserts nothing', (format) => {
    expect(ASSERTED.string(format)).toBeUndefined()
    expect(ASSERTED.number(format)).toBeUndefined()
    expect(ANNOTATED.string('date')).toBeUndefined()
  })

  const FORMATS = [
    'date-time',
    'duration',
    'email',
    'idn-email',
    'hostname',
    'idn-hostname',
    'ipv6',
    'uri',
    'iri',
    'uri-template',
    'json-pointer',
    'byte',
    'regex',
  ]
  const PIECES = ['a', '1', '.', '-', 'a.', '"', '\\"', '%41', '{a}', '{', ',', ':', '~', '/', '@', 'ä', '1D', 'P1Y', '·', 'xn--', '[', '=', '(a']
  it.each(FORMATS)('%s takes no longer than the text is long: within the time limit of a test', (format) => {
    const test = ASSERTED.string(format) as (value: string) => boolean
    for (const piece of PIECES) for (const head of ['', 'a', 'P', '"', 'http://', '2024-01-01T00:00:00.', 'a@']) test(head + piece.repeat(20_000))
  })
})

describe('formats of numbers', () => {
  it.each<[string, readonly number[], readonly number[]]>([
    ['int32', [0, -(2 ** 31), 2 ** 31 - 1, 1.0], [2 ** 31, -(2 ** 31) - 1, 0.5, Number.POSITIVE_INFINITY]],
    ['int64', [0, -(2 ** 63), 2 ** 53], [2 ** 63, 0.5]],
    ['float', [0.1, -3e38], [1e39, Number.POSITIVE_INFINITY]],
    ['double', [0.1, 1e308], [Number.POSITIVE_INFINITY]],
  ])('%s', (format, valid, invalid) => {
    const test = ASSERTED.number(format) as (value: number) => boolean
    for (const number of valid) expect(test(number), `${number}`).toBe(true)
    for (const number of invalid) expect(test(number), `${number}`).toBe(false)
  })
})
