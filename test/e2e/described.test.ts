import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { startWorld, type World } from './world.ts'

// members.yaml as it was imported: its schemes are the provider's tokens, its scopes and schemas are what the description says.
const MEMBER = '{"id":"ada","name":"Ada"}'
const json = { 'content-type': 'application/json' }

let world: World
let user: string
let reader: string
let writer: string
beforeAll(async () => {
  world = await startWorld()
  user = (await world.browser().logIn({ user: 'lin' })).access_token
  reader = await world.token('ada', { scope: 'users:read' })
  writer = await world.token('ada', { scope: 'notes:write' })
})
afterAll(() => world.stop())
beforeEach(() => {
  world.outside.forget()
  world.outside.answer(async ({ body, method }, response) => {
    await body
    if (method === 'DELETE') response.writeHead(204).end()
    else response.writeHead(200, json).end('{"id":"ada","name":"Ada","passwordHash":"$2b$10$"}')
  })
})

const TOKENS = {
  user: () => user,
  reader: () => reader,
  writer: () => writer,
  both: () => world.token('ada', { scope: 'users:read notes:write' }),
  nobody: () => undefined,
}

it.each<[who: keyof typeof TOKENS, method: string, body: string, said: string, pointers: readonly string[]]>([
  ['nobody', 'GET', '', '401 jwt.missing', []],
  ['user', 'GET', '', '200 origin.answered', []],
  ['reader', 'GET', '', '200 origin.answered', []],
  ['writer', 'GET', '', '403 authorize.scope', []],
  ['user', 'PUT', '{"name":"Ada"}', '403 authorize.scope', []],
  // Who may not is not told what would be wrong with it.
  ['reader', 'PUT', '{"nmae":"Ada"}', '403 authorize.scope', []],
  ['writer', 'PUT', '{"name":"Ada"}', '200 origin.answered', []],
  ['writer', 'PUT', '{"name":"Ada","pin":"1234"}', '200 origin.answered', []],
  ['writer', 'PUT', '{"nmae":"Ada"}', '422 openapi-requests.body', ['#/name', '#/nmae']],
  ['writer', 'PUT', '{"id":"lin","name":"Ada"}', '422 openapi-requests.body', ['#/id']],
  ['user', 'DELETE', '', '403 authorize.scope', []],
  ['both', 'DELETE', '', '204 origin.answered', []],
])('%s: %s %s is %s %o', async (who, method, body, said, pointers) => {
  const token = await TOKENS[who]()
  const headers = body === '' ? {} : { ...json, 'content-length': String(body.length) }
  const answer = await world.ask('/members/ada', { host: 'members.example.com', method, headers, body, ...(token !== undefined && { token }) })
  const reason = (await world.decision(answer.requestId)).record.reason
  expect(`${answer.status} ${reason}`).toBe(said)
  const passes = answer.status < 300
  expect(world.outside.received.map((arrived) => arrived.method)).toEqual(passes ? [method] : [])
  if (passes) expect((await world.outside.only().body).toString()).toBe(body)
  if (answer.status === 200) expect(answer.body.toString()).toBe(MEMBER)
  if (answer.status === 422)
    expect((JSON.parse(answer.body.toString()) as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer)).toEqual(pointers)
})

it('what is only written does not leave, even where answers are stripped', async () => {
  world.outside.answer((_, response) => void response.writeHead(200, json).end('{"id":"ada","name":"Ada","pin":"1234"}'))
  const { status, body } = await world.ask('/members/ada', { host: 'members.example.com', token: reader })
  expect([status, body.includes('1234')]).toEqual([502, false])
})
