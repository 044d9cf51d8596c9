import { describe, expect, it } from 'vitest'
import { exchange, type Wanted } from '../../../test/exchange.ts'
import type { Deny, Pass } from '../../core/decision.ts'
import { Problems } from '../../core/problems.ts'
import { sha256Hex } from '../../lib/sha256-hex.ts'
import { graphql } from './graphql.ts'

type Settings = Parameters<typeof graphql>[0]

async function decide(settings: Settings, wanted: Wanted): Promise<Pass | Deny> {
  const policy = graphql(settings)
  const problems = new Problems()
  policy.check(['graphql'], problems)
  expect(problems.all).toEqual([])
  return (await policy.compile().request?.(exchange(wanted))) as Pass | Deny
}

/** What became of it, in brief: the kind, name and cost of what runs, or status and reason. */
async function brief(settings: Settings, wanted: Wanted): Promise<string> {
  const decision = await decide(settings, wanted)
  if (decision.kind === 'deny') return `${decision.status} ${decision.reason}`
  const { kind, operation = '-', cost } = decision.validated?.graphql ?? { kind: '?', cost: -1 }
  return `${kind} ${operation} ${cost}`
}

const post = (body: unknown, headers: Record<string, string> = {}): Wanted => ({
  method: 'POST',
  body: typeof body === 'string' ? body : JSON.stringify(body),
  headers: { 'content-type': 'application/json', ...headers },
})
const get = (parameters: Record<string, string>): Wanted => ({ url: `https://api.example.com/?${new URLSearchParams(parameters)}` })
const times = (count: number, text: (i: number) => string) => Array.from({ length: count }, (_, i) => text(i)).join(' ')

describe('documents', () => {
  it.each<[string, string, string]>([
    ['a field', '{ a }', 'query - 1'],
    ['fields in fields', 'query Q { a { b c } }', 'query Q 3'],
    ['a mutation', 'mutation M { a }', 'mutation M 1'],
    ['fragments in place', '{ ...F ...F } fragment F on Query { a { b } }', 'query - 4'],
    ['inline fragments', '{ ... on Query { a ... { b } } }', 'query - 2'],
    ['what may be skipped counts', '{ a @skip(if: true) { b } c @include(if: false) }', 'query - 3'],
    ['comments and commas', '# a comment\n{,,a,,#}\n}', 'query - 1'],
    ['its own name of a type', '{ __typename a { __typename } }', 'query - 3'],
    ['a byte order mark that is an ignored character', '\u{feff}{ a }', 'query - 1'],
    ['no syntax', '{ a', '400 graphql.syntax'],
    ['an empty selection set', '{ a { } }', '400 graphql.syntax'],
    ['a control character', '{ a(x: "\u0007") }', '400 graphql.syntax'],
    ['full-width braces', '｛ a ｝', '400 graphql.syntax'],
    ['nothing', '#', '400 graphql.syntax'],
    ['only a fragment', 'fragment F on T { a }', '400 graphql.definition'],
    ['a schema', '{ a } type T { a: Int }', '400 graphql.definition'],
    ['a subscription', 'subscription { a }', '403 graphql.kind'],
    ['a subscription beside a query', 'query A { a } subscription B { a }', '403 graphql.kind'],
    ['an unknown directive', '{ a @defer }', '400 graphql.directive'],
    ['an unknown directive on a fragment', '{ ... @defer { a } }', '400 graphql.directive'],
    ['an unknown directive on an operation', 'query @live { a }', '400 graphql.directive'],
    ['an unknown directive on a variable', 'query ($a: Int @live) { a }', '400 graphql.directive'],
    ['an argument twice', '{ a(first: 1, first: 1000) { b } }', '400 graphql.duplicate'],
    ['an input field twice', '{ a(p: { limit: 1, limit: 1000 }) { b } }', '400 graphql.duplicate'],
    ['a variable twice', 'query ($n: Int = 1, $n: Int = 1000) { a(first: $n) { b } }', '400 graphql.duplicate'],
  ])('%s', async (_, query, expected) => {
    expect(await brief({}, post({ query }))).toBe(expected)
  })

  it.each<[string, string, string]>([
    ['of the schema', '{ __schema { types { name } } }', '403 graphql.introspection'],
    ['of a type', '{ __type(name: "User") { name } }', '403 graphql.introspection'],
    ['under an alias', '{ users: __schema { types { name } } }', '403 graphql.introspection'],
    ['in a fragment', '{ ...F } fragment F on Query { __schema { types { name } } }', '403 graphql.introspection'],
    ['in an operation that does not run', 'query A { a } query B { __schema { types { name } } }', '403 graphql.introspection'],
    ['of a mutation', 'mutation { __schema { types { name } } }', '403 graphql.introspection'],
    ['skipped', '{ __schema @skip(if: true) { types { name } } }', '403 graphql.introspection'],
    ['of a subgraph', '{ _service { sdl } }', '403 graphql.introspection'],
    ['of something newer', '{ __directive { name } }', '403 graphql.introspection'],
  ])('introspection %s', async (_, query, expected) => {
    expect(await brief({}, post({ query, operationName: query.startsWith('query A') ? 'A' : undefined }))).toBe(expected)
    expect(await brief({ introspection: true }, post({ query, operationName: query.startsWith('query A') ? 'A' : undefined }))).toMatch(/^(query|mutation) /)
  })

  it.each<[string, string, string | null | undefined, string]>([
    ['the only one', 'query A { a }', undefined, 'query A 1'],
    ['the only one, by name', 'query A { a }', 'A', 'query A 1'],
    ['the only one, by another name', 'query A { a }', 'B', '400 graphql.operation-name'],
    ['a name for one that has none', '{ a }', 'A', '400 graphql.operation-name'],
    ['one of two', 'query A { a } mutation B { b c }', 'B', 'mutation B 2'],
    ['two and none named', 'query A { a } mutation B { b }', undefined, '400 graphql.operation-name'],
    ['two and null', 'query A { a } mutation B { b }', null, '400 graphql.operation-name'],
    ['two and an empty name', 'query A { a } mutation B { b }', '', '400 graphql.envelope'],
    ['two of one name', 'query A { a } mutation A { b }', 'A', '400 graphql.operation-name'],
    ['one without a name beside one with', '{ a } mutation B { b }', 'B', '400 graphql.operation-name'],
    ['a name of another case', 'query A { a }', 'a', '400 graphql.operation-name'],
    ['an inherited name', 'query A { a }', 'toString', '400 graphql.operation-name'],
    ['eleven', times(11, (i) => `query A${i} { a }`), 'A0', '400 graphql.operations'],
    ['a costly one that does not run', `query A { a } query B { ${times(6, (i) => `a${i}: a`)} }`, 'A', '400 graphql.repeats'],
  ])('the operation that runs: %s', async (_, query, operationName, expected) => {
    expect(await brief({}, post({ query, operationName }))).toBe(expected)
  })

  it.each<[string, string, string]>([
    ['undefined', '{ ...F }', '400 graphql.fragment'],
    ['inherited', '{ ...toString }', '400 graphql.fragment'],
    ['unused', '{ a } fragment F on T { b }', '400 graphql.fragment'],
    ['used by an unused one', '{ a } fragment F on T { ...G } fragment G on T { b }', '400 graphql.fragment'],
    ['twice', '{ ...F } fragment F on T { a } fragment F on T { b }', '400 graphql.fragment'],
    ['of itself', '{ ...F } fragment F on T { ...F }', '400 graphql.fragment-cycle'],
    ['of itself, below a field', '{ ...F } fragment F on T { a { ...F } }', '400 graphql.fragment-cycle'],
    ['of each other', '{ ...F } fragment F on T { a { ...G } } fragment G on T { ... { b { ...F } } }', '400 graphql.fragment-cycle'],
    ['of each other, unused', '{ a } fragment F on T { ...G } fragment G on T { ...F }', '400 graphql.fragment-cycle'],
  ])('fragments: %s', async (_, query, expected) => {
    expect(await brief({}, post({ query }))).toBe(expected)
  })
})

describe('limits', () => {
  const deep = (depth: number) => `${'{ a '.repeat(depth)}${'}'.repeat(depth)}`
  const doubling = (levels: number, body: string) =>
    `{ ...F0 } ${times(levels, (i) => `fragment F${i} on T { ...F${i + 1} ...F${i + 1} }`)} fragment F${levels} on T { ${body} }`
  it.each<[string, Settings, string, string]>([
    ['ten deep', {}, deep(10), 'query - 10'],
    ['eleven deep', {}, deep(11), '400 graphql.depth'],
    ['as deep as tokens allow', {}, deep(600), '400 graphql.depth'],
    ['deeper than the parser goes', { maxTokens: 20_000 }, deep(6000), '400 graphql.depth'],
    ['deep by inline fragments', {}, `${'{ ... '.repeat(400)}{ a }${'}'.repeat(400)}`, '400 graphql.depth'],
    ['deep by lists', {}, `{ a(x: ${'['.repeat(400)}${']'.repeat(400)}) }`, '400 graphql.depth'],
    ['deep by objects', {}, `{ a(x: ${'{x: '.repeat(300)}1${'}'.repeat(300)}) }`, '400 graphql.depth'],
    ['deep by fragments', {}, `{ ...F0 } ${times(11, (i) => `fragment F${i} on T { a { ...F${i + 1} } }`)} fragment F11 on T { a }`, '400 graphql.depth'],
    [
      'a long chain of fragments',
      { maxTokens: 20_000 },
      `{ ...F0 } ${times(2000, (i) => `fragment F${i} on T { ...F${i + 1} }`)} fragment F2000 on T { a }`,
      '400 graphql.depth',
    ],
    ['a shorter one', {}, `{ ...F0 } ${times(100, (i) => `fragment F${i} on T { ...F${i + 1} }`)} fragment F100 on T { a }`, 'query - 1'],
    [
      'one that is looked at from its middle first',
      { maxTokens: 20_000 },
      `{ ...F100 ...F0 } ${times(200, (i) => `fragment F${i} on T { ...F${i + 1} }`)} fragment F200 on T { a }`,
      '400 graphql.depth',
    ],
    ['many roots', {}, `{ ${times(11, (i) => `a${i}`)} }`, '400 graphql.root-fields'],
    ['many roots by fragments', {}, `{ ...F ...F ...F } fragment F on Query { a b c d }`, '400 graphql.root-fields'],
    ['a broad set', {}, `{ a { ${times(201, (i) => `a${i}`)} } }`, '400 graphql.breadth'],
    ['a broad set of one field', {}, `{ a { ${times(201, () => 'b')} } }`, '400 graphql.breadth'],
    ['many fields', { maxFields: 30 }, `{ ${times(4, (i) => `a${i} { ${times(8, (j) => `b${j}`)} }`)} }`, '400 graphql.fields'],
    ['exponential fragments', {}, doubling(30, 'a'), '400 graphql.breadth'],
    [
      'exponential fragments below fields',
      { maxBreadth: 1000, maxDepth: 64 },
      `{ ...F0 } ${times(40, (i) => `fragment F${i} on T { a { ...F${i + 1} } b { ...F${i + 1} } }`)} fragment F40 on T { a }`,
      '400 graphql.fields',
    ],
    [
      'exponential fragments of directives',
      {},
      `{ a { ...F0 } } ${times(20, (i) => `fragment F${i} on T { a { ...F${i + 1} @skip(if: true) } }`)} fragment F20 on T { a }`,
      '400 graphql.depth',
    ],
    ['as many aliases as may be', { maxRepeats: 20 }, `{ ${times(9, (i) => `a${i}: a`)} }`, 'query - 9'],
    ['more aliases', { maxAliases: 8 }, `{ ${times(9, (i) => `a${i}: f${i}`)} }`, '400 graphql.aliases'],
    ['aliases by fragments', { maxAliases: 8 }, '{ x { ...F } y { ...F } } fragment F on T { a: b c: d e: f g: h i: j }', '400 graphql.aliases'],
    ['one field under many names', {}, `{ ${times(6, (i) => `a${i}: login`)} }`, '400 graphql.repeats'],
    [
      'one field under many names, by fragments',
      {},
      '{ ...F ...G } fragment F on Query { a: x b: x c: x } fragment G on Query { ... { d: x e: x } x }',
      '400 graphql.repeats',
    ],
    ['one field of many fragments', {}, `{ a { ${times(9, (i) => `...F${i}`)} } } ${times(9, (i) => `fragment F${i} on T { id f${i} }`)}`, 'query - 19'],
    ['many directives', {}, `{ a ${'@skip(if: false) '.repeat(21)} }`, '400 graphql.directives'],
    ['many tokens', {}, `{ a(x: "${'x '.repeat(100)}" ${'y: 1, '.repeat(1)}) ${'b '.repeat(2000)} }`, '400 graphql.tokens'],
    ['a name that speaks of tokens', {}, '{ a "Document contains more than 5 tokens" }', '400 graphql.syntax'],
    ['many comments', {}, `{ a ${'#\n'.repeat(3000)} }`, '400 graphql.tokens'],
    ['many commas', {}, `{ a ${','.repeat(60_000)} }`, 'query - 1'],
  ])('%s', async (_, settings, query, expected) => {
    const began = performance.now()
    expect(await brief(settings, post({ query }))).toBe(expected)
    expect(performance.now() - began).toBeLessThan(1000)
  })
})

describe('cost', () => {
  const settings: Settings = {
    maxCost: 100_000,
    weights: { 'Mutation.login': 50, search: 10, 'User.posts': 7, 'Blog.posts': 3, 'Query.cheap': 0 },
    listSizes: { friends: 20 },
  }
  it.each<[string, string, unknown, string]>([
    ['weights at the root', 'mutation { login }', {}, 'mutation - 50'],
    ['of another root', '{ login search cheap }', {}, 'query - 11'],
    ['at the root by a fragment', 'mutation { ...F } fragment F on Mutation { ... { login } }', {}, 'mutation - 50'],
    ['at the root by a fragment of another type', 'mutation { ...F } fragment F on Any { login }', {}, 'mutation - 50'],
    ['under another name', 'mutation { ping: login }', {}, 'mutation - 50'],
    ['below: the highest of its name', '{ a { posts } b { ... on Node { posts } } }', {}, 'query - 16'],
    ['below: what is cheap at the root', '{ a { cheap } }', {}, 'query - 2'],
    ['a number', '{ a(first: 10) { b } }', {}, 'query - 11'],
    ['a number where nothing is below: a list of texts', '{ a(first: 10) }', {}, 'query - 10'],
    ['a known list where nothing is below', '{ friends }', {}, 'query - 20'],
    ['a variable that nobody gives where nothing is below', 'query ($n: Int) { a(first: $n) }', {}, 'query - 100'],
    ['a negative number where nothing is below', '{ a(first: -1) }', {}, '400 graphql.list-size'],
    ['numbers in one another', '{ a(first: 10) { b(last: 10) { c } } }', {}, 'query - 111'],
    ['the larger of two', '{ a(first: 10, last: 20) { b } }', {}, 'query - 21'],
    ['null beside a number', '{ a(first: 10, last: null) { b } }', {}, 'query - 11'],
    ['in an input object', '{ a(page: { limit: 10 }) { b } }', {}, 'query - 11'],
    ['deep in input objects', '{ a(page: [{ x: { limit: 10 } }]) { b } }', {}, 'query - 11'],
    ['a list that is known', '{ friends { b } }', {}, 'query - 21'],
    ['a list that is known, asked for less', '{ friends(first: 2) { b } }', {}, 'query - 3'],
    ['a variable', 'query ($n: Int) { a(first: $n) { b } }', { n: 10 }, 'query - 11'],
    ['a variable with a default', 'query ($n: Int = 10) { a(first: $n) { b } }', {}, 'query - 11'],
    ['a variable that is said against its default', 'query ($n: Int = 1) { a(first: $n) { b } }', { n: 10 }, 'query - 11'],
    ['a float that is a whole number', 'query ($n: Int) { a(first: $n) { b } }', { n: 10.0 }, 'query - 11'],
    ['a variable in an object', 'query ($n: Int) { a(page: { limit: $n }) { b } }', { n: 10 }, 'query - 11'],
    ['a variable that is an object', 'query ($p: Page) { a(page: $p) { b } }', { p: [{ limit: 10 }] }, 'query - 11'],
    ['an object by default', 'query ($p: Page = { limit: 10 }) { a(page: $p) { b } }', {}, 'query - 11'],
    ['a variable that nobody gives', 'query ($n: Int) { a(first: $n) { b } }', {}, 'query - 101'],
    ['a variable that nobody gives, of a known list', 'query ($n: Int) { friends(first: $n) { b } }', {}, 'query - 21'],
    ['a variable that nobody defines', '{ a(first: $n) { b } }', {}, 'query - 101'],
    ['null', '{ a(first: null) { b } }', {}, 'query - 101'],
    ['null by variable, against a default', 'query ($n: Int = 1) { a(first: $n) { b } }', { n: null }, 'query - 101'],
    ['null in an object', 'query ($p: P) { a(page: $p) { b } }', { p: { limit: null } }, 'query - 101'],
    ['0: everything to some', '{ a(first: 0) { b } }', {}, 'query - 101'],
    ['0 by variable', 'query ($n: Int) { a(first: $n) { b } }', { n: 0 }, 'query - 101'],
    ['-1 in an object', '{ a(page: { limit: -1 }) { b } }', {}, 'query - 101'],
    ['text of that name in an object', 'mutation { a(name: { first: "Ada", last: "Lovelace" }) { b } }', {}, 'mutation - 2'],
    ['a negative number', '{ a(first: -1) { b } }', {}, '400 graphql.list-size'],
    ['a negative variable', 'query ($n: Int) { a(first: $n) { b } }', { n: -1 }, '400 graphql.list-size'],
    ['a float', '{ a(first: 1.5) { b } }', {}, '400 graphql.list-size'],
    ['a large float', '{ a(first: 1e9) { b } }', {}, '400 graphql.list-size'],
    ['a float by variable', 'query ($n: Int) { a(first: $n) { b } }', { n: 1.5 }, '400 graphql.list-size'],
    ['text', '{ a(first: "1000") { b } }', {}, '400 graphql.list-size'],
    ['text by variable', 'query ($n: Int) { a(first: $n) { b } }', { n: '1000' }, '400 graphql.list-size'],
    ['a list', 'query ($n: Int) { a(first: $n) { b } }', { n: [1000] }, '400 graphql.list-size'],
    ['a list in the document', '{ a(first: [1000]) { b } }', {}, '400 graphql.list-size'],
    ['true', 'query ($n: Int) { a(first: $n) { b } }', { n: true }, '400 graphql.list-size'],
    ['an inherited variable', 'query ($toString: Int) { a(first: $toString) { b } }', {}, 'query - 101'],
    ['more than there is', '{ a(first: 99999999999999999999) { b } }', {}, '400 graphql.cost'],
    ['more than there is, many times', `{ ${'a(first: 999999999) { '.repeat(8)} b ${'}'.repeat(8)} }`, {}, '400 graphql.cost'],
    ['of what runs', 'query A { a(first: 2) { b } } query B { a(first: 9) { b } }', {}, 'query A 3'],
  ])('%s', async (_, query, variables, expected) => {
    expect(await brief(settings, post({ query, variables, ...(query.startsWith('query A') && { operationName: 'A' }) }))).toBe(expected)
  })

  it('reads a large variable once, however often it is used', async () => {
    const query = `query ($p: P) { ${times(40, (i) => `f${i} { ${times(15, (j) => `g${j}(p: $p)`)} }`)} }`
    const began = performance.now()
    const variables = { p: Array.from({ length: 12_000 }, () => ({ x: 1 })) }
    expect(await brief({ maxTokens: 20_000, maxBytes: 1_000_000, maxRootFields: 100 }, post({ query, variables }))).toBe('query - 640')
    expect(performance.now() - began).toBeLessThan(500)
  })

  it('and one that stands as the number of input objects', async () => {
    const query = `query ($p: P) { a(in: [${times(3000, () => '{ first: $p }')}]) }`
    const began = performance.now()
    const variables = { p: Array.from({ length: 60_000 }, () => 1) }
    expect(await brief({ maxTokens: 20_000, maxBytes: 1_000_000 }, post({ query, variables }))).toBe('query - 1')
    expect(performance.now() - began).toBeLessThan(500)
  })
})

describe('the envelope', () => {
  it.each<[string, Wanted, string]>([
    ['all of it', post({ query: 'query A { a }', operationName: 'A', variables: {}, extensions: {} }), 'query A 1'],
    ['nulls', post({ query: '{ a }', operationName: null, variables: null, extensions: null }), 'query - 1'],
    ['a charset', post({ query: '{ a }' }, { 'content-type': 'application/json; charset=UTF-8' }), 'query - 1'],
    ['an unknown member', post({ query: '{ a }', id: '1' }), '400 graphql.envelope'],
    ['another case', post({ Query: '{ a }' }), '400 graphql.envelope'],
    ['no document', post({ operationName: 'A' }), '400 graphql.envelope'],
    ['an empty document', post({ query: '' }), '400 graphql.envelope'],
    ['a document that is a list', post({ query: ['{ a }'] }), '400 graphql.envelope'],
    ['a document that is an object', post({ query: { toString: '{ a }' } }), '400 graphql.envelope'],
    ['variables that are a list', post({ query: '{ a }', variables: [] }), '400 graphql.envelope'],
    ['variables that are text', post({ query: '{ a }', variables: '{}' }), '400 graphql.envelope'],
    ['an unknown extension', post({ query: '{ a }', extensions: { tracing: true } }), '400 graphql.envelope'],
    ['a list', post([{ query: '{ a }' }]), '400 graphql.batch'],
    ['text', post('"{ a }"'), '400 graphql.envelope'],
    ['a document that comes twice', post('{"query":"{ a }","query":"mutation { b }"}'), '400 graphql.duplicate-key'],
    ['a document that comes twice, escaped', post(String.raw`{"query":"{ a }","qu\u0065ry":"mutation { b }"}`), '400 graphql.duplicate-key'],
    ['a variable that comes twice', post('{"query":"{ a }","variables":{"n":1,"n":2}}'), '400 graphql.duplicate-key'],
    ['the prototype', post('{"query":"{ a }","variables":{"__proto__":{"n":1}}}'), '400 graphql.forbidden-key'],
    ['deep variables', post(`{"query":"{ a }","variables":{"v":${'['.repeat(20)}${']'.repeat(20)}}}`), '400 graphql.json-depth'],
    ['many deep variables', post(`{"query":"{ a }","variables":{"v":${'['.repeat(60_000)}`), '400 graphql.json-depth'],
    ['a number that is rounded', post('{"query":"{ a }","variables":{"n":9007199254740993}}'), '400 graphql.number-precision'],
    ['a byte order mark', post('\u{feff}{"query":"{ a }"}'), '400 graphql.encoding'],
    ['no JSON', post('query { a }'), '400 graphql.json'],
    ['nothing', post(''), '400 graphql.json'],
    ['too much', post({ query: `{ a } # ${'x'.repeat(70_000)}` }), '413 graphql.too-large'],
    ['application/graphql', post('{ a }', { 'content-type': 'application/graphql' }), '415 graphql.content-type'],
    ['a form', post('query={ a }', { 'content-type': 'application/x-www-form-urlencoded' }), '415 graphql.content-type'],
    ['a multipart request', post('--x', { 'content-type': 'multipart/form-data; boundary=x' }), '415 graphql.content-type'],
    ['text that a form can send', post({ query: '{ a }' }, { 'content-type': 'text/plain' }), '415 graphql.content-type'],
    ['UTF-16', post({ query: '{ a }' }, { 'content-type': 'application/json; charset=utf-16' }), '415 graphql.content-type'],
    ['gzip', post({ query: '{ a }' }, { 'content-encoding': 'gzip' }), '415 graphql.content-encoding'],
    ['a document in the URL too', { ...post({ query: '{ a }' }), url: 'https://api.example.com/?query={b}' }, '400 graphql.query-string'],
    ['GET', get({ query: '{ a }' }), '405 graphql.method'],
    ['PUT', { ...post({ query: '{ a }' }), method: 'PUT' }, '405 graphql.method'],
  ])('%s', async (_, wanted, expected) => {
    expect(await brief({}, wanted)).toBe(expected)
  })

  it.each<[string, Wanted, string]>([
    ['a query', get({ query: '{ a }' }), 'query - 1'],
    ['with all there is', get({ query: 'query A($n: Int) { a(first: $n) { b } }', operationName: 'A', variables: '{"n":5}', extensions: '{}' }), 'query A 6'],
    ['a mutation', get({ query: 'mutation { a }' }), '405 graphql.get'],
    ['a mutation behind a query', get({ query: 'query A { a } mutation B { b }', operationName: 'B' }), '405 graphql.get'],
    ['a mutation that does not run', get({ query: 'query A { a } mutation B { b }', operationName: 'A' }), '405 graphql.get'],
    ['introspection', get({ query: '{ __schema { types { name } } }' }), '403 graphql.introspection'],
    ['another parameter', get({ query: '{ a }', id: '1' }), '400 graphql.query-string'],
    ['two documents', { url: 'https://api.example.com/?query={a}&query={b}' }, '400 graphql.query-string'],
    ['variables with a key twice', get({ query: '{ a }', variables: '{"n":1,"n":2}' }), '400 graphql.duplicate-key'],
    ['variables that are no JSON', get({ query: '{ a }', variables: 'n' }), '400 graphql.json'],
    ['variables that are a list', get({ query: '{ a }', variables: '[]' }), '400 graphql.envelope'],
    ['an id', get({ documentId: 'x' }), '400 graphql.query-string'],
    ['nothing', {}, '400 graphql.envelope'],
    ['a long one', get({ query: `{ a } # ${'x'.repeat(9000)}` }), '413 graphql.too-large'],
    ['HEAD', { ...get({ query: '{ a }' }), method: 'HEAD' }, '405 graphql.method'],
  ])('by GET: %s', async (_, wanted, expected) => {
    expect(await brief({ get: true }, wanted)).toBe(expected)
  })

  it.each<[string, unknown, string]>([
    ['one', [{ query: 'query A { a }' }], 'query - 1'],
    ['three', [{ query: '{ a }' }, { query: 'mutation B { b }' }, { query: '{ a b }' }], 'mutation - 4'],
    ['four', [{ query: '{ a }' }, { query: '{ a }' }, { query: '{ a }' }, { query: '{ a }' }], '400 graphql.batch'],
    ['none', [], '400 graphql.batch'],
    ['a batch in a batch', [[{ query: '{ a }' }]], '400 graphql.envelope'],
    ['one that is bad', [{ query: '{ a }' }, { query: '{ __schema { types { name } } }' }], '403 graphql.introspection'],
    ['together too costly', [{ query: '{ a(first: 40) { b } }' }, { query: '{ a(first: 60) { b } }' }], '400 graphql.cost'],
    ['no batch', { query: 'query A { a }' }, 'query A 1'],
  ])('a batch: %s', async (_, body, expected) => {
    expect(await brief({ maxBatch: 3, maxCost: 100 }, post(body))).toBe(expected)
  })
})

describe('documents that are known', () => {
  const ME = 'query Me { me { id } }'
  const LIST = 'query List { list { id } }'
  const settings: Settings = { allow: 'listed', documents: { me: ME, list: LIST } }
  const hash = sha256Hex(ME)
  const persisted = (sha256Hash: string, more: object = {}) => ({ extensions: { persistedQuery: { version: 1, sha256Hash, ...more } } })
  it.each<[string, unknown, string]>([
    ['by its text', { query: ME }, 'query Me 2'],
    ['by its id', { documentId: 'me' }, 'query Me 2'],
    ['by its hash', { documentId: `sha256:${hash}` }, 'query Me 2'],
    ['by its hash, as Apollo has it', persisted(hash), 'query Me 2'],
    ['by all of them', { query: ME, documentId: 'me', ...persisted(hash) }, 'query Me 2'],
    ['another', { query: 'query Me { me { id password } }' }, '403 graphql.unlisted'],
    ['one space more', { query: `${ME} ` }, '403 graphql.unlisted'],
    ['an unknown id', { documentId: 'toString' }, '403 graphql.unlisted'],
    ['an unknown hash', persisted('0'.repeat(64)), '403 graphql.unlisted'],
    ['a text and the hash of a listed one', { query: 'query Me { me { password } }', ...persisted(hash) }, '400 graphql.document-id'],
    ['a text and another’s id', { query: ME, documentId: 'list' }, '400 graphql.document-id'],
    ['two ids', { documentId: 'list', ...persisted(hash) }, '400 graphql.document-id'],
    ['a hash in capitals', persisted(hash.toUpperCase()), '400 graphql.envelope'],
    ['another version', { extensions: { persistedQuery: { version: 2, sha256Hash: hash } } }, '400 graphql.envelope'],
    ['more in it', persisted(hash, { ttl: 1 }), '400 graphql.envelope'],
  ])('%s', async (_, body, expected) => {
    expect(await brief(settings, post(body))).toBe(expected)
  })

  it('sends the document itself to the origin, and no id', async () => {
    const decision = await decide(settings, post({ documentId: 'me', variables: { n: 1 }, ...persisted(hash) }))
    expect(decision.kind === 'pass' && new TextDecoder().decode(decision.body)).toBe(JSON.stringify({ query: ME, variables: { n: 1 } }))
  })

  it('leaves alone what came with its text', async () => {
    expect(await decide(settings, post({ query: ME, ...persisted(hash) }))).not.toHaveProperty('body')
    expect(await decide({}, post({ query: ME, ...persisted(hash) }))).not.toHaveProperty('body')
  })

  it.each<[string, unknown, string]>([
    ['other documents', { query: '{ a }' }, 'query - 1'],
    ['a text with its own hash', { query: '{ a }', ...persisted(sha256Hex('{ a }')) }, 'query - 1'],
    ['a text with another hash', { query: '{ a }', ...persisted(hash) }, '400 graphql.document-id'],
    ['an id', { documentId: 'me' }, 'query Me 2'],
  ])('where others may come, too: %s', async (_, body, expected) => {
    expect(await brief({ ...settings, allow: 'any' }, post(body))).toBe(expected)
  })

  it('by GET goes on as it came', async () => {
    const decision = await decide({ ...settings, get: true }, get({ extensions: JSON.stringify(persisted(hash).extensions) }))
    expect(decision).toMatchObject({ kind: 'pass', validated: { graphql: { operation: 'Me' } } })
    expect(decision).not.toHaveProperty('body')
  })
})

describe('settings', () => {
  it.each<[string, Settings, string[]]>([
    ['nothing', {}, []],
    ['listed without documents', { allow: 'listed' }, ['graphql.documents']],
    ['GET without queries', { get: true, kinds: ['mutation'] }, ['graphql.get']],
    ['a document that is none', { documents: { a: '{' } }, ['graphql.documents.a']],
    ['a document that is refused', { documents: { a: '{ __schema { types { name } } }', b: '{ a }' } }, ['graphql.documents.a']],
    ['an id that is a hash', { documents: { 'sha256:0': '{ a }' } }, ['graphql.documents.sha256:0']],
    ['fewer aliases than repeats', { maxAliases: 3 }, []],
    ['a negative weight', { weights: { a: -1 } }, ['graphql.weights.a']],
    ['a weight of no field', { weights: { 'a.b.c': 1 } }, ['graphql.weights.a.b.c']],
  ])('%s', (_, settings, expected) => {
    const problems = new Problems()
    graphql(settings).check(['graphql'], problems)
    expect(problems.all.map(({ path }) => path.replaceAll(/\["?|"?\]/g, (mark) => (mark.startsWith('[') ? '.' : '')))).toEqual(expected)
  })
})
