import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rawText } from '../workerd/raw.ts'
import { type FrontDoor, forwarded, openFrontDoor, refused } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())

/** In the zone where everything that is not refused is forwarded. */
const OPEN = { Host: 'open.example.com' }

describe('a path with two readings reaches no origin, not even where everything is open', () => {
  it.each([
    '/a/../b',
    '/..',
    '/../admin',
    '/a/..',
    '/a/./b',
    '/.',
    '/./_portcullis',
    '/a/.../b',
    '//',
    '//admin',
    '/a//b',
    '/a//',
    '/\\admin',
    '/a\\..\\b',
    '/a/..\\b',
    '/%2e%2e/admin',
    '/%2E%2E/admin',
    '/.%2e/admin',
    '/%2e',
    '/a/%2e%2e%2fb',
    '/a%2fb',
    '/a%2Fb',
    '/a%5cb',
    '/a%5C..%5Cb',
    '/a%00',
    '/a%00.json',
    '/%00/../admin',
    '/a%0a',
    '/a%0d%0aX-A:%20b',
    '/a%09b',
    '/a%7f',
    '/a%c2%85',
    '/..;/admin',
    '/..;x=y/admin',
    '/a/..;/b',
    '/;/admin',
    '/a/;x/b',
    '/%3b/admin',
    '/..%3b/admin',
    '/..%20/admin',
    '/%20../admin',
    '/%252e%252e/admin',
    '/a%252fb',
    '/%2541',
    '/a%25%32%66b',
    '/a%u002fb',
    '/a%',
    '/a%2',
    '/a%zz',
    '/a%c0%ae',
    '/a%c0%afb',
    '/a%e0%80%af',
    '/a%ed%a0%80',
    '/a%ff',
    '/a?b=%00',
    '/a?b=%c0%af',
    '/a?b=%zz',
  ])('%j', async (target) => {
    const outcome = await door.ask(`GET ${target}`, OPEN)
    expect(outcome).toMatchObject({ ...refused('400 transport.ambiguous-path'), decision: { decision: 'deny', policy: 'transport' } })
    expect(outcome.response.body).not.toContain('origin')
  })

  it.each(['\\admin', '/health x', '/a\tb', '/a\0b', '/a\x7fb', '/caf\xe9', ''])('%j is not even a request target', async (target) => {
    expect(await door.ask(`GET ${target}`, OPEN)).toMatchObject(refused('400'))
  })
})

describe('a path with one reading is forwarded as it was matched', () => {
  it.each([
    ['/', '/base/'],
    ['/a/b', '/base/a/b'],
    ['/a/', '/base/a/'],
    ['/%61dmin', '/base/admin'],
    ['/a%3fb%23c', '/base/a%3Fb%23c'],
    ['/a..b/..c', '/base/a..b/..c'],
    ['/a;v=1', '/base/a;v=1'],
    ['/a%20b', '/base/a%20b'],
    ['/a?p=/../b&q=%2e%2e%2f', '/base/a?p=/../b&q=%2e%2e%2f'],
    ['/__proto__', '/base/__proto__'],
    ['/*', '/base/*'],
    ['/:p0', '/base/:p0'],
  ])('%j arrives as %j', async (target, arrived) => {
    const outcome = await door.ask(`GET ${target}`, OPEN)
    expect(outcome.said).toBe('200 origin.answered')
    expect(forwarded(outcome).target).toBe(arrived)
  })
})

describe('no fragment and no foreign authority comes with a request target', () => {
  it.each([
    ['/open#/../admin', '/open'],
    ['/open?a#b', '/open?a'],
    ['https://partners.example.org/open', '/open'],
    ['http://evil.test/open', '/open'],
    ['https://user:password@partners.example.org/open', '/open'],
  ])('%j is %j of the host that the Host field names', async (target, arrived) => {
    const outcome = await door.ask(`GET ${target}`, { Host: 'partners.example.org' })
    expect(outcome.decision).toMatchObject({ zone: 'partners', route: 'GET /open' })
    expect(forwarded(outcome).target).toBe(arrived)
    expect(forwarded(outcome).fields).toContainEqual(['Host', 'origin-partners.test'])
  })

  it.each(['/../admin', '//admin', '/%2e%2e/admin'])('an absolute target hides no %j', async (path) => {
    expect(await door.ask(`GET https://open.example.com${path}`, OPEN)).toMatchObject(refused('400 transport.ambiguous-path'))
  })
})

describe('a Host with two readings is no zone', () => {
  it.each([
    'api.example.com/x',
    'api.example.com/health?',
    'api.example.com?',
    'api.example.com#',
    'api.example.com\\',
    'api.example.com\\@evil.test',
    'a@api.example.com',
    'a:b@api.example.com',
    'evil.test/@api.example.com',
    'api.example.com@evil.test',
    'api.example.com.',
    'api.example.com.:443',
    'api.example.com:',
    'api.example.com:80',
    'api.example.com:8443',
    'api.example.com:0443',
    'api.example.com:443443',
    'api.example.com:443:443',
    'api.example.com%2f',
    'api.example.com x',
    'api.example.com\tx',
    'api.example.com,evil.test',
    '.api.example.com',
    'api..example.com',
    '*.example.com',
  ])('%j', async (host) => {
    expect(await door.ask('GET /health', { Host: host })).toMatchObject(refused('400 transport.ambiguous-path'))
  })

  it('two Host fields are one name that is none', async () => {
    const bytes = rawText('GET', '/health').replace('\r\n', '\r\nHost: evil.test\r\n')
    expect(await door.send(bytes)).toMatchObject(refused('400 transport.ambiguous-path'))
  })

  it.each(['', 'api.ex\xe4mple.com'])('%j is no host at all', async (host) => {
    expect(await door.ask('GET /health', { Host: host })).toMatchObject(refused('400'))
  })

  it.each(['evil.test', 'api.example.com.evil.test', 'xapi.example.com', 'example.com', 'localhost', '127.0.0.1', 'origin-api.test'])(
    '%j is a stranger',
    async (host) => {
      const outcome = await door.ask('GET /health', { Host: host })
      expect(outcome).toMatchObject({ ...refused('404 route.unknown-host'), decision: { zone: '-', host: '-' } })
    },
  )

  it.each(['API.EXAMPLE.COM', 'Api.Example.Com:443'])('%j is the zone’s own name', async (host) => {
    expect((await door.ask('GET /health', { Host: host })).decision).toMatchObject({ reason: 'origin.answered', zone: 'api', host: 'api.example.com' })
  })
})

it('plain http is refused before anything else is read', async () => {
  expect(await door.ask('GET /health', { 'portcullis-proto': 'http' })).toMatchObject(refused('403 transport.insecure'))
})

it('what goes to an origin with a path in its URL stays under that path', () => {
  const targets = door.origin.received.filter(({ fields }) => fields.some(([, value]) => value === 'origin-open.test')).map(({ target }) => target)
  expect(targets.length).toBeGreaterThan(0)
  expect(targets.filter((target) => !target.startsWith('/base/'))).toEqual([])
})
