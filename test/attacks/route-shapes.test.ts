import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FrontDoor, forwarded, openFrontDoor, refused } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())

const HOST = { Host: 'shapes.example.com' }
const JSON_BODY = { ...HOST, 'Content-Type': 'application/json' }

describe('a slash at the end is part of a path', () => {
  it.each([
    ['GET /apis', '/apis'],
    ['PUT /apis/', '/apis/'],
    ['GET /only/', '/only/'],
    ['GET /only/?a=1', '/only/?a=1'],
    ['GET /items/a/', '/items/a/'],
    ['GET /items/A/', '/items/A/'],
    ['GET /open/x/', '/open/x/'],
  ])('%s arrives as it was listed', async (line, target) => {
    expect(forwarded(await door.ask(line, HOST)).target).toBe(target)
  })

  it.each([
    ['GET /apis/', '405 route.method'],
    ['PUT /apis', '405 route.method'],
    ['GET /only', '404 route.unlisted'],
    ['GET /Only/', '404 route.unlisted'],
    ['GET /only/;', '400 transport.ambiguous-path'],
    ['GET /only//', '400 transport.ambiguous-path'],
    ['GET /items/a', '404 route.unlisted'],
    ['GET /items/', '404 route.unlisted'],
    ['GET /open/', '404 route.unlisted'],
    ['GET /open', '404 route.unlisted'],
    // A careless server reads these as the strict path, which they are not.
    ['GET /open/closed', '404 route.unlisted'],
    ['GET /open/Closed', '404 route.unlisted'],
    ['GET /open/closed/', '404 route.unlisted'],
    ['GET /open/Closed/', '405 route.method'],
  ])('%s: %s', async (line, said) => {
    expect(await door.ask(line, HOST)).toMatchObject(refused(said))
  })
})

describe('QUERY', () => {
  it('is forwarded with its body, and is kept by nobody', async () => {
    const outcome = await door.ask('QUERY /search?page=2', { ...JSON_BODY, 'Content-Length': '9' }, '{"q":"a"}')
    expect(outcome).toMatchObject({ said: '200 origin.answered', decision: { method: 'QUERY', route: 'QUERY /search' } })
    const { body, ...arrived } = forwarded(outcome)
    expect(arrived).toMatchObject({ method: 'QUERY', target: '/search?page=2' })
    expect(body.toString()).toBe('{"q":"a"}')
    const again = await door.ask('QUERY /search?page=2', { ...JSON_BODY, 'Content-Length': '9' }, '{"q":"b"}')
    expect(forwarded(again).body.toString()).toBe('{"q":"b"}')
  })

  it('is sent on without a body where it has none', async () => {
    const { method, body } = forwarded(await door.ask('QUERY /search', HOST))
    expect([method, body.length]).toEqual(['QUERY', 0])
  })

  it.each([
    ['POST /search', '405 route.method', 'QUERY'],
    ['GET /search', '405 route.method', 'QUERY'],
    ['HEAD /search', '405 route.method', 'QUERY'],
    ['QUERY /posted', '405 route.method', 'POST'],
    ['QUERY /apis', '405 route.method', 'GET, HEAD'],
  ])('%s: %s, and Allow says what there is', async (line, said, allow) => {
    const outcome = await door.ask(line, { ...HOST, Connection: 'close' })
    expect(outcome).toMatchObject(refused(said))
    expect(outcome.response.headers.allow).toBe(allow)
  })

  it.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'])('%s makes none of a POST', async (name) => {
    expect(await door.ask('POST /search', { ...HOST, [name]: 'QUERY', 'Content-Length': '0' })).toMatchObject(refused('405 route.method'))
  })

  const preflight = (method: string) => ({ ...HOST, Origin: 'https://app.example.com', 'Access-Control-Request-Method': method })
  it('is announced by a preflight, where it is listed', async () => {
    const { response } = await door.ask('OPTIONS /search', preflight('QUERY'))
    expect(response.status).toBe(204)
    expect(response.headers['access-control-allow-methods']).toContain('QUERY')
    expect((await door.ask('OPTIONS /posted', preflight('QUERY'))).response.status).not.toBe(204)
  })
})
