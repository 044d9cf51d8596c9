import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Origin, startOrigin } from '../workerd/origin.ts'
import { bundle, type Server, serve } from '../workerd/serve.ts'
import { type Edge, openEdge } from './edge.ts'
import { portcullis, portcullisJson } from './portcullis.ts'

const SECRETS = {
  PSEUDONYM_KEY: 'a key for tests, and for nothing else',
  KEY_PEPPER: 'a pepper for tests, and for nothing else',
  ADMIN_TOKEN: 'only-the-operator-of-these-tests-knows-this',
  AUDIT_SIGNING_KEY: generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
}

let folder: string
let origin: Origin
let server: Server
let edge: Edge
let env: Readonly<Record<string, string>>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-command-line-'))
  origin = await startOrigin((_, response) => void response.writeHead(200, { 'content-type': 'text/plain' }).end('ok'))
  const worker = {
    ...{ bundle: await bundle('test/cli/gateway/wrangler.toml'), vars: SECRETS, datasets: ['DECISIONS'], globalOutbound: { address: origin.address } },
    objects: { RATE_LIMITER: 'RateLimiter', LEDGER: 'Ledger', KEYRING: 'Keyring', AUDIT: 'Audit' },
  }
  server = await serve({ worker, storage: join(folder, 'objects') })
  edge = await openEdge({ port: server.port, host: 'api.example.com' })
  env = { PORTCULLIS_URL: edge.url, PORTCULLIS_TOKEN: SECRETS.ADMIN_TOKEN }
})
afterAll(async () => {
  await edge.close()
  await server.stop()
  await origin.stop()
  rmSync(folder, { recursive: true, force: true })
})

const call = async (path: string, key = '') => (await fetch(`${edge.url}${path}`, { headers: key === '' ? {} : { 'x-api-key': key } })).status
/** Asks until it is so: what changes is in force within seconds, not at once. */
const until = async (status: number, path: string, key?: string) => {
  for (const deadline = Date.now() + 15_000; Date.now() < deadline; ) if ((await call(path, key)) === status) return status
  return await call(path, key)
}

describe('the command line against the gateway that ships', () => {
  it('says how it stands, to whoever has the token alone', async () => {
    expect(await portcullisJson(['status'], { env })).toMatchObject({
      role: 'admin',
      zones: [{ name: 'api' }],
      keys: [{ prefix: 'acme', environment: 'live' }],
    })
    const stranger = await portcullis(['status'], { env: { ...env, PORTCULLIS_TOKEN: 'another-token-of-nobody-who-is-known-here' } })
    expect(stranger.error).toContain('404')
    expect(stranger.code).toBe(3)
  })

  it('a key works, is replaced with an overlap, and is ended', async () => {
    const file = join(folder, 'acme.key')
    const { out } = await portcullis(['keys', 'create', '--owner', 'acme', '--name', 'their shop', '--out', file, '--for', '1d'], { env })
    const id = out.trim()
    const first = readFileSync(file, 'utf8').trim()
    expect(await call('/mine', first)).toBe(200)
    const { key: second } = await portcullisJson<{ readonly key: string }>(['keys', 'rotate', id, '--overlap', '1h'], { env })
    expect([await call('/mine', first), await call('/mine', second)]).toEqual([200, 200])
    const again = await portcullis(['keys', 'rotate', id, '--overlap', '1h'], { env })
    expect(again.code).toBe(4)
    expect((await portcullis(['keys', 'list', '--owner', 'acme'], { env })).out).toMatch(new RegExp(`${id} +active +acme`))
    expect((await portcullis(['keys', 'revoke', id, '--reason', 'a test'], { env })).out).toMatch(/state +revoked/)
    expect(await until(401, '/mine', second)).toBe(401)
    expect((await portcullis(['keys', 'show', '0000000000000000'], { env })).code).toBe(3)
  })

  it('the same idempotency key gives the same key, and names nothing else', async () => {
    const once = ['--idempotency-key', 'the-same-every-time-1']
    const create = ['keys', 'create', '--owner', 'b', '--name', 'n', ...once]
    const [first, second] = [await portcullisJson(create, { env }), await portcullisJson(create, { env })]
    expect(second).toEqual(first)
    expect((await portcullis(['keys', 'create', '--owner', 'c', '--name', 'n', ...once], { env })).code).toBe(4)
    expect(await portcullisJson(['keys', 'revoke-owner', 'b', '--reason', 'a test', '--yes'], { env })).toEqual({ revoked: 1 })
  })

  it.each([1, 3])('of a key whose answer is lost %i times there is one, and it works', async (answers) => {
    edge.lose(answers)
    const owner = `lost-${answers}`
    const ran = await portcullis(['keys', 'create', '--owner', owner, '--name', 'n', '--json'], { env })
    expect(ran.error.match(/asking again/g)).toHaveLength(answers)
    const { key, item } = JSON.parse(ran.out) as { readonly key: string; readonly item: { readonly id: string } }
    const { items } = await portcullisJson<{ readonly items: readonly { readonly id: string }[] }>(['keys', 'list', '--owner', owner], { env })
    expect(items.map(({ id }) => id)).toEqual([item.id])
    expect(await call('/mine', key)).toBe(200)
  })

  it('a key whose every answer is lost is shown by the same command with the idempotency key that it was told', async () => {
    edge.lose(4)
    const create = ['keys', 'create', '--owner', 'lost-4', '--name', 'n']
    const lost = await portcullis(create, { env })
    expect([lost.code, lost.out]).toEqual([5, ''])
    const [, idempotencyKey = ''] = /--idempotency-key (\S+)/.exec(lost.error) ?? []
    const { key } = await portcullisJson<{ readonly key: string }>([...create, '--idempotency-key', idempotencyKey], { env })
    expect(await call('/mine', key)).toBe(200)
    expect(await portcullisJson(['keys', 'revoke-owner', 'lost-4', '--reason', 'a test', '--yes'], { env })).toEqual({ revoked: 1 })
  })

  it('a ban shuts out, and its end lets in', async () => {
    expect(await call('/open')).toBe(200)
    const { id } = await portcullisJson<{ readonly id: string }>(['ban', 'add', '--ip', '192.0.2.0/24', '--for', '1h', '--reason', 'a test'], { env })
    expect(await until(403, '/open')).toBe(403)
    expect((await portcullis(['ban', 'list'], { env })).out).toContain('192.0.2.0/24')
    expect((await portcullis(['ban', 'remove', id], { env })).code).toBe(0)
    expect(await until(200, '/open')).toBe(200)
    expect((await portcullis(['ban', 'remove', id], { env })).code).toBe(3)
  })

  it('a kill switch stops a route, and not the admin API', async () => {
    const place = ['--zone', 'api', '--route', 'GET /open']
    expect((await portcullis(['killswitch', 'on', ...place, '--for', '10m', '--reason', 'a test'], { env })).code).toBe(0)
    expect(await until(503, '/open')).toBe(503)
    expect((await portcullis(['killswitch', 'list'], { env })).out).toContain('GET /open')
    expect((await portcullis(['killswitch', 'off', ...place], { env })).code).toBe(0)
    expect(await until(200, '/open')).toBe(200)
    const wrong = await portcullis(['killswitch', 'on', '--zone', 'none', '--for', '10m', '--reason', 'a test'], { env })
    expect(wrong.error).toContain('#/zone: a zone of the configuration')
    expect(wrong.code).toBe(2)
  })

  it('an override, a revocation, and their ends', async () => {
    const { id } = await portcullisJson<{ readonly id: string }>(
      ['override', 'add', '--zone', 'api', '--limit', 'per-ip', '--ip', '192.0.2.1', '--to', '9000', '--for', '1h', '--reason', 'a test'],
      { env },
    )
    expect((await portcullis(['override', 'list'], { env })).out).toContain('per-ip')
    expect((await portcullis(['override', 'remove', id], { env })).code).toBe(0)
    const subject = ['--kind', 'subject', '--issuer', 'https://i.example', '--value', 'ada', '--reason', 'a test']
    expect((await portcullis(['revoke', ...subject, '--for', '1d'], { env })).code).toBe(0)
    expect((await portcullis(['revoke', '--list'], { env })).out).toMatch(/subject +https:\/\/i\.example +ada/)
    expect((await portcullis(['revoke', '--lift', ...subject], { env })).code).toBe(0)
    expect((await portcullis(['revoke', '--list'], { env })).out).not.toContain('ada')
  })

  it('the doctor finds nothing that a stranger could see', async () => {
    const files = ['--config', 'test/cli/gateway/gateway.config.ts', '--wrangler', 'test/cli/gateway/wrangler.toml']
    const { out } = await portcullis(['doctor', ...files, '--url', edge.url, '--json'], { env })
    const { findings } = JSON.parse(out) as { readonly findings: readonly { readonly id: string }[] }
    const ids = findings.map(({ id }) => id)
    expect(ids).toContain('workers-dev')
    for (const id of ['unlisted-path', 'not-portcullis', 'not-ready', 'admin-visible', 'admin-unknown']) expect(ids).not.toContain(id)
  })

  it('all of it stands in the audit trail, which verifies, and does not when it is changed', async () => {
    const [trail, key] = [join(folder, 'trail.ndjson'), join(folder, 'public.pem')]
    writeFileSync(key, createPublicKey(SECRETS.AUDIT_SIGNING_KEY).export({ type: 'spki', format: 'pem' }) as string)
    expect((await portcullis(['audit', 'checkpoint'], { env })).code).toBe(0)
    expect((await portcullis(['audit', 'tail', '--count', '200'], { env })).out).toContain('admin.keys.revoke')
    expect((await portcullis(['audit', 'export', trail], { env })).code).toBe(0)
    const verified = await portcullis(['audit', 'verify', trail, '--key', key])
    expect(verified.out).toContain('Verified')
    expect(verified.code).toBe(0)
    await portcullis(['ban', 'add', '--asn', '64500', '--for', '1h', '--reason', 'a test'], { env })
    expect((await portcullis(['audit', 'export', trail], { env })).out).toContain('2 entries added')
    expect((await portcullis(['audit', 'verify', trail, '--key', key])).code).toBe(0)
    const text = readFileSync(trail, 'utf8')
    for (const secret of [SECRETS.ADMIN_TOKEN, SECRETS.KEY_PEPPER, 'PRIVATE']) expect(text).not.toContain(secret)
    writeFileSync(trail, text.replace('"outcome":"done"', '"outcome":"gone"'))
    expect((await portcullis(['audit', 'verify', trail, '--key', key])).code).toBe(1)
    expect(await portcullisJson(['audit', 'pseudonyms', '192.0.2.1'], { env })).toMatchObject({ pseudonyms: [expect.any(String)] })
  })
})
