import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { exchange } from '../../../test/exchange.ts'
import { Problems } from '../../core/problems.ts'
import { validate } from './validate.ts'

type Settings = Parameters<typeof validate>[0]

/** What the policy says of one body. */
async function judge(settings: Settings, type: string, body: string | Uint8Array, headers: Record<string, string> = {}) {
  const x = exchange({
    method: 'POST',
    headers: { 'content-type': type, ...headers },
    body: Uint8Array.from(typeof body === 'string' ? new TextEncoder().encode(body) : body),
  })
  return await validate(settings).compile().request?.(x)
}
const any = { body: v.any() }
const compress = async (text: string, format: 'gzip' | 'deflate') =>
  new Uint8Array(await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream(format))).arrayBuffer())

describe('what a schema sees', () => {
  const part = (head: string, content: string) => `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`
  it.each<[string, Settings, string, string, unknown]>([
    ['JSON', any, 'application/json', '{"a":1}', { a: 1 }],
    ['a form', any, 'application/x-www-form-urlencoded', 'a=1&b=x+y', { a: '1', b: 'x y' }],
    ['a form with lists', { ...any, repeatableFields: ['a', 'b'] }, 'application/x-www-form-urlencoded', 'a=1&b=2&a=3', { a: ['1', '3'], b: ['2'] }],
    [
      'parts',
      any,
      'multipart/form-data; boundary=b',
      `${part('name="a"', '1')}${part('name="f"; filename="x.csv"\r\nContent-Type: text/csv', 'a,b')}${part('name="g"; filename="y"', '')}--b--`,
      { a: '1', f: { fileName: 'x.csv', type: 'text/csv', size: 3 }, g: { fileName: 'y', type: 'application/octet-stream', size: 0 } },
    ],
    ['lines', any, 'application/x-ndjson', '{"a":1}\n[2]\n', [{ a: 1 }, [2]]],
    ['a sequence', any, 'application/json-seq', '\x1e{"a":1}\n\x1e2\n', [{ a: 1 }, 2]],
    [
      'XML',
      { ...any, repeatableFields: ['c'] },
      'application/xml',
      '<a b="1"><c>2</c><d x="3">4</d><e/></a>',
      { a: { '@b': '1', c: ['2'], d: { '@x': '3', '#text': '4' }, e: '' } },
    ],
    ['XML in a namespace', any, 'application/atom+xml', '<p:a xmlns:p="urn:x"><b>1</b></p:a>', { '{urn:x}a': { b: '1' } }],
  ])('%s', async (_, settings, type, body, value) => {
    const contentTypes = [type.split(';', 1)[0] as string]
    const decision = await judge({ ...settings, contentTypes }, type, body)
    expect(decision).toMatchObject({ kind: 'pass' })
    expect(JSON.parse(JSON.stringify((decision as { validated: { body: unknown } }).validated.body))).toEqual(value)
  })
})

describe('compressed bodies', () => {
  it.each(['gzip', 'deflate'] as const)('%s: what was judged is what goes on', async (coding) => {
    const decision = await judge({ ...any, compressed: 'accept' }, 'application/json', await compress('{"a":1}', coding), { 'content-encoding': coding })
    expect(decision).toMatchObject({ kind: 'pass', validated: { body: { a: 1 } }, toOrigin: { 'content-encoding': null } })
    expect(new TextDecoder().decode((decision as { body: Uint8Array }).body)).toBe('{"a":1}')
  })

  it('of what is not compressed nothing else goes on', async () => {
    expect(Object.keys((await judge({ ...any, compressed: 'accept' }, 'application/json', '{}')) ?? {})).toEqual(['kind', 'validated'])
  })
})

describe('settings that make no sense', () => {
  const problemsOf = (settings: Settings) => {
    const problems = new Problems()
    validate(settings).check([], problems)
    return problems.all.map(({ found }) => found)
  }
  it.each<[string, Settings, string]>([
    ['a media type that nobody reads', { ...any, contentTypes: ['text/csv'] }, '"text/csv"'],
    ['a form in name only', { ...any, contentTypes: ['multipart/mixed'] }, '"multipart/mixed"'],
    ['a ratio of nothing', { ...any, maxRatio: 5 }, 'maxRatio where nothing compressed is taken'],
    ['limits of no body', { query: v.object({}), maxKeys: 5 }, 'maxKeys without body'],
  ])('%s', (_, settings, found) => expect(problemsOf(settings)).toEqual([found]))
})
