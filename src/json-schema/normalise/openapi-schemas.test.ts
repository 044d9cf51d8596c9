import { describe, expect, it } from 'vitest'
import { SchemaFault } from '../schema-fault.ts'
import type { SchemaNode } from '../schema-node.ts'
import { Schemas } from '../schemas.ts'
import { type Dialect, SchemaPool, type SchemaUse } from './schema-pool.ts'

interface Components {
  readonly [name: string]: unknown
}

function poolOf(schemas: Components, more: object = {}): SchemaPool {
  return new SchemaPool({ documents: { 'urn:openapi': { openapi: '3.1.0', ...more, components: { schemas } } } })
}

/** @returns the node of the component `It`, then the others. */
function normalised(schemas: Components, use: SchemaUse): readonly SchemaNode[] {
  const pool = poolOf(schemas)
  const id = pool.addAt('urn:openapi#/components/schemas/It', use)
  return [pool.nodes[id] as SchemaNode, ...pool.nodes.filter((_, i) => i !== id)]
}

/** @returns whether the component `It` takes each value. */
function takes(schemas: Components, use: Partial<SchemaUse>, values: readonly unknown[]): readonly boolean[] {
  const pool = poolOf(schemas)
  const id = pool.addAt('urn:openapi#/components/schemas/It', { dialect: 'openapi-3.1', ...use })
  const validator = new Schemas((id) => pool.nodes[id] as SchemaNode).validator(id)
  return values.map((value) => validator.test(value))
}

describe('OpenAPI 3.0', () => {
  it.each<[string, unknown, readonly unknown[]]>([
    ['nullable', { type: 'string', nullable: true }, [{ type: ['string', 'null'] }]],
    ['nullable with a list of values: null only if listed', { type: 'string', nullable: true, enum: ['a'] }, [{ type: ['string', 'null'], enum: ['a'] }]],
    ['nullable without type says nothing', { nullable: true, maxLength: 1 }, [{ maxLength: 1 }]],
    ['not nullable', { type: 'string', nullable: false }, [{ type: 'string' }]],
    ['bounds that booleans make exclusive', { minimum: 1, exclusiveMinimum: true, maximum: 9, exclusiveMaximum: false }, [{ maximum: 9, exclusiveMinimum: 1 }]],
    ['exclusive bounds of later versions', { minimum: 1, exclusiveMaximum: 9 }, [{ exclusiveMaximum: 9, minimum: 1 }]],
    ['an exclusive without bound', { exclusiveMinimum: true }, [true]],
    ['$ref stands alone', { $ref: '#/components/schemas/Other', nullable: true, type: 'object' }, [{ type: 'string' }]],
    [
      'what says nothing about values',
      { type: 'string', example: 1, externalDocs: {}, deprecated: true, default: 'x', title: 1, 'x-own': {} },
      [{ type: 'string' }],
    ],
    ['keywords of later versions', { const: 1, if: false, patternProperties: { a: false }, prefixItems: [false], $id: 7 }, [true]],
    ['what is about XML', { type: 'string', xml: { name: 'x' } }, [{ type: 'string' }]],
  ])('%s', (_what, It, nodes) => {
    expect(normalised({ It, Other: { type: 'string' } }, { dialect: 'openapi-3.0' })).toEqual(nodes)
  })
})

describe('XML', () => {
  it.each<[string, Dialect, unknown, unknown]>([
    ['names', 'openapi-3.0', { xml: { name: 'a', prefix: 'p', namespace: 'urn:x' } }, { xml: { name: 'a', prefix: 'p', namespace: 'urn:x' } }],
    ['an attribute', 'openapi-3.0', { type: 'string', xml: { attribute: true } }, { type: 'string', xml: { nodeType: 'attribute' } }],
    ['a wrapped list', 'openapi-3.1', { type: 'array', xml: { wrapped: true } }, { type: 'array', xml: { wrapped: true } }],
    [
      'a list that is an element',
      'openapi-3.1',
      { type: 'array', xml: { nodeType: 'element', name: 'l' } },
      { type: 'array', xml: { name: 'l', wrapped: true } },
    ],
    ['wrapped without list', 'openapi-3.1', { type: 'string', xml: { wrapped: true } }, { type: 'string' }],
    ['text', 'openapi-3.1', { type: 'string', xml: { nodeType: 'text' } }, { type: 'string', xml: { nodeType: 'text' } }],
  ])('%s', (_what, dialect, It, node) => {
    expect(normalised({ It }, { dialect, xml: true })).toEqual([node])
  })
})

describe('the document says the dialect', () => {
  it.each<[string, object, unknown]>([
    ['no word', {}, { discriminator: { property: 'kind', mapping: { A: 0 } }, oneOf: [{ $ref: 0 }] }],
    [
      'OpenAPI',
      { jsonSchemaDialect: 'https://spec.openapis.org/oas/3.1/dialect/base' },
      { discriminator: { property: 'kind', mapping: { A: 0 } }, oneOf: [{ $ref: 0 }] },
    ],
    ['2020-12', { jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema' }, { oneOf: [{ $ref: 0 }] }],
    ['draft-07', { jsonSchemaDialect: 'http://json-schema.org/draft-07/schema#' }, { oneOf: [{ $ref: 0 }] }],
  ])('%s', (_what, more, node) => {
    const pool = poolOf({ It: { oneOf: [{ $ref: '#/components/schemas/A' }], discriminator: { propertyName: 'kind' } }, A: { type: 'object' } }, more)
    const id = pool.addAt('urn:openapi#/components/schemas/It', { dialect: 'openapi-3.1' })
    expect(pool.nodes[id]).toEqual(node)
  })
})

describe('direction', () => {
  const User = {
    type: 'object',
    required: ['id', 'name', 'password'],
    properties: { id: { $ref: '#/components/schemas/Id' }, name: { type: 'string' }, password: { type: 'string', writeOnly: true } },
    dependentRequired: { name: ['id'] },
  }
  const Id = { type: 'integer', readOnly: true }

  it('a request', () => {
    const [node] = normalised({ It: User, Id }, { dialect: 'openapi-3.1', direction: 'request' })
    expect(node).toEqual({
      type: 'object',
      required: ['name', 'password'],
      properties: { id: false, name: { type: 'string' }, password: { type: 'string' } },
      readOnly: ['id'],
      dependentRequired: { name: [] },
    })
  })

  it('a response', () => {
    expect(takes({ It: User, Id }, { direction: 'response' }, [{ id: 1, name: 'a' }, { id: 1, name: 'a', password: 'x' }, { name: 'a' }])).toEqual([
      true,
      false,
      false,
    ])
  })

  it.each<[string, Components, readonly unknown[], readonly boolean[]]>([
    [
      'required stands elsewhere',
      { It: { allOf: [{ $ref: '#/components/schemas/User' }, { required: ['id'] }] } },
      [
        { name: 'a', password: 'b' },
        { id: 1, name: 'a', password: 'b' },
      ],
      [true, false],
    ],
    [
      'inside of a list',
      { It: { type: 'array', items: { $ref: '#/components/schemas/User' } } },
      [[{ name: 'a', password: 'b' }], [{ id: 1, name: 'a', password: 'b' }]],
      [true, false],
    ],
    [
      'where only the property says it',
      { It: { properties: { a: { $ref: '#/components/schemas/Free', readOnly: true } }, required: ['a'] } },
      [{}, { a: 1 }],
      [true, false],
    ],
    [
      'where all alternatives say it',
      {
        It: {
          properties: { a: { oneOf: [{ $ref: '#/components/schemas/Id' }, { type: 'null', readOnly: true }] }, b: { anyOf: [{ readOnly: true }, {}] } },
          required: ['a'],
        },
      },
      [{ b: 1 }, { a: 1 }, { a: null }],
      [true, false, false],
    ],
    [
      'where patterns list it, or nothing does',
      { It: { patternProperties: { '^x': { $ref: '#/components/schemas/Id' } }, additionalProperties: { allOf: [{ $ref: '#/components/schemas/Id' }] } } },
      [{}, { x: 1 }, { a: 1 }],
      [true, false, false],
    ],
    [
      'what must not hold stays as it is',
      { It: { not: { $ref: '#/components/schemas/User' } } },
      [
        { name: 'a', password: 'b' },
        { id: 1, name: 'a', password: 'b' },
      ],
      [true, false],
    ],
  ])('%s', (_what, schemas, values, taken) => {
    expect(takes({ User, Id, Free: {}, ...schemas }, { direction: 'request' }, values)).toEqual(taken)
  })

  it('gives schemas that do not differ one number', () => {
    const pool = poolOf({
      It: User,
      Id,
      List: { items: { $ref: '#/components/schemas/Plain' } },
      Plain: { properties: { next: { $ref: '#/components/schemas/Plain' } } },
    })
    const add = (name: string, direction: 'request' | 'response') =>
      pool.addAt(`urn:openapi#/components/schemas/${name}`, { dialect: 'openapi-3.1', direction, closed: true })
    expect(add('List', 'request')).toBe(add('List', 'response'))
    expect(add('It', 'request')).not.toBe(add('It', 'response'))
  })
})

describe('closed', () => {
  const A = { type: 'object', properties: { a: { type: 'integer' } } }
  const a = { $ref: '#/components/schemas/A' }

  it.each<[string, unknown, unknown, readonly unknown[], readonly boolean[]]>([
    ['an object', A, { ...A, closed: true }, [{ a: 1 }, { a: 1, b: 1 }], [true, false]],
    ['a reference', { items: a }, { items: { $ref: 0, closed: true } }, [[{ a: 1 }], [{ b: 1 }]], [true, false]],
    [
      'values inside of values',
      { properties: { x: A } },
      { properties: { x: { ...A, closed: true } }, closed: true },
      [{ x: { a: 1 } }, { x: { b: 1 } }],
      [true, false],
    ],
    ['explicitly open', { ...A, additionalProperties: true }, { ...A, additionalProperties: true }, [{ b: 1 }], [true]],
    [
      'names by pattern alone',
      { patternProperties: { '^x-': { type: 'string' } } },
      { patternProperties: { '^x-': { type: 'string' } }, closed: true },
      [{ 'x-a': 'b' }, { role: 1 }],
      [true, false],
    ],
    [
      'items that two parts describe',
      { allOf: [{ items: A }, { items: { properties: { b: true } } }] },
      { allOf: [{ items: A }, { items: { properties: { b: true } } }], items: { allOf: [A, { properties: { b: true } }], closed: true } },
      [[{ a: 1, b: 1 }], [{ a: 1, role: 1 }]],
      [true, false],
    ],
    [
      'single items beside them',
      { allOf: [{ prefixItems: [{ properties: { c: true } }], items: A }, { items: { properties: { c: true, b: true } } }] },
      undefined,
      [[{ c: 1 }, { a: 1, b: 1 }]],
      [true],
    ],
    ['a map', { additionalProperties: A }, { additionalProperties: { ...A, closed: true } }, [{ x: { a: 1 } }, { x: { b: 1 } }], [true, false]],
    ['an object without word', { type: 'object' }, { type: 'object' }, [{ b: 1 }], [true]],
    ['a map among alternatives', { anyOf: [A, { type: 'object', required: ['z'] }] }, { anyOf: [A, { type: 'object', required: ['z'] }] }, [{ z: 1 }], [true]],
    ['alternatives that only require', { ...A, anyOf: [{ required: ['a'] }, { required: ['b'] }] }, undefined, [{ a: 1 }, { b: 1 }], [true, false]],
    [
      'parts',
      { allOf: [a, { properties: { b: true } }] },
      { allOf: [{ $ref: 0 }, { properties: { b: true } }], closed: true },
      [{ a: 1, b: 1 }, { c: 1 }],
      [true, false],
    ],
    ['an open part', { allOf: [{ ...A, additionalProperties: true }, { properties: { b: true } }] }, undefined, [{ c: 1 }], [true]],
    ['alternatives', { anyOf: [A, { properties: { b: true }, required: ['b'] }] }, undefined, [{ a: 1 }, { b: 1 }, { c: 1 }], [true, true, false]],
    [
      'one open alternative',
      {
        anyOf: [
          { ...A, required: ['a'] },
          { properties: { b: true }, required: ['b'], additionalProperties: true },
        ],
      },
      undefined,
      [
        { a: 1, c: 1 },
        { b: 1, c: 1 },
      ],
      [false, true],
    ],
    ['what must not hold', { ...A, not: { properties: { a: { properties: { x: true } } } } }, undefined, [{ a: 1 }], [false]],
    [
      'a condition',
      JSON.parse('{"properties":{"a":true},"if":{"required":["a"]},"then":{"properties":{"t":true}}}'),
      undefined,
      [{ a: 1, t: 1 }, { t: 1 }],
      [true, false],
    ],
    [
      'a value that two parts describe',
      { allOf: [{ properties: { x: A } }, { properties: { x: { properties: { b: true } } } }] },
      undefined,
      [{ x: { a: 1, b: 1 } }, { y: 1 }, { x: { c: 1 } }, { x: { a: 'x' } }],
      [true, false, false, false],
    ],
    [
      'a value that two parts describe, inside of another',
      { allOf: [{ properties: { x: { properties: { y: A } } } }, { properties: { x: { properties: { y: { properties: { b: true } } } } } }] },
      undefined,
      [{ x: { y: { a: 1, b: 1 } } }, { x: { y: { c: 1 } } }, { x: { z: 1 } }],
      [true, false, false],
    ],
    [
      'a value of which one part says only that it is an object',
      { allOf: [{ properties: { x: { type: 'object' } } }, { properties: { x: A } }] },
      undefined,
      [{ x: { a: 1 } }, { x: { c: 1 } }, { x: 1 }],
      [true, false, false],
    ],
    [
      'a value that parts describe without end',
      {
        allOf: [{ $ref: '#/components/schemas/It/$defs/l' }, { $ref: '#/components/schemas/It/$defs/r' }],
        $defs: {
          l: { properties: { n: { $ref: '#/components/schemas/It/$defs/l' }, a: true } },
          r: { properties: { n: { $ref: '#/components/schemas/It/$defs/r' }, b: true } },
        },
      },
      undefined,
      [{ n: { n: { n: { n: { n: { a: 1, b: 1 } } } } } }, { n: { n: { c: 1 } } }],
      [true, false],
    ],
    [
      'a value that an alternative describes, too',
      { properties: { x: A }, anyOf: [{ properties: { x: { properties: { b: true } } } }] },
      undefined,
      [{ x: { a: 1, b: 1 } }, { x: { c: 1 } }, { x: { a: 'x' } }],
      [true, false, false],
    ],
    [
      'a value that an alternative describes, too, and what is inside of it',
      {
        properties: { x: { properties: { y: A, one: { properties: { o: true } } } } },
        oneOf: [
          { required: ['p'], properties: { p: true, x: { properties: { y: { properties: { b: true } }, two: { items: A } } } } },
          { required: ['q'], properties: { q: true } },
        ],
      },
      undefined,
      [
        { p: 1, x: { y: { a: 1, b: 1 }, one: { o: 1 }, two: [{ a: 1 }] } },
        { p: 1, x: { y: { c: 1 } } },
        { p: 1, x: { one: { c: 1 } } },
        { p: 1, x: { two: [{ c: 1 }] } },
        { q: 1, x: { one: { o: 1 } } },
        { q: 1, x: { c: 1 } },
      ],
      [true, false, false, false, true, false],
    ],
    [
      'items that an alternative describes, too',
      { items: A, anyOf: [{ items: { properties: { b: true } } }, { maxItems: 1 }] },
      undefined,
      [[{ a: 1, b: 1 }], [{ a: 1, c: 1 }]],
      [true, false],
    ],
    [
      'a value that an alternative describes, too, of which one part says what others are',
      { properties: { x: { ...A, additionalProperties: true } }, anyOf: [{ properties: { x: { properties: { b: A } } } }] },
      undefined,
      [{ x: { c: 1 } }, { x: { b: { a: 1 } } }, { x: { b: { c: 1 } } }],
      [true, true, false],
    ],
    [
      'a value that alternatives of two kinds describe: none lists it for the others',
      {
        properties: { p: true },
        allOf: [{ anyOf: [{ properties: { x: A } }, { required: ['p'] }] }, { anyOf: [{ properties: { x: { properties: { b: true } } } }] }],
      },
      undefined,
      [{ x: { a: 1, b: 1 } }, { x: { c: 1 } }],
      [true, true],
    ],
    [
      'a value that two parts describe alike',
      { allOf: [{ properties: { x: a } }, { properties: { x: a } }] },
      undefined,
      [{ x: { a: 1 } }, { x: { b: 1 } }],
      [true, false],
    ],
    ['items that two parts describe', { allOf: [{ items: A }, { items: { properties: { b: true } } }] }, undefined, [[{ a: 1, b: 1 }]], [true]],
    [
      'what is required is listed by that',
      { ...A, allOf: [{ required: ['b'] }] },
      undefined,
      [
        { a: 1, b: 1 },
        { b: 1, c: 1 },
      ],
      [true, false],
    ],
    ['patterns list as well', { ...A, patternProperties: { '^x-': true } }, undefined, [{ a: 1, 'x-b': 1 }, { b: 1 }], [true, false]],
    [
      'a circle',
      { properties: { next: { $ref: '#/components/schemas/It' } } },
      undefined,
      [{ next: { next: {} } }, { next: { next: { b: 1 } } }],
      [true, false],
    ],
  ])('%s', (_what, It, node, values, taken) => {
    if (node !== undefined) expect(normalised({ It, A }, { dialect: 'openapi-3.1', closed: true })[0]).toEqual(node)
    expect(takes({ It, A }, { closed: true }, values)).toEqual(taken)
  })
})

describe('discriminator', () => {
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` })
  const Cat = { type: 'object', required: ['kind'], properties: { kind: { type: 'string' }, meow: { type: 'integer' } } }
  const Dog = { type: 'object', required: ['kind'], properties: { kind: { type: 'string' }, bark: { type: 'integer' } } }
  const anyOf = [ref('Cat'), ref('Dog')]
  const Base = { type: 'object', discriminator: { propertyName: 'kind' }, properties: { kind: { type: 'string' } }, required: ['kind'] }
  const child = (properties: object) => ({ allOf: [ref('Base'), { type: 'object', properties }] })
  const extended = {
    Base,
    Lion: child({ mane: { type: 'integer' } }),
    Lynx: child({ ears: { type: 'integer' } }),
    Cub: { allOf: [ref('Lion'), { properties: { age: { type: 'integer' } } }] },
  }

  it.each<[string, Components, Partial<SchemaUse>, readonly (readonly [unknown, boolean])[]]>([
    [
      'names of components',
      { It: { anyOf, discriminator: { propertyName: 'kind' } }, Cat, Dog },
      {},
      [
        [{ kind: 'Cat', meow: 1 }, true],
        [{ kind: 'Cat', meow: 'x' }, false],
        [{ kind: 'cat' }, false],
        [{ kind: 'toString' }, false],
        [{}, false],
      ],
    ],
    [
      'a mapping, by name and by reference, beside the names',
      { It: { anyOf, discriminator: { propertyName: 'kind', mapping: { c: 'Cat', d: '#/components/schemas/Dog' } } }, Cat, Dog },
      {},
      [
        [{ kind: 'c', meow: 1 }, true],
        [{ kind: 'd', meow: 'x' }, true],
        [{ kind: 'd', bark: 'x' }, false],
        [{ kind: 'Dog' }, true],
        [{ kind: 'e' }, false],
      ],
    ],
    [
      'it never loosens',
      { It: { oneOf: anyOf, discriminator: { propertyName: 'kind' } }, Cat, Dog },
      {},
      [
        [{ kind: 'Cat', bark: 'x' }, true],
        [{ kind: 'Cat' }, false],
      ],
    ],
    [
      'null beside it',
      { It: { anyOf: [...anyOf, { type: 'null' }], discriminator: { propertyName: 'kind' } }, Cat, Dog },
      {},
      [
        [null, true],
        [{ kind: 'Cat' }, true],
      ],
    ],
    [
      'an alternative without name: nothing is decided',
      { It: { anyOf: [...anyOf, { required: ['x'] }], discriminator: { propertyName: 'kind' } }, Cat, Dog },
      {},
      [[{ x: 1 }, true]],
    ],
    [
      'a default (3.2)',
      { It: { discriminator: { propertyName: 'kind', defaultMapping: 'Other' }, anyOf: [...anyOf, ref('Other')] }, Cat, Dog, Other: { required: ['other'] } },
      {},
      [
        [{ kind: 'Cat' }, true],
        [{ kind: 'x', other: 1 }, true],
        [{ other: 1 }, true],
        [{ kind: 'x' }, false],
      ],
    ],
    [
      'alternatives inside of alternatives',
      {
        It: { anyOf: [ref('Inner'), ref('Dog')], discriminator: { propertyName: 'kind' } },
        Inner: { anyOf: [ref('Cat')], discriminator: { propertyName: 'kind' } },
        Cat,
        Dog,
      },
      {},
      [[{ kind: 'Cat' }, true]],
    ],
    [
      'schemas that extend it',
      { It: ref('Base'), ...extended },
      { closed: true },
      [
        [{ kind: 'Lion', mane: 1 }, true],
        [{ kind: 'Lion', mane: 'x' }, false],
        [{ kind: 'Lion', ears: 1 }, false],
        [{ kind: 'Cub', mane: 1, age: 1 }, true],
        [{ kind: 'Cub', age: 'x' }, false],
        [{ kind: 'Base' }, true],
        [{ kind: 'Base', mane: 1 }, false],
        [{ kind: 'Tiger' }, false],
      ],
    ],
    [
      'a base that something else stands beside',
      { It: { allOf: [ref('Base'), { maxProperties: 1 }] }, ...extended },
      {},
      [
        [{ kind: 'Lion' }, true],
        [{ kind: 'Tiger' }, true],
      ],
    ],
    [
      'inside of a value',
      { It: { properties: { pet: { allOf: [ref('Base')] } } }, ...extended },
      {},
      [
        [{ pet: { kind: 'Lion', mane: 1 } }, true],
        [{ pet: { kind: 'Lion', mane: 'x' } }, false],
        [{ pet: { kind: 'Tiger' } }, false],
      ],
    ],
    [
      'one that extends it, by itself',
      { It: ref('Lion'), ...extended },
      { closed: true },
      [
        [{ kind: 'Lion', mane: 1 }, true],
        [{ kind: 'Lion', ears: 1 }, false],
      ],
    ],
    [
      'a base that lists those that extend it',
      { It: ref('Base'), ...extended, Base: { ...Base, oneOf: [ref('Lion'), ref('Lynx')] } },
      {},
      [
        [{ kind: 'Lion', mane: 1, ears: 'x' }, true],
        [{ kind: 'Lion', mane: 'x' }, false],
      ],
    ],
    [
      'nothing to decide between',
      { It: { discriminator: { propertyName: 'kind' }, properties: { kind: { type: 'string' } } } },
      {},
      [
        [{ kind: 'x' }, true],
        [{}, true],
      ],
    ],
  ])('%s', (_what, schemas, use, values) => {
    expect(
      takes(
        schemas,
        use,
        values.map(([value]) => value),
      ),
    ).toEqual(values.map(([, taken]) => taken))
    expect(
      takes(
        schemas,
        { ...use, dialect: 'openapi-3.0' },
        values.map(([value]) => value),
      ).length,
    ).toBe(values.length)
  })

  it.each<[string, unknown]>([
    ['/discriminator', { discriminator: 'kind' }],
    ['/discriminator/mapping', { discriminator: { propertyName: 'kind', mapping: 'x' } }],
    ['/discriminator/mapping/a', { discriminator: { propertyName: 'kind', mapping: { a: '#/components/schemas/None' } } }],
  ])('refuses %s', (pointer, It) => {
    expect(() => takes({ It }, {}, [])).toThrow(SchemaFault)
    expect(() => takes({ It }, {}, [])).toThrow(`urn:openapi#/components/schemas/It${pointer}: found`)
  })
})
