import { generateKeyPairSync } from 'node:crypto'
import { appendFileSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { EMPTY, link } from '../../src/audit/entry.ts'
import { exportLines } from '../../src/audit/export.ts'
import { readSigningKey, type SigningKey } from '../../src/audit/signing-key.ts'
import type { AuditCheckpoint, AuditEntry } from '../../src/core/audit.ts'
import { type Loopback, loopback, sendJson } from './loopback.ts'
import { portcullis, portcullisJson } from './portcullis.ts'

const COUNT = 2500
const pair = generateKeyPairSync('ed25519')
let key: SigningKey
let entries: readonly AuditEntry[]
let checkpoints: readonly AuditCheckpoint[]
let folder: string
let file: string
let publicKey: string

beforeAll(async () => {
  key = await readSigningKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)
  const chain: AuditEntry[] = []
  for (let i = 0; i < COUNT; i++) {
    const event = {
      type: 'admin.bans.create',
      actor: 'p-1',
      target: `t-${i}`,
      outcome: 'done',
      facts: { i },
      ...(i % 3 === 0 && { personal: { reason: 'Zoë \u001b[31m' } }),
    }
    chain.push(link(event, chain.at(-1) ?? EMPTY, 1_790_000_000_000 + i, () => `salt-${i}`))
  }
  entries = chain
  checkpoints = await Promise.all([1000, 2499, 2500].map((seq) => key.sign(chain[seq - 1] as AuditEntry, 1_790_000_000_000 + seq)))
})

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-audit-'))
  file = join(folder, 'trail.ndjson')
  publicKey = join(folder, 'public.jwk')
  writeFileSync(publicKey, JSON.stringify(key.publicKey))
})
let server: Loopback | undefined
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true })
  await server?.close()
  server = undefined
})

const linesOf = (from: number, to: number): string[] => [...exportLines({ entries: entries.slice(from, to), checkpoints, keys: [key.publicKey] })]
const textOf = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('')

/** The API's export, of the first so many entries; `breakAt` breaks the connection at that question. */
const at = async (upTo = COUNT, breakAt = 0, chain: (from: number, to: number) => readonly string[] = linesOf) => {
  server = await loopback(({ path, nth }, response) => {
    const { pathname, searchParams } = new URL(path, 'http://x')
    if (pathname.endsWith('/status')) return sendJson(response, 200, { audit: { lastSeq: upTo } })
    if (breakAt > 0 && nth >= breakAt) return response.destroy()
    const after = Number(searchParams.get('after'))
    const end = Math.min(upTo, after + Number(searchParams.get('limit')))
    if (pathname.endsWith('/entries')) return sendJson(response, 200, { items: entries.slice(after, end) })
    response
      .writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8', ...(end < upTo && { 'portcullis-next': `${end}` }) })
      .end(textOf(chain(after, end)))
  })
  return { env: { PORTCULLIS_URL: `${server.url}/_portcullis/admin`, PORTCULLIS_TOKEN: 'a-token-of-a-test' } }
}
const verified = () => portcullis(['audit', 'verify', file, '--key', publicKey])

it('a trail of a time that there is not is not verified, and nothing breaks', async () => {
  const forged = link({ type: 'x', actor: 'a', target: 't', outcome: 'done', facts: {} }, EMPTY, 9_000_000_000_000_000, () => 'salt')
  writeFileSync(file, textOf([...exportLines({ entries: [forged], checkpoints: [], keys: [] })]))
  const { code, out } = await verified()
  expect([code, out]).toEqual([1, expect.stringContaining('9000000000000000')])
})

describe('audit export', () => {
  it('writes the whole trail, for its owner alone, and it verifies', async () => {
    const report = await portcullisJson(['audit', 'export', file], await at())
    expect(report).toEqual({ file, entries: COUNT, lastSeq: COUNT, lastHash: entries.at(-1)?.hash })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(existsSync(`${file}.part`)).toBe(false)
    const { code, out } = await verified()
    expect(out).toContain('Verified')
    expect(code).toBe(0)
  })

  it('adds what the file lacks', async () => {
    await portcullis(['audit', 'export', file], await at(1200))
    await server?.close()
    const { code, out } = await portcullis(['audit', 'export', file], await at())
    expect(out).toContain('1300 entries added; the last is 2500')
    expect(code).toBe(0)
    expect(server?.asked.flatMap(({ path }) => /after=(\d+)/.exec(path)?.[1] ?? [])).toEqual(['1199', '1200', '2200'])
    expect((await verified()).code).toBe(0)
  })

  it('adds nothing where nothing is new', async () => {
    await portcullis(['audit', 'export', file], await at())
    const before = readFileSync(file, 'utf8')
    await server?.close()
    expect((await portcullis(['audit', 'export', file], await at())).out).toContain('0 entries added')
    // Public keys may stand in it again.
    expect(readFileSync(file, 'utf8').startsWith(before)).toBe(true)
    expect((await verified()).code).toBe(0)
  })

  it('that broke off leaves the file as it was, and is continued', async () => {
    await portcullis(['audit', 'export', file], await at(500))
    const before = readFileSync(file, 'utf8')
    await server?.close()
    expect((await portcullis(['audit', 'export', file], await at(COUNT, 4))).code).toBe(5)
    expect(readFileSync(file, 'utf8')).toBe(before)
    await server?.close()
    // As if the power had failed in the middle of a line.
    appendFileSync(`${file}.part`, '{"entry":{"seq":1501,"atMs":179')
    const { code } = await portcullis(['audit', 'export', file], await at())
    expect(code).toBe(0)
    expect(server?.asked.flatMap(({ path }) => /after=(\d+)/.exec(path)?.[1] ?? [])).toEqual(['1499', '1500'])
    expect((await verified()).code).toBe(0)
  })

  it('mends a file whose last line was cut off', async () => {
    await portcullis(['audit', 'export', file], await at(10))
    await server?.close()
    truncateSync(file, statSync(file).size - 40)
    expect((await portcullis(['audit', 'export', file], await at())).code).toBe(0)
    expect((await verified()).code).toBe(0)
  })

  it('does not go on with the file of another trail', async () => {
    const other = link({ type: 'x', actor: '', target: '', outcome: 'done', facts: {} }, EMPTY, 1, () => '')
    writeFileSync(file, textOf([...exportLines({ entries: [other], checkpoints: [], keys: [] })]))
    const before = readFileSync(file, 'utf8')
    const { code, error } = await portcullis(['audit', 'export', file], await at())
    expect(error).toContain('has another entry 1')
    expect(code).toBe(1)
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  it('does not take the end of another, longer trail for its own', async () => {
    await portcullis(['audit', 'export', file], await at(20))
    const before = readFileSync(file, 'utf8')
    await server?.close()
    const { code, error } = await portcullis(['audit', 'export', file], await at(6))
    expect(error).toContain('has no entry 20')
    expect([code, readFileSync(file, 'utf8')]).toEqual([1, before])
  })

  it('goes on after a page that is shorter than asked for', async () => {
    const run = await at(COUNT, 0, (from, to) => linesOf(from, Math.min(to, from + 600)))
    expect((await portcullisJson<{ readonly lastSeq: number }>(['audit', 'export', file], run)).lastSeq).toBe(COUNT)
    expect((await verified()).code).toBe(0)
  })

  it.each<[string, (from: number, to: number) => readonly string[], number, RegExp]>([
    ['leaves one out', (from, to) => linesOf(from, to).filter((line) => !line.includes('"seq":700,')), 1, /Entry 701 .* does not follow entry 699/],
    ['gives nothing', () => [], 5, /gives nothing/],
  ])('a gateway that %s is found out', async (_, chain, code, says) => {
    const ran = await portcullis(['audit', 'export', file], await at(COUNT, 0, chain))
    expect(ran.error).toMatch(says)
    expect(ran.code).toBe(code)
    expect(existsSync(file)).toBe(false)
  })

  it('a file that is none of a trail is left alone', async () => {
    writeFileSync(file, 'notes\n'.repeat(10))
    const { code } = await portcullis(['audit', 'export', file], await at())
    expect(code).toBe(2)
    expect(readFileSync(file, 'utf8')).toBe('notes\n'.repeat(10))
  })
})

describe('audit verify', () => {
  beforeEach(() => writeFileSync(file, textOf(linesOf(0, COUNT))))

  const edited = (edit: (lines: string[]) => string[]) => writeFileSync(file, textOf(edit(linesOf(0, COUNT))))
  it.each<[string, (lines: string[]) => string[], RegExp]>([
    ['an edit', (lines) => lines.map((line) => line.replace('"target":"t-41"', '"target":"t-42"')), /entry 42 was changed/],
    ['an edit of personal facts', (lines) => lines.map((line, i) => (i === 1 ? line.replace('Zoë', 'Zoe') : line)), /personal facts of entry 1 were changed/],
    ['a deletion', (lines) => lines.toSpliced(50, 1), /entry 50 is missing/],
    ['a swap', (lines) => lines.with(50, lines[51] as string).with(51, lines[50] as string), /entry 50 is missing/],
    ['a repetition', (lines) => lines.toSpliced(50, 0, lines[50] as string), /is there twice/],
    ['another form of the same', (lines) => lines.with(50, (lines[50] as string).replace('{"entry":', '{ "entry":')), /bytes were changed/],
    [
      'a false signature',
      (lines) => lines.map((line) => line.replace(/"signature":"./, (found) => `${found.slice(0, -1)}${found.endsWith('A') ? 'B' : 'A'}`)),
      /signature of entry 1000 is false/,
    ],
    ['a beginning that is missing', (lines) => [lines[0] as string, ...lines.slice(500)], /its beginning is missing/],
  ])('finds %s', async (_, edit, says) => {
    edited(edit)
    const { code, error } = await verified()
    expect(error).toMatch(says)
    expect(code).toBe(1)
  })

  it('does not vouch for an end that somebody else wrote and signed behind the last signature', async () => {
    const stranger = await readSigningKey(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)
    const forged = link(
      { type: 'admin.bans.create', actor: '', target: 'forged', outcome: 'done', facts: {} },
      entries.at(-1) as AuditEntry,
      1_790_000_009_000,
      () => '',
    )
    const tail = [...exportLines({ entries: [forged], checkpoints: [await stranger.sign(forged, 1_790_000_009_001)], keys: [stranger.publicKey] })]
    edited((lines) => [...lines, ...tail])
    const signed = await verified()
    expect(signed.error).toContain(`entries ${COUNT + 1} to ${COUNT + 1} are signed, but by nobody who was named with --key: ${stranger.publicKey.kid}`)
    expect(signed.code).toBe(1)
    // Without a signature it is an end like any other that is not signed yet, and is called so.
    edited((lines) => [...lines, tail[1] as string])
    const { out, code } = await verified()
    expect(out).toContain(`Verified: up to entry ${COUNT} nothing was changed, left out or moved. Nobody vouches yet for what comes after it (1)`)
    expect(code).toBe(0)
  })

  it('finds personal facts that were deleted too early, by the moment since which they must be there', async () => {
    edited((lines) => lines.map((line, i) => (i === 1 ? line.replace(/"personal":\{.*?\},/, '') : line)))
    expect((await verified()).code).toBe(0)
    const since = (ms: number) => portcullis(['audit', 'verify', file, '--key', publicKey, '--personal-since', new Date(1_790_000_000_000 + ms).toISOString()])
    expect((await since(1)).code).toBe(0)
    const { error, code } = await since(0)
    expect(error).toContain('the personal facts of entry 1 are missing')
    expect(code).toBe(1)
    expect((await portcullis(['audit', 'verify', file, '--key', publicKey, '--personal-since', 'yesterday'])).code).toBe(2)
  })

  it('says so where --head names an entry that the file cannot have', async () => {
    writeFileSync(file, textOf(linesOf(1000, COUNT)))
    const ask = (head: string) => portcullis(['audit', 'verify', file, '--key', publicKey, '--after', '1000', `--head=${head}`])
    expect((await ask(`999:${entries[3]?.hash}`)).error).toContain('stands before this file')
    expect((await ask(`1000:${entries[3]?.hash}`)).code).toBe(1)
    expect((await ask(`1000:${entries[999]?.hash}`)).code).toBe(0)
  })

  it('does not believe a key that nobody named', async () => {
    const { code, error } = await portcullis(['audit', 'verify', file])
    expect(error).toContain(`Keys that signed and were not named with --key: ${key.publicKey.kid}`)
    expect(error).toContain('Not verified')
    expect(code).toBe(1)
  })

  it('finds an end that was cut off, by what is known of it', async () => {
    edited((lines) => lines.slice(0, 2000))
    const { hash, seq } = entries.at(-1) as AuditEntry
    expect((await verified()).code).toBe(0)
    for (const head of [hash, `${seq}:${hash}`]) {
      const { code, error } = await portcullis(['audit', 'verify', file, '--key', publicKey, `--head=${head}`])
      expect(error).toMatch(/does not end with the entry of --head|its end was cut off/)
      expect(code).toBe(1)
    }
  })

  it('a file that goes on where another ended', async () => {
    writeFileSync(file, textOf(linesOf(1000, COUNT)))
    expect((await portcullis(['audit', 'verify', file, '--key', publicKey, '--after', '1000'])).code).toBe(0)
    expect((await portcullis(['audit', 'verify', file, '--key', publicKey, '--after', `1000:${entries[999]?.hash}`])).code).toBe(0)
    expect((await portcullis(['audit', 'verify', file, '--key', publicKey, '--after', `1000:${entries[0]?.hash}`])).code).toBe(1)
    expect((await verified()).code).toBe(1)
  })

  it.each<[string, () => string, number]>([
    ['a PEM', () => pair.publicKey.export({ type: 'spki', format: 'pem' }) as string, 0],
    ['a key set', () => JSON.stringify({ keys: [key.publicKey] }), 0],
    ['a JWK without a kid', () => JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x: key.publicKey.x }), 0],
    ['another key', () => generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }) as string, 1],
    ['a private key', () => pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, 2],
    ['a private JWK', () => JSON.stringify(pair.privateKey.export({ format: 'jwk' })), 2],
    ['a key of another kind', () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' }) as string, 2],
    ['no key', () => 'hello', 2],
  ])('takes %s for --key, or says why not', async (_, text, code) => {
    writeFileSync(publicKey, text())
    const ran = await verified()
    expect(ran.code).toBe(code)
    expect(ran.out + ran.error).not.toContain((pair.privateKey.export({ format: 'jwk' }) as { readonly d: string }).d)
  })

  it('as JSON, the whole report', async () => {
    expect(await portcullisJson(['audit', 'verify', file, '--key', publicKey])).toMatchObject({
      verified: true,
      verdict: 'whole',
      entries: COUNT,
      signedSeq: COUNT,
      signers: [key.publicKey.kid],
    })
  })

  it('a copy of it verifies, wherever it is', async () => {
    const copy = join(folder, 'copy')
    copyFileSync(file, copy)
    expect((await portcullis(['audit', 'verify', copy, '--key', publicKey])).code).toBe(0)
  })
})

describe('audit tail', () => {
  it('shows the latest entries', async () => {
    const { out, code } = await portcullis(['audit', 'tail', '--count', '3'], await at())
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => line.split(/ +/)[0]),
    ).toEqual(['SEQ', '2498', '2499', '2500'])
    expect(out).not.toContain('\u001b')
    expect(code).toBe(0)
  })

  it('shows all after one, a line each', async () => {
    const { out } = await portcullis(['audit', 'tail', '--after', '400', '--json'], await at())
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as AuditEntry).seq),
    ).toEqual(Array.from({ length: 2100 }, (_, i) => 401 + i))
  })
})
