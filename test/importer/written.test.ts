import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quoted, unquoted } from '../../src/importer/code.ts'
import { sameSchemas } from '../../src/importer/compare-schemas.ts'
import { type ImportedApi, importApi } from '../../src/importer/import-api.ts'
import { readDescription, writeDescription } from '../../src/importer/write-description.ts'
import { packJson } from '../../src/lib/packed-json.ts'
import { imported, OPERATION, withPaths } from './imported.ts'
import { emptyProject, lintErrors, runScript, typeErrors, writeZone } from './project.ts'

const ROOT = resolve(import.meta.dirname, '../..')

const text = fc.string({ unit: 'binary' })

describe('texts within the files', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(unquoted(quoted(given))).toBe(given)
      }),
    )
  })

  it('are what JavaScript reads', async () => {
    const texts = fc.sample(text, { numRuns: 300, seed: 7 })
    const folder = emptyProject('texts')
    writeFileSync(join(folder, 'main.ts'), `process.stdout.write(JSON.stringify([${texts.map(quoted).join(', ')}]))\n`)
    expect(JSON.parse(await runScript(join(folder, 'main.ts')))).toEqual(texts)
  })

  it('hold nothing that is not shown', () => {
    const hidden = '\u2028\u2029\u202e\u0000\u007f\ufeff\u200b'
    expect(quoted(hidden)).toMatch(/^'[\x20-\x7e]*'$/)
  })

  it('a packed description is read back without being run', () => {
    const packed = packJson([JSON.stringify({ a: 'it\'s\u2028 \\ "x" </script> `' }), '[]'])
    expect(readDescription(writeDescription(packed, 'a.yaml'))).toEqual(packed)
    expect(readDescription('export const description = 1')).toBeUndefined()
  })
})

describe('what is written', () => {
  const scheme = { type: 'http', scheme: 'bearer' }
  const long = Array.from({ length: 30 }, (_, i) => `scope:${i}`)
  const tricky = withPaths(
    {
      "/it's": {
        get: { ...OPERATION, summary: 'Calls rateLimit(…), ends a comment */ or\nbegins // a line\u2028', security: [{ 'api key': long, second: [] }] },
      },
      '/files/{name}.json': {
        get: {
          ...OPERATION,
          deprecated: true,
          security: [{ first: [] }, { second: [] }, { 'a-third-scheme-with-a-name-that-is-long': [] }, { 'a-fourth-scheme-with-a-name-that-is-long': [] }],
        },
      },
      '/compare/{a}...{b}': {
        post: { ...OPERATION, security: [], 'x-portcullis-limits': [{ name: 'by-ip', by: ['ip', { header: 'x-tenant' }], limit: '10/min' }] },
      },
      '/c': {
        get: {
          ...OPERATION,
          security: [
            { first: [], second: [] },
            { first: [], 'api key': [] },
          ],
        },
        put: { ...OPERATION, security: [{ second: ['staff'] }] },
      },
    },
    {
      info: { title: "Tricky */ 'title'", version: '1' },
      components: { securitySchemes: { first: scheme, second: scheme, 'api key': { type: 'oauth2', flows: {} } } },
    },
  )
  const write = (name: string, api: ImportedApi) => {
    const folder = emptyProject(name)
    writeZone(folder, 'api', api)
    writeFileSync(
      join(folder, 'main.ts'),
      "import { defineGateway } from 'portcullis'\nimport { zone } from './api/zone.ts'\n\nconst { zones } = defineGateway({ zones: { api: zone } })\nprocess.stdout.write([...zones.keys()].join())\n",
    )
    return folder
  }

  it.each<[name: string, document: unknown]>([
    ['tricky', tricky],
    ['public', withPaths({ '/a': { get: { ...OPERATION, security: [] } } })],
    ['empty', withPaths({})],
  ])('type-checks, compiles and is as the formatter would write it: %s', async (name, document) => {
    const folder = write(name, await imported(document))
    expect(await typeErrors(folder)).toBe('')
    expect(await lintErrors(join(folder, 'api'))).toBe('')
    expect(await runScript(join(folder, 'main.ts'))).toBe('api.example.com')
  })
})

it.each([
  ['examples/from-openapi', 'library'],
  ['demo', 'orders'],
  ['test/e2e', 'members'],
])('what stands in %s is what its description gives', async (folder, zone) => {
  const source = `${zone}.yaml`
  const { files } = await importApi({ file: join(ROOT, folder, source), source, zone })
  for (const [name, given] of Object.entries(files)) expect(readFileSync(join(ROOT, folder, zone, name), 'utf8'), `run the import again: ${name}`).toBe(given)
})

describe('schemas of two imports', () => {
  const pack = (...values: readonly unknown[]) => packJson(values.map((value) => JSON.stringify(value)))

  it('are the same where they say the same, whatever their numbers', () => {
    const before = pack('head', { properties: { next: { $ref: 1 }, name: { $ref: 2 } } }, { type: 'string' })
    const after = pack('head', { type: 'boolean' }, { type: 'string' }, { properties: { next: { $ref: 3 }, name: { $ref: 2 } } })
    const classOf = sameSchemas([before, after])
    expect(classOf(0, 1)).toBe(classOf(1, 3))
    expect(classOf(0, 2)).toBe(classOf(1, 2))
    expect(classOf(0, 2)).not.toBe(classOf(1, 1))
  })

  it('are others where something differs far behind them', () => {
    const chain = (end: unknown) => pack('head', ...Array.from({ length: 9 }, (_, i) => ({ items: { $ref: i + 2 } })), end)
    const classOf = sameSchemas([chain({ type: 'string' }), chain({ type: 'boolean' })])
    expect(classOf(0, 1)).not.toBe(classOf(1, 1))
    const same = sameSchemas([chain({ type: 'string' }), chain({ type: 'string' })])
    expect(same(0, 1)).toBe(same(1, 1))
  })

  it('follow discriminators, and leave alone what only looks like a reference', () => {
    const kinds = (id: number) => ({ discriminator: { property: 'kind', mapping: { a: id } }, const: { mapping: 'x' } })
    const classOf = sameSchemas([pack('head', kinds(2), { type: 'string' }), pack('head', kinds(3), { type: 'boolean' }, { type: 'string' })])
    expect(classOf(0, 1)).toBe(classOf(1, 1))
  })
})
