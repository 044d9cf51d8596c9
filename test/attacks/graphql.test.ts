import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { values } from '../workerd/origin.ts'
import { rawText } from '../workerd/raw.ts'
import { type FrontDoor, forwarded, type Outcome, openFrontDoor, refused } from './front-door.ts'
import { LISTED } from './graphql.config.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())
afterEach(async () => {
  expect((await door.ask('GET /health')).said, 'the gateway lives on').toBe('200 origin.answered')
})

const HOST = { Host: 'graphql.example.com' }
const JSON_TYPE = { ...HOST, 'Content-Type': 'application/json' }
const send = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Outcome> =>
  door.ask(`POST ${path}`, { ...JSON_TYPE, ...headers }, typeof body === 'string' ? body : JSON.stringify(body))
const ask = (query: string, more: object = {}) => send('/graphql', { query, ...more })
const times = (count: number, text: (i: number) => string) => Array.from({ length: count }, (_, i) => text(i)).join(' ')
const PASSED = '200 origin.answered'

describe('floods', () => {
  it.each([
    ['aliases of one field', () => ask(`mutation { ${times(100, (i) => `a${i}: login(password: "${i}")`)} }`), 'repeats'],
    ['aliases of many fields', () => ask(`{ a { ${times(100, (i) => `a${i}: f${i}`)} } }`), 'aliases'],
    [
      'aliases by fragments',
      () => ask('mutation { ...A ...B } fragment A on Mutation { a: login b: login c: login } fragment B on Mutation { d: login e: login f: login }'),
      'repeats',
    ],
    ['aliases by inline fragments', () => ask(`mutation { ${times(9, (i) => `... on Mutation { a${i}: login }`)} }`), 'repeats'],
    ['one field over and over', () => ask(`{ a { ${times(900, () => 'b')} } }`), 'breadth'],
    ['nesting', () => ask(`${'{ a '.repeat(500)}${'}'.repeat(500)}`), 'depth'],
    ['nesting without an end', () => ask('{ a '.repeat(900)), 'syntax'],
    ['nesting by inline fragments', () => ask(`${'{ ... '.repeat(500)}{ a }${'}'.repeat(500)}`), 'depth'],
    ['nesting by fragments', () => ask(`{ ...F0 } ${times(20, (i) => `fragment F${i} on T { a { ...F${i + 1} } }`)} fragment F20 on T { a }`), 'depth'],
    ['nested lists', () => ask(`{ a(x: ${'['.repeat(900)}${']'.repeat(900)}) }`), 'depth'],
    ['fragments that hold themselves', () => ask('{ ...F } fragment F on T { a { ...F } }'), 'fragment-cycle'],
    ['fragments in a circle', () => ask('{ ...F } fragment F on T { ...G } fragment G on T { ...H } fragment H on T { ...F }'), 'fragment-cycle'],
    [
      'fragments that double',
      () => ask(`{ ...F0 } ${times(40, (i) => `fragment F${i} on T { ...F${i + 1} ...F${i + 1} }`)} fragment F40 on T { a }`),
      'breadth',
    ],
    [
      'fragments that double below fields',
      () => ask(`{ ...F0 } ${times(9, (i) => `fragment F${i} on T { ${times(4, (j) => `f${j} { ...F${i + 1} }`)} }`)} fragment F9 on T { a }`),
      'fields',
    ],
    ['tokens', () => ask(`{ ${'a '.repeat(20_000)} }`), 'tokens'],
    ['comments', () => ask(`{ a } ${'#\n'.repeat(20_000)}`), 'tokens'],
    ['directives', () => ask(`{ a ${'@include(if: true) '.repeat(100)} }`), 'directives'],
    ['unknown directives', () => ask(`{ a ${'@a '.repeat(100)} }`), 'directive'],
    [
      'operations',
      () =>
        ask(
          times(300, (i) => `query A${i} { a }`),
          { operationName: 'A0' },
        ),
      'operations',
    ],
    ['definitions of variables', () => ask(`query (${times(400, (i) => `$a${i}: Int @skip(if: true)`)}) { a }`), 'tokens'],
    ['deferred answers', () => ask('{ a ... @defer { b } }'), 'directive'],
  ])('%s', async (_, attack, reason) => {
    expect(await attack()).toMatchObject(refused(`400 graphql.${reason}`))
  })

  it.each<[string, unknown, string]>([
    ['two at once', [{ query: '{ a }' }, { query: '{ a }' }], '400 graphql.batch'],
    ['one in a list', [{ query: '{ a }' }], '400 graphql.batch'],
    ['a thousand at once', Array.from({ length: 1000 }, () => ({ query: 'mutation { login }' })), '400 graphql.batch'],
  ])('batches where there are none: %s', async (_, body, said) => {
    expect(await send('/graphql', body)).toMatchObject(refused(said))
  })

  it.each<[string, unknown, string]>([
    ['more than may be', Array.from({ length: 6 }, () => ({ query: '{ a }' })), '400 graphql.batch'],
    ['a batch of batches', [[{ query: '{ a }' }]], '400 graphql.envelope'],
    ['together too costly', Array.from({ length: 5 }, () => ({ query: '{ a(first: 50) { b } }' })), '400 graphql.cost'],
    ['the last of them reads the schema', [{ query: '{ a }' }, { query: '{ __schema { types { name } } }' }], '403 graphql.introspection'],
  ])('batches where there are some: %s', async (_, body, said) => {
    expect(await send('/batch', body)).toMatchObject(refused(said))
  })

  it('of variables', async () => {
    const deep = `{"query":"{a}","variables":{"a":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}}`
    expect(await send('/graphql', deep)).toMatchObject(refused('400 graphql.json-depth'))
    expect(await ask('{ a }', { variables: { a: 'x'.repeat(70_000) } })).toMatchObject(refused('413 graphql.too-large'))
    const many = { p: Array.from({ length: 10_000 }, () => 1) }
    expect((await ask(`query ($p: P) { ${times(9, (i) => `f${i}(p: $p) { ${times(30, (j) => `g${j}(p: $p)`)} }`)} }`, { variables: many })).said).toBe(PASSED)
  })
})

describe('reading the schema', () => {
  const SCHEMA = '{ __schema { types { name } } }'
  it.each([
    ['plainly', () => ask(SCHEMA)],
    ['of one type', () => ask('{ __type(name: "User") { fields { name } } }')],
    ['under an alias', () => ask('{ a: __schema { types { name } } }')],
    ['in a fragment', () => ask('{ ...F } fragment F on Query { __schema { types { name } } }')],
    ['in an inline fragment', () => ask('{ ... on Query { ... { __schema { types { name } } } } }')],
    ['in a mutation', () => ask('mutation { __schema { types { name } } }')],
    ['with comments and commas', () => ask('{,,#\n__schema,,#}\n{types,{name}}}')],
    ['skipped by a variable', () => ask('query ($s: Boolean!) { __schema @skip(if: $s) { types { name } } }', { variables: { s: false } })],
    ['beside what runs', () => ask(`query A { a } query B ${SCHEMA}`, { operationName: 'A' })],
    ['escaped in JSON', () => send('/graphql', String.raw`{"query":"{ \u005f\u005fschema { types { name } } }"}`)],
    ['with what a service of a federation says', () => ask('{ _service { sdl } }')],
    ['by GET', () => door.ask(`GET /get?query=${encodeURIComponent(SCHEMA)}`, HOST)],
    ['by GET, encoded otherwise', () => door.ask('GET /get?query=%7b%5f%5fschema%7btypes%7bname%7d%7d%7d', HOST)],
  ])('%s', async (_, attack) => {
    expect(await attack()).toMatchObject(refused('403 graphql.introspection'))
  })

  it('the name of a type says little', async () => {
    expect((await ask('{ __typename a { __typename } }')).said).toBe(PASSED)
  })
})

describe('changing by GET', () => {
  const get = (search: string) => door.ask(`GET /get?${search}`, HOST)
  it.each([
    ['a mutation', () => get('query=mutation%7Ba%7D'), '405 graphql.get'],
    ['one behind a query', () => get('query=query+A%7Ba%7Dmutation+B%7Bb%7D&operationName=B'), '405 graphql.get'],
    ['one behind a query that is named', () => get('query=query+A%7Ba%7Dmutation+B%7Bb%7D&operationName=A'), '405 graphql.get'],
    ['a document in the body as well', () => door.send(rawText('GET', '/get?query=%7Ba%7D', JSON_TYPE, '{"query":"mutation{a}"}')), '400 transport.body'],
    ['two documents', () => get('query=%7Ba%7D&query=mutation%7Ba%7D'), '400 graphql.query-string'],
    ['two spellings of one name', () => get('query=%7Ba%7D&qu%65ry=mutation%7Ba%7D'), '400 graphql.query-string'],
    ['a document behind a semicolon', () => get('query=%7Ba%7D;query=mutation%7Ba%7D'), '400 graphql.query-string'],
    ['a list of documents', () => get('query[]=%7Ba%7D'), '400 graphql.query-string'],
    ['variables with one name twice', () => get('query=%7Ba%7D&variables=%7B%22n%22:1,%22n%22:2%7D'), '400 graphql.duplicate-key'],
    ['a method in a header', () => door.ask('GET /get?query=mutation%7Ba%7D', { ...HOST, 'X-HTTP-Method-Override': 'POST' }), '405 graphql.get'],
  ])('%s', async (_, attack, said) => {
    expect(await attack()).toMatchObject(refused(said))
  })

  it('a query goes on as it came', async () => {
    const outcome = await get('query=query+A(%24n:Int)%7Ba(first:%24n)%7Bb%7D%7D&variables=%7B%22n%22:3%7D')
    expect([outcome.said, forwarded(outcome).target]).toEqual([PASSED, '/get?query=query+A(%24n:Int)%7Ba(first:%24n)%7Bb%7D%7D&variables=%7B%22n%22:3%7D'])
  })

  it('a document in the URL of a POST is one too many', async () => {
    expect(await send('/graphql?query=mutation%7Ba%7D', { query: '{ a }' })).toMatchObject(refused('400 graphql.query-string'))
  })
})

describe('two readings of one request', () => {
  it.each([
    ['a document twice', () => send('/graphql', '{"query":"{a}","query":"mutation{b}"}'), '400 graphql.duplicate-key'],
    ['a document twice, escaped', () => send('/graphql', String.raw`{"query":"{a}","\u0071uery":"mutation{b}"}`), '400 graphql.duplicate-key'],
    [
      'a name of an operation twice',
      () => send('/graphql', '{"query":"query A{a} mutation B{b}","operationName":"A","operationName":"B"}'),
      '400 graphql.duplicate-key',
    ],
    ['a document in capitals beside it', () => send('/graphql', '{"query":"{a}","Query":"mutation{b}"}'), '400 graphql.envelope'],
    ['no name, and two operations', () => ask('query A{a} mutation B{b}'), '400 graphql.operation-name'],
    ['an empty name', () => ask('query A{a} mutation B{b}', { operationName: '' }), '400 graphql.envelope'],
    ['a name that is none', () => ask('query A{a} mutation B{b}', { operationName: 'C' }), '400 graphql.operation-name'],
    ['a name that is a list', () => ask('query A{a} mutation B{b}', { operationName: ['A'] }), '400 graphql.envelope'],
    ['two operations of one name', () => ask('query A{a} mutation A{b}', { operationName: 'A' }), '400 graphql.operation-name'],
    ['an argument twice', () => ask('{ a(first: 1, first: 100000) { b } }'), '400 graphql.duplicate'],
    ['variables as text', () => ask('{ a }', { variables: '{"a":1}' }), '400 graphql.envelope'],
    ['the prototype', () => send('/graphql', '{"query":"{a}","variables":{"__proto__":{"first":1}}}'), '400 graphql.forbidden-key'],
    ['UTF-16', () => send('/graphql', '{\0"\0q\0', { 'Content-Type': 'application/json; charset=utf-16' }), '415 graphql.content-type'],
    ['UTF-7', () => send('/graphql', '{"query":"+AHs-a+AH0-"}', { 'Content-Type': 'application/json; charset=utf-7' }), '415 graphql.content-type'],
    ['a byte order mark', () => send('/graphql', '\xef\xbb\xbf{"query":"{a}"}'), '400 graphql.encoding'],
    ['an overlong brace', () => send('/graphql', '{"query":"\xc1\xbba}"}'), '400 graphql.encoding'],
    ['a form', () => send('/graphql', 'query=mutation{a}', { 'Content-Type': 'application/x-www-form-urlencoded' }), '415 graphql.content-type'],
    ['what a page of another site may send', () => send('/graphql', '{"query":"mutation{a}"}', { 'Content-Type': 'text/plain' }), '415 graphql.content-type'],
    ['a bare document', () => send('/graphql', 'mutation{a}', { 'Content-Type': 'application/graphql' }), '415 graphql.content-type'],
    ['files and a map', () => send('/graphql', '--a\r\n\r\n--a--', { 'Content-Type': 'multipart/form-data; boundary=a' }), '415 graphql.content-type'],
    ['gzip', () => send('/graphql', gzipSync('{"query":"{a}"}').toString('latin1'), { 'Content-Encoding': 'gzip' }), '415 graphql.content-encoding'],
    ['a schema instead of a question', () => ask('type Query { a: Int }'), '400 graphql.definition'],
    ['a schema behind the question', () => ask('{ a } extend type Query { a: Int }'), '400 graphql.definition'],
    ['a subscription', () => ask('subscription { a }'), '403 graphql.kind'],
  ])('%s', async (_, attack, said) => {
    expect(await attack()).toMatchObject(refused(said))
  })

  it('what is sound goes on byte for byte', async () => {
    const body = '{ "query" : "query A { a, b @skip(if: false) } # \u00e9", "operationName":"A" }'
    const outcome = await send('/graphql', Buffer.from(body).toString('latin1'))
    expect([outcome.said, forwarded(outcome).body.toString()]).toEqual([PASSED, body])
  })
})

describe('documents that are known', () => {
  const hash = createHash('sha256').update(LISTED.me).digest('hex')
  const persistedQuery = (sha256Hash: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } })
  it.each<[string, unknown, string]>([
    ['another document', { query: '{ me { password } }' }, '403 graphql.unlisted'],
    ['a known one and a little more', { query: `${LISTED.me} ` }, '403 graphql.unlisted'],
    ['another document under a known hash', { query: '{ me { password } }', ...persistedQuery(hash) }, '400 graphql.document-id'],
    [
      'a hash that is to be learned',
      { query: '{ me { password } }', ...persistedQuery(createHash('sha256').update('{ me { password } }').digest('hex')) },
      '403 graphql.unlisted',
    ],
    ['an unknown hash', persistedQuery('f'.repeat(64)), '403 graphql.unlisted'],
    ['an id that objects have', { documentId: '__proto__' }, '403 graphql.unlisted'],
    ['another id that objects have', { documentId: 'constructor' }, '403 graphql.unlisted'],
    ['two documents', { query: LISTED.me, documentId: 'other' }, '400 graphql.document-id'],
    ['another operation of it', { documentId: 'me', operationName: 'Other' }, '400 graphql.operation-name'],
  ])('%s', async (_, body, said) => {
    expect(await send('/listed', body)).toMatchObject(refused(said))
  })

  it('an id reaches the origin as its document', async () => {
    const outcome = await send('/listed', Buffer.from(JSON.stringify({ documentId: 'me', variables: { a: 'é' } })).toString('latin1'))
    const sent = JSON.stringify({ query: LISTED.me, variables: { a: 'é' } })
    const received = forwarded(outcome)
    expect([outcome.said, received.body.toString(), values(received, 'content-length')]).toEqual([PASSED, sent, [`${Buffer.byteLength(sent)}`]])
  })
})

describe('a budget', () => {
  let clients = 0
  /** Each attack by a client of its own: what it has left of 200, or why it was refused. */
  const spend = async (body: unknown): Promise<number | string> => {
    const { said, response } = await send('/budget', body, { 'CF-Connecting-IP': `198.51.100.${++clients}` })
    return said === PASSED ? 200 - Number(/;r=(\d+)/.exec(response.headers.ratelimit ?? '')?.[1]) : said
  }
  const list = (argument: string, definition = '') => `query ${definition} { a(${argument}) { b } }`

  it.each<[string, unknown, number | string]>([
    ['a field', { query: '{ a }' }, 1],
    ['what is dear', { query: 'mutation { login }' }, 50],
    ['what is dear, under another name', { query: 'mutation { ping: login }' }, 50],
    ['what is dear, in a fragment', { query: 'mutation { ...F } fragment F on Any { login }' }, 50],
    ['what is dear, skipped', { query: 'mutation { login @skip(if: true) }' }, 50],
    ['what is dear, twice in a batch', [{ query: 'mutation { login }' }, { query: 'mutation { login }' }], 100],
    ['what is dear, beside what runs', { query: 'query A { a } mutation B { login }', operationName: 'A' }, 1],
    ['a list', { query: list('first: 100') }, 101],
    ['a list by variable', { query: list('first: $n', '($n: Int)'), variables: { n: 100 } }, 101],
    ['a list by variable against a small default', { query: list('first: $n', '($n: Int = 1)'), variables: { n: 100 } }, 101],
    ['a list by default', { query: list('first: $n', '($n: Int = 100)') }, 101],
    ['a list by an object', { query: list('page: $p', '($p: Page)'), variables: { p: { limit: 100 } } }, 101],
    ['a list without a number', { query: list('first: $n', '($n: Int)') }, 101],
    ['a list of null', { query: list('first: $n', '($n: Int = 1)'), variables: { n: null } }, 101],
    ['a list of 0', { query: list('first: $n', '($n: Int)'), variables: { n: 0 } }, 101],
    ['a list of less than 0', { query: list('first: $n', '($n: Int)'), variables: { n: -1 } }, '400 graphql.list-size'],
    ['a list of a half', { query: list('first: $n', '($n: Int)'), variables: { n: 0.5 } }, '400 graphql.list-size'],
    ['a list of text', { query: list('first: $n', '($n: Int)'), variables: { n: '100' } }, '400 graphql.list-size'],
    ['a list of lists', { query: list('first: $n', '($n: Int)'), variables: { n: [100] } }, '400 graphql.list-size'],
    ['more than the limit takes', { query: list('first: 500') }, '400 rate-limit.too-costly'],
    ['more than anything', { query: list('first: 9007199254740991') }, '400 graphql.cost'],
  ])('%s', async (_, body, expected) => {
    expect(await spend(body)).toBe(expected)
  })

  it('is spent', async () => {
    const ask = () => send('/budget', { query: 'mutation { login }' }, { 'CF-Connecting-IP': '198.51.100.250' })
    const said: string[] = []
    for (let i = 0; i < 5; i++) said.push((await ask()).said)
    expect(said).toEqual([PASSED, PASSED, PASSED, PASSED, '429 rate-limit.exceeded'])
  })
})

describe('where nobody may call yet', () => {
  it.each([
    ['nothing', {}],
    ['a token', { Authorization: 'Bearer abc' }],
    ['a name and a password', { Authorization: 'Basic YTpi' }],
    ['a key', { 'X-API-Key': 'acme_live_abc' }],
    ['a name that the gateway would give', { 'X-Portcullis-Subject': 'admin' }],
    ['two tokens', { Authorization: 'Bearer a, Bearer b' }],
  ])('%s', async (_, headers) => {
    const get = await door.ask('GET /a', { Host: 'undecided.example.com', ...headers })
    expect(get).toMatchObject(refused('401 nobody.missing'))
    expect(get.response.headers['www-authenticate']).toBe('Bearer')
    expect(await door.ask('POST /a', { Host: 'undecided.example.com', ...headers })).toMatchObject(refused('401 nobody.missing'))
  })

  it('a token that is good elsewhere', async () => {
    const token = await door.one.token({ iss: 'https://issuer-one.test', sub: 'ada', exp: Math.floor(Date.now() / 1000) + 300 })
    expect(await door.ask('GET /a', { Host: 'undecided.example.com', Authorization: `Bearer ${token}` })).toMatchObject(refused('401 nobody.missing'))
  })
})
