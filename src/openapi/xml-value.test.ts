import { describe, expect, it } from 'vitest'
import { described } from '../../test/described.ts'
import { Schemas } from '../json-schema/schemas.ts'
import { type BodyReading, bodyReader } from './body-readers.ts'
import type { MediaType } from './description.ts'

const TYPE = 'application/xml'
const OPTIONS = { json: { maxDepth: 8, largeNumbers: 'deny' }, maxFields: 9, maxRecords: 9, maxElements: 50, maxPartBytes: 100, strip: false } as const

async function read(schema: unknown, text: string): Promise<BodyReading> {
  const description = described({ 'POST /': { body: { content: { [TYPE]: { schema } } } } })
  const media = description.operation('POST /')?.body?.content[TYPE] as MediaType
  const reader = bodyReader(TYPE, media, new Schemas((id) => description.schema(id)), OPTIONS)
  if (typeof reader !== 'function') throw new Error('no reader')
  return await reader(Uint8Array.from(new TextEncoder().encode(text)), { mediaType: TYPE, parameters: new Map() })
}

/** A value as JSON, or pointers and rules of what is wrong. */
async function said(schema: unknown, text: string): Promise<string> {
  const reading = await read(schema, text)
  if (reading.kind === 'sound') return JSON.stringify(reading.value)
  return reading.kind === 'fault' ? reading.fault : reading.violations.map(({ pointer, rule }) => `${pointer} ${rule}`).join(', ')
}

const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more })
const text = { type: 'string' }
const list = (items: object, xml?: object) => ({ type: 'array', items, ...(xml && { xml }) })

const OPEN = { additionalProperties: true }

describe('what it reads', () => {
  it.each<[string, unknown, string, string]>([
    [
      'elements',
      object({ id: { type: 'integer' }, on: { type: 'boolean' }, name: text }),
      '<a><id>1</id><on>true</on><name> b </name></a>',
      '{"id":1,"on":true,"name":" b "}',
    ],
    ['white space between', object({ id: { type: 'integer' } }), '<a>\n <id>1</id>\n</a>', '{"id":1}'],
    ['a name of the root', object({ b: text }, { xml: { name: 'c' } }), '<c><b/></c>', '{"b":""}'],
    ['a name', object({ b: { ...text, xml: { name: 'c' } } }), '<a><c>x</c></a>', '{"b":"x"}'],
    ['an attribute', object({ id: { type: 'integer', xml: { attribute: true } } }), '<a id="1"/>', '{"id":1}'],
    ['an attribute, as 3.2 says it', object({ id: { type: 'integer', xml: { nodeType: 'attribute', name: 'no' } } }), '<a no="1"/>', '{"id":1}'],
    [
      'a text beside attributes',
      object({ id: { ...text, xml: { attribute: true } }, b: { ...text, xml: { nodeType: 'text' } } }),
      '<a id="1">x</a>',
      '{"id":"1","b":"x"}',
    ],
    ['an empty object', object({ b: text }), '<a/>', '{}'],
    ['a list', object({ b: list({ type: 'integer' }) }), '<a><b>1</b><b>2</b></a>', '{"b":[1,2]}'],
    ['a list of one', object({ b: list(text) }), '<a><b>1</b></a>', '{"b":["1"]}'],
    ['a list with named items', object({ b: list({ ...text, xml: { name: 'c' } }, { name: 'd' }) }), '<a><c>1</c></a>', '{"b":["1"]}'],
    ['a wrapped list', object({ b: list(text, { wrapped: true }) }), '<a><b><b>1</b><b>2</b></b></a>', '{"b":["1","2"]}'],
    ['a wrapped list, named', object({ b: list({ ...text, xml: { name: 'c' } }, { wrapped: true, name: 'd' }) }), '<a><d><c>1</c></d></a>', '{"b":["1"]}'],
    ['a wrapped list, as 3.2 says it', object({ b: list(text, { nodeType: 'element', name: 'd' }) }), '<a><d><d>1</d></d></a>', '{"b":["1"]}'],
    ['an empty wrapped list', object({ b: list(text, { wrapped: true }) }), '<a><b/></a>', '{"b":[]}'],
    ['objects in a list', object({ b: list(object({ c: text })) }), '<a><b><c>1</c></b><b/></a>', '{"b":[{"c":"1"},{}]}'],
    ['a namespace', object({ b: text }, { xml: { namespace: 'urn:x' } }), '<a xmlns="urn:x"><b>1</b></a>', '{"b":"1"}'],
    ['a namespace with a prefix', object({ b: text }, { xml: { namespace: 'urn:x', prefix: 'p' } }), '<q:a xmlns:q="urn:x"><b>1</b></q:a>', '{"b":"1"}'],
    ['null', object({ b: { type: ['integer', 'null'] } }), '<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><b i:nil="true"/></a>', '{"b":null}'],
    ['what other names hold', object({}, { additionalProperties: { type: 'integer' } }), '<a><b>1</b></a>', '{"b":1}'],
    [
      'what parts of a schema say',
      { allOf: [object({ b: { type: 'integer' } }), object({ c: { ...text, xml: { attribute: true } } })] },
      '<a c="x"><b>1</b></a>',
      '{"c":"x","b":1}',
    ],
  ])('%s', async (_, schema, document, value) => expect(await said(schema, document)).toBe(value))
})

describe('what it refuses', () => {
  it.each<[string, unknown, string, RegExp]>([
    ['another root', object({ b: text }, { xml: { name: 'c' } }), '<a><b/></a>', /^# xml$/],
    ['another namespace', object({ b: text }, { xml: { namespace: 'urn:x' } }), '<a><b/></a>', /^# xml$/],
    ['a namespace that nobody described', object({ b: text }), '<a xmlns="urn:x"><b/></a>', /^# xml$/],
    ['a namespace inside', object({ b: text }), '<a><b xmlns="urn:x"/></a>', /^#\/%7Burn/],
    ['a namespace of an attribute', object({ b: { ...text, xml: { attribute: true } } }), '<a xmlns:x="urn:x" x:b="1"/>', /^#\/%40/],
    ['an element that is not listed', object({ b: text }), '<a><c/></a>', /^#\/c /],
    ['an attribute that is not listed', object({ b: text }), '<a c=""/>', /^#\/%40c /],
    ['another namespace where anything may come', object({ b: text }, OPEN), '<a><b>1</b><x:b xmlns:x="urn:x">2</x:b></a>', /^#\/%7Burn%3Ax%7Db xml$/],
    ['no namespace where one is described', object({ b: { ...text, xml: { namespace: 'urn:x', prefix: 'p' } } }, OPEN), '<a><b>1</b></a>', /^#\/%7B%7Db xml$/],
    ['another namespace of an item', object({ b: list(text) }, OPEN), '<a><x:b xmlns:x="urn:x"/></a>', /^#\/%7Burn%3Ax%7Db xml$/],
    [
      'another namespace of an attribute',
      object({ b: { ...text, xml: { attribute: true } } }, OPEN),
      '<a b="1" x:b="2" xmlns:x="urn:x"/>',
      /^#\/%40%7Burn%3Ax%7Db xml$/,
    ],
    [
      'an element for an attribute where anything may come',
      object({ id: { ...text, xml: { attribute: true } } }, OPEN),
      '<a><id>1</id></a>',
      /^#\/%7B%7Did xml$/,
    ],
    ['an element for an attribute', object({ id: { ...text, xml: { attribute: true } } }), '<a><id>1</id></a>', /^#\/%7B%7Did /],
    ['an attribute for an element', object({ id: text }), '<a id="1"/>', /^#\/%40id /],
    ['both', object({ id: { ...text, xml: { attribute: true } } }), '<a id="1"><id>2</id></a>', /^#\/%7B%7Did /],
    ['one twice', object({ b: text }), '<a><b>1</b><b>2</b></a>', /^#\/b xml$/],
    ['text between', object({ b: text }), '<a>x<b/></a>', /^#\/%23text /],
    ['elements in a text', object({ b: text }), '<a><b>x<c/></b></a>', /^#\/b type/],
    ['attributes on a text', object({ b: text }), '<a><b c="1">x</b></a>', /^#\/b type/],
    ['a number that is none', object({ b: { type: 'integer' } }), '<a><b> 1</b></a>', /^#\/b type/],
    ['items beside a wrapper', object({ b: list(text, { wrapped: true }) }), '<a><b>1</b></a>', /^#\/b xml$/],
    ['other items in a wrapper', object({ b: list(text, { wrapped: true }) }), '<a><b><c>1</c></b></a>', /^#\/b\/0 xml$/],
    ['a wrapper twice', object({ b: list(text, { wrapped: true }) }), '<a><b/><b/></a>', /^#\/b xml$/],
    ['the prototype', object({}, { additionalProperties: true }), '<a><__proto__/></a>', /^#\/__proto__ /],
    ['null where none may be', object({ b: text }), '<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><b i:nil="true"/></a>', /^#\/b type/],
    ['what is missing', object({ b: text }, { required: ['b'] }), '<a/>', /required/],
    ['a doctype', object({ b: text }), '<!DOCTYPE a><a/>', /^doctype$/],
  ])('%s', async (_, schema, document, expected) => expect(await said(schema, document)).toMatch(expected))
})
