import { describe, expect, it } from 'vitest'
import type { SchemaNode } from './schema-node.ts'
import { json, validatorOf } from './test-validator.ts'

const CARD: SchemaNode = { type: 'object', required: ['type', 'number'], properties: { type: { const: 'card' }, number: { type: 'string', maxLength: 4 } } }
const BANK: SchemaNode = { type: 'object', required: ['type', 'iban'], properties: { type: { const: 'bank' }, iban: { type: 'string' } } }

describe('violations', () => {
  it.each<[SchemaNode, string, string, string, string]>([
    [{ type: 'integer' }, '"7"', '#', 'type', 'send an integer'],
    [{ type: ['object', 'null'] }, '1', '#', 'type', 'send an object or null'],
    [{ enum: ['a', 1, null] }, '"b"', '#', 'enum', 'one of: a, 1, null'],
    [{ const: 'a' }, '"b"', '#', 'const', 'send a'],
    [{ maxLength: 1 }, '"ab"', '#', 'maxLength', 'send at most 1 character'],
    [{ minLength: 3 }, '"ab"', '#', 'minLength', 'send at least 3 characters'],
    [{ pattern: '^a$' }, '"b"', '#', 'pattern', 'send a text that matches ^a$'],
    [{ format: 'date' }, '"b"', '#', 'format', 'send a text in the format date'],
    [{ format: 'int32' }, '2147483648', '#', 'format', 'send a number in the format int32'],
    [{ minimum: 1 }, '0', '#', 'minimum', 'send at least 1'],
    [{ exclusiveMaximum: 1 }, '1', '#', 'exclusiveMaximum', 'send less than 1'],
    [{ multipleOf: 0.5 }, '0.7', '#', 'multipleOf', 'send a multiple of 0.5'],
    [{ maxItems: 1 }, '[1,2]', '#', 'maxItems', 'send at most 1 item'],
    [{ uniqueItems: true }, '[1,1]', '#', 'uniqueItems', 'send each item only once'],
    [{ minProperties: 2 }, '{}', '#', 'minProperties', 'send at least 2 properties'],
    [{ required: ['a/b'] }, '{}', '#/a~1b', 'required', 'required'],
    [{ dependentRequired: { a: ['b'] } }, '{"a":1}', '#/b', 'dependentRequired', 'required together with a'],
    [{ properties: { a: true }, additionalProperties: false }, '{"b":1}', '#/b', 'additionalProperties', 'not allowed here'],
    [{ properties: { a: false } }, '{"a":1}', '#/a', 'properties', 'not allowed here'],
    [{ properties: { a: false }, readOnly: ['a'] }, '{"a":1}', '#/a', 'readOnly', 'set by the server: leave it out'],
    [{ properties: { a: false }, writeOnly: ['a'] }, '{"a":1}', '#/a', 'writeOnly', 'for requests alone: leave it out'],
    [{ closed: true, allOf: [{ properties: { a: true } }] }, '{"b":1}', '#/b', 'additionalProperties', 'not allowed here'],
    [{ unevaluatedItems: false, anyOf: [{ prefixItems: [true] }] }, '[1,2]', '#/1', 'unevaluatedItems', 'not allowed here'],
    [{ items: { properties: { a: { type: 'string' } } } }, '[{},{"a":1}]', '#/1/a', 'type', 'send a string'],
    [{ not: { type: 'null' } }, 'null', '#', 'not', 'not allowed here'],
    [{ propertyNames: { maxLength: 1 } }, '{"ab":1}', '#/ab', 'propertyNames', 'send another name for this property'],
    [{ oneOf: [{ type: 'integer' }, { minimum: 2 }] }, '3', '#', 'oneOf', 'matches more than one of the alternatives: send what fits only one'],
    [{ oneOf: [{ type: 'integer' }, { type: 'string' }] }, 'null', '#', 'oneOf', 'matches none of the alternatives'],
    [{ oneOf: [CARD, BANK] }, '{"type":"card","number":"12345"}', '#/number', 'maxLength', 'send at most 4 characters'],
    [{ anyOf: [CARD, BANK] }, '{"type":"bank"}', '#/iban', 'required', 'required'],
    [{ anyOf: [CARD, BANK] }, '{"type":"cash"}', '#', 'anyOf', 'matches none of the alternatives: for type, one of: card, bank'],
    [{ anyOf: [{ type: 'null' }, BANK] }, '{"type":"bank","iban":1}', '#/iban', 'type', 'send a string'],
  ])('%j of %s', (schema, text, pointer, rule, detail) => {
    const { test, violations } = validatorOf(schema)
    expect(test(json(text))).toBe(false)
    expect(violations(json(text), '#', 20)).toEqual([{ pointer, rule, detail }])
  })

  const LISTED: SchemaNode = { closed: true, required: ['a'], properties: { a: { type: 'string' } } }
  it.each<[string, SchemaNode, string, readonly string[]]>([
    ['a wrong type', LISTED, '{"a":1,"b":2}', ['#/a type', '#/b additionalProperties']],
    ['something that lacks', LISTED, '{"b":2,"c":3}', ['#/a required', '#/b additionalProperties', '#/c additionalProperties']],
    ['a part that fails', { closed: true, allOf: [{ properties: { a: { type: 'string' } } }] }, '{"a":1,"b":2}', ['#/a type', '#/b additionalProperties']],
    [
      'alternatives that fail, whose names may be listed',
      { closed: true, properties: { t: { type: 'string' } }, anyOf: [CARD, BANK] },
      '{"t":1,"type":"card","number":"12345","iban":1,"b":2}',
      ['#/t type', '#/number maxLength', '#/b additionalProperties'],
    ],
    ['unevaluatedProperties', { required: ['a'], unevaluatedProperties: { type: 'string' } }, '{"b":2,"c":"x"}', ['#/a required', '#/b type']],
    ['an item', { minItems: 9, unevaluatedItems: false, allOf: [{ prefixItems: [true] }] }, '[1,2]', ['# minItems', '#/1 unevaluatedItems']],
    ['a part that takes every name', { closed: true, required: ['a'], allOf: [{ additionalProperties: true }] }, '{"b":2}', ['#/a required']],
  ])('names what is unlisted beside %s', (_what, schema, text, expected) => {
    const { test, violations } = validatorOf(schema)
    expect(test(json(text))).toBe(false)
    expect(violations(json(text), '#', 20).map(({ pointer, rule }) => `${pointer} ${rule}`)).toEqual(expected)
    expect(violations(json(text), '#', 1)).toHaveLength(1)
  })

  it('names everything that is wrong, and no more than asked for', () => {
    const { violations } = validatorOf({ items: { type: 'string' }, maxItems: 1 })
    expect(violations([1, 2, 3], 'query/a', 20).map(({ pointer }) => pointer)).toEqual(['query/a', 'query/a/0', 'query/a/1', 'query/a/2'])
    expect(violations(Array(10_000).fill(1), '#', 20)).toHaveLength(20)
  })

  it.each<[what: string, schema: SchemaNode, text: string, pointers: readonly string[]]>([
    ['in one schema', { closed: true, required: ['title'], properties: { title: true } }, '{"titel":1}', ['#/title', '#/titel']],
    ['in parts', { closed: true, allOf: [{ required: ['a'], properties: { a: true } }], properties: { b: true } }, '{"b":1,"c":1}', ['#/a', '#/c']],
    ['in the alternative that was meant', { oneOf: [{ ...CARD, closed: true }, BANK] }, '{"type":"card","nr":"1"}', ['#/number', '#/nr']],
    [
      'but not what only a part that failed may list',
      { closed: true, anyOf: [{ required: ['a'], properties: { a: { const: 1 }, b: true } }] },
      '{"b":1,"c":1}',
      ['#/a', '#/c'],
    ],
    ['nor where the rest is free', { required: ['a'], properties: { a: true } }, '{"b":1}', ['#/a']],
  ])('names what no schema lists beside what else is wrong: %s', (_what, schema, text, pointers) => {
    expect(
      validatorOf(schema)
        .violations(json(text), '#', 20)
        .map(({ pointer }) => pointer),
    ).toEqual(pointers)
  })

  it('never repeats a value', () => {
    const { violations } = validatorOf({ properties: { a: { enum: ['x'], pattern: '^x$', format: 'date', maxLength: 3 } } })
    expect(JSON.stringify(violations({ a: 'secret' }, '#', 20))).not.toContain('secret')
  })

  it('cuts what a schema says at length', () => {
    const { violations } = validatorOf({ enum: Array.from({ length: 1000 }, (_, i) => `value ${i}`) })
    expect(violations('x', '#', 20)[0]?.detail.length).toBeLessThan(220)
  })

  it('ends where alternatives are nested without end', () => {
    const nested: SchemaNode = {
      anyOf: [
        { properties: { a: { $ref: 0 }, b: { type: 'null' } }, required: ['b'] },
        { properties: { a: { $ref: 0 }, c: { type: 'null' } }, required: ['c'] },
      ],
    }
    let value: unknown = 1
    for (let i = 0; i < 12; i++) value = { a: value, b: 1 }
    expect(validatorOf(nested).violations(value, '#', 20).length).toBeGreaterThan(0)
  })
})
