import { describe, expect, it } from 'vitest'
import { fetchJson, type JsonAnswer, type JsonRequest, UnexpectedStatus } from './fetch-json.ts'

const REQUEST: JsonRequest = { url: 'https://issuer.example/', headers: { accept: 'application/json' }, maxBytes: 1000, timeoutMs: 50 }

const endless = (pull: (controller: ReadableStreamDefaultController<Uint8Array>) => void | Promise<void>) => new Response(new ReadableStream({ pull }))

interface Outcome {
  readonly asked: readonly { readonly url: string; readonly init: RequestInit | undefined }[]
  readonly found?: JsonAnswer
  readonly error?: unknown
}

async function ask(answer: () => Response | Promise<Response>, changes: Partial<JsonRequest> = {}): Promise<Outcome> {
  const asked: { url: string; init: RequestInit | undefined }[] = []
  const fetcher = {
    async fetch(url: string, init?: RequestInit) {
      asked.push({ url, init })
      return await answer()
    },
  }
  const network = { fetch: () => Promise.reject(new Error('the network was asked')) }
  const outcome = await fetchJson(
    { ...REQUEST, ...changes },
    changes.service === undefined ? { network: fetcher, service: () => undefined } : { network, service: (name) => (name === 'BOUND' ? fetcher : undefined) },
  ).then(
    (found) => ({ found }),
    (error: unknown) => ({ error }),
  )
  return { asked, ...outcome }
}

describe('fetchJson', () => {
  it.each<[string, () => Response | Promise<Response>]>([
    ['status 500', () => new Response('{}', { status: 500 })],
    ['status 204', () => new Response(null, { status: 204 })],
    ['a redirect', () => new Response('{}', { status: 302, headers: { location: 'https://evil.example/' } })],
    ['HTML', () => new Response('<html>')],
    ['nothing', () => new Response('')],
    ['no UTF-8', () => new Response(new Uint8Array([0x22, 0xff, 0x22]))],
    ['a declared length above the cap', () => new Response('{}', { headers: { 'content-length': '1001' } })],
    ['more than the cap', () => new Response(' '.repeat(1001))],
    ['a body without end', () => endless((controller) => controller.enqueue(new Uint8Array(100).fill(0x20)))],
    ['no answer', () => new Promise(() => {})],
    ['a body that hangs', () => endless(() => new Promise(() => {}))],
    ['a body that breaks', () => endless((controller) => controller.error(new Error('reset')))],
    ['a failed connection', () => Promise.reject(new Error('connection refused'))],
  ])('%s is an error, after one attempt', async (_name, answer) => {
    const { error, asked } = await ask(answer)
    expect([error, asked.length]).toEqual([expect.any(Error), 1])
  })

  it('quotes nothing of what it could not read', async () => {
    expect(String((await ask(() => new Response('secret'))).error)).toBe('UnreadableAnswer: the answer is not JSON')
  })

  it.each([[undefined], ['BOUND']])('asks by %s without redirects and without a cache', async (service) => {
    const { found, asked } = await ask(() => new Response(' {"a":1}'), service === undefined ? {} : { service })
    expect(found).toEqual({ status: 200, value: { a: 1 }, bytes: 8 })
    expect(asked).toEqual([
      { url: REQUEST.url, init: expect.objectContaining({ method: 'GET', redirect: 'manual', cache: 'no-store', headers: REQUEST.headers }) },
    ])
    expect(asked[0]?.init).not.toHaveProperty('body')
  })

  it('a binding that is not there is an error, and the network no substitute', async () => {
    expect(String((await ask(() => Response.json({}), { service: 'OTHER' })).error)).toContain('the service binding OTHER is missing')
  })

  it('sends a body, and reads the statuses that it is told to read', async () => {
    const { found, asked } = await ask(() => Response.json({ error: 'x' }, { status: 400 }), { method: 'POST', body: 'a=b', statuses: [200, 400] })
    expect(found).toMatchObject({ status: 400, value: { error: 'x' } })
    expect(asked[0]?.init).toMatchObject({ method: 'POST', body: 'a=b' })
  })

  it('says which other status it was', async () => {
    expect((await ask(() => new Response('', { status: 401 }))).error).toEqual(new UnexpectedStatus(401))
  })
})
