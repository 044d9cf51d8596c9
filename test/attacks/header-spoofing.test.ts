import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Received, values } from '../workerd/origin.ts'
import { rawText } from '../workerd/raw.ts'
import { bearer, type FrontDoor, forwarded, openFrontDoor, refused, tokenOfOne } from './front-door.ts'

let door: FrontDoor
let ada: { readonly Authorization: string }
beforeAll(async () => {
  door = await openFrontDoor()
  ada = bearer(await tokenOfOne(door, { sub: 'ada', scope: 'users:read' }))
})
afterAll(() => door.stop())

/** @returns the values that a server sees which, like CGI, writes a field's name in capitals and everything but letters and digits as `_`. */
function folded(received: Received, name: string): readonly string[] {
  const fold = (text: string) => text.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
  return received.fields.filter(([field]) => fold(field) === fold(name)).map(([, value]) => value)
}

describe('what a client says of its own address or of another host, scheme, method or path never reaches the origin', () => {
  it.each([
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'X-Forwarded-Port',
    'X-Forwarded-Prefix',
    'X-Forwarded-Server',
    'X-Forwarded-User',
    'X-Forwarded-Client-Cert',
    'X-Forwarded',
    'Forwarded',
    'X-Real-IP',
    'True-Client-IP',
    'X-Client-IP',
    'Client-IP',
    'X-Cluster-Client-IP',
    'Fastly-Client-IP',
    'X-Originating-IP',
    'X-Remote-IP',
    'X-Remote-Addr',
    'X-Remote-User',
    'X-Original-Forwarded-For',
    'X-Host',
    'X-Original-Host',
    'X-HTTP-Host-Override',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-HTTP-Method-Override',
    'X-Url-Scheme',
    'Front-End-Https',
    'Via',
    'CF-IPCountry',
    'CF-Ray',
    'CF-Visitor',
    'CF-Access-Authenticated-User-Email',
    'Cf-Access-Jwt-Assertion',
    'CF-Pseudo-IPv4',
    'CF-EW-Via',
    'X-Envoy-External-Address',
    'X-Amzn-Oidc-Identity',
    'X-MS-Client-Principal-Id',
    'X_Forwarded_For',
    'X_Forwarded-For',
    'X-Forwarded_For',
    'X_Real_IP',
    'True_Client_IP',
    'CF_Connecting_IP',
    'X_Original_URL',
    'tracestate',
  ])('%s', async (name) => {
    const got = forwarded(await door.ask('GET /v1/docs', { [name]: 'spoofed.198.51.100.7' }))
    expect(JSON.stringify(got.fields)).not.toContain('spoofed')
  })

  it('the address that it learns is the one that the platform wrote', async () => {
    const got = forwarded(await door.ask('GET /v1/docs', { 'CF-Connecting-IP': '192.0.2.77', 'X-Forwarded-For': '198.51.100.7' }))
    expect(folded(got, 'x-portcullis-client-ip')).toEqual(['192.0.2.77'])
    expect(JSON.stringify(got.fields)).not.toContain('198.51.100.7')
  })
})

describe('nobody but the gateway says who is calling', () => {
  const spellings = [
    'X-Portcullis-Subject',
    'x-portcullis-subject',
    'X_Portcullis_Subject',
    'X-Portcullis_Subject',
    'X_PORTCULLIS-SUBJECT',
    'X.Portcullis.Subject',
    'X-Portcullis.Subject',
    'X!Portcullis!Subject',
    "X-Portcullis'Subject",
    'X~Portcullis-Subject',
    'X|Portcullis|Subject',
    'X^Portcullis^Subject',
    'X+Portcullis+Subject',
    'X$Portcullis$Subject',
  ]

  it.each(spellings)('%s of a stranger is gone', async (name) => {
    expect(folded(forwarded(await door.ask('GET /v1/docs', { [name]: 'admin' })), 'x-portcullis-subject')).toEqual([])
  })

  it.each(spellings)('%s does not stand beside the verified one', async (name) => {
    const got = forwarded(await door.ask('GET /v1/profile', { ...ada, [name]: 'admin' }))
    expect(folded(got, 'x-portcullis-subject')).toEqual(['ada'])
  })

  it.each(['issuer', 'method', 'scope', 'roles', 'client-ip', 'anything'])('X-Portcullis-%s is the gateway’s too', async (rest) => {
    const got = forwarded(await door.ask('GET /v1/profile', { ...ada, [`X-Portcullis-${rest}`]: 'admin', [`X_Portcullis_${rest}`]: 'admin' }))
    expect(folded(got, `x-portcullis-${rest}`)).not.toContain('admin')
  })

  it.each(['X-Caller-Subject', 'X_Caller_Subject', 'X-Portcullis-Subject', 'X_Portcullis_Subject'])(
    '%s does not pass in a zone that has a prefix of its own: another zone may share its origin',
    async (name) => {
      const got = forwarded(await door.ask('GET /open', { Host: 'partners.example.org', [name]: 'admin' }))
      expect(JSON.stringify(got.fields)).not.toContain('admin')
    },
  )

  it('a value that is not UTF-8 opens no way round, and reaches the origin byte for byte', async () => {
    const own = { 'CF-Connecting-IP': '192.0.2.1', 'X-Forwarded-Proto': 'https', 'X-Name': 'caf\xe9 \xff', Cookie: 'n=\xe9' }
    const forged = { 'X-Portcullis-Subject': 'eve', X_Portcullis_Subject: 'eve', 'X-Portcullis-Roles': 'eve\xe9', 'X-Real-IP': 'eve' }
    const got = forwarded(await door.send(rawText('GET', '/v1/profile', { ...ada, ...own, ...forged })))
    expect([values(got, 'x-name'), values(got, 'cookie'), folded(got, 'x-portcullis-subject')]).toEqual([['caf\xe9 \xff'], ['n=\xe9'], ['ada']])
    expect(JSON.stringify(got.fields)).not.toContain('eve')
    expect(values(got, 'authorization')).toEqual([])
  })

  it.each(['X-Request-Id', 'X_Request_Id'])('%s is the gateway’s', async (name) => {
    const outcome = await door.ask('GET /v1/docs', { [name]: 'mine' })
    expect(folded(forwarded(outcome), 'x-request-id')).toEqual([outcome.response.headers['x-request-id']])
  })

  it.each(['not-a-traceparent', '00-00000000000000000000000000000000-0000000000000001-01', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-extra'])(
    'traceparent %j is replaced',
    async (value) => {
      const [sent] = values(forwarded(await door.ask('GET /v1/docs', { traceparent: value })), 'traceparent')
      expect(sent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
    },
  )
})

describe('Connection takes nothing away that was judged here, or that the gateway says', () => {
  it.each([
    'x-portcullis-subject',
    'X-Portcullis-Subject',
    'close, x-portcullis-subject',
    ' x-portcullis-subject ,',
    'x-portcullis-issuer, x-portcullis-scope, x-portcullis-client-ip, x-request-id, traceparent',
    'authorization',
    'Authorization, close',
    'x-tenant',
    'content-type',
    'origin',
    'cf-connecting-ip',
  ])('Connection: %s', async (value) => {
    for (const line of ['GET /v1/profile', 'GET /v1/tenants', 'GET /v1/passport']) {
      expect(await door.ask(line, { ...ada, 'X-Tenant': 'red', Connection: value })).toMatchObject(refused('400 transport.connection'))
    }
    const note = { 'Content-Type': 'application/json', Connection: value }
    expect(await door.ask('POST /v1/notes', note, '{"title":"a"}')).toMatchObject(refused('400 transport.connection'))
  })

  it.each(['close', 'keep-alive', 'Keep-Alive, close', 'TE'])('Connection: %s is about the connection', async (value) => {
    const got = forwarded(await door.ask('GET /v1/profile', { ...ada, Connection: value }))
    for (const name of ['subject', 'issuer', 'scope', 'client-ip']) expect(values(got, `x-portcullis-${name}`), name).toHaveLength(1)
  })

  it.each(['Keep-Alive', 'Proxy-Authorization', 'Proxy-Connection', 'TE', 'Proxy-Authenticate'])('%s is for one connection only', async (name) => {
    expect(folded(forwarded(await door.ask('GET /v1/docs', { [name]: 'trailers' })), name)).toEqual([])
  })
})

describe('credentials end here', () => {
  it.each([
    ['a public route', 'GET /v1/docs'],
    ['an authenticated route', 'GET /v1/profile'],
  ])('%s forwards none', async (_, line) => {
    const got = forwarded(await door.ask(line, ada))
    expect(folded(got, 'authorization')).toEqual([])
    expect(JSON.stringify(got.fields)).not.toContain(ada.Authorization.slice(7))
  })

  it('a route that forwards the credential forwards the verified one, once', async () => {
    const got = forwarded(await door.ask('GET /v1/passport', { ...ada, Authorization_: 'Bearer forged' }))
    expect(folded(got, 'authorization')).toEqual([ada.Authorization])
  })

  it.each([
    ['Proxy-Authorization', '401 jwt.missing'],
    ['X-Authorization', '401 jwt.missing'],
    ['Authorization_', '401 jwt.missing'],
    ['Cookie', '401 jwt.missing'],
    ['Authentication', '401 jwt.missing'],
    ['Authorization ', '400'],
  ])('a good token in %j is no credential', async (name, said) => {
    expect(await door.ask('GET /v1/profile', { [name]: ada.Authorization })).toMatchObject(refused(said))
  })

  it.each([
    ['Basic YWRhOmFkYQ==', '401 authenticate.unclaimed'],
    ['Bearer', '400 jwt.syntax'],
    ['Bearer ', '400 jwt.syntax'],
    ['Bearer  a.b.c', '400 jwt.syntax'],
    ['Bearer a.b.c d', '400 jwt.syntax'],
    ['Bearer abc', '401 authenticate.unclaimed'],
    ['Bearer a.b.c, Bearer a.b.c', '400 jwt.multiple'],
    ['Basic YQ==, Bearer a.b.c', '400 jwt.multiple'],
    ['Bearer a.b.c\xe9', '400 jwt.syntax'],
    ['', '401 jwt.missing'],
  ])('Authorization: %j', async (value, said) => {
    expect(await door.ask('GET /v1/profile', { Authorization: value })).toMatchObject(refused(said))
  })

  it.each(['access_token', 'token', 'authorization'])('a good token in ?%s= is no credential', async (name) => {
    expect(await door.ask(`GET /v1/profile?${name}=${ada.Authorization.slice(7)}`)).toMatchObject(refused('401 jwt.missing'))
  })
})
