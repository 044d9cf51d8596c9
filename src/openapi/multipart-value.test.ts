import { describe, expect, it } from 'vitest'
import { described } from '../../test/described.ts'
import { Schemas } from '../json-schema/schemas.ts'
import { bodyReader } from './body-readers.ts'
import type { MediaType } from './description.ts'

const TYPE = 'multipart/form-data'
const OPTIONS = { json: { maxDepth: 8, largeNumbers: 'deny' }, maxFields: 4, maxRecords: 9, maxElements: 50, maxPartBytes: 100, strip: false } as const

const SCHEMA = {
  type: 'object',
  properties: {
    title: { type: 'string', maxLength: 5 },
    count: { type: 'integer' },
    tags: { type: 'array', items: { type: 'string' } },
    address: { type: 'object', properties: { city: { type: 'string' } } },
    photo: { type: 'string', format: 'binary', maxLength: 10 },
    files: { type: 'array', items: { type: 'string', format: 'binary' } },
    ids: { type: 'array', maxItems: 2, items: { type: 'integer' } },
    points: { type: 'array', items: { type: 'object', properties: { x: { type: 'integer' } } } },
  },
}
const ENCODING = {
  photo: { contentType: ['image/png', 'image/*'], headers: { 'x-rate': { required: true, schema: { type: 'integer' } } } },
  points: { contentType: ['application/json'] },
  ids: { style: 'pipeDelimited', explode: false },
} as const

/** The value as JSON, or what is wrong with it. */
async function said(...parts: readonly string[]): Promise<string> {
  const description = described({ 'POST /': { body: { content: { [TYPE]: { schema: SCHEMA, encoding: ENCODING } } } } })
  const media = description.operation('POST /')?.body?.content[TYPE] as MediaType
  const reader = bodyReader(TYPE, media, new Schemas((id) => description.schema(id)), OPTIONS)
  if (typeof reader !== 'function') throw new Error('no reader')
  const body = Uint8Array.from(`${parts.join('')}--b--\r\n`, (char) => char.charCodeAt(0))
  const reading = await reader(body, { mediaType: TYPE, parameters: new Map([['boundary', 'b']]) })
  if (reading.kind === 'sound') return JSON.stringify(reading.value)
  return reading.kind === 'fault' ? reading.fault : reading.violations.map(({ pointer, rule }) => `${pointer} ${rule}`).join(', ')
}

const part = (head: string, content: string) => `--b\r\n${head}\r\n\r\n${content}\r\n`
const field = (name: string, content: string, type?: string) =>
  part(`Content-Disposition: form-data; name="${name}"${type === undefined ? '' : `\r\nContent-Type: ${type}`}`, content)
const file = (name: string, type: string, content: string, more = '') =>
  part(`Content-Disposition: form-data; name="${name}"; filename="f"\r\nContent-Type: ${type}${more}`, content)
const RATE = '\r\nX-Rate: 3'
const GIF = 'GIF89a'

describe('what it reads', () => {
  it.each<[string, string, readonly string[]]>([
    ['texts and numbers', '{"title":"a","count":5}', [field('title', 'a'), field('count', '5')]],
    ['a text in UTF-8', '{"title":"é"}', [field('title', '\xc3\xa9', 'text/plain; charset=utf-8')]],
    ['a list', '{"tags":["a","b"]}', [field('tags', 'a'), field('tags', 'b')]],
    ['a list of one', '{"tags":["a"]}', [field('tags', 'a')]],
    ['an object', '{"address":{"city":"a"}}', [field('address', '{"city":"a"}', 'application/json')]],
    ['an object that does not say so', '{"address":{"city":"a"}}', [field('address', '{"city":"a"}')]],
    ['objects in a list', '{"points":[{"x":1},{"x":2}]}', [field('points', '{"x":1}', 'application/json'), field('points', '{"x":2}', 'application/json')]],
    ['a file, a character for each byte', JSON.stringify({ photo: `${GIF}\0ÿ` }), [file('photo', 'image/gif', `${GIF}\0\xff`, RATE)]],
    ['a list in one text', '{"ids":[1,2]}', [field('ids', '1|2')]],
    ['files', '{"files":["a","b"]}', [file('files', 'application/octet-stream', 'a'), file('files', 'text/plain', 'b')]],
  ])('%s', async (_, value, parts) => expect(await said(...parts)).toBe(value))
})

describe('what it refuses', () => {
  it.each<[string, RegExp, readonly string[]]>([
    ['what is not listed', /^#\/admin /, [field('admin', '1')]],
    ['one twice', /^#\/title style$/, [field('title', 'a'), field('title', 'b')]],
    ['a text that is too long', /^#\/title maxLength$/, [field('title', 'abcdef')]],
    ['a number that is none', /^#\/count type$/, [field('count', '0x1')]],
    ['a text that is no UTF-8', /^encoding$/, [field('title', '\xff')]],
    ['JSON that is none', /^syntax$/, [field('address', '{')]],
    ['a key twice', /^duplicate-key$/, [field('address', '{"city":"a","city":"b"}')]],
    ['a property in JSON that is not listed', /^#\/address\/admin /, [field('address', '{"admin":1}')]],
    ['a file of another type', /^#\/photo contentType$/, [file('photo', 'text/plain', 'a', RATE)]],
    ['a file that does not say its type', /^#\/photo contentType, #\/photo headers$/, [field('photo', 'a')]],
    ['a file that is something else', /^type-mismatch$/, [file('photo', 'image/png', GIF, RATE)]],
    ['a file that is too large', /^#\/photo maxLength$/, [file('photo', 'image/gif', `${GIF}12345`, RATE)]],
    ['a header that is missing', /^#\/photo headers$/, [file('photo', 'image/gif', GIF)]],
    ['a header that is not as described', /^#\/photo headers$/, [file('photo', 'image/gif', GIF, '\r\nX-Rate: a')]],
    ['a header of another part', /^#\/files\/0 headers$/, [file('files', 'image/gif', GIF, RATE)]],
    ['a header that nobody describes', /^part-header$/, [file('files', 'image/gif', GIF, '\r\nX-Other: 1')]],
    ['too many items in one text', /^#\/ids maxItems$/, [field('ids', '1|2|3')]],
    ['no items in one text', /^#\/ids style$/, [field('ids', '')]],
    ['a list in one text, twice', /^#\/ids style$/, [field('ids', '1'), field('ids', '2')]],
    ['an object for a text', /^#\/title type$/, [field('title', '{}', 'application/json')]],
    ['too many', /^too-many-parts$/, Array.from({ length: 5 }, () => field('tags', 'a'))],
    ['too long', /^part-length$/, [field('tags', 'a'.repeat(101))]],
  ])('%s', async (_, expected, parts) => expect(await said(...parts)).toMatch(expected))
})
