import { expect, it } from 'vitest'
import { SchemaPool } from '../json-schema/normalise/schema-pool.ts'
import { Schemas } from '../json-schema/schemas.ts'
import { SchemaFacts } from './schema-facts.ts'

const scalar = { type: ['integer', 'string'] }

it('what is known of names that a client chose is one schema, so that nothing is kept for each', () => {
  const pool = new SchemaPool()
  const id = pool.add({ patternProperties: { '^x': scalar, '^x-': { ...scalar, maxLength: 9 } } }, { dialect: '2020-12' })
  const schemas = new Schemas((number) => pool.nodes[number] as never)
  const facts = SchemaFacts.of(schemas)
  const node = schemas.node(id)
  expect(facts.property(node, 'x-a')).toEqual({ allOf: [scalar, { ...scalar, maxLength: 9 }] })
  expect(facts.property(node, 'x-b')).toBe(facts.property(node, 'x-a'))
  expect(facts.property(node, 'xa')).toEqual(scalar)
})

it('and of items by their place', () => {
  const pool = new SchemaPool()
  const id = pool.add({ allOf: [{ prefixItems: [scalar] }, { items: { ...scalar, maxLength: 9 } }] }, { dialect: '2020-12' })
  const schemas = new Schemas((number) => pool.nodes[number] as never)
  const facts = SchemaFacts.of(schemas)
  expect(facts.item(schemas.node(id), 0)).toBe(facts.item(schemas.node(id), 0))
})
