import { describe, expect, it } from 'vitest'
import { exchange, type Wanted } from '../../../test/exchange.ts'
import type { Deny, Pass } from '../../core/decision.ts'
import { Problems } from '../../core/problems.ts'
import { urlInputs } from './url-inputs.ts'

type Settings = Parameters<typeof urlInputs>[0]

async function brief(settings: Settings, wanted: Wanted): Promise<string> {
  const policy = urlInputs(settings)
  const problems = new Problems()
  policy.check(['url-inputs'], problems)
  expect(problems.all).toEqual([])
  const decision = (await policy.compile().request?.(exchange(wanted))) as Pass | Deny
  if (decision.kind === 'pass') return 'pass'
  const errors = decision.problem?.errors ?? []
  for (const { detail } of errors) expect(detail).not.toContain('evil')
  return [decision.status, decision.reason, ...errors.map(({ pointer, rule }) => `${pointer}:${rule}`)].join(' ')
}

/** What is said of one URL in a body: `pass`, or the rule that it breaks. */
async function faultOf(url: unknown, settings: Partial<Settings> = {}): Promise<string> {
  const said = await brief({ fields: ['#/url'], ...settings }, { validated: { body: { url } } })
  return said.split(':').at(-1) ?? ''
}

describe('addresses in every notation', () => {
  it.each([
    ['a public one', 'https://8.8.8.8/', 'pass'],
    ['a public IPv6 one', 'https://[2606:4700::1111]/', 'pass'],
    ['a public one with its port', 'https://8.8.8.8:443/', 'pass'],
    ['loopback', 'https://127.0.0.1/', 'internal'],
    ['another loopback', 'https://127.8.9.10/', 'internal'],
    ['nothing', 'https://0.0.0.0/', 'internal'],
    ['private', 'https://10.0.0.1/', 'internal'],
    ['private', 'https://172.16.0.1/', 'internal'],
    ['private', 'https://192.168.1.1/', 'internal'],
    ['shared', 'https://100.64.0.1/', 'internal'],
    ['link-local: metadata', 'https://169.254.169.254/latest/meta-data/', 'internal'],
    ['a service of a cluster, by its short name', 'https://kubernetes.default/', 'internal'],
    ['one of its system', 'https://kube-dns.kube-system/', 'internal'],
    ['a service of a mesh', 'https://vault.service.consul/', 'internal'],
    ['metadata of containers', 'https://169.254.170.2/', 'internal'],
    ['metadata of Alibaba', 'https://100.100.100.200/', 'internal'],
    ['metadata of Oracle', 'https://192.0.0.192/', 'internal'],
    ['the wire server of Azure', 'https://168.63.129.16/', 'internal'],
    ['benchmarks', 'https://198.18.0.1/', 'internal'],
    ['documentation', 'https://203.0.113.1/', 'internal'],
    ['multicast', 'https://224.0.0.1/', 'internal'],
    ['reserved', 'https://240.0.0.1/', 'internal'],
    ['broadcast', 'https://255.255.255.255/', 'internal'],
    ['decimal', 'https://2130706433/', 'host-syntax'],
    ['decimal, of metadata', 'https://2852039166/', 'host-syntax'],
    ['decimal, beyond 32 bits', 'https://6425673729/', 'host-syntax'],
    ['hexadecimal', 'https://0x7f000001/', 'host-syntax'],
    ['hexadecimal, with dots', 'https://0x7f.0x0.0x0.0x1/', 'host-syntax'],
    ['hexadecimal, in capitals', 'https://0X7F.1/', 'host-syntax'],
    ['octal', 'https://0177.0.0.1/', 'host-syntax'],
    ['octal, whole', 'https://017700000001/', 'host-syntax'],
    ['octal with many zeros', 'https://00000177.0.0.1/', 'host-syntax'],
    ['mixed', 'https://0x7f.0.0.01/', 'host-syntax'],
    ['short', 'https://127.1/', 'host-syntax'],
    ['shorter', 'https://127.0.1/', 'host-syntax'],
    ['shortest', 'https://0/', 'host-syntax'],
    ['a leading zero', 'https://127.0.0.01/', 'host-syntax'],
    ['a trailing dot', 'https://127.0.0.1./', 'host-syntax'],
    ['an octet too large', 'https://127.0.0.256/', 'host-syntax'],
    ['five octets', 'https://127.0.0.1.1/', 'host-syntax'],
    ['a label that is a number', 'https://evil.com.1/', 'host-syntax'],
    ['a label that is a hexadecimal number', 'https://evil.0x1/', 'host-syntax'],
    ['percent-encoded', 'https://%31%32%37.0.0.1/', 'host-syntax'],
    ['percent-encoded dots', 'https://127%2e0%2e0%2e1/', 'host-syntax'],
    ['full-width digits', 'https://１２７.0.0.1/', 'syntax'],
    ['circled digits', 'https://①②⑦.0.0.1/', 'syntax'],
    ['ideographic dots', 'https://127。0。0。1/', 'syntax'],
    ['IPv6 loopback', 'https://[::1]/', 'internal'],
    ['IPv6 nothing', 'https://[::]/', 'internal'],
    ['IPv6 loopback, written out', 'https://[0:0:0:0:0:0:0:1]/', 'host-syntax'],
    ['IPv6 with zeros', 'https://[::0001]/', 'host-syntax'],
    ['IPv4-mapped', 'https://[::ffff:7f00:1]/', 'internal'],
    ['IPv4-mapped, dotted', 'https://[::ffff:127.0.0.1]/', 'host-syntax'],
    ['IPv4-mapped, public', 'https://[::ffff:808:808]/', 'internal'],
    ['IPv4-compatible', 'https://[::7f00:1]/', 'internal'],
    ['IPv4-translated', 'https://[::ffff:0:7f00:1]/', 'internal'],
    ['NAT64', 'https://[64:ff9b::a9fe:a9fe]/', 'internal'],
    ['local NAT64', 'https://[64:ff9b:1::a9fe:a9fe]/', 'internal'],
    ['6to4', 'https://[2002:a9fe:a9fe::]/', 'internal'],
    ['Teredo', 'https://[2001:0:a9fe:a9fe::1]/', 'internal'],
    ['unique local', 'https://[fd00:ec2::254]/', 'internal'],
    ['link-local', 'https://[fe80::1]/', 'internal'],
    ['link-local with a zone', 'https://[fe80::1%25eth0]/', 'host-syntax'],
    ['link-local with a bare zone', 'https://[fe80::1%eth0]/', 'syntax'],
    ['site-local', 'https://[fec0::1]/', 'internal'],
    ['IPv6 multicast', 'https://[ff02::1]/', 'internal'],
    ['IPv6 documentation', 'https://[2001:db8::1]/', 'internal'],
    ['IPv6 of the future', 'https://[v1.fe80::1]/', 'host-syntax'],
    ['IPv6 without brackets', 'https://::1/', 'host-syntax'],
  ])('%s: %s', async (_, url, expected) => expect(await faultOf(url)).toBe(expected))
})

describe('names', () => {
  it.each([
    ['https://example.com/hook', 'pass'],
    ['https://example.com', 'pass'],
    ['https://EXAMPLE.com/', 'pass'],
    ['https://xn--bcher-kva.example.com/', 'pass'],
    ['https://a_b.example.com/', 'pass'],
    ['https://localhost/', 'internal'],
    ['https://LOCALHOST/', 'internal'],
    ['https://localhost./', 'host-syntax'],
    ['https://foo.localhost/', 'internal'],
    ['https://localhost.localdomain/', 'internal'],
    ['https://printer.local/', 'internal'],
    ['https://metadata.google.internal/computeMetadata/v1/', 'internal'],
    ['https://METADATA.google.INTERNAL/', 'internal'],
    ['https://metadata/', 'internal'],
    ['https://redis/', 'internal'],
    ['https://kubernetes.default.svc/', 'internal'],
    ['https://kubernetes.default.svc.cluster.local/', 'internal'],
    ['https://router.home.arpa/', 'internal'],
    ['https://1.0.0.127.in-addr.arpa/', 'internal'],
    ['https://vault.corp/', 'internal'],
    ['https://evil.onion/', 'internal'],
    ['https://example.com./', 'host-syntax'],
    ['https://example..com/', 'host-syntax'],
    ['https://.example.com/', 'host-syntax'],
    ['https://xn--a/', 'internal'],
    ['https://xn--localhost-/', 'host-syntax'],
    ['https://lo%63alhost/', 'host-syntax'],
    ['https://bücher.example.com/', 'syntax'],
    ['https://ⓛocalhost/', 'syntax'],
    ['https://ʟocalhost/', 'syntax'],
    ['https://loc\u00adalhost/', 'syntax'],
    ['https://example.com\u200b/', 'syntax'],
    ['https://evil.com\u2100.example.com/', 'syntax'],
    ['https://evil.com\uff0f.example.com/', 'syntax'],
  ])('%s: %s', async (url, expected) => expect(await faultOf(url)).toBe(expected))
})

describe('texts that two parsers cut in two ways', () => {
  it.each([
    ['https://example.com/a?b=c&d=%20', 'pass'],
    ['https://example.com/@evil.com/', 'pass'],
    ['https://example.com/?u=https://evil.com/', 'pass'],
    ['https://example.com:443/', 'pass'],
    ['HTTPS://example.com/', 'syntax'],
    ['Https://example.com/', 'syntax'],
    ['https:/example.com/', 'syntax'],
    ['https:example.com/', 'syntax'],
    ['https:///example.com/', 'syntax'],
    ['https://///example.com/', 'syntax'],
    ['//example.com/', 'syntax'],
    ['/path', 'syntax'],
    ['example.com', 'syntax'],
    ['https://', 'syntax'],
    ['https:\\\\example.com\\', 'syntax'],
    ['https://example.com\\@evil.com/', 'syntax'],
    ['https://evil.com\\.example.com/', 'syntax'],
    ['https://example.com?@evil.com/', 'syntax'],
    ['https://example.com?', 'syntax'],
    ['https://example.com#@evil.com/', 'syntax'],
    ['https://example.com/#a#b', 'syntax'],
    ['https://example.com/#a', 'fragment'],
    ['https://user@example.com/', 'credentials'],
    ['https://user:secret@example.com/', 'credentials'],
    ['https://example.com@evil.com/', 'credentials'],
    ['https://example.com:443@evil.com/', 'credentials'],
    ['https://a@b@evil.com/', 'credentials'],
    ['https://@evil.com/', 'credentials'],
    ['https://example.com%40evil.com/', 'host-syntax'],
    ['https://example.com%2f@evil.com/', 'credentials'],
    ['https://example.com%23.evil.com/', 'host-syntax'],
    ['https://example.com:80:443/', 'host-syntax'],
    ['https://example.com:/', 'host-syntax'],
    ['https://example.com:0443/', 'host-syntax'],
    ['https://example.com:99999/', 'host-syntax'],
    ['https://example.com:0/', 'host-syntax'],
    ['https://example.com:443a/', 'host-syntax'],
    ['https://example.com:22/', 'port'],
    ['https://example.com:80/', 'port'],
    [' https://example.com/', 'syntax'],
    ['https://example.com/ ', 'syntax'],
    ['https://exam\tple.com/', 'syntax'],
    ['ht\ntps://example.com/', 'syntax'],
    ['https://example.com/\r\nHost: evil.com', 'syntax'],
    ['https://example.com/%0d%0aHost:%20evil.com', 'syntax'],
    ['https://example.com/%00', 'syntax'],
    ['https://example.com/%zz', 'syntax'],
    ['https://example.com/%', 'syntax'],
    ['https://example.com/\0', 'syntax'],
    ['https://exa{mple}.com/', 'syntax'],
    ['https://example.com/"', 'syntax'],
    ['https://example.com/<a>', 'syntax'],
    ['https://example.com,evil.com/', 'host-syntax'],
    ['https://example.com;evil.com/', 'host-syntax'],
    ['https://example.com&evil.com/', 'host-syntax'],
    ['http://example.com/', 'scheme'],
    ['ftp://example.com/', 'scheme'],
    ['gopher://127.0.0.1:6379/_', 'scheme'],
    ['file:///etc/passwd', 'syntax'],
    ['file://example.com/etc/passwd', 'scheme'],
    ['javascript://example.com/%0Aalert(1)', 'syntax'],
    ['data:text/plain,a', 'syntax'],
    ['jar:https://example.com/!/', 'syntax'],
    ['url:https://example.com/', 'syntax'],
    ['blob:https://example.com/a', 'syntax'],
    ['', 'syntax'],
    [`https://example.com/${'a'.repeat(2048)}`, 'too-long'],
    [1, 'type'],
    [true, 'type'],
    [{}, 'type'],
    [['https://example.com/'], 'type'],
    [null, 'pass'],
    [undefined, 'pass'],
  ])('%j: %s', async (url, expected) => expect(await faultOf(url)).toBe(expected))
})

describe('what may be said', () => {
  it.each<[string, Partial<Settings>, string]>([
    ['https://hooks.example.com/', { hosts: ['hooks.example.com'] }, 'pass'],
    ['https://hooks.example.com.evil.com/', { hosts: ['hooks.example.com'] }, 'host'],
    ['https://xhooks.example.com/', { hosts: ['hooks.example.com'] }, 'host'],
    ['https://a.hooks.example.com/', { hosts: ['hooks.example.com'] }, 'host'],
    ['https://a.example.com/', { hosts: ['*.example.com'] }, 'pass'],
    ['https://a.b.example.com/', { hosts: ['*.example.com'] }, 'pass'],
    ['https://A.EXAMPLE.com/', { hosts: ['*.example.com'] }, 'pass'],
    ['https://example.com/', { hosts: ['*.example.com'] }, 'host'],
    ['https://evilexample.com/', { hosts: ['*.example.com'] }, 'host'],
    ['https://8.8.8.8/', { hosts: ['*.example.com'] }, 'host'],
    ['https://xn--exmple-cua.com/', { hosts: ['example.com'] }, 'host'],
    ['http://example.com/', { schemes: ['http', 'https'] }, 'pass'],
    ['http://example.com:443/', { schemes: ['http', 'https'] }, 'port'],
    ['http://127.0.0.1/', { schemes: ['http'] }, 'internal'],
    ['wss://example.com/', { schemes: ['wss'] }, 'pass'],
    ['https://example.com:8443/', { ports: [8443] }, 'pass'],
    ['https://example.com/', { ports: [8443] }, 'port'],
    ['https://example.com/#a', { fragments: true }, 'pass'],
  ])('%s, %j: %s', async (url, settings, expected) => expect(await faultOf(url, settings)).toBe(expected))
})

describe('where it is said', () => {
  const GOOD = 'https://example.com/'
  const EVIL = 'https://127.0.0.1/evil'
  it.each<[string, Settings['fields'], unknown, string]>([
    [
      'each item',
      ['#/hooks/*/url'],
      { hooks: [{ url: GOOD }, { url: EVIL }, {}, null, { url: EVIL }] },
      '422 url-inputs.internal #/hooks/1/url:internal #/hooks/4/url:internal',
    ],
    ['each key', ['#/hooks/*'], { hooks: { a: GOOD, b: EVIL } }, '422 url-inputs.internal #/hooks/b:internal'],
    ['an item by its number', ['#/hooks/1'], { hooks: [EVIL, GOOD] }, 'pass'],
    [
      'each body of a batch',
      ['#/variables/url'],
      [{ variables: { url: GOOD } }, { variables: { url: EVIL } }],
      '422 url-inputs.internal #/1/variables/url:internal',
    ],
    ['items of a list', ['#/*/url'], [{ url: GOOD }, { url: EVIL }], '422 url-inputs.internal #/1/url:internal'],
    ['an item of a list', ['#/0/url'], [{ url: EVIL }, { url: GOOD }], '422 url-inputs.internal #/0/url:internal'],
    ['an escaped key', ['#/a~1b'], { 'a/b': EVIL }, '422 url-inputs.internal #/a~1b:internal'],
    ['an inherited key', ['#/constructor/name'], {}, 'pass'],
    ['no object', ['#/a/b'], { a: 'text' }, 'pass'],
    ['no body', ['#/a'], undefined, 'pass'],
    ['two fields', ['#/a', '#/b'], { a: 'x', b: EVIL }, '422 url-inputs.syntax #/a:syntax #/b:internal'],
  ])('%s', async (_, fields, body, expected) => {
    expect((await brief({ fields }, { validated: { body } })).replaceAll('a%7E1b', 'a~1b')).toBe(expected)
  })

  it.each<[string, Wanted, string]>([
    ['a body that nobody read', { method: 'POST', body: 'a' }, '415 url-inputs.unread'],
    ['one that does not say how long it is', { method: 'POST', body: new Blob(['a']).stream() }, '415 url-inputs.unread'],
    ['an empty one', { method: 'POST', body: '' }, 'pass'],
    ['an empty one that does not say how long it is', { method: 'POST', body: new Blob([]).stream() }, 'pass'],
    ['one that is read', { method: 'POST', body: '{}', validated: { body: {} } }, 'pass'],
    ['one that is null', { method: 'POST', body: 'null', validated: { body: null } }, 'pass'],
  ])('%s', async (_, wanted, expected) => {
    expect(await brief({ fields: ['#/url'] }, wanted)).toBe(expected)
  })

  it('names at most twenty', async () => {
    const said = await brief({ fields: ['#/*'] }, { validated: { body: Array.from({ length: 100 }, () => EVIL) } })
    expect(said.split(' ')).toHaveLength(22)
  })

  const at = (search: string): Wanted => ({ url: `https://api.example.com/${search}` })
  it.each<[string, Wanted, string]>([
    ['nothing', at(''), 'pass'],
    ['another parameter', at('?other=x&other=y'), 'pass'],
    ['a good one', at(`?redirect=${encodeURIComponent(GOOD)}`), 'pass'],
    ['a bad one', at(`?redirect=${encodeURIComponent(EVIL)}`), '400 url-inputs.internal query/redirect:internal'],
    ['a good one before a bad one', at(`?redirect=${GOOD}&redirect=${EVIL}`), '400 url-inputs.internal query/redirect:internal'],
    ['a bad one before a good one', at(`?redirect=${EVIL}&redirect=${GOOD}`), '400 url-inputs.internal query/redirect:internal'],
    ['an encoded name', at(`?re%64irect=${EVIL}`), '400 url-inputs.internal query/redirect:internal'],
    ['encoded twice', at(`?redirect=${encodeURIComponent(encodeURIComponent(GOOD))}`), '400 url-inputs.syntax query/redirect:syntax'],
    ['an empty one', at('?redirect='), '400 url-inputs.syntax query/redirect:syntax'],
    ['a bare one', at('?redirect'), '400 url-inputs.syntax query/redirect:syntax'],
    ['a semicolon', at(`?a=1;redirect=${EVIL}`), '400 url-inputs.query'],
    ['an empty pair', at(`?&redirect=${GOOD}`), '400 url-inputs.query'],
    ['a header', { headers: { 'X-Callback': GOOD } }, 'pass'],
    ['a bad header', { headers: { 'X-Callback': EVIL } }, '400 url-inputs.internal header/x-callback:internal'],
    ['two in one header', { headers: { 'X-Callback': `${GOOD}, ${GOOD}` } }, '400 url-inputs.syntax header/x-callback:syntax'],
  ])('in URL and headers: %s', async (_, wanted, expected) => {
    expect(await brief({ fields: ['query/redirect', 'header/X-Callback'] }, wanted)).toBe(expected)
  })

  it('runs as soon as it can', () => {
    expect(urlInputs({ fields: ['query/a', 'header/b'] })).toMatchObject({ stage: 'validate', needsValidated: [] })
    expect(urlInputs({ fields: ['query/a', '#/b'] })).toMatchObject({ stage: 'decide', needsValidated: ['body'] })
  })
})

describe('settings', () => {
  it.each<[string, Settings, number]>([
    ['no field', { fields: [] }, 1],
    ['a field of nowhere', { fields: ['/a', 'body/a', '#', '#a', 'cookie/a', 'query/'] }, 6],
    ['a field twice', { fields: ['#/a', '#/a'] }, 1],
    ['an address as a host', { fields: ['#/a'], hosts: ['10.0.0.1', '8.8.8.8'] }, 2],
    ['a name of a network of one’s own', { fields: ['#/a'], hosts: ['api.internal', 'a.localhost'] }, 2],
    ['every name', { fields: ['#/a'], hosts: ['*', '*.com', 'a.*.com', 'Example.com', 'https://example.com'] }, 5],
  ])('%s', (_, settings, expected) => {
    const problems = new Problems()
    urlInputs(settings).check(['url-inputs'], problems)
    expect(problems.all).toHaveLength(expected)
  })
})
