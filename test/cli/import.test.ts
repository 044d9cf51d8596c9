import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { portcullis, portcullisJson } from './portcullis.ts'

const OPERATION = { responses: { 204: { description: 'done' }, default: { description: 'failed' } } }
const PETS = {
  openapi: '3.1.0',
  info: { title: 'Pets', version: '1' },
  servers: [{ url: 'https://pets.example.com/v1' }],
  security: [{ key: [] }],
  components: {
    securitySchemes: { key: { type: 'oauth2', flows: {} } },
    schemas: { Pet: { type: 'object', properties: { name: { $ref: '#/components/schemas/Name' } } }, Name: { type: 'string', maxLength: 9 } },
  },
  paths: {
    '/pets': { get: OPERATION, post: { ...OPERATION, requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Pet' } } } } } },
    '/pets/{id}': { delete: { ...OPERATION, parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string', maxLength: 9 } }] } },
  },
}

/** A project with a description. */
function project(document: unknown = PETS): { readonly cwd: string; write(document: unknown): void; read(name: string): string } {
  const cwd = mkdtempSync(join(tmpdir(), 'portcullis-import-'))
  const write = (given: unknown) => writeFileSync(join(cwd, 'pets.json'), JSON.stringify(given))
  write(document)
  return { cwd, write, read: (name) => readFileSync(join(cwd, 'openapi/pets', name), 'utf8') }
}

const IMPORT = ['import', 'pets.json', '--zone', 'pets']

describe('portcullis import', () => {
  it('writes the files of a zone, and says what to do next', async () => {
    const { cwd, read } = project()
    const { code, out, error } = await portcullis(IMPORT, { cwd })
    expect([code, error]).toEqual([0, ''])
    expect(out).toContain('Pets 1 (OpenAPI 3.1.0): 3 operations served, 0 not')
    expect(out).toContain('Written in openapi/pets: description.ts, routes.ts, gaps.md, zone.ts')
    expect(out).toContain('Next: read openapi/pets/gaps.md, decide in openapi/pets/zone.ts')
    expect(readdirSync(join(cwd, 'openapi/pets')).toSorted()).toEqual(['description.ts', 'gaps.md', 'routes.ts', 'zone.ts'])
    expect(read('zone.ts')).toContain("hosts: ['pets.example.com'],")
    expect(read('routes.ts')).toContain("'DELETE /v1/pets/:id': {\n      authenticate: by.key,\n    },")
  })

  it('again: nothing is written, and what a person wrote stays', async () => {
    const { cwd, read } = project()
    await portcullis(IMPORT, { cwd })
    const mine = `${read('zone.ts')}// mine\n`
    writeFileSync(join(cwd, 'openapi/pets/zone.ts'), mine)
    const before = statSync(join(cwd, 'openapi/pets/routes.ts')).mtimeMs
    expect((await portcullis([...IMPORT, '--check'], { cwd })).code).toBe(0)
    const { code, out } = await portcullis(IMPORT, { cwd })
    expect([code, out.includes('Nothing to change in openapi/pets.')]).toEqual([0, true])
    expect(statSync(join(cwd, 'openapi/pets/routes.ts')).mtimeMs).toBe(before)
    expect(read('zone.ts')).toBe(mine)
  })

  it('tells what another description changes; --check writes nothing of it', async () => {
    const { cwd, write, read } = project()
    await portcullis(IMPORT, { cwd })
    const { delete: _removed, ...paths } = { ...PETS.paths, delete: undefined }
    write({
      ...PETS,
      components: { ...PETS.components, schemas: { ...PETS.components.schemas, Name: { type: 'string', maxLength: 10 } } },
      paths: {
        '/pets': {
          get: {
            ...OPERATION,
            deprecated: true,
            security: [{ key: ['pets:read'] }],
            parameters: [{ name: 'limit', in: 'query', schema: { type: 'integer' } }],
          },
          post: paths['/pets'].post,
          put: OPERATION,
        },
      },
    })
    const before = read('routes.ts')
    const told = [
      '+ PUT /v1/pets',
      '- DELETE /v1/pets/:id',
      "~ GET /v1/pets: deprecated now; parameter query limit added; now policies: [authorize({ scopes: ['pets:read'] })]",
      '~ POST /v1/pets: body application/json changed',
    ]
    const check = await portcullis([...IMPORT, '--check'], { cwd })
    expect([check.code, check.out.includes('Would change in openapi/pets: description.ts, routes.ts, gaps.md')]).toEqual([1, true])
    for (const line of told) expect(check.out.split('\n')).toContain(line)
    expect(read('routes.ts')).toBe(before)
    const json = await portcullisJson<{ changes: unknown }>(IMPORT, { cwd })
    expect(json.changes).toEqual({
      added: ['PUT /v1/pets'],
      removed: ['DELETE /v1/pets/:id'],
      changed: [
        { route: 'GET /v1/pets', what: ['deprecated now', 'parameter query limit added', "now policies: [authorize({ scopes: ['pets:read'] })]"] },
        { route: 'POST /v1/pets', what: ['body application/json changed'] },
      ],
    })
    expect((await portcullis([...IMPORT, '--check'], { cwd })).code).toBe(0)
  })

  it('--check before the first import finds that there is none', async () => {
    const { cwd } = project()
    const { code, out } = await portcullis([...IMPORT, '--check'], { cwd })
    expect([code, out.includes('Would change in openapi/pets: description.ts, routes.ts, gaps.md, zone.ts')]).toEqual([1, true])
    expect(readdirSync(cwd)).toEqual(['pets.json'])
  })

  it('says so where the zone is gone, or leaves generated files out', async () => {
    const { cwd, read } = project()
    await portcullis(IMPORT, { cwd })
    writeFileSync(join(cwd, 'openapi/pets/zone.ts'), read('zone.ts').replace("'./routes.ts'", "'./mine.ts'"))
    expect((await portcullis(IMPORT, { cwd })).error).toBe(
      'note: openapi/pets/zone.ts does not import routes.ts: what is generated there has no effect through it.\n',
    )
    rmSync(join(cwd, 'openapi/pets/zone.ts'))
    const again = await portcullis(IMPORT, { cwd })
    expect(again.error).toContain('note: openapi/pets/zone.ts is not there any more')
    expect(readdirSync(join(cwd, 'openapi/pets'))).not.toContain('zone.ts')
  })

  it.each(['description.ts', 'routes.ts', 'gaps.md'])('never overwrites a %s that somebody wrote', async (name) => {
    const { cwd } = project()
    mkdirSync(join(cwd, 'openapi/pets'), { recursive: true })
    writeFileSync(join(cwd, 'openapi/pets', name), 'mine\n')
    const { code, error } = await portcullis(IMPORT, { cwd })
    expect([code, error.includes(`${name} is not of an import's making: nothing was written`)]).toEqual([2, true])
    expect(readdirSync(join(cwd, 'openapi/pets'))).toEqual([name])
  })

  it('follows no link in the place of a file', async () => {
    const { cwd } = project()
    mkdirSync(join(cwd, 'openapi/pets'), { recursive: true })
    writeFileSync(join(cwd, 'elsewhere.ts'), 'mine\n')
    symlinkSync(join(cwd, 'elsewhere.ts'), join(cwd, 'openapi/pets/routes.ts'))
    expect((await portcullis(IMPORT, { cwd })).code).toBe(2)
    expect(readFileSync(join(cwd, 'elsewhere.ts'), 'utf8')).toBe('mine\n')
  })

  it.each<[what: string, args: readonly string[], document: unknown, words: string]>([
    ['a zone’s name that leads elsewhere', ['import', 'pets.json', '--zone', '../x'], PETS, '--zone wants'],
    ['no file', ['import'], PETS, 'FILE is missing'],
    ['a file that is not there', ['import', 'none.json'], PETS, 'Nothing was written.'],
    ['Swagger', IMPORT, { swagger: '2.0' }, '#/swagger\n    found: Swagger 2.0'],
  ])('is asked wrongly: %s', async (_what, args, document, words) => {
    const { cwd } = project(document)
    const { code, error } = await portcullis(args, { cwd })
    expect([code, error.includes(words)]).toEqual([2, true])
    expect(readdirSync(cwd)).toEqual(['pets.json'])
  })

  it('shows no terminal anything that it obeys', async () => {
    const { cwd } = project({ ...PETS, info: { title: 'Pets\u001b[2J\u202e', version: '1' } })
    const { out, error } = await portcullis(IMPORT, { cwd })
    for (const obeyed of ['\u001b', '\u202e']) expect(out + error).not.toContain(obeyed)
  })
})
