import { describe, expect, it } from 'vitest'
import { SchemaLoop } from './schema-loop.ts'
import type { SchemaNode } from './schema-node.ts'
import { Schemas } from './schemas.ts'
import { json, validatorOf } from './test-validator.ts'

describe('test', () => {
  it.each<[SchemaNode, readonly string[], readonly string[]]>([
    [true, ['null', '{}'], []],
    [false, [], ['null', '{}']],
    [{ type: 'string' }, ['""'], ['1', 'null', '[]', '{}']],
    [{ type: 'integer' }, ['1', '1.0', '-0', '1e3'], ['1.5', '"1"', 'true']],
    [{ type: ['string', 'null'] }, ['"a"', 'null'], ['1', '{}']],
    [{ type: ['object', 'array'] }, ['{}', '[]'], ['null', '1']],
    [{ maxLength: 2 }, ['"ab"', '"💩💩"', '1', '"a💩"'], ['"abc"', '"💩💩💩"']],
    [{ minLength: 2 }, ['"ab"', '"💩💩"'], ['"a"', '"💩"']],
    [{ pattern: '^\\p{L}+$' }, ['"añb"', '1'], ['"a1"', '""']],
    [{ multipleOf: 0.1 }, ['0.3', '1', '-0.7', '"x"', '1e300'], ['0.35', '1e-7']],
    [{ multipleOf: 0.01 }, ['4.35', '1.15', '19.99', '8.61'], ['4.355', '0.001']],
    [{ multipleOf: 0.123456789 }, ['0.123456789', '0'], ['1e308', '1']],
    [{ multipleOf: 1e-8 }, ['12391239123', '1e-8'], ['1e-9']],
    [{ multipleOf: 7 }, ['7', '-14', '0', '9007199254740988'], ['8', '0.7', '9007199254740991']],
    [{ minimum: 1, exclusiveMaximum: 3 }, ['1', '2.9'], ['0.9', '3']],
    [{ enum: [1, 'a', { b: [1], c: null }] }, ['1.0', '"a"', '{"c":null,"b":[1]}'], ['"1"', '{"b":[1]}', '{"b":[1],"c":null,"d":1}', 'true']],
    [{ const: { a: 1 } }, ['{"a":1}'], ['{}', '{"a":1,"b":1}', '{"a":"1"}']],
    [{ const: null }, ['null'], ['0', 'false', '{}']],
    [{ const: {} }, ['{}'], ['[]', 'null']],
    [{ enum: [[0]] }, ['[0]'], ['[false]', '0', '[0,0]']],
    [{ uniqueItems: true }, ['[]', '[1,"1",true]', '[{"a":1},{"a":2}]', '[[1],[[1]]]'], ['[1,1.0]', '[{"a":1,"b":2},{"b":2,"a":1}]', '[null,null]']],
    [{ required: ['toString'] }, ['{"toString":1}', '1'], ['{}']],
    [{ required: ['__proto__'] }, ['{"__proto__":1}'], ['{}']],
    [JSON.parse('{"properties":{"__proto__":{"type":"string"}}}'), ['{"__proto__":"a"}', '{}'], ['{"__proto__":1}']],
    [{ properties: { constructor: { type: 'number' } } }, ['{}', '{"constructor":1}'], ['{"constructor":"a"}']],
    [{ properties: { a: true }, additionalProperties: false }, ['{}', '{"a":1}'], ['{"b":1}', '{"toString":1}', '{"__proto__":1}']],
    [{ properties: { a: true }, required: ['b'], additionalProperties: { type: 'null' } }, ['{"b":null}'], ['{}', '{"b":1}', '{"a":1}']],
    [{ required: ['b'], additionalProperties: false }, ['1'], ['{}', '{"b":1}']],
    [{ patternProperties: { '^x-': { type: 'string' } }, additionalProperties: false }, ['{"x-a":"b"}'], ['{"x-a":1}', '{"a":1}']],
    [{ propertyNames: { maxLength: 2 } }, ['{"ab":1}'], ['{"abc":1}']],
    [{ minProperties: 1, maxProperties: 2 }, ['{"a":1}', '{"a":1,"b":1}'], ['{}', '{"a":1,"b":1,"c":1}']],
    [{ dependentRequired: { a: ['b'] } }, ['{}', '{"b":1}', '{"a":1,"b":1}'], ['{"a":1}']],
    [{ dependentSchemas: { a: { minProperties: 2 } } }, ['{}', '{"b":1}', '{"a":1,"b":1}', '[]'], ['{"a":1}']],
    [{ prefixItems: [{ type: 'string' }], items: { type: 'number' } }, ['[]', '["a"]', '["a",1]'], ['[1]', '["a","b"]']],
    [{ prefixItems: [true], items: false }, ['[1]'], ['[1,2]']],
    [{ contains: { const: 1 } }, ['[2,1]'], ['[]', '[2]']],
    [{ contains: { const: 1 }, minContains: 0, maxContains: 1 }, ['[]', '[1]'], ['[1,1]']],
    [{ contains: { const: 1 }, minContains: 2 }, ['[1,1]'], ['[1]']],
    [{ anyOf: [{ type: 'string' }, { minimum: 2 }] }, ['"a"', '2', 'null'], ['1']],
    [{ oneOf: [{ type: 'integer' }, { minimum: 2 }] }, ['1', '2.5', 'null'], ['3', '1.5']],
    [{ not: { type: 'null' } }, ['1'], ['null']],
    [JSON.parse('{"if":{"type":"string"},"then":{"minLength":1},"else":{"type":"null"}}'), ['"a"', 'null'], ['""', '1']],
    [
      {
        oneOf: [
          { properties: { t: { const: 'a' }, v: { type: 'string' } }, required: ['t'] },
          { properties: { t: { enum: ['b', 'c'] } }, required: ['t'] },
          { required: ['x'], properties: { t: { type: 'number' } } },
        ],
      },
      ['{"t":"a","v":""}', '{"t":"b"}', '{"x":1}', '{"t":7,"x":1}', '{"t":"c","v":1}'],
      ['{"t":"a","v":1}', '{}', '{"t":"z"}', '1', 'null'],
    ],
  ])('%j', (schema, valid, invalid) => {
    const { test } = validatorOf(schema)
    for (const text of valid) expect(test(json(text)), text).toBe(true)
    for (const text of invalid) expect(test(json(text)), text).toBe(false)
  })
})

describe('schemas that refer to each other', () => {
  const tree: SchemaNode = { type: 'object', properties: { value: { type: 'integer' }, children: { type: 'array', items: { $ref: 0 } } }, closed: true }

  it('recurse as deep as the value', () => {
    const { test } = validatorOf(tree)
    expect(test(json('{"value":1,"children":[{"children":[{"value":2}]}]}'))).toBe(true)
    expect(test(json('{"value":1,"children":[{"children":[{"value":"2"}]}]}'))).toBe(false)
    expect(test(json('{"children":[{"children":[{"other":1}]}]}'))).toBe(false)
  })

  it('are read when a value first gets there, and once', () => {
    const nodes: SchemaNode[] = [{ properties: { a: { $ref: 1 }, b: { $ref: 2 } } }, { type: 'string' }, { type: 'null' }]
    const asked: number[] = []
    const { test } = new Schemas((id) => {
      asked.push(id)
      return nodes[id] as SchemaNode
    }).validator(0)
    expect(test({ a: 'x' })).toBe(true)
    expect(test({ a: 1 })).toBe(false)
    expect(asked.filter((id) => id < 2)).toEqual([0, 1])
  })

  it.each<[string, readonly SchemaNode[]]>([
    ['itself', [{ $ref: 0 }]],
    ['another that refers back', [{ $ref: 1 }, { allOf: [{ $ref: 0 }] }]],
    ['its negation', [{ not: { $ref: 0 } }]],
    ['a condition', [{ if: { $ref: 0 } }]],
    ['itself under a name', [{ dependentSchemas: { a: { anyOf: [true, { $ref: 0 }] } } }]],
    ['a dynamic reference', [{ $dynamicRef: { anchor: 'a', initial: 0 } }]],
  ])('are refused where they refer to %s with the same value', (_what, nodes) => {
    expect(() => validatorOf(...nodes).test({ a: 1 })).toThrow(SchemaLoop)
  })

  it('repeat each other, level by level, without doubling what is looked at', () => {
    const levels = 40
    const ends = (last: SchemaNode): readonly SchemaNode[] => [
      ...Array.from({ length: levels }, (_, i): SchemaNode => ({ ...(i === 0 && { closed: true }), allOf: [{ $ref: i + 1 }, { allOf: [{ $ref: i + 1 }] }] })),
      last,
    ]
    const text = validatorOf(...ends({ type: 'string' }))
    expect([text.test('a'), text.test(1)]).toEqual([true, false])
    // Which names are listed depends on the value.
    const { test, violations, strip } = validatorOf(
      ...ends({ properties: { a: true }, anyOf: [{ properties: { b: true } }, { properties: { c: { type: 'null' } } }] }),
    )
    expect([{ a: 1, b: 1 }, { a: 1, c: null }, { a: 1, d: 1 }, { c: 1 }].map(test)).toEqual([true, true, false, false])
    expect(violations({ d: 1 }, '#', 20)).toMatchObject([{ pointer: '#/d', rule: 'additionalProperties' }])
    expect(strip({ a: 1, d: 1 })).toEqual({ a: 1 })
  })

  it('take no value that would take too long, and say so', () => {
    const again: SchemaNode = { $dynamicRef: { anchor: 'n', initial: 0 } }
    const twice: SchemaNode = { $scope: { n: 0 }, allOf: [{ properties: { a: again } }, { properties: { a: again } }], properties: { z: false } }
    const { test, violations, strip } = validatorOf(twice)
    const nested = (levels: number) => json(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`)
    expect(test(nested(10))).toBe(true)
    for (const value of [nested(40), { z: 1, a: nested(40) }]) {
      expect(test(value)).toBe(false)
      expect(strip(value)).toBe(value)
      expect(violations(value, '#', 20).map(({ pointer }) => pointer)).toContain('#')
    }
    expect(violations(nested(40), '#', 20)).toEqual([
      { pointer: '#', rule: 'steps', detail: 'takes too many steps to judge: send less, or less deeply nested' },
    ])
  })

  it('follow $dynamicRef to the outermost resource that has the anchor', () => {
    const list: SchemaNode = { $scope: { item: 2 }, type: 'array', items: { $dynamicRef: { anchor: 'item', initial: 2 } } }
    const nodes: SchemaNode[] = [{ $scope: { item: 3 }, $ref: 1 }, list, true, { type: 'string' }]
    const schemas = new Schemas((id) => nodes[id] as SchemaNode)
    expect(schemas.validator(0).test(['a'])).toBe(true)
    expect(schemas.validator(0).test([1])).toBe(false)
    expect(schemas.validator(1).test([1])).toBe(true)
    expect(schemas.validator(0).violations([1], '#', 20)).toEqual([{ pointer: '#/0', rule: 'type', detail: 'send a string' }])
  })
})

describe('a validation', () => {
  const twice: SchemaNode = {
    anyOf: [{ required: ['x'], properties: { a: { $ref: 0 } } }, { required: ['y'], properties: { a: { $ref: 0 } } }, { type: 'null' }],
  }
  const both: SchemaNode = { properties: { a: { allOf: [{ $ref: 0 }, { $ref: 0 }] } } }
  const counted: SchemaNode = { closed: true, anyOf: [{ properties: { a: { $ref: 0 } } }, { properties: { a: { $ref: 0 }, b: true } }] }

  it.each([
    ['alternatives', twice, false],
    ['both', both, true],
    ['closed alternatives', counted, true],
  ])('looks at each object a bounded number of times: %s that recurse', (_what, schema, expected) => {
    let value: unknown = {}
    for (let i = 0; i < 60; i++) value = { a: value }
    const validator = validatorOf(schema)
    expect(validator.test(value)).toBe(expected)
    if (!expected) expect(validator.violations(value, '#', 20).length).toBeGreaterThan(0)
    validator.strip(value)
  })
})

it('looks at each object a bounded number of times through closed references, which only keeping account follows', () => {
  const closed: SchemaNode = { closed: true, $ref: 1 }
  const nodes: SchemaNode[] = [closed, { oneOf: [{ properties: { a: closed, x: true } }, { properties: { a: closed, y: true } }] }]
  const schemas = new Schemas((id) => nodes[id] as SchemaNode)
  let value: unknown = { z: 1 }
  for (let i = 0; i < 60; i++) value = { a: value }
  expect(schemas.validator(0).test(value)).toBe(false)
  expect(schemas.validator(0).violations(value, '#', 20).length).toBeGreaterThan(0)
})

describe('a deep value', () => {
  it('is judged, and what is wrong deep inside is still told', () => {
    const { test, violations, strip } = validatorOf({
      closed: true,
      properties: { v: { type: 'integer' } },
      anyOf: [{ properties: { a: { $ref: 0 } } }, { required: ['z'] }],
    })
    let value: unknown = { v: 'no' }
    for (let i = 0; i < 200; i++) value = { a: value }
    expect(test(value)).toBe(false)
    expect(violations(value, '#', 20)).toHaveLength(1)
    expect(strip(value)).toBe(value)
  })
})

describe('discriminator', () => {
  const pet: SchemaNode = { type: 'object', properties: { kind: { type: 'string' } }, discriminator: { property: 'kind', mapping: { cat: 1, dog: 2 } } }
  const cat: SchemaNode = { allOf: [{ $ref: 0 }, { properties: { lives: { type: 'integer' } } }] }
  const dog: SchemaNode = { allOf: [{ $ref: 0 }], required: ['bark'] }
  const { test, violations } = validatorOf(pet, cat, dog)

  it.each<[string, boolean]>([
    ['{"kind":"cat","lives":9}', true],
    ['{"kind":"cat","lives":"9"}', false],
    ['{"kind":"dog"}', false],
    ['{"kind":"dog","bark":1}', true],
    ['{"kind":"cow"}', false],
    ['{"kind":1}', false],
    ['{"kind":"toString"}', false],
    ['{}', false],
  ])('%s is %s, though children repeat their parent', (text, expected) => expect(test(json(text))).toBe(expected))

  it.each([
    ['{}', [{ pointer: '#/kind', rule: 'discriminator', detail: 'required' }]],
    ['{"kind":"cow"}', [{ pointer: '#/kind', rule: 'discriminator', detail: 'one of: cat, dog' }]],
    ['{"kind":"cat","lives":"9"}', [{ pointer: '#/lives', rule: 'type', detail: 'send an integer' }]],
    ['{"kind":"dog"}', [{ pointer: '#/bark', rule: 'required', detail: 'required' }]],
  ])('says of %s only what is wrong with what was meant', (text, expected) => expect(violations(json(text), '#', 20)).toEqual(expected))
})

describe('discriminator beside alternatives', () => {
  const discriminator = { property: 'kind', mapping: { cat: 1, dog: 2 } }
  const cat: SchemaNode = { type: 'object', properties: { name: { type: 'string' } } }
  const dog: SchemaNode = { type: 'object', required: ['bark'] }
  it.each<[string, boolean, boolean]>([
    ['{"kind":"cat","name":"x"}', true, true],
    ['{"kind":"dog","bark":1,"name":1}', true, true],
    ['{"kind":"dog","bark":1}', true, false],
    ['{"kind":"cat","bark":1}', true, false],
    ['{"kind":"dog"}', false, false],
    ['{"kind":"cow","bark":1,"name":1}', false, false],
    ['{"bark":1,"name":1}', false, false],
    ['[]', false, false],
  ])('%s: anyOf %s, oneOf %s', (text, any, one) => {
    expect(validatorOf({ discriminator, anyOf: [{ $ref: 1 }, { $ref: 2 }] }, cat, dog).test(json(text))).toBe(any)
    expect(validatorOf({ discriminator, oneOf: [{ $ref: 1 }, { $ref: 2 }] }, cat, dog).test(json(text))).toBe(one)
  })
})

describe('closed', () => {
  const base: SchemaNode = { properties: { id: { type: 'integer' } } }
  it.each<[string, readonly SchemaNode[], readonly string[], readonly string[]]>([
    [
      'lists what it and its parents list',
      [{ closed: true, $ref: 1, allOf: [{ properties: { b: true } }], properties: { c: true } }, base],
      ['{"id":1,"b":1,"c":1}', '[]'],
      ['{"d":1}', '{"toString":1}', '{"__proto__":1}', '{"id":"1"}'],
    ],
    ['lists patterns', [{ closed: true, allOf: [{ patternProperties: { '^x-': { type: 'string' } } }] }], ['{"x-a":"1"}'], ['{"x-a":1}', '{"y":1}']],
    [
      'lists what alternatives list that hold',
      [
        {
          closed: true,
          properties: { t: true },
          oneOf: [
            { required: ['a'], properties: { a: { type: 'string' } } },
            { required: ['b'], properties: { b: { type: 'string' } } },
          ],
        },
      ],
      ['{"a":"1"}', '{"t":1,"b":"1"}'],
      ['{"a":"1","b":1}', '{"t":1,"a":"1","c":1}', '{"t":1}'],
    ],
    [
      'lists what conditions list',
      [JSON.parse('{"closed":true,"if":{"properties":{"k":{"const":1}},"required":["k"]},"then":{"properties":{"a":true}},"else":{"properties":{"b":true}}}')],
      ['{"k":1,"a":1}', '{"b":1}'],
      ['{"k":1,"b":1}', '{"k":2}', '{"a":1}'],
    ],
    [
      'lists what dependent schemas list',
      [{ closed: true, properties: { a: true }, dependentSchemas: { a: { properties: { b: true } } } }],
      ['{"a":1,"b":1}', '{}'],
      ['{"b":1}'],
    ],
    ['does not list what is negated', [{ closed: true, not: { properties: { a: { type: 'string' } }, required: ['a'] } }], ['{}'], ['{"a":1}']],
    [
      'lets through what additionalProperties lets through',
      [{ closed: true, allOf: [{ additionalProperties: { type: 'integer' } }] }],
      ['{"a":1}'],
      ['{"a":"1"}'],
    ],
  ])('%s', (_what, nodes, valid, invalid) => {
    const { test, violations } = validatorOf(...nodes)
    for (const text of valid) expect(test(json(text)), text).toBe(true)
    for (const text of invalid) {
      expect(test(json(text)), text).toBe(false)
      expect(violations(json(text), '#', 20)[0]?.rule, text).not.toBe('schema')
    }
  })
})
