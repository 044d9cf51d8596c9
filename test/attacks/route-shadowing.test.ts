import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bearer, type FrontDoor, forwarded, openFrontDoor, refused, tokenOfOne } from './front-door.ts'

let door: FrontDoor
let ada: { readonly Authorization: string }
beforeAll(async () => {
  door = await openFrontDoor()
  ada = bearer(await tokenOfOne(door, { sub: 'ada' }))
})
afterAll(() => door.stop())

describe('a strict route is not reached through the public wildcard beside it', () => {
  it.each([
    '/v1/Admin/report',
    '/v1/admin/REPORT',
    '/V1/admin/report',
    '/v1/admin/report/',
    '/v1/admin/report.',
    '/v1/admin./report',
    '/v1/admin/report...',
    '/v1/admin/report;x=y',
    '/v1/admin;x/report',
    '/v1/admin/report;',
    '/v1/admin/report%3bx',
    '/v1/%41dmin/report',
    '/v1/admin/report;/',
    '/v1/Users/me',
    '/v1/USERS/ada',
    '/v1/users/me;x',
    '/v1/users/ME',
    '/v1/users/me.',
    '/v1/users/me/',
    '/v1/users/ada/',
    '/v1/Profile',
    '/v1/profile;jsessionid=1',
    '/v1/limited/Principal',
  ])('%j', async (path) => {
    expect(await door.ask(`GET ${path}`)).toMatchObject(refused('404 route.unlisted'))
    expect(await door.ask(`GET ${path}`, ada)).toMatchObject(refused('404 route.unlisted'))
  })

  it.each([
    ['/v1/%61dmin/report', 'GET /v1/admin/report'],
    ['/v1/admin/%72eport', 'GET /v1/admin/report'],
    ['/v1/admin/report?x', 'GET /v1/admin/report'],
    ['/v1/users/%6de', 'GET /v1/users/me'],
    ['/v1/users/:p2', 'GET /v1/users/:id'],
    ['/v1/users/:id', 'GET /v1/users/:id'],
    ['/v1/users/*', 'GET /v1/users/:id'],
    ['/v1/users/__proto__', 'GET /v1/users/:id'],
    ['/v1/users/constructor', 'GET /v1/users/:id'],
  ])('%j is %s, and nobody without a token', async (path, route) => {
    expect(await door.ask(`GET ${path}`)).toMatchObject({ ...refused('401 jwt.missing'), decision: { route } })
  })

  it('the wildcard itself is as public as it says', async () => {
    expect(forwarded(await door.ask('GET /v1/docs/admin/report')).target).toBe('/base/v1/docs/admin/report')
    expect(await door.ask('GET /v1')).toMatchObject(refused('404 route.unlisted'))
  })
})

describe('a parameter is what it is, and owns only what its text names', () => {
  it.each([
    '/v1/users/bob',
    '/v1/users/:p2',
    '/v1/users/:id',
    '/v1/users/*',
    '/v1/users/ada%20',
    '/v1/users/ada,bob',
    '/v1/users/ada%3Fbob',
    '/v1/users/%61da%25',
  ])('ada is not the owner of %j', async (path) => {
    expect(await door.ask(`GET ${path}`, ada)).toMatchObject({ ...refused('403 authorize.owner'), decision: { route: 'GET /v1/users/:id' } })
  })

  it.each([
    ['/v1/users/ada', 'ada', '/base/v1/users/ada'],
    ['/v1/users/%61da', 'ada', '/base/v1/users/ada'],
    ['/v1/users/:p2', ':p2', '/base/v1/users/:p2'],
    ['/v1/users/__proto__', '__proto__', '/base/v1/users/__proto__'],
    ['/v1/users/a%20b', 'a b', '/base/v1/users/a%20b'],
  ])('%j belongs to %j', async (path, sub, arrived) => {
    const outcome = await door.ask(`GET ${path}`, bearer(await tokenOfOne(door, { sub })))
    expect(outcome.said).toBe('200 origin.answered')
    expect(forwarded(outcome).target).toBe(arrived)
  })
})

describe('another method is another route, or none', () => {
  it.each([
    ['HEAD', '/v1/admin/report', '401 jwt.missing'],
    ['HEAD', '/v1/users/ada', '401 jwt.missing'],
    ['HEAD', '/v1/notes', '405 route.method'],
    ['OPTIONS', '/v1/admin/report', '405 route.method'],
    ['POST', '/v1/admin/report', '405 route.method'],
    ['PUT', '/v1/users/ada', '405 route.method'],
    ['DELETE', '/v1/users/ada', '401 jwt.missing'],
    ['DELETE', '/v1/docs', '405 route.method'],
    ['PATCH', '/v1/profile', '405 route.method'],
    ['TRACE', '/v1/docs', '405 transport.method'],
    ['PROPFIND', '/v1/docs', '405 transport.method'],
    ['SEARCH', '/v1/docs', '405 transport.method'],
    ['get', '/v1/docs', '501'],
    ['TRACK', '/v1/docs', '501'],
    ['JEFF', '/v1/docs', '501'],
    ['CONNECT', 'api.example.com:443', '500'],
  ])('%s %s', async (method, path, said) => {
    expect(await door.ask(`${method} ${path}`, { Connection: 'close' })).toMatchObject(refused(said))
  })

  it.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', 'X_HTTP_Method_Override', 'X-Original-Method'])(
    '%s changes nothing, here or at the origin',
    async (name) => {
      const got = forwarded(await door.ask('GET /v1/docs', { [name]: 'DELETE' }))
      expect(got.method).toBe('GET')
      expect(JSON.stringify(got.fields)).not.toContain('DELETE')
      expect(await door.ask('POST /v1/admin/report', { [name]: 'GET' })).toMatchObject(refused('405 route.method'))
    },
  )

  it.each(['X-Original-URL', 'X-Rewrite-URL', 'X-Original-URI', 'X-Forwarded-Uri', 'X-Forwarded-Path', 'X-Override-URL'])(
    '%s names no other route, here or at the origin',
    async (name) => {
      const outcome = await door.ask('GET /v1/docs', { [name]: '/v1/admin/report' })
      expect(outcome.decision).toMatchObject({ route: 'GET /v1/*' })
      expect(JSON.stringify(forwarded(outcome))).not.toContain('admin')
    },
  )

  it('HEAD is forwarded as HEAD, with the rules of its GET', async () => {
    const outcome = await door.ask('HEAD /v1/users/ada', { ...ada, Connection: 'close' })
    expect(outcome.said).toBe('200 origin.answered')
    expect(forwarded(outcome).method).toBe('HEAD')
  })
})

describe('the gateway’s own path is nobody’s, not even where everything is open', () => {
  it.each([
    ['/_portcullis', '404 route.unlisted'],
    ['/_portcullis/', '404 route.unlisted'],
    ['/_portcullis/state', '404 route.unlisted'],
    ['/_PORTCULLIS/state', '404 route.unlisted'],
    ['/_Portcullis', '404 route.unlisted'],
    ['/%5fportcullis/state', '404 route.unlisted'],
    ['/%5Fportculli%73/state', '404 route.unlisted'],
    ['/_portcullis./state', '404 route.unlisted'],
    ['/_portcullis;x/state', '404 route.unlisted'],
    ['/_portcullis%3bx/state', '404 route.unlisted'],
    ['/_portcullis?x', '404 route.unlisted'],
    ['//_portcullis/state', '400 transport.ambiguous-path'],
    ['/./_portcullis', '400 transport.ambiguous-path'],
    ['/x/../_portcullis', '400 transport.ambiguous-path'],
    ['/;x/_portcullis', '400 transport.ambiguous-path'],
    ['/%255fportcullis', '400 transport.ambiguous-path'],
  ])('%j', async (path, said) => {
    expect(await door.ask(`GET ${path}`, { Host: 'open.example.com' })).toMatchObject(refused(said))
  })

  it.each(['/_portcullisx', '/x/_portcullis', '/portcullis'])('%j is somebody else’s', async (path) => {
    expect((await door.ask(`GET ${path}`, { Host: 'open.example.com' })).said).toBe('200 origin.answered')
  })
})

describe('the metadata of a zone is the gateway’s, beside a wildcard that takes everything', () => {
  const PLACE = '/.well-known/oauth-protected-resource'
  const ask = (line: string, headers: Record<string, string> = {}) => door.ask(line, { Host: 'mixed.example.com', ...headers })

  it.each([PLACE, `${PLACE}?x`, '/.well-known/oauth%2Dprotected-resource'])('%j is it', async (path) => {
    expect(await ask(`GET ${path}`)).toMatchObject(refused('200 resource.metadata'))
  })

  it.each([
    ['GET', `${PLACE}/`, '404 route.unlisted'],
    ['GET', `${PLACE}.`, '404 route.unlisted'],
    ['GET', `${PLACE};x`, '404 route.unlisted'],
    ['GET', `${PLACE}%20`, '404 route.unlisted'],
    ['GET', '/.WELL-KNOWN/oauth-protected-resource', '404 route.unlisted'],
    ['GET', '/.well-known./oauth-protected-resource', '404 route.unlisted'],
    ['GET', '/x/../.well-known/oauth-protected-resource', '400 transport.ambiguous-path'],
    ['GET', '//.well-known/oauth-protected-resource', '400 transport.ambiguous-path'],
    ['GET', '/%2ewell-known/oauth-protected-resource', '400 transport.ambiguous-path'],
    ['POST', PLACE, '405 route.method'],
    ['PUT', PLACE, '405 route.method'],
    ['OPTIONS', PLACE, '405 route.method'],
    ['HEAD', PLACE, '200 resource.metadata'],
  ])('%s %j never reaches the origin', async (method, path, said) => {
    expect(await ask(`${method} ${path}`, { Connection: 'close' })).toMatchObject(refused(said))
  })

  it('nor on the zone’s other host, where it would not be true', async () => {
    expect(await ask(`GET ${PLACE}`, { Host: 'mixed.example.net' })).toMatchObject(refused('404 route.unlisted'))
  })

  it('an address that may not come in may not read it', async () => {
    expect(await ask(`GET ${PLACE}`, { 'CF-Connecting-IP': 'unknown' })).toMatchObject(refused('403 ip-list.no-address'))
  })

  it('a zone without it has no such path', async () => {
    expect(await door.ask(`GET ${PLACE}`)).toMatchObject(refused('404 route.unlisted'))
  })
})
