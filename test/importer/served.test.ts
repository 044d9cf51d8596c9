import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { portcullis } from '../cli/portcullis.ts'
import { type Origin, startOrigin } from '../workerd/origin.ts'
import { PRODUCT_SECRETS } from '../workerd/product.ts'
import { type RawResponse, rawRequest, rawText } from '../workerd/raw.ts'
import { CF_HEADER, type Server, serve } from '../workerd/serve.ts'
import { bundleGateway, GATEWAY_OBJECTS, writeGateway } from './gateway-project.ts'
import { emptyProject, typeErrors } from './project.ts'

// A description of 3.2 in ten files, imported by the command and served by workerd, before an origin that is a process of its own.
const WORKSHOP = resolve(import.meta.dirname, 'workshop/openapi.yaml')
/** The zone as it was imported, with what a person decides: who may call (anybody), where URLs may lead, and what becomes of answers. */
const CONFIG = `import { defineGateway, openapiRequests, openapiResponses, urlInputs } from 'portcullis'
import { description } from './workshop/description.ts'
import { zone } from './workshop/zone.ts'
type Open = { readonly 'GET /': { readonly public: string } }
const open = Object.fromEntries(Object.keys(zone.routes).map((key) => [key, { public: 'a test', ...(key === 'POST /hooks' && { policies: [urlInputs({ fields: ['#/callback'] })] }) }])) as unknown as Open
const judged = <const S extends object>(host: string, answers: S) => ({
  ...zone,
  hosts: [host],
  origin: 'https://origin.test' as const,
  policies: [openapiRequests({ description, compressed: 'accept' }), openapiResponses({ description, ...answers })],
  routes: open,
})
export default defineGateway({
  zones: {
    written: { ...zone, origin: 'https://origin.test' },
    block: judged('block.test', {}),
    strip: judged('strip.test', { unlisted: 'strip' }),
    report: judged('report.test', { mode: 'report' }),
  },
})
`

const folder = emptyProject('workshop')
let origin: Origin
let server: Server

beforeAll(async () => {
  const { code, error } = await portcullis(['import', WORKSHOP, '--zone', 'workshop', '--out', folder])
  expect([code, error]).toEqual([0, ''])
  writeGateway(folder, CONFIG)
  origin = await startOrigin()
  server = await serve({
    worker: {
      bundle: await bundleGateway(folder),
      vars: PRODUCT_SECRETS,
      datasets: ['DECISIONS'],
      objects: GATEWAY_OBJECTS,
      globalOutbound: { address: origin.address },
    },
  })
}, 120_000)
afterAll(async () => {
  await server?.stop()
  await origin?.stop()
})
beforeEach(() => {
  origin.forget()
  origin.answer()
})

type Headers = Readonly<Record<string, string>>

/** Sends bytes, one a character. */
function ask(host: string, method: string, target: string, headers: Headers = {}, body = ''): Promise<RawResponse> {
  return rawRequest(server.port, rawText(method, target, { Host: host, [CF_HEADER]: '{"country":"SE","tlsVersion":"TLSv1.3"}', ...headers }, body))
}
const json: Headers = { 'Content-Type': 'application/json' }
const lines: Headers = { 'Content-Type': 'application/jsonl' }
const xml: Headers = { 'Content-Type': 'application/xml' }

const PNG = '\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR'
const multipart: Headers = { 'Content-Type': 'multipart/form-data; boundary=x' }
const part = (name: string, content: string, type?: string, file?: string) =>
  `--x\r\nContent-Disposition: form-data; name="${name}"${file === undefined ? '' : `; filename="${file}"`}\r\n${type === undefined ? '' : `Content-Type: ${type}\r\n`}\r\n${content}\r\n`
const parts = (...all: readonly string[]) => `${all.join('')}--x--\r\n`

it('type-checks', async () => expect(await typeErrors(folder)).toBe(''))
it('as it was written it knows nobody', async () => {
  expect((await ask('workshop.example.com', 'GET', '/tools/5')).status).toBe(401)
  expect(origin.received).toEqual([])
})

describe('requests', () => {
  it.each<[method: string, target: string, headers: Headers, body: string, status: number, rules: readonly string[]]>([
    // The method of 3.2, and its body.
    ['QUERY', '/tools', json, '{"kinds":["saw"],"maxPrice":9.5}', 200, []],
    ['QUERY', '/tools', json, '{"kinds":["axe"]}', 422, ['#/kinds/0 enum']],
    ['QUERY', '/tools', json, '', 400, []],
    ['GET', '/tools', {}, '', 405, []],
    // The whole query.
    ['GET', '/search?q=saw&tag=a&tag=b', {}, '', 200, []],
    ['GET', '/search?tag=a', {}, '', 400, ['query/q required']],
    ['GET', '/search?q=saw&tag=a&tag=b&tag=c', {}, '', 400, ['query/tag maxItems']],
    ['GET', '/search?q=saw&admin=1', {}, '', 400, ['query/admin additionalProperties']],
    ['GET', '/search', {}, '', 400, ['query required']],
    // Records, one by one; recursion over files.
    ['POST', '/readings', lines, '{"celsius":20}\n{"celsius":21,"above":{"celsius":5}}\n', 200, []],
    ['POST', '/readings', lines, '{"celsius":20}\n{"celsius":400}\n', 422, ['#/1/celsius maximum']],
    [
      'POST',
      '/readings',
      lines,
      '{"celsius":20,"above":{"celsius":1,"above":{"fahrenheit":5}}}\n',
      422,
      ['#/0/above/above/celsius required', '#/0/above/above/fahrenheit additionalProperties'],
    ],
    // Styles.
    [
      'GET',
      '/styles/.1,2/x;matrix=7?form=1&form=2&commas=1,2&spaces=1%202&pipes=1%7C2&deep[a]=5&json=%7B%22a%22:true%7D',
      { 'X-Widths': '1,2', Cookie: 'theme=dark' },
      '',
      200,
      [],
    ],
    ['GET', '/styles/.1,2/x;matrix=7?maybe=null', {}, '', 200, []],
    ['GET', '/styles/.1,200/x;matrix=7', {}, '', 404, ['path/label/1 maximum']],
    ['GET', '/styles/1,2/x;matrix=7', {}, '', 404, ['path/label style']],
    ['GET', '/styles/.1/x;other=7', {}, '', 404, ['path/matrix style']],
    ['GET', '/styles/.1/x;matrix=7?form=1&form=2&form=3', {}, '', 400, ['query/form maxItems']],
    ['GET', '/styles/.1/x;matrix=7?commas=1&commas=2', {}, '', 400, ['query/commas style']],
    ['GET', '/styles/.1/x;matrix=7?commas=1,x', {}, '', 400, ['query/commas/1 type']],
    ['GET', '/styles/.1/x;matrix=7?spaces=1%20200', {}, '', 400, ['query/spaces/1 maximum']],
    ['GET', '/styles/.1/x;matrix=7?pipes=1|2|3', {}, '', 400, ['query/pipes maxItems']],
    ['GET', '/styles/.1/x;matrix=7?deep[b]=5', {}, '', 400, ['query/deep/b additionalProperties']],
    ['GET', '/styles/.1/x;matrix=7?deep.a=5', {}, '', 400, ['query/deep.a additionalProperties']],
    ['GET', '/styles/.1/x;matrix=7?json=%7B%22a%22:1%7D', {}, '', 400, ['query/json/a type']],
    ['GET', '/styles/.1/x;matrix=7', { 'X-Widths': '1,2,3' }, '', 400, ['header/X-Widths maxItems']],
    ['GET', '/styles/.1/x;matrix=7', { Cookie: 'theme=pink' }, '', 400, ['cookie/theme enum']],
    // Paths.
    ['GET', '/compare/main...topic', {}, '', 200, []],
    ['GET', '/compare/main...9', {}, '', 404, ['path/head pattern']],
    ['GET', '/compare/main', {}, '', 404, ['path/base style', 'path/head style']],
    ['GET', '/files?kind=plan', {}, '', 200, []],
    ['GET', '/files', {}, '', 400, ['query/kind required']],
    ['GET', '/files?kind=other', {}, '', 400, ['query/kind const']],
    ['POST', '/files', {}, '', 200, []],
    ['GET', '/lists/', {}, '', 200, []],
    ['GET', '/lists', {}, '', 404, []],
    ['DELETE', '/tools/5', {}, '', 200, []],
    ['DELETE', '/tools/5000', {}, '', 404, ['path/the-tool maximum']],
    ['GET', '/none', {}, '', 404, []],
    // What may come back.
    ['GET', '/tools/5', { Accept: 'application/json' }, '', 200, []],
    ['GET', '/tools/5', { Accept: 'text/html' }, '', 406, []],
    // Discriminator, what is only read, what is only written.
    ['POST', '/tools', json, '{"kind":"saw","teeth":9,"pin":"1234","parts":[{"kind":"drill","watts":5}]}', 200, []],
    ['POST', '/tools', json, '{"kind":"drill","teeth":9}', 422, ['#/watts required']],
    ['POST', '/tools', json, '{"kind":"axe","teeth":9}', 422, ['#/kind discriminator']],
    ['POST', '/tools', json, '{"id":7,"kind":"saw","teeth":9}', 422, ['#/id readOnly']],
    ['POST', '/tools', { 'Content-Type': 'text/plain' }, '{"kind":"saw","teeth":9}', 415, []],
    ['POST', '/tools', {}, '{"kind":"saw","teeth":9}', 415, []],
    ['POST', '/tools', json, '{"kind":"saw","kind":"saw","teeth":9}', 400, []],
    // A form of parts: declared type, real type, the part's own schema.
    ['POST', '/photos', multipart, parts(part('file', PNG, 'image/png', 'a.png'), part('about', '{"width":5}', 'application/json')), 200, []],
    ['POST', '/photos', multipart, parts(part('file', 'GIF89a\x01\x00\x01\x00', 'image/gif', 'a.gif')), 422, ['#/file contentType']],
    ['POST', '/photos', multipart, parts(part('file', '<script>alert(1)</script>', 'image/png', 'a.png')), 400, []],
    ['POST', '/photos', multipart, parts(part('file', PNG, 'image/png', '../../a.png')), 400, []],
    [
      'POST',
      '/photos',
      multipart,
      parts(part('file', PNG, 'image/png', 'a.png'), part('about', '{"width":0}', 'application/json')),
      422,
      ['#/about/width minimum'],
    ],
    ['POST', '/photos', multipart, parts(part('title', 'no file')), 422, ['#/file required']],
    // XML.
    ['POST', '/orders', xml, '<order no="7"><line>saw</line><line>drill</line></order>', 200, []],
    ['POST', '/orders', xml, '<order no="x"><line>saw</line></order>', 422, ['#/no type']],
    ['POST', '/orders', xml, '<order no="7"><line>saw</line><admin/></order>', 422, ['#/admin additionalProperties']],
    ['POST', '/orders', xml, '<!DOCTYPE order [<!ENTITY e SYSTEM "file:///etc/passwd">]><order no="7"><line>&e;</line></order>', 400, []],
    // Where URLs may lead.
    ['POST', '/hooks', json, '{"callback":"https://hooks.example.com/in"}', 200, []],
    ['POST', '/hooks', json, '{"callback":"https://169.254.169.254/latest/meta-data"}', 422, ['#/callback internal']],
    ['POST', '/hooks', json, '{"callback":"https://[::ffff:10.0.0.1]/"}', 422, ['#/callback host-syntax']],
    ['POST', '/hooks', json, '{"callback":"http://hooks.example.com/in"}', 422, ['#/callback scheme']],
    // Formats, every violation at once.
    [
      'POST',
      '/formats',
      json,
      '{"at":"2026-02-28T10:00:00Z","id":"7b0e3d55-6a7c-4a6b-9a53-2d3d8e1b5d11","mail":"a@example.com","v4":"192.0.2.1","v6":"::1","link":"https://a.example","day":"2024-02-29"}',
      200,
      [],
    ],
    [
      'POST',
      '/formats',
      json,
      '{"at":"today","id":"7","mail":"a","v4":"1.2.3.256","v6":":::","link":"a b","day":"2023-02-29"}',
      422,
      ['at', 'id', 'mail', 'v4', 'v6', 'link', 'day'].map((name) => `#/${name} format`),
    ],
  ])('%s %s %o %j: %i %o', async (method, target, headers, body, status, rules) => {
    const answer = await ask('report.test', method, target, headers, body)
    const problem = status === 200 ? {} : (JSON.parse(answer.body) as { errors?: readonly { pointer: string; rule: string; detail: string }[] })
    const violations = problem.errors ?? []
    expect([answer.status, violations.map(({ pointer, rule }) => `${pointer} ${rule}`)]).toEqual([status, rules])
    for (const { detail } of violations) expect(detail).toMatch(/\w{3}/)
    expect(origin.received.map((received) => [received.method, received.target, received.body.toString('latin1')])).toEqual(
      status === 200 ? [[method, target, body]] : [],
    )
  })

  it('a compressed body goes on as it was judged', async () => {
    const packed = (text: string) => gzipSync(text).toString('latin1')
    const zipped: Headers = { ...json, 'Content-Encoding': 'gzip' }
    expect((await ask('block.test', 'QUERY', '/tools', zipped, packed('{"kinds":["axe"]}'))).status).toBe(422)
    expect((await ask('block.test', 'QUERY', '/tools', zipped, packed(`{"kinds":[${' '.repeat(60_000)}]}`))).status).toBe(413)
    expect(origin.received).toEqual([])
    origin.answer((_, response) => void response.writeHead(200, json).end('[]'))
    expect((await ask('block.test', 'QUERY', '/tools', zipped, packed('{"kinds":["saw"]}'))).status).toBe(200)
    expect(origin.only().body.toString()).toBe('{"kinds":["saw"]}')
    expect(origin.only().fields.filter(([name]) => /content-encoding/i.test(name))).toEqual([])
  })
})

describe('answers', () => {
  const SAW = '{"id":7,"kind":"saw","teeth":9}'
  it.each<[what: string, status: number, headers: Headers, body: string, block: readonly [number, string?], strip: readonly [number, string?]]>([
    ['as it is described', 200, json, SAW, [200, SAW], [200, SAW]],
    ['a property too many', 200, json, '{"id":7,"kind":"saw","teeth":9,"costPrice":3}', [502], [200, SAW]],
    ['what is only written', 200, json, '{"id":7,"kind":"saw","teeth":9,"pin":"1234"}', [502], [502]],
    ['a property of another type', 200, json, '{"id":"7","kind":"saw","teeth":9}', [502], [502]],
    ['the page of an error', 500, { 'Content-Type': 'text/html' }, 'Error at Tool.java:7', [502], [502]],
    ['another media type', 200, { 'Content-Type': 'text/html' }, SAW, [502], [502]],
    [
      'an error as it is described',
      404,
      { 'Content-Type': 'application/problem+json' },
      '{"title":"none"}',
      [404, '{"title":"none"}'],
      [404, '{"title":"none"}'],
    ],
  ])('%s', async (_what, status, headers, body, block, strip) => {
    origin.answer((_, response) => void response.writeHead(status, headers).end(body))
    for (const [host, [expected, text]] of [
      ['block.test', block],
      ['strip.test', strip],
      ['report.test', [status, body]],
    ] as const) {
      const answer = await ask(host, 'GET', '/tools/7')
      expect([host, answer.status]).toEqual([host, expected])
      if (text !== undefined) expect(answer.body).toBe(text)
      else expect(answer.body).not.toContain(body)
    }
  })

  it('a header that is not there', async () => {
    origin.answer((_, response) => void response.writeHead(201, json).end(SAW))
    expect((await ask('block.test', 'POST', '/tools', json, '{"kind":"saw","teeth":9}')).status).toBe(502)
    origin.answer((_, response) => void response.writeHead(201, { ...json, Location: '/tools/7' }).end(SAW))
    expect((await ask('block.test', 'POST', '/tools', json, '{"kind":"saw","teeth":9}')).status).toBe(201)
  })

  it('records, one by one', async () => {
    const sent = (text: string) => {
      origin.answer((_, response) => void response.writeHead(200, lines).end(text))
      return ask('block.test', 'POST', '/readings', lines, '{"celsius":1}\n')
    }
    expect((await sent('{"celsius":1}\n{"celsius":2}\n')).status).toBe(200)
    expect((await sent('{"celsius":1}\n{"celsius":2,"secret":1}\n')).status).toBe(502)
  })
})
