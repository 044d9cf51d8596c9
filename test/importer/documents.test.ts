import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { importApi } from '../../src/importer/import-api.ts'
import { ImportFault } from '../../src/importer/import-fault.ts'
import { folderOf, imported, OPERATION, withPaths } from './imported.ts'

/** `$ref`s in the body of one operation. */
const body = (schema: unknown) => withPaths({ '/a': { post: { ...OPERATION, requestBody: { content: { 'application/json': { schema } } } } } })

const bomb = `openapi: 3.1.0
info: { title: bomb, version: '1' }
x-a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
${[...'bcdefgh'].map((name, i) => `x-${name}: &${name} [${Array(10).fill(`*${'abcdefg'[i]}`).join(', ')}]`).join('\n')}
paths: {}
`

describe('what cannot be served is refused, with where it stands', () => {
  it.each<[what: string, document: unknown, pointer: string, words: RegExp]>([
    ['Swagger', { swagger: '2.0', info: { title: 'a', version: '1' }, paths: {} }, '#/swagger', /convert it first/],
    ['a version to come', { openapi: '4.0.0', info: { title: 'a', version: '1' }, paths: {} }, '#/openapi', /version "4.0.0"/],
    ['no version', { info: { title: 'a' } }, '#', /no version of OpenAPI/],
    ['no object', '[1, 2]', '#', /no version of OpenAPI/],
    ['nothing', '', '#', /no version of OpenAPI/],
    ['no YAML', 'a: [', '#', /mend what the parser says/],
    ['a key twice', '{"openapi":"3.1.0","info":{},"info":{}}', '#', /duplicated|duplicate/i],
    ['an alias that contains itself', 'openapi: 3.1.0\nx-a: &a [*a]\npaths: {}', '#', /contains itself|alias/],
    ['aliases that multiply', bomb, '#', /values, aliases written out|alias/i],
    [
      'a reference to nothing',
      body({ $ref: '#/components/schemas/None' }),
      '#/paths/~1a/post/requestBody/content/application~1json/schema/$ref',
      /leads nowhere/,
    ],
    ['a reference to a file that is not there', body({ $ref: './none.yaml#/A' }), '#/paths/~1a/post/requestBody/content/application~1json/schema/$ref', /./],
    ['a reference to the network', body({ $ref: 'https://example.com/a.json' }), '#/paths/~1a/post/requestBody/content/application~1json/schema/$ref', /./],
  ])('%s', async (_what, document, pointer, words) => {
    const error = await imported(document).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ImportFault)
    expect((error as ImportFault).faults[0]?.pointer).toBe(pointer)
    expect((error as ImportFault).message).toMatch(words)
  })

  it('all of it at once', async () => {
    const ref = (name: string) => ({ ...OPERATION, requestBody: { content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } } } })
    const error = await imported(withPaths({ '/a': { post: ref('A'), put: ref('B') } })).catch((thrown: unknown) => thrown)
    expect((error as ImportFault).faults).toHaveLength(2)
  })

  it('a file that is not there', async () => {
    await expect(importApi({ file: join(folderOf({}), 'none.yaml'), source: 'none.yaml', zone: 'api' })).rejects.toThrow(ImportFault)
  })
})

describe('a description of several files', () => {
  const root = `openapi: 3.1.1
info: { title: Trees, version: '2' }
servers: [{ url: https://api.example.com }]
security: [{ key: [] }]
paths:
  /trees/{id}:
    $ref: paths/tree.yaml
components:
  securitySchemes: { key: { type: apiKey, in: header, name: x-key } }
`
  const others = {
    'paths/tree.yaml': `parameters: [{ $ref: ../parts.yaml#/Id }]
put:
  operationId: putTree
  requestBody: { required: true, content: { application/json: { schema: { $ref: ../schemas/Tree.yaml } } } }
  responses: { '204': { description: done }, '4XX': { $ref: ../parts.yaml#/Failed } }
`,
    'parts.yaml': `Id: { name: id, in: path, required: true, schema: { type: string, maxLength: 8 } }
Failed: { description: failed, content: { application/problem+json: { schema: { type: object, properties: { title: { type: string } } } } } }
`,
    'schemas/Tree.yaml': `type: object
required: [name]
properties: { name: { type: string, maxLength: 9 }, children: { type: array, maxItems: 9, items: { $ref: Tree.yaml } } }
`,
  }

  it('is read as one, recursion and all', async () => {
    const api = await imported(root, others)
    expect(api.report.sources).toEqual(['openapi.yaml', 'paths/tree.yaml', 'parts.yaml', 'schemas/Tree.yaml'])
    const operation = api.description.operation('PUT /trees/:id')
    expect(operation).toMatchObject({ id: 'putTree', body: { required: true }, responses: { '204': {}, '4XX': {} } })
    expect(operation?.parameters?.[0]).toMatchObject({ name: 'id', in: 'path', from: { param: 'id' }, style: 'simple', explode: false })
    const { $ref: tree } = api.description.schema(operation?.body?.content['application/json']?.schema as number) as { readonly $ref: number }
    expect(api.description.schema(tree)).toMatchObject({ type: 'object', properties: { children: { items: { $ref: tree } } } })
  })

  it('gives the same bytes each time', async () => {
    const [one, two] = [await imported(root, others), await imported(root, others)]
    expect(one.files).toEqual(two.files)
    expect(one.zoneFile).toBe(two.zoneFile)
  })
})
