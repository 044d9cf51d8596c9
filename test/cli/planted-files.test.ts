import { chmodSync, existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Asked, type Loopback, loopback, sendJson } from './loopback.ts'
import { portcullis } from './portcullis.ts'

const HASH = 'h'.repeat(43)
const entry = (seq: number) => `${JSON.stringify({ entry: { seq, hash: `${HASH.slice(0, 40)}${seq}00`.slice(0, 43), previous: HASH } })}\n`
const KEY = `acme_live_${'I'.repeat(16)}_${'s'.repeat(49)}`
/** What the user of the command line has beside it, and what is in it. */
const PRECIOUS = 'a private key\n'

let folder: string
let trail: string
let precious: string
let server: Loopback | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-planted-'))
  trail = join(folder, 'trail.ndjson')
  precious = join(folder, 'precious')
  writeFileSync(precious, PRECIOUS)
  chmodSync(precious, 0o644)
})
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true })
  await server?.close()
  server = undefined
})

async function at(answer: (asked: Asked, response: ServerResponse) => void) {
  server = await loopback(answer)
  return { env: { PORTCULLIS_URL: `${server.url}/_portcullis/admin`, PORTCULLIS_TOKEN: 'a-token-of-a-test' } }
}

/** A gateway with a trail of one entry. */
const gateway = () =>
  at(({ path }, response) => {
    if (path.includes('/status')) return sendJson(response, 200, { audit: { lastSeq: 1 } })
    response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end(path.includes('after=0') ? entry(1) : '')
  })

const expectUntouched = () => expect([readFileSync(precious, 'utf8'), statSync(precious).mode & 0o777]).toEqual([PRECIOUS, 0o644])

describe('where the trail is exported to, somebody who may write to the folder', () => {
  it.each([[false], [true]])('has planted a link to another file (the trail is there: %s)', async (isThere) => {
    if (isThere) writeFileSync(trail, entry(1))
    symlinkSync(precious, `${trail}.part`)
    const { code, error } = await portcullis(['audit', 'export', trail], await gateway())
    expectUntouched()
    expect([code, error]).toEqual([2, expect.stringContaining('.part')])
  })

  it('has planted a link to where nothing is', async () => {
    symlinkSync(join(folder, 'nowhere'), `${trail}.part`)
    const { code } = await portcullis(['audit', 'export', trail], await gateway())
    expect([code, existsSync(join(folder, 'nowhere'))]).toEqual([2, false])
  })

  it('has something else under that name', async () => {
    writeFileSync(`${trail}.part`, PRECIOUS)
    const { code } = await portcullis(['audit', 'export', trail], await gateway())
    expect([code, readFileSync(`${trail}.part`, 'utf8')]).toEqual([2, PRECIOUS])
  })
})

describe('where a key is written to', () => {
  const create = (out: string) => ['keys', 'create', '--owner', 'ada', '--name', 'a key', '--out', out]

  it('a link that takes the place of the file while the key is made gets nothing, and it is said', async () => {
    const out = join(folder, 'acme.key')
    const run = await at((_, response) => {
      unlinkSync(out)
      symlinkSync(precious, out)
      sendJson(response, 201, { key: KEY, item: { id: 'I'.repeat(16) } })
    })
    const { code, error } = await portcullis(create(out), run)
    expectUntouched()
    expect([code, error]).toEqual([2, expect.stringContaining('revoke it, or rotate it')])
    expect(error).not.toContain(KEY.slice(27))
    expect(lstatSync(out).isSymbolicLink()).toBe(true)
  })

  it('a file that takes its place, which others may read, gets nothing either', async () => {
    const out = join(folder, 'acme.key')
    const run = await at((_, response) => {
      unlinkSync(out)
      writeFileSync(out, '', { mode: 0o666 })
      sendJson(response, 201, { key: KEY, item: { id: 'I'.repeat(16) } })
    })
    const { code } = await portcullis(create(out), run)
    expect([code, readFileSync(out, 'utf8')]).toEqual([2, ''])
  })

  it('nothing is left where what answers is no admin API', async () => {
    const out = join(folder, 'acme.key')
    const { code } = await portcullis(create(out), await at((_, response) => sendJson(response, 201, { item: {} })))
    expect([code, existsSync(out)]).toEqual([5, false])
  })
})

it('a file of a token that does not end is no token', async () => {
  const { code, error } = await portcullis(['status', '--token-file', '/dev/zero'], await gateway())
  expect([code, error]).toEqual([2, expect.stringContaining('larger than')])
})

it('a gateway that gives the same entries for ever is told from one that has many', async () => {
  const items = Array.from({ length: 1000 }, () => ({ seq: 1 }))
  const run = await at((_, response) => sendJson(response, 200, { items }))
  const { code, error } = await portcullis(['audit', 'tail', '--after', '1'], run)
  expect([code, error]).toEqual([5, expect.stringContaining('gives nothing')])
})
