import { describe, expect, it } from 'vitest'
import { SchemaFault } from '../schema-fault.ts'
import type { SchemaNode } from '../schema-node.ts'
import { type Dialect, SchemaPool, type SchemaUse } from './schema-pool.ts'

/** Adds one schema to a pool of its own. @returns its node, then the others. */
function normalised(schema: unknown, use: SchemaUse | Dialect, documents: Record<string, unknown> = {}): readonly SchemaNode[] {
  const pool = new SchemaPool({ documents })
  const id = pool.add(schema, typeof use === 'string' ? { dialect: use } : use)
  return [pool.nodes[id] as SchemaNode, ...pool.nodes.filter((_, i) => i !== id)]
}

function faultOf(add: () => unknown): unknown {
  try {
    return add()
  } catch (error) {
    if (!(error instanceof SchemaFault)) throw error
    const { pointer, found, expected } = error
    return [pointer, found, expected]
  }
}

const REF = 'a reference to a schema that exists'

describe('2020-12', () => {
  it.each<[string, unknown, readonly unknown[]]>([
    ['true', true, [true]],
    ['false', false, [false]],
    ['nothing said', { title: 'x', $comment: 'y', examples: [] }, [true]],
    ['plain keywords, in one order', { minLength: 1, type: 'string', description: 'x' }, [{ type: 'string', minLength: 1 }]],
    ['a keyword that is not there', { type: 'string', pattern: undefined }, [{ type: 'string' }]],
    ['$ref into $defs', { items: { $ref: '#/$defs/a' }, $defs: { a: { type: 'string' }, b: { type: 'null' } } }, [{ items: { $ref: 0 } }, { type: 'string' }]],
    ['a reference and nothing else is what it refers to', { $ref: '#/$defs/a', $defs: { a: { type: 'string' } } }, [{ type: 'string' }]],
    ['$ref has siblings', { $ref: '#/$defs/a', minLength: 1, $defs: { a: { type: 'string' } } }, [{ $ref: 0, minLength: 1 }, { type: 'string' }]],
    ['a circle', { properties: { next: { $ref: '#' } } }, [{ properties: { next: { $ref: 0 } } }]],
    [
      'equal schemas are one',
      { prefixItems: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/b' }], $defs: { a: { type: 'string', title: 'a' }, b: { type: 'string' } } },
      [{ prefixItems: [{ $ref: 0 }, { $ref: 0 }] }, { type: 'string' }],
    ],
    [
      'equal circles are one',
      { $ref: '#/$defs/a', $defs: { a: { items: { $ref: '#/$defs/b' } }, b: { items: { $ref: '#/$defs/c' } }, c: { items: { $ref: '#/$defs/c' } } } },
      [{ items: { $ref: 0 } }],
    ],
    [
      'circles that differ somewhere are not',
      { $ref: '#/$defs/a', $defs: { a: { items: { $ref: '#/$defs/b' } }, b: { items: { $ref: '#/$defs/a' }, maxItems: 1 } } },
      [{ items: { $ref: 1 } }, { maxItems: 1, items: { $ref: 0 } }],
    ],
    ['anchors', { items: { $ref: '#x' }, $defs: { a: { $anchor: 'x', type: 'null' } } }, [{ items: { $ref: 0 } }, { type: 'null' }]],
    [
      'embedded resources',
      { $id: 'https://a.example/root', items: { $ref: 'b#/$defs/c' }, $defs: { x: { $id: 'b', $defs: { c: { $ref: '#/$defs/d' }, d: { type: 'null' } } } } },
      [{ items: { $ref: 0 } }, { type: 'null' }],
    ],
    [
      'a resource of another dialect',
      {
        items: { $ref: 'https://a.example/old' },
        $defs: { x: { $id: 'https://a.example/old', $schema: 'http://json-schema.org/draft-07/schema#', items: [true, { type: 'null' }], prefixItems: 7 } },
      },
      [{ items: { $ref: 0 } }, { prefixItems: [true, { type: 'null' }] }],
    ],
    ['nothing is a schema inside of values', { const: { $ref: '#/nowhere' }, enum: [{ $id: 1 }] }, [{ enum: [{ $id: 1 }], const: { $ref: '#/nowhere' } }]],
    [
      'a reference to where no schema is expected',
      { items: { $ref: '#/x-own/a' }, 'x-own': { a: { type: 'null' } } },
      [{ items: { $ref: 0 } }, { type: 'null' }],
    ],
    [
      'a dynamic reference, and what each resource offers to it',
      {
        $id: 'https://a.example/strict',
        $dynamicAnchor: 'node',
        $ref: 'tree',
        minProperties: 1,
        $defs: { t: { $id: 'tree', $dynamicAnchor: 'node', properties: { next: { $dynamicRef: '#node' } } } },
      },
      [
        { $scope: { node: 1 }, $ref: 0, minProperties: 1 },
        { $scope: { node: 0 }, properties: { next: { $dynamicRef: { anchor: 'node', initial: 0 } } } },
      ],
    ],
    [
      'a dynamic reference to what is not dynamic',
      { items: { $dynamicRef: '#a' }, $defs: { a: { $anchor: 'a', type: 'null' } } },
      [{ items: { allOf: [{ $ref: 0 }] } }, { type: 'null' }],
    ],
    [
      'names that objects inherit',
      JSON.parse('{"properties":{"__proto__":{"type":"null"},"toString":true}}'),
      [JSON.parse('{"properties":{"__proto__":{"type":"null"},"toString":true}}')],
    ],
    ['patterns are made fit for u', { pattern: 'a\\-b', patternProperties: { '\\_': true } }, [{ pattern: 'a-b', patternProperties: { _: true } }]],
    [
      'dependencies of old',
      { dependencies: { a: ['b'], c: { maxProperties: 1 } } },
      [{ dependentRequired: { a: ['b'] }, dependentSchemas: { c: { maxProperties: 1 } } }],
    ],
  ])('%s', (_what, schema, nodes) => {
    expect(normalised(schema, '2020-12')).toEqual(nodes)
  })
})

describe('draft-07', () => {
  it.each<[string, unknown, readonly unknown[]]>([
    ['$ref stands alone', { $ref: '#/definitions/a', maxLength: 1, definitions: { a: { type: 'string' } } }, [{ type: 'string' }]],
    ['a list of items', { items: [true, { type: 'null' }], additionalItems: false }, [{ prefixItems: [true, { type: 'null' }], items: false }]],
    ['additionalItems beside one schema for all', { items: { type: 'null' }, additionalItems: false }, [{ items: { type: 'null' } }]],
    [
      'dependencies',
      { dependencies: { a: ['b'], c: { maxProperties: 1 }, d: [] } },
      [{ dependentRequired: { a: ['b'], d: [] }, dependentSchemas: { c: { maxProperties: 1 } } }],
    ],
    ['an anchor in $id', { items: { $ref: '#x' }, definitions: { a: { $id: '#x', type: 'null' } } }, [{ items: { $ref: 0 } }, { type: 'null' }]],
    [
      'keywords of later drafts',
      { prefixItems: [false], unevaluatedProperties: false, dependentRequired: { a: ['b'] }, $dynamicRef: '#x', minContains: 2 },
      [true],
    ],
  ])('%s', (_what, schema, nodes) => {
    expect(normalised(schema, 'draft-07')).toEqual(nodes)
  })
})

describe('documents', () => {
  const documents = {
    'https://a.example/all': { $defs: { a: { $ref: 'other#/$defs/x' } } },
    'https://a.example/other': {
      $schema: 'http://json-schema.org/draft-07/schema#',
      $defs: { x: { $ref: '#named' } },
      definitions: { y: { $id: '#named', type: 'null' } },
    },
    'https://a.example/else': { $id: 'https://b.example/real', type: 'boolean' },
  }

  it.each<[string, unknown]>([
    ['https://a.example/all#/$defs/a', { type: 'null' }],
    ['https://a.example/else', { type: 'boolean' }],
    ['https://b.example/real', { type: 'boolean' }],
    ['HTTPS://a.example:443/x/../else#', { type: 'boolean' }],
  ])('%s', (uri, node) => {
    const pool = new SchemaPool({ documents, firstId: 7 })
    expect(pool.addAt(uri, { dialect: '2020-12' })).toBe(7)
    expect(pool.nodes).toEqual([node])
  })

  it('numbers what was added before, and equal schemas of other documents, only once', () => {
    const pool = new SchemaPool({ documents })
    const ids = ['https://a.example/all#/$defs/a', 'https://a.example/other#named', 'https://a.example/else'].map((uri) =>
      pool.addAt(uri, { dialect: '2020-12' }),
    )
    expect([...ids, pool.add({ type: 'null', title: 'again' }, { dialect: '2020-12' })]).toEqual([0, 0, 1, 0])
    const circle = { properties: { next: { $ref: '#' } } }
    expect([circle, { ...circle, title: 'again' }].map((schema) => pool.add(schema, { dialect: 'draft-07' }))).toEqual([2, 2])
    expect(pool.nodes).toHaveLength(3)
  })

  it('goes on after a fault', () => {
    const pool = new SchemaPool()
    const bad = { items: { $ref: '#/$defs/a' }, $defs: { a: { maxLength: -1 } } }
    for (const _ of [1, 2]) expect(() => pool.add(bad, { dialect: '2020-12' })).toThrow(SchemaFault)
    expect(pool.add({ type: 'null' }, { dialect: '2020-12' })).toBe(0)
    expect(pool.nodes).toEqual([{ type: 'null' }])
  })
})

describe('what is no schema', () => {
  const deep = (levels: number): unknown => (levels === 0 ? true : { not: deep(levels - 1) })
  const circular: Record<string, unknown> = {}
  circular.not = circular

  it.each<[string, unknown, readonly unknown[]]>([
    ['a text', 'x', ['#', '"x"', 'a schema: an object, true or false']],
    ['nothing', undefined, ['#', 'undefined', 'a schema: an object, true or false']],
    ['a list', { items: [] }, ['#/items', 'a list', 'a schema: an object, true or false']],
    ['a number as text', { properties: { a: { maxLength: '3' } } }, ['#/properties/a/maxLength', '"3"', 'a whole number that is not negative']],
    ['a negative count', { maxItems: -1 }, ['#/maxItems', '-1', 'a whole number that is not negative']],
    ['no number', { minimum: Number.NaN }, ['#/minimum', 'NaN', 'a number']],
    ['a type of nobody', { type: 'text' }, ['#/type', '"text"', 'null, boolean, object, array, number, integer, string, or a list of these']],
    ['no pattern', { pattern: '(?i)a' }, ['#/pattern', '"(?i)a"', 'a regular expression of ECMA-262, read with the `u` flag']],
    ['a required that is no list', { required: true }, ['#/required', 'true', 'a list of property names']],
    ['an empty allOf', { allOf: [] }, ['#/allOf', 'a list', 'a list of schemas that is not empty']],
    ['properties that are no object', { properties: [] }, ['#/properties', 'a list', 'an object']],
    ['a const that JSON cannot write', { const: () => 1 }, ['#/const', 'a function', 'a value that JSON can write']],
    ['a reference to nothing', { items: { $ref: '#/$defs/a' } }, ['#/items/$ref', '"#/$defs/a"', REF]],
    ['a reference to another document', { $ref: 'https://a.example/x' }, ['#/$ref', '"https://a.example/x"', REF]],
    ['a reference to a name that is not there', { $ref: '#a' }, ['#/$ref', '"#a"', REF]],
    ['a reference that is none', { $ref: 1 }, ['#/$ref', '1', 'a URI reference']],
    [
      'a dialect of nobody',
      { $schema: 'http://json-schema.org/draft-04/schema#' },
      ['#/$schema', '"http://json-schema.org/draft-04/schema#"', 'a dialect that is known'],
    ],
    ['itself, without end', { anyOf: [{ $ref: '#' }] }, ['#', 'a schema that applies itself to the same value', 'one that ends']],
    [
      'names of each other',
      { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } },
      ['#/$defs/a', 'a schema that applies itself to the same value', 'one that ends'],
    ],
    [
      'a name twice',
      { $defs: { a: { $anchor: 'x', type: 'null' }, b: { $anchor: 'x' } } },
      ['#/$defs/b/$anchor', '"x" a second time', 'a name that no other schema has'],
    ],
    [
      'an $id twice',
      { $defs: { a: { $id: 'urn:x', type: 'null' }, b: { $id: 'urn:x' } } },
      ['#/$defs/b/$id', '"urn:x" a second time', 'a name that no other schema has'],
    ],
    ['nested without measure', deep(102), [`#${'/not'.repeat(101)}`, 'a schema nested deeper than any', 'at most 100 levels']],
    ['an object that holds itself', circular, [`#${'/not'.repeat(101)}`, 'a schema nested deeper than any', 'at most 100 levels']],
  ])('%s', (_what, schema, fault) => {
    const found = faultOf(() => normalised(schema, '2020-12')) as string[]
    expect([(found[0] as string).replaceAll('%24', '$'), ...found.slice(1)]).toEqual(fault)
  })

  it('says in which document', () => {
    const pool = new SchemaPool({ documents: { 'urn:a': { $defs: { x: { type: 1 } } } } })
    expect(faultOf(() => pool.addAt('urn:a#/$defs/x', { dialect: '2020-12' }))).toMatchObject(['urn:a#/%24defs/x/type', '1', {}])
    expect(faultOf(() => pool.addAt('urn:a#/$defs/y', { dialect: '2020-12' }))).toEqual(['urn:a#/$defs/y', 'nothing', 'a schema'])
  })
})
