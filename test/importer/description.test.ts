import { describe, expect, it } from 'vitest'
import type { Parameter } from '../../src/openapi/description.ts'
import { found, imported, OPERATION, withPaths } from './imported.ts'

const TEXT = { type: 'string', maxLength: 9 } as const

/** The operation of one path, with what is given in it. */
const operation = async (given: Readonly<Record<string, unknown>>, more?: Readonly<Record<string, unknown>>) => {
  const api = await imported(
    withPaths({ '/a/{id}': { parameters: [{ name: 'id', in: 'path', required: true, schema: TEXT }], post: { ...OPERATION, ...given } } }, more),
  )
  return { api, read: api.description.operation('POST /a/:id') }
}

describe('parameters, with the defaults written out', () => {
  it.each<[what: string, given: Readonly<Record<string, unknown>>, read: Partial<Parameter>]>([
    ['query', { in: 'query' }, { in: 'query', style: 'form', explode: true }],
    ['query, not exploded', { in: 'query', explode: false }, { style: 'form', explode: false }],
    ['query, deepObject', { in: 'query', style: 'deepObject', explode: true }, { style: 'deepObject', explode: true }],
    ['query, pipeDelimited', { in: 'query', style: 'pipeDelimited' }, { style: 'pipeDelimited', explode: false }],
    ['query, empty', { in: 'query', allowEmptyValue: true, required: true }, { allowEmptyValue: true, required: true }],
    ['header', { in: 'header' }, { in: 'header', style: 'simple', explode: false }],
    ['cookie', { in: 'cookie' }, { in: 'cookie', style: 'form', explode: true }],
    ['cookie of 3.2', { in: 'cookie', style: 'cookie' }, { style: 'cookie', explode: true }],
  ])('%s', async (_what, given, read) => {
    const { api, read: operationRead } = await operation({ parameters: [{ name: 'x', schema: TEXT, ...given }] })
    expect(operationRead?.parameters?.[1]).toMatchObject({ name: 'x', ...read })
    expect(api.description.schema(operationRead?.parameters?.[1]?.schema as number)).toMatchObject(TEXT)
  })

  it('of the operation replace those of its path, by place and name', async () => {
    const { read } = await operation({
      parameters: [
        { name: 'id', in: 'path', required: true, style: 'label', schema: TEXT },
        { name: 'id', in: 'query', schema: TEXT },
      ],
    })
    expect(read?.parameters?.map(({ in: place, style }) => [place, style])).toEqual([
      ['path', 'label'],
      ['query', 'form'],
    ])
  })

  it('that are documents say their media type', async () => {
    const { read } = await operation({ parameters: [{ name: 'x', in: 'query', content: { 'application/JSON': { schema: TEXT } } }] })
    expect(read?.parameters?.[1]?.content).toEqual({ mediaType: 'application/json', schema: expect.any(Number) })
  })

  it.each<[what: string, parameter: Readonly<Record<string, unknown>>, words: RegExp]>([
    ['a header that the specification ignores', { name: 'Authorization', in: 'header', schema: TEXT }, /specification ignores/],
    ['one that stands in no segment', { name: 'other', in: 'path', required: true, schema: TEXT }, /in no segment/],
    ['one of no known place', { name: 'x', in: 'body', schema: TEXT }, /no known place/],
    ['a style of another place', { name: 'x', in: 'header', style: 'deepObject', schema: TEXT }, /read as simple/],
    ['one without a schema', { name: 'x', in: 'query' }, /any text passes/],
    ['a format that nobody checks', { name: 'x', in: 'query', schema: { ...TEXT, format: 'isbn' } }, /format "isbn"/],
  ])('%s is told', async (_what, parameter, words) => {
    const { api } = await operation({ parameters: [parameter] })
    expect(found(api, 'unchecked')).toEqual([expect.stringMatching(words)])
  })

  it('a segment that nobody describes takes any text, and that is told', async () => {
    const api = await imported(withPaths({ '/b/{x}': { get: OPERATION } }))
    expect(api.description.operation('GET /b/:x')?.parameters).toEqual([
      { name: 'x', in: 'path', from: { param: 'x' }, required: true, style: 'simple', explode: false },
    ])
    expect(found(api, 'unchecked')).toEqual(["the path's {x} is no parameter: any text passes"])
  })

  it('the whole query of 3.2', async () => {
    const content = { 'application/x-www-form-urlencoded': { schema: { type: 'object', properties: { q: TEXT } } } }
    const { read } = await operation({ parameters: [{ name: 'all', in: 'querystring', required: true, content }] })
    expect(read?.querystring).toEqual({ mediaType: 'application/x-www-form-urlencoded', required: true, schema: expect.any(Number) })
  })
})

describe('bodies', () => {
  it('by media range, lower case, without parameters', async () => {
    const { api, read } = await operation({
      requestBody: { required: true, content: { 'Application/JSON; charset=utf-8': { schema: TEXT }, 'image/*': {}, '*/*': {} } },
    })
    expect(read?.body).toEqual({ required: true, content: { 'application/json': { schema: expect.any(Number) }, 'image/*': {}, '*/*': {} } })
    expect(found(api, 'any-body')).toEqual(['a request'])
    expect(found(api, 'unchecked')).toEqual(['parameters of a media type: they are not compared'])
  })

  it('items of a sequence (3.2)', async () => {
    const { read } = await operation({ requestBody: { content: { 'application/jsonl': { itemSchema: TEXT } } } })
    expect(read?.body?.content).toEqual({ 'application/jsonl': { itemSchema: expect.any(Number) } })
  })

  it('forms say how their properties are written', async () => {
    const schema = { type: 'object', properties: { a: { type: 'object', properties: {} }, b: TEXT } }
    const { read } = await operation({
      requestBody: {
        content: {
          'application/x-www-form-urlencoded': {
            schema,
            encoding: { a: { style: 'deepObject', explode: true }, b: {}, c: { contentType: 'application/json' } },
          },
          'multipart/form-data': {
            schema,
            encoding: {
              a: { contentType: 'application/json, Image/*', headers: { 'X-Part': { required: true, schema: TEXT }, 'Content-Type': { schema: TEXT } } },
              b: { explode: false },
            },
          },
          'application/json': { schema, encoding: { a: { style: 'form' } } },
        },
      },
    })
    expect(read?.body?.content['application/x-www-form-urlencoded']?.encoding).toEqual({
      a: { style: 'deepObject', explode: true },
      b: { style: 'form', explode: true },
      c: { contentType: ['application/json'] },
    })
    expect(read?.body?.content['multipart/form-data']?.encoding).toEqual({
      a: { contentType: ['application/json', 'image/*'], headers: { 'x-part': { required: true, schema: expect.any(Number) } } },
      b: { style: 'form', explode: false },
    })
    expect(read?.body?.content['application/json']).toEqual({ schema: expect.any(Number) })
  })

  it('XML keeps how it is written, JSON does not', async () => {
    const schema = { type: 'object', xml: { name: 'pet' }, properties: { id: { ...TEXT, xml: { attribute: true } } } }
    const { api, read } = await operation({ requestBody: { content: { 'application/xml': { schema }, 'application/json': { schema } } } })
    expect(api.description.schema(read?.body?.content['application/xml']?.schema as number)).toMatchObject({ xml: { name: 'pet' } })
    expect(api.description.schema(read?.body?.content['application/json']?.schema as number)).not.toHaveProperty('xml')
  })

  it('what is only read is refused in requests, what is only written in answers', async () => {
    const schema = { type: 'object', properties: { id: { ...TEXT, readOnly: true }, secret: { ...TEXT, writeOnly: true } } }
    const content = { 'application/json': { schema } }
    const { api, read } = await operation({ requestBody: { content }, responses: { 200: { description: 'done', content } } })
    const [asked, answered] = [read?.body?.content['application/json']?.schema, read?.responses['200']?.content?.['application/json']?.schema]
    expect(api.description.schema(asked as number)).toMatchObject({ properties: { id: false, secret: TEXT }, closed: true })
    expect(api.description.schema(answered as number)).toMatchObject({ properties: { id: TEXT, secret: false }, closed: true })
  })
})

describe('answers', () => {
  it('by status, with headers and without what says nothing', async () => {
    const { api, read } = await operation(
      {
        responses: {
          201: {
            description: 'made',
            headers: {
              Location: { required: true, schema: TEXT },
              'Content-Type': { schema: TEXT },
              'X-List': { explode: true, schema: { type: 'array', items: TEXT } },
            },
            content: {},
          },
          '4xx': { $ref: '#/components/responses/Bad' },
          'x-note': 'nothing',
          600: { description: 'none' },
        },
      },
      { components: { responses: { Bad: { description: 'bad' } } } },
    )
    expect(read?.responses).toEqual({
      '201': { headers: { location: { required: true, schema: expect.any(Number) }, 'x-list': { explode: true, schema: expect.any(Number) } } },
      '4XX': {},
    })
    expect(found(api, 'errors')).toEqual([])
    expect(found(api, 'unchecked')).toEqual(['"600", which is no status'])
  })

  it.each<[what: string, responses: unknown, words: readonly string[]]>([
    ['default', { default: { description: 'a' } }, []],
    ['4XX', { 200: { description: 'a' }, 404: { description: 'a' } }, []],
    ['only 5XX', { 200: { description: 'a' }, 500: { description: 'a' } }, ['no 4XX and no default']],
    ['none', { 200: { description: 'a' } }, ['no error at all']],
  ])('errors that are not described are told: %s', async (_what, responses, words) => {
    const { api } = await operation({ responses })
    expect(found(api, 'errors')).toEqual(words)
  })
})

it('3.0: nullable and exclusive bounds mean what they meant then', async () => {
  const schema = { type: 'object', properties: { a: { ...TEXT, nullable: true }, b: { type: 'integer', minimum: 0, exclusiveMinimum: true, maximum: 9 } } }
  const { api, read } = await operation({ requestBody: { content: { 'application/json': { schema } } } }, { openapi: '3.0.3' })
  expect(api.description.schema(read?.body?.content['application/json']?.schema as number)).toMatchObject({
    properties: { a: { type: ['string', 'null'] }, b: { exclusiveMinimum: 0, maximum: 9 } },
  })
})

it('names that reach into prototypes are names', async () => {
  const api = await imported(
    '{"openapi":"3.1.0","info":{"title":"a","version":"1"},"servers":[{"url":"https://a.example.com"}],"security":[{"__proto__":[]}],"paths":{"/a":{"post":{"requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{"type":"string"}}}}}},"responses":{"__proto__":{"description":"a"},"default":{"description":"a"}}}}}}',
  )
  expect(api.files['routes.ts']).toContain('by.__proto__')
  expect(Object.getPrototypeOf(api.description.operation('POST /a')?.responses)).toBe(Object.prototype)
})
