import { describe, expect, it } from 'vitest'
import type { SchemaNode } from './schema-node.ts'
import { Schemas } from './schemas.ts'

/** The first of some nodes. Their numbers are their places. */
function validator(...nodes: readonly SchemaNode[]) {
  return new Schemas((id) => nodes[id] as SchemaNode).validator(0)
}

/** As it comes out of a JSON text: `__proto__` is an own property there. */
const json = (text: string): unknown => JSON.parse(text)

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
    const { test } = validator(schema)
    for (const text of valid) expect(test(json(text)), text).toBe(true)
    for (const text of invalid) expect(test(json(text)), text).toBe(false)
  })
})
