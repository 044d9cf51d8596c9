import { describe, expect, it } from 'vitest'
import { isJson } from '../../content/media-kind.ts'
import { Problems } from '../../core/problems.ts'
import { Schemas } from '../../json-schema/schemas.ts'
import { packJson } from '../../lib/packed-json.ts'
import { Description, type DescriptionHead, type Operation } from '../../openapi/description.ts'
import { describedForm, isSequence } from '../../openapi/media-range.ts'
import { openapiResponses } from './openapi-responses.ts'
import { Promised, PromisedAnswers } from './promised.ts'
import { codingOf, rewritten, unchanged } from './sent.ts'

const operation: Operation = { responses: { '200': {} } }
const head: DescriptionHead = { version: 1, title: 'One', apiVersion: '1', digest: '0', operations: { 'GET /one': 1 } }
const description = new Description(packJson([head, operation].map((value) => JSON.stringify(value))))

function problemsOf(given: object) {
  const problems = new Problems()
  openapiResponses(given as Parameters<typeof openapiResponses>[0]).check(['p'], problems)
  return problems.all.map(({ path, found }) => `${path}: ${found}`)
}

describe('settings', () => {
  it('need a description and nothing else', () => expect(problemsOf({ description })).toEqual([]))

  it.each<[string, object, string]>([
    ['none', {}, 'p.description'],
    ['a document in place of its description', { description: { openapi: '3.1.0' } }, 'p.description'],
    ['a status that is no error', { description, bareStatuses: [200] }, 'p.bareStatuses[0]'],
    ['a status that the gateway has no words for', { description, bareStatuses: [418] }, 'p.bareStatuses[0]'],
    ['a range', { description, largeUnchecked: ['application/*'] }, 'p.largeUnchecked[0]'],
    ['more than an isolate holds', { description, maxBytes: 100_000_000 }, 'p.maxBytes'],
    ['another word', { description, unlisted: 'allow' }, 'p.unlisted'],
  ])('%s', (_name, given, path) => expect(problemsOf(given)).toEqual([expect.stringMatching(path.replace(/[[\].]/g, '\\$&'))]))

  it('say which routes are described', () =>
    expect(['GET /one', 'GET /two', 'toString'].filter((key) => openapiResponses({ description }).describes?.has(key))).toEqual(['GET /one']))

  it('stand in the configuration’s hash by the description’s digest alone', () =>
    expect(JSON.stringify(openapiResponses({ description }).settings)).toBe('{"description":"One 1 0"}'))
})

describe('what is promised', () => {
  const schemas = new Schemas((id) => description.schema(id))
  it('is read once, and only for what is described', () => {
    const promised = new Promised(description, schemas)
    expect(promised.of('GET /one')).toBe(promised.of('GET /one'))
    for (const key of ['GET /two', 'constructor', '__proto__', 'toString', '']) expect(promised.of(key)).toBeUndefined()
  })

  const [exact, ofClass, others] = [{ content: { 'text/a': {} } }, { content: { 'text/b': {} } }, { content: {} }]
  it.each([
    ['the status itself', 200, exact.content],
    ['its class', 299, ofClass.content],
    ['all others, without a body', 404, undefined],
  ])('for %s', (_name, status, expected) =>
    expect(new PromisedAnswers({ '200': exact, '2XX': ofClass, default: others }, schemas).for(status)?.content).toBe(expected),
  )
  it('for no other status', () => expect(new PromisedAnswers({ '200': exact, '4XX': ofClass }, schemas).for(500)).toBeUndefined())
})

describe('media types', () => {
  const content = { 'application/json': { schema: 1 }, 'application/*': { schema: 2 }, '*/*': { schema: 3 } }
  it.each([
    ['application/json', 1],
    ['application/xml', 2],
    ['text/html', 3],
  ])('%s is described by %i', (type, schema) => expect(describedForm(content, type)?.schema).toBe(schema))
  it.each(['text/html', 'constructor', '__proto__/x'])('%s by nothing', (type) => expect(describedForm({ 'application/json': {} }, type)).toBeUndefined())

  it.each([
    ['application/json', true, false],
    ['application/problem+json', true, false],
    ['text/json', true, false],
    ['application/jsonp', false, false],
    ['application/json-seq', false, true],
    ['application/geo+json-seq', false, true],
    ['text/event-stream', false, true],
    ['application/stream+json', true, true],
    ['text/html', false, false],
  ])('%s: one JSON text %s, many %s', (type, one, many) => expect([isJson(type), isSequence(type)]).toEqual([one, many]))
})

describe('what is sent', () => {
  it.each([
    [undefined, 'none'],
    ['identity', 'none'],
    ['gzip', 'decoded'],
    ['br', 'decoded'],
    ['GZIP', 'unknown'],
    ['zstd', 'unknown'],
    ['gzip, br', 'unknown'],
    ['deflate', 'unknown'],
  ])('coding %s: %s', (coding, expected) => expect(codingOf(new Headers(coding === undefined ? {} : { 'content-encoding': coding }))).toBe(expected))

  const said = { etag: '"1"', 'content-digest': 'x', 'content-type': 'application/json', vary: 'accept' }
  it('in the same bytes carries what was said of them', () =>
    expect(Object.fromEntries(unchanged(new Response('x', { status: 201, headers: said }), 'x').headers)).toEqual(said))

  it('in other bytes carries what is said of the resource', () => {
    const sent = rewritten(new Response('x', { status: 201, headers: { ...said, 'content-encoding': 'gzip', 'content-length': '1' } }), '{}')
    expect([sent.status, Object.fromEntries(sent.headers)]).toEqual([201, { 'content-type': 'application/json', vary: 'accept' }])
  })

  it('compressed anew has a weak validator', () => {
    const headersOf = (etag: string) => unchanged(new Response('x', { headers: { etag, 'content-encoding': 'gzip' } }), 'x').headers
    expect([headersOf('"1"').get('etag'), headersOf('W/"1"').get('etag'), headersOf('"1"').get('content-encoding')]).toEqual(['W/"1"', 'W/"1"', 'gzip'])
  })
})
