import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { importApi } from '../../src/importer/import-api.ts'
import { folderOf, found, imported, OPERATION, withPaths } from './imported.ts'

/** A description whose one operation asks for one scheme. */
const withScheme = (scheme: unknown, security: unknown = [{ key: [] }]) =>
  withPaths({ '/a': { get: { ...OPERATION, security } } }, { components: { securitySchemes: { key: scheme } } })

const withBody = (schemas: Readonly<Record<string, unknown>>) =>
  withPaths(
    { '/a': { post: { ...OPERATION, requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/S0' } } } } } } },
    { components: { schemas } },
  )

describe('nothing that a description says becomes code', () => {
  const CODE = "x'\n`;globalthis.pwned = 1 */ \u2028globalthis.pwned = 1\u2029//\r"
  it.each<[string, unknown]>([
    ['the name of a key’s header', { type: 'apiKey', in: 'header', name: CODE }],
    ['where a key stands', { type: 'apiKey', in: CODE, name: 'k' }],
    ['a scheme', { type: 'http', scheme: CODE }],
    ['the form of a token', { type: 'http', scheme: 'bearer', bearerFormat: CODE }],
    ['an address', { type: 'openIdConnect', openIdConnectUrl: CODE }],
  ])('%s', async (_name, scheme) => {
    const { zoneFile, files } = await imported(withScheme(scheme))
    for (const text of [zoneFile, files['routes.ts']]) {
      expect(text.split(/[\n\r\u2028\u2029]/).filter((line) => /^\s*(?:`;)?globalthis/.test(line))).toEqual([])
      expect(text).not.toMatch(/[\r\u2028\u2029]/)
      // What stands behind the comment of a line is a comment.
      for (const line of text.split('\n')) if (line.includes('pwned')) expect(line).toMatch(/^\s*(?:\/\/|\/\*\* (?:(?!\*\/).)* \*\/$)/)
    }
  })
})

describe('who may call: what cannot be read is closed', () => {
  it.each([[['key']], [[null]], [[[]]], [[42]], [[['key']]], [[true]], [[{}, 'key']]])('security: %j', async (security) => {
    const api = await imported(withScheme({ type: 'apiKey', in: 'header', name: 'X-Key' }, security))
    expect(api.files['routes.ts']).toContain('authenticate: by.default')
    expect(api.files['routes.ts']).not.toContain('public:')
    expect(found(api, 'access')).toContain('no scheme with its scopes: asks for the scheme default')
  })
})

it('who may call is not said beside a reference to what says otherwise', async () => {
  const open = { ...OPERATION, security: [] }
  const beside = { $ref: '#/components/x-open', security: [{ key: [] }] }
  for (const paths of [{ '/a': { get: beside } }, { '/a': { additionalOperations: { COPY: beside } } }]) {
    await expect(imported(withPaths(paths, { components: { 'x-open': open } }))).rejects.toThrow('security beside a $ref')
  }
})

describe('files of this machine that are no part of a description', () => {
  const SECRET = 'S3cr3t4711'
  const folder = folderOf({
    'secrets.yaml': `password: ${SECRET}`,
    'api/key.txt': SECRET,
    'api/.hidden.yaml': `password: ${SECRET}`,
    'api/.git/config.yaml': `password: ${SECRET}`,
    'project/openapi/common.yaml': `title: ${SECRET}`,
  })
  mkdirSync(join(folder, 'api/folder.yaml'))
  symlinkSync('../secrets.yaml', join(folder, 'api/link.yaml'))
  const importTitle = (ref: string, file = 'api/openapi.yaml', within?: string) => {
    writeFileSync(join(folder, file), JSON.stringify({ ...withPaths({ '/a': { get: OPERATION } }), info: { title: { $ref: ref }, version: '1' } }))
    return importApi({ file: join(folder, file), source: 'openapi.yaml', zone: 'api', ...(within !== undefined && { within: join(folder, within) }) })
  }

  it.each([
    ['by its whole path', `${folder}/secrets.yaml#/password`],
    ['above the folder', '../secrets.yaml#/password'],
    ['by a link', 'link.yaml#/password'],
    ['that no description is written in', 'key.txt'],
    ['that begins with a dot', '.hidden.yaml#/password'],
    ['in a folder that does', '.git/config.yaml#/password'],
    ['as a URL', `file://${folder}/secrets.yaml#/password`],
    ['a folder', 'folder.yaml'],
  ])('%s', async (_name, ref) => {
    const api = await importTitle(ref)
    expect(JSON.stringify([api.files, api.zoneFile, api.report])).not.toContain(SECRET)
  })

  it('a file of the project that the command runs in is one', async () => {
    mkdirSync(join(folder, 'project/apis'), { recursive: true })
    const api = await importTitle('../openapi/common.yaml#/title', 'project/apis/openapi.yaml', 'project')
    expect(api.report.title).toBe(SECRET)
    expect((await importTitle('../openapi/common.yaml#/title', 'project/apis/openapi.yaml')).report.title).toBe('')
  })
})

describe('references with more ways through them than anybody waits for', () => {
  const ref = (n: number) => ({ $ref: `#/components/schemas/S${n}` })
  const levels = (count: number, level: (n: number) => unknown) => ({
    ...Object.fromEntries(Array.from({ length: count }, (_, n) => [`S${n}`, level(n + 1)])),
    [`S${count}`]: { type: 'object', properties: { a: { type: 'string' } } },
  })

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ...['allOf', 'anyOf', 'oneOf'].map((key): [string, Readonly<Record<string, unknown>>] => [key, levels(60, (n) => ({ [key]: [ref(n), ref(n)] }))]),
    ['properties', levels(8, (n) => ({ type: 'object', properties: Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`p${i}`, ref(n)])) }))],
  ])('%s', { timeout: 5000 }, async (_name, schemas) => {
    expect((await imported(withBody(schemas))).report.operations).toEqual({ served: 1, unserved: 0 })
  })
})

it('a discriminator with hundreds of children that refer back to it is read in a moment', { timeout: 5000 }, async () => {
  const names = Array.from({ length: 400 }, (_, i) => `C${i}`)
  const base = { $ref: '#/components/schemas/S0' }
  const children = names.map((name) => [name, { allOf: [base, { type: 'object', properties: { [name]: { type: 'boolean' }, next: base } }] }])
  const mapping = Object.fromEntries(names.map((name) => [name.toLowerCase(), `#/components/schemas/${name}`]))
  const S0 = { type: 'object', required: ['kind'], properties: { kind: { type: 'string' }, next: base }, discriminator: { propertyName: 'kind', mapping } }
  expect((await imported(withBody({ S0, ...Object.fromEntries(children) }))).report.operations).toEqual({ served: 1, unserved: 0 })
})

it('the gateway’s own path, however it is written, is nobody’s', async () => {
  const paths = Object.fromEntries(['/_portcullis/a', '/%5fportcullis/b', '/%5FPortcullis/c'].map((path) => [path, { get: OPERATION }]))
  expect((await imported(withPaths(paths))).report.operations).toEqual({ served: 0, unserved: 3 })
})

it('the report shows what a description says, and nothing in it acts', async () => {
  const title = '![x](https://evil.test/a.png) \\![y](https://evil.test/b.png) <img src=x> `a` `b a|b'
  const { files } = await imported({ ...withPaths({ '/a': { get: OPERATION } }), info: { title, version: '1' } })
  expect(files['gaps.md'].split('\n')[1]).toBe(
    '# !\\[x\\](https://evil.test/a.png) \\\\!\\[y\\](https://evil.test/b.png) &lt;img src=x> \\`a\\` \\`b a\\|b 1: what a person must decide',
  )
})
