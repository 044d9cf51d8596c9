import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { root } from '../../src/cli/root.ts'
import { run } from '../../src/cli/run.ts'
import { widthOf } from '../../src/cli/table.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { type Loopback, loopback, sendJson } from './loopback.ts'
import { portcullis } from './portcullis.ts'

let server: Loopback
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-terminal-'))
})
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true })
  await server.close()
})

/** Somebody who sits at a terminal of 60 columns and says always the same. */
function somebody(says: string) {
  const seen = { out: [] as string[], told: [] as string[], progress: [] as string[], asked: [] as string[] }
  const terminal: Terminal = {
    env: { PORTCULLIS_URL: server.url, PORTCULLIS_TOKEN: 'a-token-of-a-test' },
    columns: 60,
    isInteractive: true,
    now: () => new Date('2026-11-26T12:00:00Z'),
    print: (line) => Promise.resolve(void seen.out.push(...line.split('\n'))),
    tell: (line) => void seen.told.push(line),
    progress: (text) => void seen.progress.push(text),
    heading: (text) => text,
    input: () => Promise.resolve(''),
    ask(question) {
      seen.asked.push(question)
      return Promise.resolve(says)
    },
  }
  return { terminal, seen }
}

const WIDE = ['killswitch', 'on', '--for', '5m', '--reason', 'r']

describe('what is wide is asked about first', () => {
  it.each<[string, readonly string[], number, boolean]>([
    ['yes', WIDE, 0, true],
    [' YES ', WIDE, 0, true],
    ['y', WIDE, 2, false],
    ['no', WIDE, 2, false],
    ['', WIDE, 2, false],
    ['no', ['keys', 'revoke-owner', 'acme', '--reason', 'r'], 2, false],
    ['no', ['revoke', '--kind', 'issuer', '--issuer', 'https://i', '--for', '1h', '--reason', 'r'], 2, false],
  ])('%j', async (says, args, code, isDone) => {
    server = await loopback((_, response) => sendJson(response, 200, { id: 'k', revoked: 1 }))
    const { terminal, seen } = somebody(says)
    expect(await run(root, args, terminal)).toBe(code)
    expect(seen.asked).toHaveLength(1)
    expect(server.asked.length > 0).toBe(isDone)
  })

  it.each([[[...WIDE, '--yes']], [[...WIDE, '--zone', 'api']]])('but not %j', async (args) => {
    server = await loopback((_, response) => sendJson(response, 200, { id: 'k' }))
    const { terminal, seen } = somebody('no')
    expect(await run(root, args, terminal)).toBe(0)
    expect(seen.asked).toEqual([])
  })
})

describe('on a terminal', () => {
  const answer: Parameters<typeof loopback>[0] = ({ path }, response) => {
    if (path.includes('/status'))
      return sendJson(response, 200, { audit: { lastSeq: 0 }, zones: [{ name: 'api', hosts: ['h'.repeat(100)], routes: [], limits: [] }], keys: [] })
    if (path.includes('/audit/export')) return void response.writeHead(200, { 'content-type': 'application/x-ndjson' }).end()
    sendJson(response, 200, { items: [{ id: 'b-1', value: 'x'.repeat(200), reason: '日本'.repeat(50), until: '2026-11-26T14:00:00Z' }] })
  }
  it.each([[['ban', 'list']], [['keys', 'list']], [['override', 'list']], [['killswitch', 'list']], [['revoke', '--list']]])(
    '%j is no wider than it',
    async (args) => {
      server = await loopback(answer)
      const { terminal, seen } = somebody('')
      expect(await run(root, args, terminal)).toBe(0)
      expect(seen.out).toHaveLength(2)
      // Of nine columns each has at least six characters.
      for (const line of seen.out) expect(widthOf(line)).toBeLessThanOrEqual(args[0] === 'ban' || args[0] === 'keys' || args[0] === 'override' ? 9 * 8 : 60)
    },
  )

  it('an export shows how far it is, and nothing where nobody looks', async () => {
    server = await loopback(answer)
    const { terminal, seen } = somebody('')
    expect(await run(root, ['audit', 'export', join(folder, 'a')], terminal)).toBe(0)
    expect(seen.progress).toContainEqual(expect.stringMatching(/█ 100 % entry 0 of 0/))
    expect(seen.progress.at(-1)).toBe('')
    expect(
      await portcullis(['audit', 'export', join(folder, 'b')], { env: { PORTCULLIS_URL: server.url, PORTCULLIS_TOKEN: 'a-token-of-a-test' } }),
    ).toMatchObject({ code: 0, error: '' })
  })
})
