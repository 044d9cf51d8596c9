import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ImportedApi, importApi } from '../../src/importer/import-api.ts'
import { type Origin, startOrigin } from '../workerd/origin.ts'
import { PRODUCT_SECRETS } from '../workerd/product.ts'
import { rawRequest, rawText } from '../workerd/raw.ts'
import { CF_HEADER, PROTO_HEADER, type Server, serve } from '../workerd/serve.ts'
import { bundleGateway, GATEWAY_OBJECTS, writeGateway } from './gateway-project.ts'
import { emptyProject, lintErrors, typeErrors, writeZone } from './project.ts'
import { REAL_DESCRIPTIONS } from './real-descriptions.ts'

const names = Object.keys(REAL_DESCRIPTIONS) as readonly (keyof typeof REAL_DESCRIPTIONS)[]
/** Each zone as it was written; and, at another host, with every route open: who may call is a person's to decide. */
const CONFIG = `import { defineGateway } from 'portcullis'
${names.map((name) => `import { zone as ${name} } from './${name}/zone.ts'`).join('\n')}
const opened = <const Z extends object>(zone: Z, host: string, keys: readonly string[]) => ({
  ...zone,
  hosts: [host],
  origin: 'https://origin.test' as const,
  routes: Object.fromEntries(keys.map((key) => [key, { public: 'a test' }])) as { readonly 'GET /': { readonly public: string } },
})
export default defineGateway({
  zones: {
${names.map((name) => `    ${name}: { ...${name}, origin: 'https://origin.test' },\n    'open-${name}': opened(${name}, '${name}.open.test', Object.keys(${name}.routes)),`).join('\n')}
  },
})
`

const folder = emptyProject('real')
const apis = new Map<string, ImportedApi>()
let origin: Origin
let server: Server

beforeAll(async () => {
  for (const name of names) {
    const api = await importApi({ file: REAL_DESCRIPTIONS[name], source: 'openapi.json', zone: name })
    apis.set(name, api)
    writeZone(folder, name, api)
  }
  writeGateway(folder, CONFIG)
  origin = await startOrigin((_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{}'))
  server = await serve({
    worker: {
      bundle: await bundleGateway(folder),
      vars: PRODUCT_SECRETS,
      datasets: ['DECISIONS'],
      objects: GATEWAY_OBJECTS,
      globalOutbound: { address: origin.address },
    },
  })
}, 300_000)
afterAll(async () => {
  await server?.stop()
  await origin?.stop()
})

/** Asks as an honest client behind the edge does. @returns the status, and what the origin was asked */
async function ask(
  host: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): Promise<readonly [status: number, asked: string | undefined, body: string]> {
  origin.forget()
  const edge = { Host: host, [PROTO_HEADER]: 'https', [CF_HEADER]: '{"country":"SE","tlsVersion":"TLSv1.3"}', 'CF-Connecting-IP': '192.0.2.1' }
  const sent = body === '' ? {} : { 'Content-Length': String(body.length) }
  const answer = await rawRequest(server.port, `${rawText(method, path, { ...edge, ...sent, ...headers })}${body}`)
  return [answer.status, origin.received[0]?.target, answer.body]
}

describe('descriptions that their makers publish', () => {
  it('become configurations that type-check', async () => expect(await typeErrors(folder)).toBe(''))

  // The formatter takes no file of more than a mebibyte, as two of the packed ones are.
  it.each(['github/routes.ts', 'github/zone.ts', 'stripe/routes.ts', 'stripe/zone.ts', 'kubernetes'])('%s is written as the formatter would', async (name) =>
    expect(await lintErrors(join(folder, name))).toBe(''),
  )

  it.each<[name: string, served: number, unserved: number]>([
    // The comparison of `{base}...{head}` is one of `{basehead}` too.
    ['github', 1222, 1],
    ['stripe', 452, 0],
    ['kubernetes', 839, 0],
  ])('%s: %i operations are served, %i are not', (name, served, unserved) => {
    expect(apis.get(name)?.report.operations).toEqual({ served, unserved })
  })

  it.each([
    ['github', 'api.github.com', '/repos/octocat/hello'],
    ['stripe', 'api.stripe.com', '/v1/account'],
    ['kubernetes', 'kubernetes.local', '/api/v1/nodes'],
  ])('%s as it was written knows nobody', async (_name, host, path) => expect((await ask(host, 'GET', path)).slice(0, 2)).toEqual([401, undefined]))

  const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
  const json = { 'Content-Type': 'application/json' }
  it.each<[host: string, method: string, path: string, headers: Readonly<Record<string, string>>, body: string, passes: boolean]>([
    ['github', 'GET', '/repos/octocat/hello', {}, '', true],
    ['github', 'GET', '/repos/octocat/hello/issues?state=open&per_page=5', {}, '', true],
    ['github', 'GET', '/repos/octocat/hello/issues?state=ajar', {}, '', false],
    ['github', 'GET', '/repos/octocat/hello/issues?other=1', {}, '', false],
    ['github', 'POST', '/repos/octocat/hello/issues', json, '{"title":"It breaks","labels":["bug"]}', true],
    ['github', 'POST', '/repos/octocat/hello/issues', json, '{"title":"It breaks","admin":true}', false],
    ['github', 'POST', '/repos/octocat/hello/issues', json, '{"labels":["bug"]}', false],
    ['github', 'DELETE', '/repos/octocat', {}, '', false],
    ['stripe', 'POST', '/v1/customers', form, 'email=a%40example.com&address[city]=Berlin', true],
    ['stripe', 'POST', '/v1/customers', form, 'email=a%40example.com&admin=true', false],
    ['stripe', 'GET', '/v1/charges?limit=3&created[gte]=5', {}, '', true],
    ['stripe', 'GET', '/v1/charges?limit=much', {}, '', false],
    ['kubernetes', 'GET', '/api/v1/nodes?limit=5', {}, '', true],
    ['kubernetes', 'GET', '/apis/', {}, '', true],
    ['kubernetes', 'GET', '/api/v1/nodes?limit=x', {}, '', false],
  ])('%s serves %s %s %o %s: %s', async (host, method, path, headers, body, passes) => {
    const [status, asked, text] = await ask(`${host}.open.test`, method, path, headers, body)
    expect(asked, text).toBe(passes ? path : undefined)
    if (passes) expect(status).toBe(200)
    else expect([400, 404, 422]).toContain(status)
  })
})
