import type { ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Received } from '../workerd/origin.ts'
import { rawText } from '../workerd/raw.ts'
import { type FrontDoor, found, type Outcome, openFrontDoor } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())
afterEach(() => door.answer())

/** What this limit lets through for one name from one address; and for one address. */
const GUESSES = 4
const GUESSES_BY_IP = 12

const EXCEEDED = '429 rate-limit.exceeded'
const FAILED = '401 origin.answered'

/** Each test has an address of its own. */
let ip = ''
let tests = 0
beforeEach(() => {
  ip = `198.51.100.${++tests}`
  door.answer(vault)
})

/** An origin that knows one right password. */
function vault({ body }: Received, response: ServerResponse): void {
  response.writeHead(passwordIn(body) === 'right' ? 200 : 401).end()
}

function passwordIn(body: Buffer): unknown {
  return (JSON.parse(body.toString()) as { readonly password: unknown }).password
}

const HEADERS = { Host: 'limits.example.com', 'Content-Type': 'application/json' }
const login = (body: string, headers: Record<string, string> = {}, path = '/login') =>
  door.ask(`POST ${path}`, { ...HEADERS, 'CF-Connecting-IP': ip, ...headers }, body)
const guess = (user: string, password: string, path?: string) => login(JSON.stringify({ user, password }), {}, path)
const said = (outcomes: readonly Outcome[]) => outcomes.map((outcome) => outcome.said)
/** The passwords that the origin was asked about from this address. */
const tried = (path = '/login') =>
  door.origin.received.filter(({ target, fields }) => target === path && fields.some(([, value]) => value === ip)).map(({ body }) => passwordIn(body))

async function each<T>(items: Iterable<T>, ask: (item: T) => Promise<Outcome>): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (const item of items) outcomes.push(await ask(item))
  return outcomes
}

/** Asks again for as long as a denial may be believed that was true before something was given back. */
async function patiently(ask: () => Promise<Outcome>, patienceMs = 1500): Promise<Outcome> {
  for (const end = Date.now() + patienceMs; ; ) {
    const outcome = await ask()
    if (outcome.said !== EXCEEDED || Date.now() > end) return outcome
  }
}

const range = (n: number) => Array.from({ length: n }, (_, i) => i)

describe('a guess counts', () => {
  it('when whoever made it hangs up before the answer', async () => {
    const held: ServerResponse[] = []
    door.answer((_, response) => void held.push(response))
    for (const i of range(GUESSES)) {
      const line = door.dial(rawText('POST', '/login', { ...HEADERS, 'CF-Connecting-IP': ip }, JSON.stringify({ user: 'ada', password: `guess ${i}` })))
      await expect.poll(() => tried().length).toBe(i + 1)
      await line.hangUp()
    }
    for (const response of held) response.writeHead(401).end()
    door.answer(vault)
    expect(said(await each(range(4), (i) => guess('ada', `more ${i}`)))).toEqual(Array(4).fill(EXCEEDED))
    expect(tried()).toHaveLength(GUESSES)
  })

  it('when it is one of forty at once', async () => {
    const outcomes = await Promise.all(range(40).map((i) => guess('ada', `guess ${i}`)))
    expect(new Set(said(outcomes))).toEqual(new Set([FAILED, EXCEEDED]))
    expect(tried()).toHaveLength(GUESSES)
  })

  it('when forty stand in one line of one connection', async () => {
    const one = (i: number) => rawText('POST', '/login', { ...HEADERS, 'CF-Connecting-IP': ip }, JSON.stringify({ user: 'ada', password: `guess ${i}` }))
    const line = door.dial(range(40).map(one).join(''))
    await expect.poll(() => line.heard().match(/HTTP\/1\.1 \d{3}/g)?.length).toBe(40)
    await line.hangUp()
    expect(tried()).toHaveLength(GUESSES)
  })

  it('between any number of good logins', async () => {
    const passwords = range(GUESSES).flatMap((i) => ['right', `guess ${i}`, 'right'])
    await each(passwords, (password) => patiently(() => guess('ada', password)))
    expect(tried().filter((password) => password !== 'right')).toHaveLength(GUESSES)
    expect((await patiently(() => guess('ada', 'one more'))).said).toBe(EXCEEDED)
    expect((await patiently(() => guess('ada', 'right'))).said, 'not even the right one, or an attacker could tell').toBe(EXCEEDED)
  })

  it.each<[string, (response: ServerResponse) => void]>([
    ['early hints', (response) => response.writeEarlyHints({ link: '</style.css>; rel=preload' })],
    ['100 Continue', (response) => response.writeContinue()],
    ['102 Processing', (response) => response.writeProcessing()],
  ])('when the origin first says %s', async (_, first) => {
    door.answer((received, response) => {
      first(response)
      vault(received, response)
    })
    await each(range(2 * GUESSES), (i) => guess('ada', `guess ${i}`))
    expect(tried()).toHaveLength(GUESSES)
  })

  it('when the answer has a body that breaks off', async () => {
    door.answer((_, response) => {
      response.writeHead(401, { 'content-length': '100' }).write('no', () => void response.destroy())
    })
    const bytes = () => rawText('POST', '/login', { ...HEADERS, 'CF-Connecting-IP': ip }, JSON.stringify({ user: 'ada', password: 'guess' }))
    for (const _ of range(2 * GUESSES)) {
      const line = door.dial(bytes())
      await found(async () => (line.heard().includes('\r\n\r\n') ? true : undefined))
      await line.hangUp()
    }
    expect(tried()).toHaveLength(GUESSES)
  })

  it('when the origin takes so long that nobody hears what it says', async () => {
    const held: ServerResponse[] = []
    door.answer((_, response) => void held.push(response))
    const outcomes = await each(range(2 * GUESSES), (i) => guess('ada', `guess ${i}`, '/login-slow'))
    for (const response of held) response.destroy()
    expect(said(outcomes)).toEqual([...Array(GUESSES).fill('504 origin.timeout'), ...Array(GUESSES).fill(EXCEEDED)])
    expect(tried('/login-slow')).toHaveLength(GUESSES)
  })

  it('when the origin drops the connection instead of answering', async () => {
    door.answer((_, response) => response.destroy())
    const outcomes = await each(range(2 * GUESSES), (i) => guess('ada', `guess ${i}`))
    expect(said(outcomes)).toEqual([...Array(GUESSES).fill('502 origin.unreachable'), ...Array(GUESSES).fill(EXCEEDED)])
  })
})

describe('another spelling of one name is the same name', () => {
  it.each<[string, (i: number) => string]>([
    ['escapes', (i) => `{"user":"${['ada', '\\u0061da', 'a\\u0064a', '\\u0061\\u0064\\u0061', 'ad\\u0061', '\\u0061d\\u0061'][i]}","password":"guess"}`],
    ['the order of the fields', (i) => (i % 2 ? '{"user":"ada","password":"guess"}' : '{"password":"guess","user":"ada"}')],
    ['white space', (i) => `${' '.repeat(i)}{"user"${'\n'.repeat(i)}:"ada",\t"password":"guess"}`],
    ['an escaped name of the field', (i) => `{"${['user', '\\u0075ser', 'us\\u0065r', 'use\\u0072', 'u\\u0073er', 'user'][i]}":"ada","password":"guess"}`],
  ])('%s', async (_, body) => {
    const outcomes = await each(range(6), (i) => login(body(i)))
    expect(said(outcomes)).toEqual([...Array(GUESSES).fill(FAILED), EXCEEDED, EXCEEDED])
  })

  it('the media type with parameters', async () => {
    const types = ['application/json', 'application/json; charset=utf-8', 'APPLICATION/JSON', 'application/json;charset="UTF-8"', 'application/json; x=1']
    const outcomes = await each(types, (type) => login('{"user":"ada","password":"guess"}', { 'Content-Type': type }))
    expect(said(outcomes)).toEqual([...Array(GUESSES).fill(FAILED), EXCEEDED])
  })

  it.each([
    ['two names', '{"user":"ada","user":"eve","password":"guess"}', '400 validate.duplicate-key'],
    ['a name that is a list', '{"user":["ada"],"password":"guess"}', '422 validate.body'],
    ['a name that is a number', '{"user":1,"password":"guess"}', '422 validate.body'],
    ['a name without an end', `{"user":"${'a'.repeat(65)}","password":"guess"}`, '422 validate.body'],
    ['another field', '{"user":"ada","User":"eve","password":"guess"}', '422 validate.body'],
    ['no body', '', '400 validate.body-missing'],
  ])('%s: nobody is asked', async (_, body, reason) => {
    const outcome = await login(body)
    expect([outcome.said, tried()]).toEqual([reason, []])
  })
})

describe('what the gateway cannot know to be one name', () => {
  it('is held by the limit of the address', async () => {
    const names = ['ada', 'Ada', 'ADA', 'ada ', ' ada', 'ada.', 'ａｄａ', 'ádа', 'ada\\u0000', 'ada\\ud800', 'ada\\ud801', 'ada\\u200b', 'aDa', 'adA']
    const outcomes = await each(names, (name) => login(`{"user":"${Buffer.from(name).toString('latin1')}","password":"guess"}`))
    expect(said(outcomes).filter((what) => what === FAILED).length).toBeLessThanOrEqual(GUESSES_BY_IP)
    for (const what of said(outcomes)) expect([FAILED, EXCEEDED, '400 validate.encoding', '422 validate.body']).toContain(what)
    const later = await each(range(8), (i) => guess(`name ${i}`, 'guess'))
    expect(tried().length).toBeLessThanOrEqual(GUESSES_BY_IP)
    expect(said(later)).toContain(EXCEEDED)
  })
})

describe('nobody is locked out by another', () => {
  it('a victim whose name is guessed from elsewhere', async () => {
    await each(range(GUESSES + 2), (i) => guess('victim', `guess ${i}`))
    ip = '203.0.114.1'
    expect((await guess('victim', 'right')).said).toBe('200 origin.answered')
  })

  it('by good logins at the same time, once they are given back', async () => {
    for (const _ of range(3)) {
      expect(said(await Promise.all(range(GUESSES).map(() => patiently(() => guess('grace', 'right'), 10_000))))).toEqual(
        Array(GUESSES).fill('200 origin.answered'),
      )
    }
    expect(said(await each(range(GUESSES), (i) => patiently(() => guess('grace', `guess ${i}`), 10_000)))).toEqual(Array(GUESSES).fill(FAILED))
  })

  it('by preflights, unlisted methods and bodies that no origin sees', async () => {
    const from = { ...HEADERS, 'CF-Connecting-IP': ip }
    await each(range(GUESSES_BY_IP), () => door.ask('OPTIONS /login', { ...from, Origin: 'https://app.example.com', 'Access-Control-Request-Method': 'POST' }))
    await each(range(GUESSES_BY_IP), () => door.ask('GET /login', from))
    await each(range(GUESSES_BY_IP), () => login('{'))
    expect((await guess('ada', 'right')).said).toBe('200 origin.answered')
  })
})

describe('what the gateway itself refuses', () => {
  it('counts where it is listed, and a good request does not', async () => {
    const good = () => login('{"user":"ada","password":"right"}', {}, '/picky')
    const bad = () => login('{', {}, '/picky')
    const outcomes = await each([good, good, good, good, bad, good, bad, good, bad, good, bad], (ask) => patiently(ask))
    expect(said(outcomes)).toEqual([
      ...Array(4).fill('200 origin.answered'),
      '400 validate.body-syntax',
      '200 origin.answered',
      '400 validate.body-syntax',
      '200 origin.answered',
      '400 validate.body-syntax',
      EXCEEDED,
      EXCEEDED,
    ])
  })
})

describe('nothing tells whose name was guessed', () => {
  it('neither the answer nor the log', async () => {
    const outcomes = await each(range(GUESSES + 1), (i) => guess('a-secret-name', `guess ${i}`))
    const last = outcomes.at(-1) as Outcome
    expect(last.said).toBe(EXCEEDED)
    for (const text of [last.response.raw, JSON.stringify(last.decision), JSON.stringify(last.trace), door.server.log()]) {
      expect(text).not.toContain('a-secret-name')
      expect(text).not.toContain(ip)
    }
  })
})
