import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN, ADMIN_TOKEN, type AdminDoor, changing, openAdminDoor } from './admin/door.ts'

let door: AdminDoor
beforeAll(async () => {
  door = await openAdminDoor('zone')
})
afterAll(() => door.stop())

const GOOD = '200 origin.answered'
const DONE = '200 admin.answered'

interface Item {
  readonly id: string
  readonly createdBy: string
}
interface Shown {
  readonly key: string
  readonly item: Item
}

let names = 0
const nextName = () => `an-idempotency-key-${++names}`
/** Every key that was shown. */
const shown: string[] = []

const change = (path: string, body: unknown, { token = ADMIN_TOKEN, name = nextName() } = {}) =>
  door.ask(`POST ${ADMIN}${path}`, changing(token, name), JSON.stringify(body))

async function created(more: object = {}, how: { token?: string; name?: string } = {}): Promise<Shown> {
  const { said, response } = await change('/keys', { owner: 'ada', name: 'a key', ...more }, how)
  expect(said).toBe('201 admin.answered')
  const made = JSON.parse(response.body) as Shown
  shown.push(made.key)
  return made
}

const use = (key: string, headers: Record<string, string> = {}) => door.ask('GET /keyed', { Host: 'api.example.com', 'X-Api-Key': key, ...headers })

describe('keys of an owner that were ended', () => {
  it('are refused at once; one that is made in the same second is another, and good', async () => {
    for (let i = 0; i < 3; i++) {
      const owner = `owner-${i}`
      const before = await created({ owner })
      expect((await use(before.key)).said).toBe(GOOD)
      expect((await change('/keys/revoke-by-owner', { owner, reason: 'a test' })).said).toBe(DONE)
      expect((await use(before.key)).said).toBe('401 api-key.revoked')
      const after = await created({ owner })
      expect((await use(after.key)).said).toBe(GOOD)
    }
  })

  it('whatever is made meanwhile is ended or good, and does not change by itself', async () => {
    const owner = 'a-race'
    const made: Promise<Shown>[] = []
    const [ended] = await Promise.all([
      change('/keys/revoke-by-owner', { owner, reason: 'a test' }),
      ...Array.from({ length: 12 }, () => made[made.push(created({ owner })) - 1]),
    ])
    expect(ended?.said).toBe(DONE)
    const { keys } = await door.rooms()
    for (const { key, item } of await Promise.all(made)) {
      const isEnded = keys.find(({ id }) => id === item.id)?.revoked !== undefined
      expect((await use(key)).said).toBe(isEnded ? '401 api-key.revoked' : GOOD)
    }
  })
})

describe('one operation, ten times at once', () => {
  it('makes one key, and one new secret', async () => {
    const name = nextName()
    const owner = 'ten-at-once'
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => change('/keys', { owner, name: 'a key' }, { name })))
    expect(new Set(outcomes.map(({ said, response }) => `${said} ${response.body}`)).size).toBe(1)
    const { key, item } = JSON.parse(outcomes[0]?.response.body ?? '{}') as Shown
    expect((await door.rooms()).keys.filter((kept) => kept.owner === owner)).toHaveLength(1)
    const again = nextName()
    const rotated = await Promise.all(Array.from({ length: 10 }, () => change(`/keys/${item.id}/rotate`, { overlapSeconds: 600 }, { name: again })))
    expect(new Set(rotated.map(({ said, response }) => `${said} ${response.body}`)).size).toBe(1)
    const { key: next } = JSON.parse(rotated[0]?.response.body ?? '{}') as Shown
    expect([(await use(key)).said, (await use(next)).said]).toEqual([GOOD, GOOD])
    shown.push(key, next)
  })
})

describe('a rotation', () => {
  it('without an overlap ends the old secret; with one, both work, and a third is a conflict, or ends both at once', async () => {
    const { key, item } = await created()
    const first = JSON.parse((await change(`/keys/${item.id}/rotate`, { overlapSeconds: 0 })).response.body) as Shown
    expect([(await use(key)).said, (await use(first.key)).said]).toEqual(['401 api-key.secret', GOOD])
    const second = JSON.parse((await change(`/keys/${item.id}/rotate`, { overlapSeconds: 600 })).response.body) as Shown
    expect([(await use(first.key)).said, (await use(second.key)).said]).toEqual([GOOD, GOOD])
    expect((await change(`/keys/${item.id}/rotate`, { overlapSeconds: 1 })).said).toBe('409 admin.key-conflict')
    const third = JSON.parse((await change(`/keys/${item.id}/rotate`, { overlapSeconds: 0 })).response.body) as Shown
    const ended = [(await use(first.key)).said, (await use(second.key)).said]
    expect([...ended, (await use(third.key)).said]).toEqual(['401 api-key.secret', '401 api-key.secret', GOOD])
    shown.push(first.key, second.key, third.key)
  })

  it('twelve at once, each with an overlap: one secret is new, and every answer says what became of it', async () => {
    const { key, item } = await created()
    const outcomes = await Promise.all(Array.from({ length: 12 }, () => change(`/keys/${item.id}/rotate`, { overlapSeconds: 600 })))
    const [won, ...more] = outcomes.filter(({ said }) => said === DONE)
    expect(more).toEqual([])
    expect(new Set(outcomes.filter((each) => each !== won).map(({ said }) => said))).toEqual(new Set(['409 admin.key-conflict']))
    const { key: next } = JSON.parse(won?.response.body ?? '{}') as Shown
    expect([(await use(key)).said, (await use(next)).said]).toEqual([GOOD, GOOD])
    shown.push(next)
  })

  it('of a key that is revoked, before or meanwhile, brings nothing back', async () => {
    const { key, item } = await created()
    const rotations = Array.from({ length: 6 }, (_, i) => change(`/keys/${item.id}/rotate`, { overlapSeconds: i === 0 ? 600 : 0 }))
    const [revoked, ...rotated] = await Promise.all([change(`/keys/${item.id}/revoke`, { reason: 'leaked' }), ...rotations])
    expect(revoked?.said).toBe(DONE)
    const texts = rotated.filter(({ said }) => said === DONE).map(({ response }) => (JSON.parse(response.body) as Shown).key)
    for (const text of [key, ...texts]) expect((await use(text)).said).toMatch(/^401 api-key\.(?:revoked|secret)$/)
    expect((await change(`/keys/${item.id}/rotate`, { overlapSeconds: 600 })).said).toBe('409 admin.key-conflict')
    shown.push(...texts)
  })

  it('that is asked for again gives the same, once; and nothing that was replaced since comes back', async () => {
    const { item } = await created()
    const name = nextName()
    const first = await change(`/keys/${item.id}/rotate`, { overlapSeconds: 0 }, { name })
    const again = await change(`/keys/${item.id}/rotate`, { overlapSeconds: 0 }, { name })
    expect([again.said, again.response.body]).toEqual([first.said, first.response.body])
    const old = JSON.parse(first.response.body) as Shown
    const next = JSON.parse((await change(`/keys/${item.id}/rotate`, { overlapSeconds: 0 })).response.body) as Shown
    await change(`/keys/${item.id}/rotate`, { overlapSeconds: 0 }, { name })
    expect([(await use(old.key)).said, (await use(next.key)).said]).toEqual(['401 api-key.secret', GOOD])
    shown.push(old.key, next.key)
  })
})

describe('who did something, in words', () => {
  it.each<[string, string]>([
    ['a character that falls on the end of what is kept', `${'x'.repeat(255)}𝄞`],
    ['as long as may be', 'x'.repeat(255)],
  ])('named by a subject with %s', async (_, sub) => {
    const { item } = await created({}, { token: await door.token(['admins'], { sub }) })
    expect(item.createdBy.isWellFormed()).toBe(true)
  })

  it('always says by which issuer’s word', async () => {
    for (const sub of [`bootstrap (urn:portcullis:bootstrap)${' '.repeat(210)}x`, `root (https://other.test) and ${'x'.repeat(220)}`]) {
      const { item } = await created({}, { token: await door.token(['admins'], { sub }) })
      expect(item.createdBy).toMatch(/ \(https:\/\/issuer-one\.test\)$/)
    }
  })
})

describe('an address that a key is bound to', () => {
  it('is one address, whatever family it is written in', async () => {
    const { key } = await created({ allowedIps: ['::ffff:198.51.100.8', '2001:db8:7::/64'] })
    for (const [ip, said] of [
      ['198.51.100.8', GOOD],
      ['::ffff:198.51.100.8', GOOD],
      ['::FFFF:c633:6408', GOOD],
      ['2001:db8:7::1', GOOD],
      ['198.51.100.9', '401 api-key.address'],
      ['2001:db8:7:1::1', '401 api-key.address'],
      ['64:ff9b::198.51.100.8', '401 api-key.address'],
      ['', '403 ip-list.no-address'],
    ] as const) {
      expect((await use(key, { 'CF-Connecting-IP': ip })).said, ip).toBe(said)
    }
    const worker = { 'CF-Connecting-IP': '2a06:98c0:3600::103', 'CF-Worker': 'partner.example' }
    expect((await use(key, worker)).said).toBe('401 api-key.address')
    expect((await use(key, { 'CF-Connecting-IP': '198.51.100.8', 'CF-Worker': 'partner.example' })).said).toMatch(/^40[13] /)
  })
})

it('nothing of a key’s secret stands in the log, in records, in the trail or in the objects', async () => {
  const { trail, keys, rules, revocations } = await door.rooms()
  const everything = door.server.log() + JSON.stringify([await door.decisions(), trail, keys, rules, revocations])
  expect(shown.length).toBeGreaterThan(20)
  for (const text of shown) {
    expect(everything).not.toContain(text)
    expect(everything).not.toContain(text.slice(27, 70))
  }
  expect(everything).not.toContain(ADMIN_TOKEN)
  expect(everything).not.toContain('an-idempotency-key')
})
