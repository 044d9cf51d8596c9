import { describe, expect, it } from 'vitest'
import { SchemaPool } from '../json-schema/normalise/schema-pool.ts'
import { Schemas } from '../json-schema/schemas.ts'
import { textValue } from './text-value.ts'
import { STRAY } from './unread.ts'

/** @returns what a text stands for under a schema as it is written. */
function under(schema: unknown, text: string): unknown {
  const pool = new SchemaPool()
  const id = pool.add(schema, { dialect: '2020-12' })
  return textValue(text, id, new Schemas((number) => pool.nodes[number] as never))
}

const INTEGER = { type: 'integer' }
const NUMBER = { type: 'number' }
const ALL = { type: ['null', 'boolean', 'number', 'string'] }

describe('textValue', () => {
  it.each<[unknown, string, unknown]>([
    [INTEGER, '5', 5],
    [INTEGER, '-5', -5],
    [INTEGER, '0', 0],
    [INTEGER, '9007199254740991', 9007199254740991],
    [INTEGER, '9007199254740992', '9007199254740992'],
    [INTEGER, '-9007199254740992', '-9007199254740992'],
    [INTEGER, '05', '05'],
    [INTEGER, '+5', '+5'],
    [INTEGER, '5.0', '5.0'],
    [INTEGER, '5e0', '5e0'],
    [INTEGER, ' 5', ' 5'],
    [INTEGER, '5\n', '5\n'],
    [INTEGER, '0x5', '0x5'],
    [INTEGER, '٥', '٥'],
    [INTEGER, '', ''],
    [INTEGER, '-', '-'],
    [NUMBER, '5.0', 5],
    [NUMBER, '-0.25', -0.25],
    [NUMBER, '1e3', 1000],
    [NUMBER, '1E+20', 1e20],
    [NUMBER, '100000000000000000000', '100000000000000000000'],
    [NUMBER, '0.1', 0.1],
    [NUMBER, '0.1000000000000000000', 0.1],
    [NUMBER, '0.10000000000000000001', '0.10000000000000000001'],
    [NUMBER, '1e-400', '1e-400'],
    [NUMBER, '1e400', '1e400'],
    [NUMBER, '.5', '.5'],
    [NUMBER, '5.', '5.'],
    [NUMBER, '1,5', '1,5'],
    [NUMBER, 'Infinity', 'Infinity'],
    [NUMBER, 'NaN', 'NaN'],
    [NUMBER, `0.${'0'.repeat(100)}`, `0.${'0'.repeat(100)}`],
    [{ type: 'boolean' }, 'true', true],
    [{ type: 'boolean' }, 'false', false],
    [{ type: 'boolean' }, 'TRUE', 'TRUE'],
    [{ type: 'boolean' }, '1', '1'],
    [{ type: 'null' }, 'null', null],
    [{ type: 'null' }, '', ''],
    [{ type: 'string' }, 'null', 'null'],
    [{ type: 'string' }, '5', '5'],
    [ALL, 'null', null],
    [ALL, 'true', true],
    [ALL, '5', 5],
    [ALL, 'x', 'x'],
    [{ enum: ['5', true] }, '5', '5'],
    [{ enum: [5, 'x'] }, '5', 5],
    [{ const: 1 }, '1', 1],
    [{ anyOf: [{ type: 'integer', maximum: 3 }, { type: 'string' }] }, '3', 3],
    [{ anyOf: [{ type: 'integer', maximum: 3 }, { type: 'string' }] }, '4', '4'],
    [{ oneOf: [{ type: 'boolean' }, { type: 'string', maxLength: 2 }] }, 'true', true],
    [{ allOf: [{ type: ['integer', 'string'] }, { type: 'integer' }] }, '4', 4],
    [{ $ref: '#/$defs/a', $defs: { a: { type: 'integer' } } }, '4', 4],
    [{ maximum: 100 }, '500', 500],
    [{ minLength: 3 }, '500', '500'],
    [{}, '500', '500'],
    [true, '500', '500'],
    [false, '500', '500'],
  ])('under %j the text %j is %j', (schema, text, value) => {
    expect(under(schema, text)).toBe(value)
  })
})

describe('a schema that names no type', () => {
  it.each<[unknown, string]>([
    [{ maximum: 100 }, ' 1000'],
    [{ maximum: 100 }, '0x3e8'],
    [{ allOf: [{ minimum: 1 }] }, '-1.'],
    [{ properties: { a: {} } }, '{"a":1}'],
    [{ maxItems: 1 }, '1'],
  ])('%j, %j: no text is what it is about', (schema, text) => expect(under(schema, text)).toBe(STRAY))

  it.each<[unknown, string, unknown]>([
    [{ maximum: 100 }, '1000', 1000],
    [{ maxLength: 3 }, ' 1000', ' 1000'],
    [{ maximum: 100, maxLength: 3 }, ' 1', ' 1'],
    [{}, ' 1', ' 1'],
  ])('%j, %j', (schema, text, value) => expect(under(schema, text)).toBe(value))
})
