import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Server, serve } from '../workerd/serve.ts'
import { type Edge, openEdge } from './edge.ts'
import { portcullis, portcullisJson } from './portcullis.ts'

/** Answers every question with what it saw of it, in workerd. */
const MIRROR = `export default { async fetch(request) {
  const { method, url, headers, cf } = request
  return Response.json({ method, url, body: await request.text(), ip: headers.get('cf-connecting-ip'), authorization: headers.get('authorization'), country: cf.country, zones: [], keys: [], audit: {} })
} }`

let server: Server
let edge: Edge
beforeAll(async () => {
  server = await serve({ worker: { source: MIRROR } })
  edge = await openEdge({ port: server.port, host: 'api.example.com' })
})
afterAll(async () => {
  await edge.close()
  await server.stop()
})

describe('the command line against a Worker in the production runtime', () => {
  const run = () => ({ env: { PORTCULLIS_TOKEN: 'a-token-of-a-test' } })

  it('is seen as production would see it', async () => {
    expect(await portcullisJson(['status', '--url', edge.url], run())).toMatchObject({
      ...{ method: 'GET', url: 'https://api.example.com/_portcullis/admin/status', ip: '192.0.2.1', authorization: 'Bearer a-token-of-a-test', country: 'SE' },
    })
  })

  it('sends what it changes', async () => {
    const ban = await portcullisJson<{ readonly body: string }>(['ban', 'add', '--asn', '64500', '--for', '1h', '--reason', 'a test', '--url', edge.url], run())
    expect(JSON.parse(ban.body)).toEqual({ effect: 'ban', target: 'asn', value: '64500', forSeconds: 3600, reason: 'a test' })
  })

  it('--local is where npm start listens', async () => {
    const port = new URL(edge.url).port
    const found = await portcullisJson<{ readonly url: string }>(['status', '--local', '--port', port], run())
    expect(found.url).toBe('https://api.example.com/_portcullis/admin/status')
    const byVariable = await portcullis(['status', '--local'], { env: { ...run().env, PORT: port } })
    expect(byVariable.code).toBe(0)
  })
})
