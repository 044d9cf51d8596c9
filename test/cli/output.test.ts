import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { harmless, jsonDocument, jsonLine } from '../../src/cli/harmless.ts'
import { bar } from '../../src/cli/progress.ts'
import { table, widthOf } from '../../src/cli/table.ts'
import { durationSeconds, told } from '../../src/cli/time.ts'
import { type Loopback, loopback, sendJson } from './loopback.ts'
import { portcullis, portcullisJson } from './portcullis.ts'

const TOKEN = 'token-that-nobody-may-see'
const KEY = `acme_live_3kP9vQ2mXw7RzT1b_${'s'.repeat(49)}`

let folder: string
let server: Loopback | undefined
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcullis-cli-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(async () => {
  await server?.close()
  server = undefined
})

const at = async (answer: Parameters<typeof loopback>[0]) => {
  server = await loopback(answer)
  return { env: { PORTCULLIS_URL: `${server.url}/_portcullis/admin`, PORTCULLIS_TOKEN: TOKEN }, cwd: folder }
}
const keyAnswer = () => at((_, response) => sendJson(response, 201, { key: KEY, item: { id: '3kP9vQ2mXw7RzT1b', state: 'active' } }))
const CREATE = ['keys', 'create', '--owner', 'acme', '--name', 'n']

describe('a new key', () => {
  it('is printed once; what people should know stands beside it', async () => {
    const { out, error } = await portcullis(CREATE, await keyAnswer())
    expect(out).toBe(`${KEY}\n`)
    expect(error).toMatch(/only time that the key 3kP9vQ2mXw7RzT1b is shown/)
    expect(error).not.toContain(KEY)
  })

  it('stands in the document with --json', async () => {
    expect(await portcullisJson(CREATE, await keyAnswer())).toEqual({ key: KEY, item: { id: '3kP9vQ2mXw7RzT1b', state: 'active' } })
  })

  it.each([[[]], [['--json']]])('goes to a file of one’s own with --out (%j)', async (options) => {
    const file = join(folder, `key${options.length}`)
    const { out, error } = await portcullis([...CREATE, '--out', file, ...options], await keyAnswer())
    expect(readFileSync(file, 'utf8')).toBe(`${KEY}\n`)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(out + error).not.toContain(KEY)
    expect(out).toContain('3kP9vQ2mXw7RzT1b')
  })

  it('is not even asked for where the file is there, or cannot be', async () => {
    const file = join(folder, 'there')
    writeFileSync(file, 'another key')
    for (const out of [file, join(folder, 'none/key')]) {
      const run = await keyAnswer()
      expect((await portcullis([...CREATE, '--out', out], run)).code).toBe(2)
      expect(server?.asked).toEqual([])
      await server?.close()
    }
    expect(readFileSync(file, 'utf8')).toBe('another key')
  })

  it('leaves no file where it was refused', async () => {
    const file = join(folder, 'refused')
    expect((await portcullis([...CREATE, '--out', file], await at((_, response) => sendJson(response, 403, {})))).code).toBe(3)
    expect(() => statSync(file)).toThrow('ENOENT')
  })
})

describe('the token', () => {
  const STATUS = { zones: [], keys: [], audit: {} }
  const silent = (ran: { readonly out: string; readonly error: string; readonly commandLine: string }) => {
    for (const text of [ran.out, ran.error, ran.commandLine]) expect(text).not.toContain(TOKEN)
    expect(server?.asked[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`)
    expect(server?.asked.map(({ path }) => path).join()).not.toContain(TOKEN)
  }

  it.each<[string, number]>([
    ['a success', 200],
    ['400', 400],
    ['401', 401],
    ['404', 404],
    ['500', 500],
    ['a redirect', 302],
  ])('is shown nowhere: %s', async (_, status) => {
    const run = await at((_asked, response) => sendJson(response, status, STATUS, status === 302 ? { location: '/login' } : {}))
    const ran = await portcullis(['status'], run)
    silent(ran)
    expect(ran.commandLine).toContain('status')
  })

  it('comes from a file; one that others can read is warned of', async () => {
    const file = join(folder, 'token')
    writeFileSync(file, `${TOKEN}\n`, { mode: 0o600 })
    const { env } = await at((_, response) => sendJson(response, 200, STATUS))
    const run = { env: { PORTCULLIS_URL: env.PORTCULLIS_URL } }
    const mine = await portcullis(['status', '--token-file', file], run)
    silent(mine)
    expect(mine).toMatchObject({ code: 0, error: '' })
    const shared = join(folder, 'shared-token')
    writeFileSync(shared, TOKEN, { mode: 0o644 })
    const ours = await portcullis(['status', '--token-file', shared], run)
    expect(ours.code).toBe(0)
    expect(ours.error).toContain('chmod 600')
  })

  it('comes from standard input', async () => {
    const { env } = await at((_, response) => sendJson(response, 200, STATUS))
    const ran = await portcullis(['status', '--token-file', '-'], { env: { PORTCULLIS_URL: env.PORTCULLIS_URL }, input: `${TOKEN}\n` })
    silent(ran)
    expect(ran.code).toBe(0)
  })

  it.each<[string, string]>([
    ['a line break, which would begin another header', `${TOKEN}\r\nx-a: b`],
    ['a space', `${TOKEN} ${TOKEN}`],
    ['nothing', ''],
    ['too much', TOKEN.repeat(1000)],
  ])('is refused, and not repeated, with %s in it', async (_, text) => {
    const { env } = await at((_asked, response) => sendJson(response, 200, STATUS))
    const { code, out, error } = await portcullis(['status', '--token-file', '-'], { env: { PORTCULLIS_URL: env.PORTCULLIS_URL }, input: text })
    expect(code).toBe(2)
    expect(out + error).not.toContain(TOKEN)
    expect(server?.asked).toEqual([])
  })
})

const EVIL = 'a\u001b]0;owned\u0007\u001b[2Jb\nc\td\u009b31m\u202eevil\u2028x\u007f'

describe('what a terminal would obey', () => {
  it('is written out', () => {
    expect(harmless(EVIL)).toBe('a\\u{1b}]0;owned\\u{7}\\u{1b}[2Jb\\u{a}c\\u{9}d\\u{9b}31m\\u{202e}evil\\u{2028}x\\u{7f}')
    expect(harmless('Zoë 日本 👍')).toBe('Zoë 日本 👍')
  })

  it('is written out in JSON, which says the same', () => {
    for (const text of [jsonLine({ a: EVIL, [EVIL]: [1] }), jsonDocument({ a: EVIL, [EVIL]: [1] })]) {
      expect(JSON.parse(text)).toEqual({ a: EVIL, [EVIL]: [1] })
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e\u2028]/)
    }
  })

  it.each<[string, readonly string[], unknown, number]>([
    ['in a table', ['ban', 'list'], { items: [{ id: EVIL, effect: EVIL, value: EVIL, reason: EVIL, until: EVIL }] }, 200],
    ['in a table as JSON', ['ban', 'list', '--json'], { items: [{ reason: EVIL }] }, 200],
    ['in one line each', ['ban', 'list', '--all', '--json'], { items: [{ reason: EVIL }] }, 200],
    [
      'in facts',
      ['keys', 'show', '3kP9vQ2mXw7RzT1b'],
      { id: EVIL, name: EVIL, metadata: { [EVIL]: EVIL }, revoked: { at: EVIL, by: EVIL, reason: EVIL } },
      200,
    ],
    [
      'in the status',
      ['status'],
      {
        policyHash: EVIL,
        zones: [{ name: EVIL, hosts: [EVIL], routes: [EVIL], limits: [EVIL] }],
        keys: [{ prefix: EVIL, environment: EVIL }],
        audit: { exportError: EVIL },
      },
      200,
    ],
    ['in an answer to a change', ['audit', 'checkpoint'], { seq: EVIL, keyId: EVIL }, 200],
    ['in a refusal', ['status'], { detail: EVIL, errors: [{ pointer: EVIL, detail: EVIL }], requestId: EVIL }, 400],
  ])('%s', async (_, args, answer, status) => {
    const { out, error } = await portcullis(args, await at((_asked, response) => sendJson(response, status, answer)))
    expect(out + error).toContain('owned')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect((out + error).replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e\u2028]/)
    expect((out + error).split('\n').some((line) => line.startsWith('c'))).toBe(false)
  })

  it('a new key that is none is not printed', async () => {
    const { code, out, error } = await portcullis(CREATE, await at((_, response) => sendJson(response, 201, { key: `k${EVIL}`, item: {} })))
    expect(code).toBe(5)
    expect(out + error).not.toContain('owned')
  })
})

describe('lists', () => {
  const page = (from: number, count: number) => Array.from({ length: count }, (_, i) => ({ id: `id-${from + i}`, value: `192.0.2.${i % 250}` }))
  const three = () =>
    at(({ path }, response) => {
      const cursor = Number(new URL(path, 'http://x').searchParams.get('cursor') ?? 0)
      sendJson(response, 200, { items: page(cursor, 2), ...(cursor < 4 && { next: `${cursor + 2}` }) })
    })

  it('a page says how to go on', async () => {
    const { out, error } = await portcullis(['ban', 'list', '--limit', '2'], await three())
    expect(out.split('\n')[0]).toMatch(/^ID +EFFECT +TARGET +VALUE/)
    expect(out).toContain('id-1')
    expect(error).toContain('--all, or --cursor 2')
    expect(server?.asked.map(({ path }) => path)).toEqual(['/_portcullis/admin/bans?limit=2'])
  })

  it('all pages, one line each', async () => {
    const { out } = await portcullis(['ban', 'list', '--all', '--json'], await three())
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { readonly id: string }).id),
    ).toEqual([0, 1, 2, 3, 4, 5].map((i) => `id-${i}`))
    expect(server?.asked).toHaveLength(3)
  })

  it('as JSON, a page is what the API said', async () => {
    expect(await portcullisJson(['ban', 'list'], await three())).toEqual({ items: page(0, 2), next: '2' })
  })

  it('a cursor that leads nowhere does not go round for ever', async () => {
    const { code } = await portcullis(['ban', 'list', '--all'], await at((_, response) => sendJson(response, 200, { items: page(0, 1), next: 'same' })))
    expect(code).toBe(0)
    expect(server?.asked).toHaveLength(2)
  })

  it('nothing is said to be nothing', async () => {
    expect(await portcullis(['keys', 'list', '--owner', 'a&b=c'], await at((_, response) => sendJson(response, 200, { items: [] })))).toMatchObject({
      code: 0,
      out: '',
      error: 'There is nothing.\n',
    })
    expect(server?.asked[0]?.path).toBe('/_portcullis/admin/keys?owner=a%26b%3Dc&limit=100')
  })
})

describe('tables', () => {
  it('are as wide as the terminal, and no wider', () => {
    const rows = [['b7Qw2mXz', 'x'.repeat(300), '日本'.repeat(40)]]
    for (const columns of [200, 80, 40]) for (const line of table(['ID', 'REASON', 'BY'], rows, columns)) expect(widthOf(line)).toBeLessThanOrEqual(columns)
    expect(table(['ID', 'REASON', 'BY'], rows, 80)[1]).toContain('b7Qw2mXz')
  })

  it('cut nothing where there is no terminal', () => {
    expect(table(['A', 'B'], [['x'.repeat(300), 'y']], Number.POSITIVE_INFINITY)[1]).toBe(`${'x'.repeat(300)}  y`)
  })

  it('stand in columns whatever is in them', () => {
    expect(
      table(
        ['A', 'B'],
        [
          ['日本', '1'],
          ['ab', '2'],
        ],
        80,
      ),
    ).toEqual(['A     B', '日本  1', 'ab    2'])
  })
})

describe('times', () => {
  const now = new Date('2026-11-26T12:00:00Z')
  it.each<[string, string]>([
    ['2026-11-26T14:00:00Z', '2026-11-26 14:00Z (in 2 h)'],
    ['2026-11-26T13:00:00+01:00', '2026-11-26 12:00Z (now)'],
    ['2026-11-26T11:59:15Z', '2026-11-26 11:59Z (45 s ago)'],
    ['2026-10-27T12:00:00Z', '2026-10-27 12:00Z (30 d ago)'],
    ['2029-11-26T12:00:00Z', '2029-11-26 12:00Z (in 3 years)'],
    ['someday', 'someday'],
  ])('%s', (given, shown) => expect(told(given, now)).toBe(shown))

  it.each<[string, number]>([
    ['90s', 90],
    ['15m', 900],
    ['1h30m', 5400],
    ['2w', 1_209_600],
    ['0s', 0],
  ])('%s', (text, seconds) => expect(durationSeconds(text, 'for')).toBe(seconds))

  it.each(['', '2', 'h', '-2h', '2 h', '1.5h', '2H', '99999999999s', '3661d', '2h!'])('%j is none', (text) =>
    expect(() => durationSeconds(text, 'for')).toThrow('--for'),
  )

  it('a bar is as full as it is far', () => {
    expect(bar(1, 2, 'x')).toBe(`${'█'.repeat(12)}${'░'.repeat(12)}  50 % x`)
    expect(bar(0, 0, 'x')).toContain('100 %')
    expect(bar(9, 3, 'x')).toContain('100 %')
  })
})
