import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rawText } from '../workerd/raw.ts'
import { type FrontDoor, forwarded, openFrontDoor, refused } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())

const HOST = { Host: 'described.example.com' }
const ask = (line: string, headers: Record<string, string> = {}) => door.ask(line, { ...HOST, ...headers })

describe('a query whose parameters have two readings', () => {
  it.each([
    ['?limit=1&limit=2', '400 openapi-requests.parameters'],
    ['?limit=1&limit=1', '400 openapi-requests.parameters'],
    ['?limit=1&%6cimit=100000', '400 openapi-requests.parameters'],
    ['?limit=1&limit[]=2', '400 openapi-requests.parameters'],
    ['?limit[]=1', '400 openapi-requests.parameters'],
    ['?limit[0]=1', '400 openapi-requests.parameters'],
    ['?limit=1&limit.x=2', '400 openapi-requests.parameters'],
    ['?limit=1&Limit=2', '400 openapi-requests.parameters'],
    ['?limit=1&limit%20=2', '400 openapi-requests.parameters'],
    ['?limit=1&%20limit=2', '400 openapi-requests.parameters'],
    ['?limit=1&li%CC%87mit=2', '400 openapi-requests.parameters'],
    ['?limit=1&%EF%BD%8Cimit=2', '400 openapi-requests.parameters'],
    ['?limit=1&l%C4%B1mit=2', '400 openapi-requests.parameters'],
    ['?limit=1;limit=2', '400 openapi-requests.query-syntax'],
    ['?limit=1&&q=a', '400 openapi-requests.query-syntax'],
    ['?limit=1&=2', '400 openapi-requests.query-syntax'],
    ['?limit=%00', '400 transport.ambiguous-path'],
    ['?limit=%C0%B1', '400 transport.ambiguous-path'],
    ['?tag=red&tag[]=blue', '400 openapi-requests.parameters'],
    ['?tag[]=red', '400 openapi-requests.parameters'],
    ['?tag=red,blue', '400 openapi-requests.parameters'],
    ['?ids=1&ids=2', '400 openapi-requests.parameters'],
    ['?ids=', '400 openapi-requests.parameters'],
    ['?ids=1,,2', '400 openapi-requests.parameters'],
    ['?ids=1%2C2', '400 openapi-requests.parameters'],
    ['?ids=1,2,3,4', '400 openapi-requests.parameters'],
    ['?filter=1&filter[gte]=1', '400 openapi-requests.parameters'],
    ['?filter[gte]=1&filter[gte]=2', '400 openapi-requests.parameters'],
    ['?filter[gte]=1&filter%5Bgte%5D=2', '400 openapi-requests.parameters'],
    ['?filter[gte][]=1', '400 openapi-requests.parameters'],
    ['?filter[gte]]=1', '400 openapi-requests.parameters'],
    ['?filter[[gte]]=1', '400 openapi-requests.parameters'],
    ['?filter[gte=1', '400 openapi-requests.parameters'],
    ['?filter.gte=1', '400 openapi-requests.parameters'],
    ['?filter[in][]=a&filter[in][0]=b', '400 openapi-requests.parameters'],
    ['?filter[in][0]=a&filter[in][2]=b', '400 openapi-requests.parameters'],
    ['?filter[in][00]=a', '400 openapi-requests.parameters'],
    ['?filter[in][-1]=a', '400 openapi-requests.parameters'],
    ['?filter[in][9999999999]=a', '400 openapi-requests.parameters'],
    ['?filter[in]=a,b', '400 openapi-requests.parameters'],
    ['?filter[in][][x]=a', '400 openapi-requests.parameters'],
    [`?filter${'[a]'.repeat(2000)}=1`, '400 openapi-requests.parameters'],
    [`?${'limit=1&'.repeat(400)}q=a`, '400 openapi-requests.query-size'],
    ['?_method=DELETE', '400 openapi-requests.parameters'],
  ])('%s', async (search, said) => {
    expect(await ask(`GET /search${search}`)).toMatchObject(refused(said))
  })

  it.each([
    '?limit=5',
    '?ids=1,2,3',
    '?tag=red&tag=blue',
    '?filter[gte]=1&filter%5Bin%5D%5B%5D=a&filter[in][]=b',
    '?filter[in][1]=a&filter[in][0]=b',
    '?q=a%26limit=5',
  ])('%s has one, and arrives as it was sent', async (search) => {
    expect(forwarded(await ask(`GET /search${search}`)).target).toBe(`/search${search}`)
  })
})

describe('a prototype in a query', () => {
  it.each([
    ['?__proto__=1', '400 openapi-requests.query-syntax'],
    ['?%5f%5fproto__=1', '400 openapi-requests.query-syntax'],
    ['?constructor=1', '400 openapi-requests.query-syntax'],
    ['?__proto__[limit]=1', '400 openapi-requests.parameters'],
    ['?filter[__proto__]=1', '400 openapi-requests.parameters'],
    ['?filter[__proto__][gte]=1', '400 openapi-requests.parameters'],
    ['?filter[constructor][prototype][gte]=1', '400 openapi-requests.parameters'],
    ['?filter[toString]=1', '400 openapi-requests.parameters'],
    ['?filter[hasOwnProperty]=1', '400 openapi-requests.parameters'],
    ['?toString=1', '400 openapi-requests.parameters'],
  ])('%s', async (search, said) => {
    expect(await ask(`GET /search${search}`)).toMatchObject(refused(said))
  })
})

describe('a number that another reader takes for another', () => {
  it.each(
    ['0x10', '1e1', '1.0', '01', '%2B1', '+1', '1%20', '1_0', '١', '１', 'NaN', 'Infinity', '', 'null', 'true', '1%0A', '9007199254740993', '-0x1', '1,0'].map(
      encodeVisible,
    ),
  )('?limit=%s', async (text) => {
    const outcome = await ask(`GET /search?limit=${text}`)
    expect(outcome).toMatchObject(refused('400 openapi-requests.parameters'))
    expect(outcome.response.body).toContain('query/limit')
    if (text.length > 3) expect(outcome.response.body).not.toContain(`"${text}"`)
  })
})

/** What is not ASCII must be encoded to get as far as the parameters. */
function encodeVisible(text: string): string {
  return text.replaceAll(/[^!-~]/g, encodeURIComponent)
}

describe('a path', () => {
  it.each([
    '/teams/0/compare/a...b',
    '/teams/x/compare/a...b',
    '/teams/1e1/compare/a...b',
    '/teams/%31x/compare/a...b',
    '/teams/1,2/compare/a...b',
    '/teams/9007199254740993/compare/a...b',
    '/teams/1/compare/a....b',
    '/teams/1/compare/a...b...c',
    '/teams/1/compare/a..b',
    '/teams/1/compare/a...',
    '/teams/1/compare/a%20...b',
    '/teams/1/compare/a...b%2Cc',
  ])('%s is none', async (path) => {
    expect(await ask(`GET ${path}`)).toMatchObject(refused('404 openapi-requests.path'))
  })

  it('as described is forwarded', async () => {
    expect(forwarded(await ask('GET /teams/12/compare/v1.0...v1.1')).target).toBe('/teams/12/compare/v1.0...v1.1')
  })
})

describe('headers and cookies', () => {
  it.each([
    [{ 'X-Tenant': 'Acme' }],
    [{ 'X-Tenant': 'a, b' }],
    [{ 'X-Tenant': 'a\xff' }],
    [{ Cookie: 'theme=blue' }],
    [{ Cookie: 'theme=dark; theme=light' }],
    [{ Cookie: 'theme=dark; Theme=light' }],
    [{ Cookie: 'theme=dark; %74heme=light' }],
    [{ Cookie: 'theme=dark; theme[x]=light' }],
    [{ Cookie: 'theme="dark"' }],
    [{ Cookie: 'theme=dark%00' }],
  ])('%j', async (headers) => {
    expect(await ask('GET /search', headers as unknown as Record<string, string>)).toMatchObject(refused('400 openapi-requests.parameters'))
  })

  it('a header twice is judged as what arrives', async () => {
    const bytes = rawText('GET', '/search', { ...HOST, 'X-Tenant': 'acme' }).replace('\r\n\r\n', '\r\nX-Tenant: evil\r\n\r\n')
    expect(await door.send(bytes)).toMatchObject(refused('400 openapi-requests.parameters'))
  })

  it('others are left alone', async () => {
    expect((await ask('GET /search', { Cookie: 'session=x; theme=dark', 'X-Other': 'x' })).said).toBe('200 origin.answered')
  })
})

describe('another method than the one that was matched', () => {
  it.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', 'x-http-method-override'])('%s', async (name) => {
    expect(await ask('GET /search', { [name]: 'DELETE' })).toMatchObject(refused('400 openapi-requests.method-override'))
  })

  it.each([
    ['PUT /search', '405 gateway.method-not-allowed'],
    ['PROPFIND /search', '405 gateway.method-not-allowed'],
    ['GET /search/x', '404 gateway.no-route'],
    ['GET /SEARCH', '404 gateway.no-route'],
  ])('%s is not described', async (line, said) => {
    expect((await ask(line)).response.status).toBe(Number(said.slice(0, 3)))
  })
})

describe('what is accepted', () => {
  it.each(['text/html', 'application/json;q=0', 'application/json;q=0.0, */*;q=0', 'nonsense', '*/json', `${'a/b,'.repeat(600)}*/*`])(
    '%s: nothing that is there',
    async (accept) => {
      expect(await ask('GET /search', { Accept: accept })).toMatchObject(refused('406 openapi-requests.accept'))
    },
  )
  it.each(['*/*', 'application/json', 'text/html, application/*;q=0.1', 'APPLICATION/JSON'])('%s', async (accept) => {
    expect((await ask('GET /search', { Accept: accept })).said).toBe('200 origin.answered')
  })
})

describe('what is wrong', () => {
  it('is told all at once, with the place and the rule, and never the value', async () => {
    const outcome = await ask('GET /search?limit=s3cret&ids=s3cret&nothing=s3cret', { 'X-Tenant': 'S3CRET', Cookie: 'theme=s3cret' })
    const { errors } = JSON.parse(outcome.response.body) as { errors: readonly { pointer: string; rule: string }[] }
    expect(errors.map(({ pointer, rule }) => `${pointer} ${rule}`)).toEqual([
      'query/nothing additionalProperties',
      'query/limit type',
      'query/ids/0 type',
      'header/x-tenant pattern',
      'cookie/theme enum',
    ])
    expect(outcome.response.body.toLowerCase()).not.toContain('s3cret')
    expect(JSON.stringify(outcome.decision).toLowerCase()).not.toContain('s3cret')
  })

  it('is capped', async () => {
    const search = Array.from({ length: 200 }, (_, i) => `p${i}=1`).join('&')
    const outcome = await ask(`GET /search?${search}`)
    expect((JSON.parse(outcome.response.body) as { errors: unknown[] }).errors).toHaveLength(20)
  })
})

describe('a parameter whose schema names no type', () => {
  it.each(['?limit=100', '?filter[size]=5'])('%s is read as its rules say', async (query) =>
    expect((await ask(`GET /untyped${query}`)).said).toBe('200 origin.answered'),
  )

  it.each([
    'limit=1000',
    'limit=+1000',
    'limit=%091000',
    'limit=01000',
    'limit=0x3e8',
    'limit=1000.',
    'limit=1000_',
    'filter[size]=+9',
    'filter=9',
    'filter={"size":9}',
  ])('?%s is nothing that they let through', async (query) =>
    expect(await ask(`GET /untyped?${query.replaceAll('"', '%22')}`)).toMatchObject(refused('400 openapi-requests.parameters')),
  )

  it('nor in a header', async () => {
    expect(await ask('GET /untyped', { 'X-Page': '+1000' })).toMatchObject(refused('400 openapi-requests.parameters'))
  })
})
