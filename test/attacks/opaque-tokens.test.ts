import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Received, values } from '../workerd/origin.ts'
import { BINDINGS, bearer, type Claims, type FrontDoor, forwarded, found, openFrontDoor, refused, tokenOfOne } from './front-door.ts'

const HOST = 'opaque.example.com'
const PARTNERS = 'opaque-partners.example.com'
const SECRET = BINDINGS.vars.INTROSPECTION_SECRET

let door: FrontDoor
/** What the issuer says of its tokens. */
let known: Map<string, Claims>
/** Every token that a test sent. */
const sent: string[] = []

beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())

const json = (response: ServerResponse, body: unknown, status = 200) =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

const formOf = ({ body }: Received) => new URLSearchParams(body.toString())

function honest(received: Received, response: ServerResponse): void {
  json(response, known.get(formOf(received).get('token') ?? '') ?? { active: false })
}

function claims(more: Claims = {}): Claims {
  const now = Math.floor(Date.now() / 1000)
  return {
    active: true,
    iss: 'https://issuer-opaque.test',
    sub: 'ada',
    aud: `https://${HOST}`,
    exp: now + 300,
    scope: 'users:read',
    token_type: 'Bearer',
    ...more,
  }
}

const made = (prefix = ''): string => `${prefix}${randomBytes(16).toString('hex')}`

/** @returns a new token of which the issuer says this. */
function issued(more: Claims = {}, prefix = ''): string {
  const token = made(prefix)
  known.set(token, claims(more))
  return token
}

const ask = (token: string, path = '/mine', headers: Readonly<Record<string, string>> = {}) => {
  sent.push(token)
  return door.ask(`GET ${path}`, { Host: HOST, ...bearer(token), ...headers })
}

/** Each test begins with an issuer that answers, and has answered: failures before it are forgotten. */
beforeEach(async () => {
  known = new Map()
  door.answerTokens(honest)
  expect((await ask(issued())).said).toBe('200 origin.answered')
})

describe('an answer that is none', () => {
  const answers: [string, (received: Received, response: ServerResponse) => void][] = [
    ['active as text', (_, response) => json(response, claims({ active: 'true' }))],
    ['active as a number', (_, response) => json(response, claims({ active: 1 }))],
    ['active as an object', (_, response) => json(response, claims({ active: { toString: 'true' } }))],
    ['no active', (_, response) => json(response, claims({ active: undefined }))],
    ['active by inheritance', (_, response) => void response.end('{"__proto__":{"active":true,"sub":"ada"}}')],
    ['a list', (_, response) => json(response, [claims()])],
    ['a text', (_, response) => json(response, JSON.stringify(claims()))],
    ['garbage', (_, response) => void response.end('<html>active: true</html>')],
    ['two answers', (_, response) => void response.end(`${JSON.stringify(claims())}${JSON.stringify(claims())}`)],
    ['nothing', (_, response) => void response.end()],
    ['500 with an answer', (_, response) => json(response, claims(), 500)],
    ['400 with an answer', (_, response) => json(response, claims(), 400)],
    ['201 with an answer', (_, response) => json(response, claims(), 201)],
    ['401: the gateway’s own credentials', (_, response) => json(response, { error: 'invalid_client' }, 401)],
    ['403 with “inactive”', (_, response) => json(response, { active: false }, 403)],
    ['10 MB', (_, response) => void response.end(`${JSON.stringify(claims())}${' '.repeat(10_000_000)}`)],
    ['10 MB of compressed nothing', (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip')],
    ['a broken connection', (_, response) => void response.destroy()],
    ['half an answer', (_, response) => void response.writeHead(200, { 'content-length': '1000' }).write('{"active":true,', () => response.destroy())],
    ['no answer at all', () => {}],
  ]
  it.each(answers)('%s: 503, neither yes nor no, and the origin hears nothing', async (_, answer) => {
    door.answerTokens(answer)
    const outcome = await ask(issued())
    expect(outcome).toMatchObject(refused('503 introspection.error'))
    expect(outcome.response.headers['retry-after']).toMatch(/^\d+$/)
    expect(outcome.response.headers).not.toHaveProperty('www-authenticate')
  })

  it.each([301, 302, 303, 307, 308])('%i to another host: token and secret do not follow', async (status) => {
    door.answerTokens((_, response) => void response.writeHead(status, { location: 'https://attacker.test/introspect' }).end())
    const outcome = await ask(issued())
    expect(outcome.said).toBe('503 introspection.error')
    expect(door.origin.received.filter((received) => values(received, 'host')[0] === 'attacker.test')).toEqual([])
  })
})

describe('a token for somebody else', () => {
  it.each<[string, Claims, string]>([
    ['another API', { aud: `https://${PARTNERS}` }, '401 introspection.audience'],
    ['nobody in particular', { aud: undefined }, '401 introspection.audience'],
    ['everybody', { aud: '*' }, '401 introspection.audience'],
    ['no API at all', { aud: [] }, '401 introspection.audience'],
    ['something that is no text', { aud: { 0: `https://${HOST}` } }, '401 introspection.audience'],
    ['this API, of another issuer', { iss: 'https://issuer-one.test' }, '401 introspection.issuer'],
    ['one with a key', { cnf: { jkt: 'x' } }, '401 introspection.bound'],
    ['one with a key, by its type', { token_type: 'DPoP' }, '401 introspection.type'],
    ['the token endpoint', { token_use: 'refresh_token' }, '401 introspection.type'],
    ['the past', { exp: 1 }, '401 introspection.expired'],
    ['the future', { nbf: 9_999_999_999 }, '401 introspection.not-yet-valid'],
    ['nobody', { sub: undefined, client_id: 'ada' }, '401 introspection.claims'],
    ['nobody, by username', { sub: undefined, username: 'ada' }, '401 introspection.claims'],
  ])('%s', async (_, more, said) => {
    expect(await ask(issued(more))).toMatchObject(refused(said))
  })

  it('two zones with one endpoint do not take each other’s word', async () => {
    const ours = issued()
    const theirs = issued({ aud: `https://${PARTNERS}`, sub: 'eve' })
    for (let round = 0; round < 2; round++) {
      expect((await ask(ours)).said).toBe('200 origin.answered')
      expect(await ask(ours, '/mine', { Host: PARTNERS })).toMatchObject(refused('401 introspection.audience'))
      expect(await ask(theirs)).toMatchObject(refused('401 introspection.audience'))
      expect(values(forwarded(await ask(theirs, '/mine', { Host: PARTNERS })), 'x-portcullis-subject')).toEqual(['eve'])
    }
  })

  it('a token’s scope is its own', async () => {
    const admin = issued({ scope: 'admin', sub: 'root' })
    const user = issued()
    expect((await ask(admin, '/admin')).said).toBe('200 origin.answered')
    expect((await ask(user, '/admin')).said).toMatch(/^403 authorize\./)
    expect((await ask(`${admin}=`, '/admin')).said).toBe('401 introspection.inactive')
    expect((await ask(admin.toUpperCase(), '/admin')).said).toBe('401 introspection.inactive')
  })
})

describe('one kind of token for another', () => {
  it('a JWT is not shown to the issuer of opaque tokens', async () => {
    const before = door.tokenQuestions().length
    const jwt = await tokenOfOne(door)
    known.set(jwt, claims())
    expect(await ask(jwt)).toMatchObject(refused('401 authenticate.unclaimed'))
    expect(await ask(`${jwt}.a.b`)).toMatchObject(refused('401 authenticate.unclaimed'))
    expect((await ask(jwt, '/either')).said).toBe('200 origin.answered')
    expect(await ask(`${jwt}x`, '/either')).toMatchObject(refused('401 jwt.malformed'))
    expect(door.tokenQuestions().length).toBe(before)
  })

  it('an opaque token is none to those who verify JWTs', async () => {
    const token = issued()
    expect(await ask(token, '/v1/profile', { Host: 'api.example.com' })).toMatchObject(refused('401 authenticate.unclaimed'))
    expect((await ask(token, '/either')).said).toBe('200 origin.answered')
  })

  it('the issuer is not asked about what does not begin like its tokens', async () => {
    expect((await ask(issued({}, 'one_'), '/prefixed')).said).toBe('200 origin.answered')
    const before = door.tokenQuestions().length
    for (const token of [issued({}, 'two_'), issued({}, 'ONE_'), issued({}, 'xone_')]) {
      expect(await ask(token, '/prefixed')).toMatchObject(refused('401 authenticate.unclaimed'))
    }
    expect(door.tokenQuestions().length).toBe(before)
  })

  it('a client that provokes the issuer’s refusal to answer locks nobody out', async () => {
    door.answerTokens((received, response) => {
      if (formOf(received).get('token')?.startsWith('eyJ')) json(response, { error: 'unsupported_token_type' }, 400)
      else honest(received, response)
    })
    for (let i = 0; i < 8; i++) expect((await ask(made('eyJ'))).said).toBe('401 introspection.unsupported')
    expect((await ask(issued())).said).toBe('200 origin.answered')
  })
})

describe('a token at which the issuer fails', () => {
  const evilAnswers: [string, (response: ServerResponse) => void][] = [
    ['a firewall’s 403', (response) => void response.writeHead(403).end('<html>blocked</html>')],
    ['a firewall’s 400', (response) => void response.writeHead(400).end('<html>blocked</html>')],
    ['400 invalid_request', (response) => json(response, { error: 'invalid_request' }, 400)],
    ['404', (response) => void response.writeHead(404).end()],
    ['401', (response) => void response.writeHead(401).end()],
    ['429', (response) => void response.writeHead(429).end()],
    ['500', (response) => void response.writeHead(500).end()],
    ['a broken connection', (response) => void response.destroy()],
  ]
  const failing = (evil: (response: ServerResponse) => void) =>
    door.answerTokens((received, response) => {
      if (formOf(received).get('token')?.startsWith('/etc/')) evil(response)
      else honest(received, response)
    })
  const from = (address: number) => ({ 'CF-Connecting-IP': `198.51.100.${address}` })

  it.each(evilAnswers)('%s: neither one client nor many lock others out', async (_, evil) => {
    failing(evil)
    for (let i = 0; i < 8; i++) expect((await ask(made('/etc/'), '/mine', from(7))).said).toBe('503 introspection.error')
    expect((await ask(issued(), '/mine', from(8))).said).toBe('200 origin.answered')
    for (let i = 0; i < 8; i++) expect((await ask(made('/etc/'), '/mine', from(10 + i))).said).toBe('503 introspection.error')
    expect((await ask(issued(), '/mine', from(7))).said, 'nor who shares its address').toBe('200 origin.answered')
  })

  it.each(evilAnswers)('%s: is asked about once, whoever sends it', async (_, evil) => {
    failing(evil)
    const token = made('/etc/passwd/')
    const before = door.tokenQuestions().length
    for (let i = 0; i < 4; i++) expect((await ask(token, '/mine', from(i))).said).toBe('503 introspection.error')
    expect(door.tokenQuestions().length).toBe(before + 1)
  })

  it('a good token in constant use is served throughout', async () => {
    failing((response) => void response.writeHead(500).end())
    const token = issued()
    const statuses = new Set<string>()
    const timesAsked = () => door.tokenQuestions().filter((received) => formOf(received).get('token') === token).length
    await found(async () => {
      await Promise.all([1, 2, 3, 4].map((address) => ask(made('/etc/'), '/brief', from(address))))
      statuses.add((await ask(token, '/brief', from(9))).said)
      return timesAsked() >= 5 ? true : undefined
    })
    expect([...statuses]).toEqual(['200 origin.answered'])
  })
})

describe('injection through the token', () => {
  it.each<[string, string, string]>([
    ['a second parameter', 'x&token=GOOD', '400 introspection.syntax'],
    ['an encoded one', 'x%26token%3DGOOD', '400 introspection.syntax'],
    ['a query', 'x?token=GOOD', '400 introspection.syntax'],
    ['a space', 'x GOOD', '400 introspection.syntax'],
    ['two', 'x, Bearer GOOD', '400 introspection.multiple'],
    ['a control character', 'x\x01GOOD', '400 introspection.syntax'],
    ['bytes that are not ASCII', 'x\xffGOOD', '400 introspection.syntax'],
    ['too much', 'x'.repeat(4097), '401 introspection.too-large'],
  ])('%s', async (_, token, said) => {
    const good = issued()
    const before = door.tokenQuestions().length
    expect(await ask(token.replace('GOOD', good))).toMatchObject(refused(said))
    expect(door.tokenQuestions().length).toBe(before)
  })

  it('the issuer reads the very token that was sent, in a body, and none in a URL', async () => {
    const token = `${made()}+/-._~${made()}==`
    known.set(token, claims())
    expect((await ask(token)).said).toBe('200 origin.answered')
    const question = door.tokenQuestions().at(-1) as Received
    expect([question.method, question.target, formOf(question).getAll('token')]).toEqual(['POST', '/introspect', [token]])
    const [scheme, encoded] = (values(question, 'authorization')[0] ?? '').split(' ')
    const [id, secret] = Buffer.from(encoded ?? '', 'base64')
      .toString()
      .split(':')
    expect([scheme, id, new URLSearchParams(`s=${secret}`).get('s')]).toEqual(['Basic', 'gate%3Away', SECRET])
  })

  it('a token in the URL or a cookie is none', async () => {
    const token = issued()
    const before = door.tokenQuestions().length
    expect(await door.ask(`GET /mine?access_token=${token}`, { Host: HOST, Cookie: `access_token=${token}` })).toMatchObject(
      refused('401 introspection.missing'),
    )
    expect(door.tokenQuestions().length).toBe(before)
  })

  it('what the issuer says cannot become a header of its own', async () => {
    const subject = 'ada\r\nx-portcullis-roles: admin'
    const origin = forwarded(await ask(issued({ sub: subject })))
    expect(values(origin, 'x-portcullis-roles')).toEqual([])
    expect(values(origin, 'x-portcullis-subject').join()).not.toContain('\n')
  })

  it('the origin sees the token only where the route says so', async () => {
    const token = issued()
    expect(values(forwarded(await ask(token)), 'authorization')).toEqual([])
    expect(values(forwarded(await ask(token, '/passport')), 'authorization')).toEqual([`Bearer ${token}`])
  })
})

describe('what is remembered', () => {
  it('a revoked token stops by itself', async () => {
    const token = issued()
    expect((await ask(token, '/brief')).said).toBe('200 origin.answered')
    known.delete(token)
    const outcome = await found(async () => {
      const answer = await ask(token, '/brief')
      return answer.response.status === 200 ? undefined : answer
    })
    expect(outcome).toMatchObject(refused('401 introspection.inactive'))
  })

  it('a refused token is not asked about again, whoever sends it', async () => {
    const token = made()
    const before = door.tokenQuestions().length
    for (let i = 0; i < 5; i++)
      expect(await ask(token, '/mine', { 'CF-Connecting-IP': `192.0.2.${i + 1}` })).toMatchObject(refused('401 introspection.inactive'))
    expect(door.tokenQuestions().length).toBe(before + 1)
  })

  it('a flood of made-up tokens pushes out no good one', async () => {
    const token = issued()
    expect((await ask(token)).said).toBe('200 origin.answered')
    for (let round = 0; round < 4; round++) await Promise.all(Array.from({ length: 24 }, () => door.ask('GET /mine', { Host: HOST, ...bearer(made()) })))
    const before = door.tokenQuestions().length
    expect((await ask(token)).said).toBe('200 origin.answered')
    expect(door.tokenQuestions().length).toBe(before)
  })

  it('one client that keeps the issuer busy leaves the rest to others', async () => {
    const waiting: ServerResponse[] = []
    door.answerTokens((received, response) => {
      if (formOf(received).get('token')?.startsWith('slow')) waiting.push(response)
      else honest(received, response)
    })
    const flood = Array.from({ length: 40 }, () => door.ask('GET /mine', { Host: HOST, 'CF-Connecting-IP': '198.51.100.7', ...bearer(made('slow')) }))
    await found(async () => (waiting.length >= 32 ? true : undefined))
    expect((await ask(issued())).said).toBe('200 origin.answered')
    for (const response of waiting) json(response, { active: false })
    const outcomes = (await Promise.all(flood)).map(({ said }) => said).toSorted()
    expect(outcomes).toEqual([...Array(32).fill('401 introspection.inactive'), ...Array(8).fill('503 introspection.error')])
    expect(waiting.length).toBe(32)
  })

  it('an answer that nobody waits for any more does no harm', async () => {
    const waiting: ServerResponse[] = []
    door.answerTokens((_, response) => void waiting.push(response))
    const token = issued()
    sent.push(token)
    const line = door.dial(
      `GET /mine HTTP/1.1\r\nHost: ${HOST}\r\nCF-Connecting-IP: 192.0.2.9\r\nportcullis-proto: https\r\nAuthorization: Bearer ${token}\r\n\r\n`,
    )
    await found(async () => (waiting.length === 1 ? true : undefined))
    await line.hangUp()
    door.answerTokens(honest)
    json(waiting[0] as ServerResponse, claims())
    const before = door.tokenQuestions().length
    expect((await ask(token)).said).toBe('200 origin.answered')
    expect(door.tokenQuestions().length, 'what it brought serves others').toBe(before)
  })
})

describe('what comes out', () => {
  it('is the same for every token that is refused', async () => {
    const outcomes = [
      await ask(made()),
      await ask(issued({ aud: 'x' })),
      await ask(issued({ iss: 'x' })),
      await ask(issued({ cnf: {} })),
      await ask(issued({ exp: 1 })),
      await ask('x'.repeat(5000)),
    ]
    const told = outcomes.map(({ response }) => {
      const { requestId: _, ...document } = JSON.parse(response.body) as Record<string, unknown>
      return JSON.stringify([response.status, response.headers['www-authenticate'], document])
    })
    expect(new Set(told).size).toBe(1)
    expect(outcomes.map(({ said }) => said)).toContain('401 introspection.bound')
  })

  it('no token and no secret stands in an answer, in the log or in a decision', async () => {
    door.answerTokens((received, response) => void response.end(`no such token: ${formOf(received).get('token')} for ${values(received, 'authorization')[0]}`))
    const failed = await ask(made())
    expect(failed.said).toBe('503 introspection.error')
    await found(async () => (door.server.log().includes('introspection.endpoint') ? true : undefined))
    const everything = [door.server.log(), JSON.stringify(await door.decisions()), JSON.stringify(failed.trace), failed.response.raw].join()
    const basic = Buffer.from(`gate%3Away:${new URLSearchParams([['', SECRET]]).toString().slice(1)}`).toString('base64')
    const secrets = [SECRET, encodeURIComponent(SECRET), basic, ...sent.filter((token) => token.length > 16)]
    expect(secrets.length).toBeGreaterThan(50)
    expect(secrets.filter((secret) => everything.includes(secret))).toEqual([])
  })
})
