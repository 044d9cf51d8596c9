import { describe, expect, it } from 'vitest'
import { mayBacktrack } from '../../src/importer/pattern-risk.ts'
import { found, imported, OPERATION, withPaths } from './imported.ts'

const body = (schema: unknown, path = '/a') =>
  imported(withPaths({ [path]: { post: { ...OPERATION, requestBody: { content: { 'application/json': { schema } } } } } }))

const X = { properties: { a: { type: 'boolean' } } }
const Y = { properties: { b: { type: 'boolean' } } }

describe('what schemas of requests leave open', () => {
  it.each<[what: string, schema: unknown, kind: string, words: readonly string[]]>([
    ['a text', { type: 'string' }, 'long-text', ['no maxLength, no pattern']],
    ['a text with a pattern', { type: 'string', pattern: '^a+$' }, 'long-text', ['no maxLength']],
    ['a text with an end', { type: 'string', maxLength: 9 }, 'long-text', []],
    ['a text of a few', { type: 'string', enum: ['a'] }, 'long-text', []],
    ['a text of a short format', { type: 'string', format: 'uuid' }, 'long-text', []],
    ['a text or nothing', { type: ['string', 'null'] }, 'long-text', ['no maxLength, no pattern']],
    ['a list', { type: 'array', items: { type: 'boolean' } }, 'long-list', ['no maxItems']],
    ['a whole number', { type: 'integer' }, 'large-number', ['no minimum, no maximum']],
    ['a whole number that is bounded on one side', { type: 'integer', minimum: 0 }, 'large-number', ['no maximum']],
    ['a whole number of 32 bits', { type: 'integer', format: 'int32' }, 'large-number', []],
    ['an object of nothing', { type: 'object' }, 'open-object', ['an object without properties']],
    ['an object of anything', { type: 'object', properties: {}, additionalProperties: true }, 'open-object', ['additionalProperties of any kind']],
    ['an object of texts', { type: 'object', additionalProperties: { type: 'string', maxLength: 9 } }, 'open-object', ['additionalProperties of any name']],
    ['an object of its properties', { type: 'object', properties: { a: { type: 'boolean' } } }, 'open-object', []],
    ['a value that a base and an alternative describe', { properties: { x: X }, anyOf: [{ properties: { x: Y } }] }, 'open-object', []],
    [
      'a value that alternatives of two kinds describe',
      { allOf: [{ anyOf: [{ properties: { x: X } }] }, { anyOf: [{ properties: { x: Y } }] }] },
      'open-object',
      ['other schemas describe this value in other ways', 'other schemas describe this value in other ways'],
    ],
    ['a slow pattern', { type: 'string', maxLength: 9, pattern: '^(a+)+$' }, 'pattern', ['a repetition inside of a repetition']],
    [
      'what stands deep',
      { allOf: [{ anyOf: [{ type: 'object', properties: { a: { type: 'array', maxItems: 1, items: { type: 'string' } } } }] }] },
      'long-text',
      ['no maxLength, no pattern'],
    ],
    ['what is only read', { type: 'object', properties: { a: { type: 'string', readOnly: true } } }, 'long-text', []],
  ])('%s', async (_what, schema, kind, words) => {
    expect(found(await body(schema), kind)).toEqual(words)
  })

  it('once, wherever the schema is used', async () => {
    const post = { ...OPERATION, requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/A' } } } } }
    const api = await imported(withPaths({ '/a': { post }, '/b': { post } }, { components: { schemas: { A: { type: 'string' } } } }))
    expect(api.report.gaps.filter(({ kind }) => kind === 'long-text')).toEqual([
      { kind: 'long-text', pointer: '#/components/schemas/A', found: 'no maxLength, no pattern' },
    ])
  })

  it('not in answers', async () => {
    const responses = { ...OPERATION.responses, 200: { description: 'a', content: { 'application/json': { schema: { type: 'string' } } } } }
    expect(found(await imported(withPaths({ '/a': { get: { responses } } })), 'long-text')).toEqual([])
  })
})

it.each([
  ['(a+)+', true],
  ['(?:a*b?)*', true],
  ['([a-z]+)*$', true],
  ['(a|b+){2,}', true],
  ['((a+)b)+', true],
  ['^[a-z]+(?:-[a-z]+)$', false],
  ['^(?:ab)+$', false],
  ['[(+)+]+', false],
  ['\\(a+\\)+', false],
  ['a{1,3}', false],
  ['(a{1,3})+', false],
])('a pattern that may take very long: %s is %s', (pattern, slow) => expect(mayBacktrack(pattern)).toBe(slow))

it('fields that hold URLs, as they are pasted', async () => {
  const link = { type: 'string', maxLength: 99, format: 'uri' }
  const schema = {
    type: 'object',
    properties: {
      callback: link,
      imageUrl: { type: 'string', maxLength: 99 },
      curl: { type: 'string', maxLength: 9 },
      hooks: { type: 'array', maxItems: 3, items: { type: 'object', properties: { 'a/b': link } } },
      next: { $ref: '#/paths/~1a/post/requestBody/content/application~1json/schema' },
    },
  }
  expect(found(await body(schema), 'urls')).toEqual(["fields: ['#/callback', '#/imageUrl', '#/hooks/*/a~1b']"])
})

it('parameters that hold URLs', async () => {
  const parameters = [
    { name: 'redirect', in: 'query', schema: { type: 'string', maxLength: 99, format: 'uri' } },
    { name: 'X-Callback-Url', in: 'header', schema: { type: 'string', maxLength: 99 } },
  ]
  expect(found(await imported(withPaths({ '/a': { get: { ...OPERATION, parameters } } })), 'urls')).toEqual([
    "fields: ['query/redirect', 'header/x-callback-url']",
  ])
})

describe('guesses by name', () => {
  it.each<[path: string, owner: readonly string[], sensitive: number]>([
    ['/users/{userId}', [':userId'], 0],
    ['/accounts/{account}/orders', [':account'], 1],
    ['/colours/{colour}', [], 0],
    ['/login', [], 1],
    ['/password-reset', [], 1],
    ['/payments', [], 1],
    ['/documents', [], 0],
  ])('%s', async (path, owner, sensitive) => {
    const api = await imported(withPaths({ [path]: { post: OPERATION } }))
    expect(found(api, 'owner')).toEqual(owner)
    expect(found(api, 'sensitive')).toHaveLength(sensitive)
  })
})

describe('the report', () => {
  it('counts first, is capped, and shows nothing that hides', async () => {
    const paths = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`/a${i}/{userId}`, { get: OPERATION }]))
    const api = await imported(withPaths(paths, { info: { title: 'A <b>\u202e| title', version: '1' } }))
    const text = api.files['gaps.md']
    expect(text).toContain('# A &lt;b> \\| title 1: what a person must decide')
    expect(text).toContain('| Whose is it? (a guess by name) | 50 |')
    expect(text.match(/: :userId \(/g)).toHaveLength(30)
    expect(text).toContain('- and 20 more: `--json` lists them all')
    expect(text.indexOf('| what | found |')).toBeLessThan(text.indexOf('## '))
  })

  it('lists what the parser found', async () => {
    const api = await imported(withPaths({ '/a': { get: { ...OPERATION, tags: 5 } } }))
    expect(api.report.lint.filter(({ rule }) => rule === 'struct')).toEqual([expect.objectContaining({ severity: 'error', pointer: '#/paths/~1a/get/tags' })])
    expect(api.files['gaps.md']).toContain('### struct (1, error)')
  })
})

it('what the whole description says beside its paths', async () => {
  const api = await imported(withPaths({}, { webhooks: { a: { post: OPERATION } }, jsonSchemaDialect: 'https://example.com/dialect' }))
  expect(found(api, 'unchecked')).toEqual([expect.stringContaining('1 webhooks'), expect.stringContaining('a dialect')])
})
