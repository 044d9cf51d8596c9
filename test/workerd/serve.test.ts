import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Origin, startOrigin, values } from './origin.ts'
import { rawRequest, rawText } from './raw.ts'
import { type SecretsStore, startSecretsStore } from './secrets-store.ts'
import { bundle, type Server, serve } from './serve.ts'

const PROBE = `
import { DurableObject } from 'cloudflare:workers'
export class Counter extends DurableObject {
  next() {
    this.ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS n (at INTEGER)')
    this.ctx.storage.sql.exec('INSERT INTO n VALUES (1)')
    return this.ctx.storage.sql.exec('SELECT count(*) AS n FROM n').one().n
  }
}
export default {
  async fetch(request, env) {
    const at = request.headers.get('x-do')
    if (at === 'count') return Response.json(await env.COUNTER.getByName('one').next())
    if (at === 'record') return Response.json(env.DECISIONS.writeDataPoint({ blobs: ['a'] }) === undefined)
    if (at === 'outbound') return fetch('https://somewhere.example/a/%2E%2e?b', { headers: { 'x-a': 'b' } })
    if (at === 'secret') return new Response(await env.STORED.get().catch((error) => 'failed: ' + error.message))
    if (at === 'service') return env.OTHER.fetch('https://other.example/')
    if (at === 'cache') {
      const url = 'https://kept.example/' + encodeURIComponent('a/"b"')
      const cache = await caches.open(request.headers.get('x-cache'))
      if (request.method === 'PUT') await cache.put(url, new Response('one\\r\\n\\r\\ntwo', { headers: { 'cache-control': 'max-age=60' } }))
      return Response.json({ found: await (await cache.match(url))?.text() ?? null })
    }
    if (at === 'log') console.log('said aloud')
    return Response.json({ url: request.url, cf: request.cf ?? null, headers: [...request.headers], greeting: env.GREETING })
  },
}`

let origin: Origin
let server: Server
let store: SecretsStore
const storage = mkdtempSync(join(tmpdir(), 'portcullis-harness-'))
const start = () =>
  serve({
    worker: {
      source: PROBE,
      stored: { secrets: ['STORED'], store: store.address },
      vars: { GREETING: 'he said "hi" \\ \n\u0001 ü' },
      objects: { COUNTER: 'Counter' },
      services: { OTHER: { worker: 'other' } },
      datasets: ['DECISIONS'],
      globalOutbound: { address: origin.address },
    },
    workers: { other: { source: "export default { fetch: () => new Response('the other') }" } },
    storage,
  })

beforeAll(async () => {
  origin = await startOrigin()
  store = await startSecretsStore({ STORED: 'kept' })
  server = await start()
})
afterAll(async () => {
  await server.stop()
  await Promise.all([origin.stop(), store.stop()])
  rmSync(storage, { recursive: true, force: true })
})

describe('serve', () => {
  it('gives the Worker the caches of a location', async () => {
    const cache = async (method: string, name: string) =>
      JSON.parse((await rawRequest(server.port, rawText(method, '/', { 'x-do': 'cache', 'x-cache': name }))).body)
    expect([await cache('GET', 'a'), await cache('PUT', 'a'), await cache('GET', 'a'), await cache('GET', 'b')]).toEqual([
      { found: null },
      { found: 'one\r\n\r\ntwo' },
      { found: 'one\r\n\r\ntwo' },
      { found: null },
    ])
  })

  it('plays the edge: scheme and cf come from headers that the Worker never sees', async () => {
    const { body } = await rawRequest(server.port, rawText('GET', '/', { 'portcullis-cf': '{"country":"SE","asn":64496}' }))
    const seen = JSON.parse(body)
    expect(seen.url).toBe('https://api.example.com/')
    expect(seen.cf).toEqual({ country: 'SE', asn: 64496 })
    expect(Object.fromEntries(seen.headers)).toEqual({ host: 'api.example.com', 'cf-connecting-ip': '192.0.2.1' })
  })

  it('says http and no cf where the client says nothing', async () => {
    const { body } = await rawRequest(server.port, 'GET / HTTP/1.1\r\nHost: a.example\r\n\r\n')
    expect(JSON.parse(body)).toMatchObject({ url: 'http://a.example/', cf: null })
  })

  it('hands the raw target to the Worker', async () => {
    for (const target of ['/a/../b', '/a/%2e%2e/b', '/a\\b', '//c', '/a;b=c', '/%00', '/a?b=%zz']) {
      const { body } = await rawRequest(server.port, rawText('GET', target))
      expect(JSON.parse(body).url).toBe(`https://api.example.com${target}`)
    }
  })

  it('gives text bindings through whatever their characters', async () => {
    expect(await (await fetch(server.url)).json()).toMatchObject({ greeting: 'he said "hi" \\ \n\u0001 ü' })
  })

  it('sends every outbound fetch to one address, with its host', async () => {
    origin.forget()
    const response = await fetch(server.url, { headers: { 'x-do': 'outbound' } })
    expect(await response.json()).toEqual({ ok: true })
    expect(origin.only().target).toBe('/?b')
    expect(values(origin.only(), 'host')).toEqual(['somewhere.example'])
    expect(values(origin.only(), 'X-A')).toEqual(['b'])
  })

  it('binds other Workers, data sets that write nothing, and keeps the log', async () => {
    expect(await (await fetch(server.url, { headers: { 'x-do': 'service' } })).text()).toBe('the other')
    expect(await (await fetch(server.url, { headers: { 'x-do': 'record' } })).json()).toBe(true)
    await fetch(server.url, { headers: { 'x-do': 'log' } })
    await expect.poll(() => server.log()).toContain('said aloud')
  })

  it('binds secrets of a store, which may change, fail, and be gone', async () => {
    const secret = async () => (await fetch(server.url, { headers: { 'x-do': 'secret' } })).text()
    expect(await secret()).toBe('kept')
    store.values.set('STORED', 'changed')
    expect(await secret()).toBe('changed')
    store.failing.set('STORED', 'no permission')
    expect(await secret()).toBe('failed: no permission')
    store.failing.clear()
    store.values.clear()
    expect(await secret()).toBe('failed: not found')
  })

  it('keeps the objects on disk across a crash', async () => {
    const count = async () => (await fetch(server.url, { headers: { 'x-do': 'count' } })).json()
    expect(await count()).toBe(1)
    await server.kill()
    server = await start()
    expect(await count()).toBe(2)
  })

  it('tells why a Worker does not start', async () => {
    await expect(serve({ worker: { source: "throw new Error('bad configuration')" } })).rejects.toThrow('bad configuration')
  })

  it('lets nothing out that no target was named for', async () => {
    const alone = await serve({ worker: { source: "export default { fetch: () => fetch('http://127.0.0.1:1/').catch((e) => new Response(e.message)) }" } })
    expect(await (await fetch(alone.url)).text()).not.toBe('')
    await alone.stop()
  })
})

describe('bundle', () => {
  it('builds what would be deployed, and runs it', async () => {
    const main = await bundle('test/workerd/fixture/wrangler.toml')
    const running = await serve({ worker: { bundle: main } })
    expect(await (await fetch(running.url)).text()).toBe('bundled')
    await running.stop()
    expect(await bundle('test/workerd/fixture/wrangler.toml')).toBe(main)
  })
})
