import { describe, expect, expectTypeOf, it } from 'vitest'
import { jsonSchema } from './json-schema.ts'
import { SchemaFault } from './schema-fault.ts'

const order = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'integer' }, tags: { type: 'array', items: { type: 'string', maxLength: 3 } }, 'a/b c': { type: 'null' } },
} as const

describe('as Standard Schema', () => {
  const standard = jsonSchema(order)['~standard']

  it('says who it is', () => expect([standard.version, standard.vendor]).toEqual([1, 'portcullis']))

  it.each<[string, unknown, unknown]>([
    ['a value', { id: 1, tags: ['a'] }, { value: { id: 1, tags: ['a'] } }],
    ['nothing', undefined, { issues: [{ path: [] }] }],
    ['wrong inside', { id: 1, tags: ['a', 'abcd'] }, { issues: [{ path: ['tags', '1'] }] }],
    ['a name with signs', { id: 1, 'a/b c': 1 }, { issues: [{ path: ['a/b c'] }] }],
    ['not listed', { id: 1, more: 1 }, { issues: [{ path: ['more'] }] }],
    ['missing', {}, { issues: [{ path: ['id'] }] }],
  ])('%s', (_what, value, result) => expect(standard.validate(value)).toMatchObject(result as object))

  it('gives back the very value', () => {
    const value = { id: 1 }
    expect(standard.validate(value)).toHaveProperty('value', value)
  })

  it('never repeats a value', () => {
    for (const value of [{ id: 'SECRET' }, { id: 1, tags: ['SECRET'] }, 'SECRET']) expect(JSON.stringify(standard.validate(value))).not.toContain('SECRET')
  })
})

describe('options', () => {
  const accepts = (schema: unknown, options: Parameters<typeof jsonSchema>[1], value: unknown) =>
    !('issues' in jsonSchema(schema, options)['~standard'].validate(value))

  it.each<[string, unknown, Parameters<typeof jsonSchema>[1], unknown, boolean]>([
    ['closed by default', order, {}, { id: 1, more: 1 }, false],
    ['open', order, { closed: false }, { id: 1, more: 1 }, true],
    ['open where the author says so', { ...order, additionalProperties: true }, {}, { id: 1, more: 1 }, true],
    ['2020-12 by default', { prefixItems: [{ type: 'null' }] }, {}, [1], false],
    ['draft-07', { prefixItems: [{ type: 'null' }] }, { dialect: 'draft-07' }, [1], true],
    ['what $schema says', { $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'null' }] }, {}, [1], false],
    ['other documents', { $ref: 'https://a.example/x#/$defs/n' }, { documents: { 'https://a.example/x': { $defs: { n: { type: 'null' } } } } }, 1, false],
  ])('%s', (_what, schema, options, value, taken) => expect(accepts(schema, options, value)).toBe(taken))
})

describe('a schema that is none', () => {
  const schema = jsonSchema({ type: 'text' })

  it('throws nothing until it is used', () => {
    expect(schema.fault).toMatchObject({ pointer: '#/type', found: '"text"' })
    expect(() => schema['~standard'].validate(1)).toThrow(SchemaFault)
    expect(() => schema.compiled()).toThrow(SchemaFault)
  })
})

describe('types', () => {
  it('are the listed names', () => {
    expectTypeOf(jsonSchema({ properties: { id: true, name: true } })['~standard'].types).toEqualTypeOf<
      { readonly input: { readonly id?: unknown; readonly name?: unknown }; readonly output: { readonly id?: unknown; readonly name?: unknown } } | undefined
    >()
  })

  it('change the hash of a configuration with the schema and its options', () => {
    const texts = [jsonSchema(true), jsonSchema(false), jsonSchema(true, { closed: false })].map((schema) => JSON.stringify(schema))
    expect(new Set(texts).size).toBe(3)
  })
})
