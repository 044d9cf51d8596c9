import { describe, expect, it } from 'vitest'
import type { SchemaNode } from './schema-node.ts'
import { json, validatorOf } from './test-validator.ts'

const CAT: SchemaNode = { type: 'object', closed: true, required: ['lives'], properties: { lives: { type: 'integer' } } }
const DOG: SchemaNode = { type: 'object', closed: true, required: ['bark'], properties: { bark: { type: 'string' } } }

describe('strip', () => {
  it.each<[string, readonly SchemaNode[], string, string]>([
    ['of what is closed', [{ closed: true, properties: { a: true } }], '{"a":1,"b":2,"__proto__":3}', '{"a":1}'],
    ['of what its author closed', [{ properties: { a: true }, additionalProperties: false }], '{"a":1,"b":2}', '{"a":1}'],
    ['of what is unevaluated', [{ allOf: [{ properties: { a: true } }], unevaluatedProperties: false }], '{"a":1,"b":2}', '{"a":1}'],
    [
      'inside of properties and items',
      [{ properties: { pets: { type: 'array', items: { $ref: 1 } } } }, CAT],
      '{"pets":[{"lives":1,"x":1},{"lives":2}],"y":1}',
      '{"pets":[{"lives":1},{"lives":2}],"y":1}',
    ],
    [
      'keeps what a parent lists',
      [{ closed: true, allOf: [{ $ref: 1 }], properties: { b: true } }, { properties: { a: true } }],
      '{"a":1,"b":1,"c":1}',
      '{"a":1,"b":1}',
    ],
    ['by the alternative that is meant', [{ oneOf: [CAT, DOG] }], '{"bark":"x","y":1}', '{"bark":"x"}'],
    [
      'by the alternative that keeps most',
      [
        {
          oneOf: [
            { properties: { a: true }, additionalProperties: false },
            { properties: { a: true, b: true }, required: ['b'], additionalProperties: false },
          ],
        },
      ],
      '{"a":1,"b":1,"c":1}',
      '{"a":1,"b":1}',
    ],
    [
      'closed around alternatives',
      [
        {
          closed: true,
          anyOf: [
            { properties: { a: { type: 'string' } }, required: ['a'] },
            { properties: { b: true }, required: ['b'] },
          ],
        },
      ],
      '{"b":1,"a":1,"c":1}',
      '{"b":1}',
    ],
    [
      'by the discriminator',
      [{ discriminator: { property: 'k', mapping: { cat: 1 } } }, { closed: true, allOf: [{ $ref: 0 }], properties: { k: true } }],
      '{"k":"cat","x":1}',
      '{"k":"cat"}',
    ],
    ['leaves what is wrong', [CAT], '{"lives":"many","x":1}', '{"lives":"many"}'],
    ['leaves patterns', [{ closed: true, patternProperties: { '^x-': true } }], '{"x-a":1,"y":1}', '{"x-a":1}'],
    ['leaves other kinds', [{ closed: true }], '[{"a":1}]', '[{"a":1}]'],
  ])('%s', (_what, nodes, text, expected) => {
    expect(JSON.stringify(validatorOf(...nodes).strip(json(text)))).toBe(expected)
  })

  it('copies nothing where nothing is removed, and only what changes', () => {
    const { strip } = validatorOf({ properties: { a: CAT, b: CAT } })
    const clean = json('{"a":{"lives":1},"b":{"lives":2}}')
    expect(strip(clean)).toBe(clean)
    const value = json('{"a":{"lives":1},"b":{"lives":2,"x":1}}') as { a: unknown }
    expect((strip(value) as { a: unknown }).a).toBe(value.a)
    expect(value).toEqual({ a: { lives: 1 }, b: { lives: 2, x: 1 } })
  })
})
