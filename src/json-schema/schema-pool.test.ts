import { describe, expect, it } from 'vitest'
import type { SchemaNode } from './schema-node.ts'
import { type Dialect, SchemaPool } from './schema-pool.ts'

/** Adds one schema to a pool of its own; the last node is the schema itself unless it is part of a circle. */
function normalised(schema: unknown, dialect: Dialect): readonly SchemaNode[] {
  const pool = new SchemaPool()
  const id = pool.add(schema, { dialect })
  return [pool.nodes[id] as SchemaNode, ...pool.nodes.filter((_, i) => i !== id)]
}

describe('2020-12', () => {
  it.each<[string, unknown, readonly unknown[]]>([
    ['true', true, [true]],
    ['false', false, [false]],
    ['nothing said', { title: 'x', $comment: 'y' }, [true]],
    ['plain keywords', { minLength: 1, type: 'string', description: 'x' }, [{ type: 'string', minLength: 1 }]],
    ['$ref into $defs', { $ref: '#/$defs/a', $defs: { a: { type: 'string' }, b: { type: 'null' } } }, [{ type: 'string' }]],
    ['a circle', { properties: { next: { $ref: '#' } } }, [{ properties: { next: { $ref: 0 } } }]],
    [
      'equal schemas are one',
      { prefixItems: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/b' }], $defs: { a: { type: 'string', title: 'a' }, b: { type: 'string' } } },
      [{ prefixItems: [{ $ref: 0 }, { $ref: 0 }] }, { type: 'string' }],
    ],
    [
      'equal circles are one',
      {
        $ref: '#/$defs/a',
        $defs: { a: { items: { $ref: '#/$defs/b' } }, b: { items: { $ref: '#/$defs/c' } }, c: { items: { $ref: '#/$defs/c' } } },
      },
      [{ items: { $ref: 0 } }],
    ],
  ])('%s', (_what, schema, nodes) => {
    expect(normalised(schema, '2020-12')).toEqual(nodes)
  })
})
