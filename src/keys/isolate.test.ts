import { beforeEach, describe, expect, it } from 'vitest'
import { type KeptKey, KeyConflict } from '../core/api-key.ts'
import { UNKNOWN_FOR_MS } from './copies.ts'
import { type IsolateKeys, MAX_STRANGERS } from './isolate.ts'
import { COOLDOWN_MS, KeyringUnavailable, keyShardOf } from './shards.ts'
import { asked, behind, KeyringWorld, minted, NOW, newKey, OTHER_PEPPER, secretOf } from './test-keyring.ts'

const HOUR_MS = 3_600_000
const ada = minted(1)
const { id } = ada
let world: KeyringWorld
let isolate: IsolateKeys
let elsewhere: IsolateKeys

const outcome = (one: IsolateKeys, anId = id, staleness = {}) =>
  asked(one, anId, staleness).then(
    ({ key }) => (key === undefined ? 'unknown' : key.revoked === undefined ? 'good' : 'revoked'),
    (error: unknown) => (error instanceof KeyringUnavailable ? 'unavailable' : String(error)),
  )
const out = () => Promise.reject(new Error('out of reach'))
const count = (call: string) => world.calls.filter((each) => each === call).length

beforeEach(async () => {
  world = new KeyringWorld()
  isolate = world.isolate()
  elsewhere = world.isolate({ near: false })
  await elsewhere.create(newKey(ada))
  world.calls.length = 0
})

describe('an isolate', () => {
  it('asks once, and then judges without waiting', async () => {
    expect(await asked(isolate, id)).toMatchObject({ key: { owner: 'ada' }, waited: true, objectCalls: 1 })
    expect(await asked(isolate, id)).toMatchObject({ key: { owner: 'ada' }, waited: false, objectCalls: 0 })
  })

  it('gives the very same key while it stays the same: controls keep what they made of it', async () => {
    const first = (await asked(isolate, id)).key
    world.pass(31_000)
    expect((await asked(isolate, id)).key).toBe(first)
    expect(count('find')).toBe(2)
  })

  it('lets others of its location know, and their age counts from the owner’s answer', async () => {
    await asked(isolate, id)
    world.pass(14_000)
    const neighbour = world.isolate()
    expect(await asked(neighbour, id)).toMatchObject({ key: { owner: 'ada' }, objectCalls: 0 })
    world.pass(16_001)
    expect(await asked(neighbour, id)).toMatchObject({ waited: true, objectCalls: 1 })
  })

  it('refreshes behind the request past half of the staleness, and waits past all of it', async () => {
    await asked(isolate, id)
    await elsewhere.revoke(id, 'grace', 'leaked')
    world.pass(15_000)
    expect(await asked(isolate, id)).toMatchObject({ waited: false, objectCalls: 0 })
    world.pass(1)
    expect(await asked(isolate, id)).toMatchObject({ key: { owner: 'ada' }, waited: false, objectCalls: 1 })
    expect(await outcome(isolate)).toBe('revoked')
    world.pass(30_001)
    expect(await asked(isolate, id)).toMatchObject({ waited: true, objectCalls: 1 })
  })

  it('asks the owner for each request, where the staleness is 0', async () => {
    const now = { maxStalenessMs: 0, failAfterMs: 0 }
    expect(await outcome(isolate, id, now)).toBe('good')
    await elsewhere.revoke(id, 'grace', 'leaked')
    expect(await asked(isolate, id, now)).toMatchObject({ waited: true, objectCalls: 1, key: { revoked: { by: 'grace' } } })
    world.outage = out
    expect(await outcome(isolate, id, now)).toBe('Error: out of reach')
    expect(await outcome(isolate, id, now)).toBe('unavailable')
  })

  it('asks once for requests that come at the same time', async () => {
    const found = await Promise.all(Array.from({ length: 20 }, () => asked(isolate, id)))
    expect(found.map(({ key }) => key?.owner)).toEqual(Array(20).fill('ada'))
    expect(count('find')).toBe(1)
  })

  it('does not go by a clock that was set back', async () => {
    await asked(isolate, id)
    await elsewhere.revoke(id, 'grace', 'leaked')
    world.pass(-600_000)
    expect(await outcome(isolate)).toBe('revoked')
  })

  it('knows at once what is done through it', async () => {
    await asked(isolate, id)
    await isolate.revoke(id, 'grace', 'leaked')
    expect([await outcome(isolate), await outcome(world.isolate()), count('find')]).toEqual(['revoked', 'revoked', 1])
    expect(await isolate.revokeOwner('ada', 'grace', 'left')).toBe(0)
  })
})

describe('a key that may have changed', () => {
  const newer = (than: KeptKey, one = isolate, sinceMs = world.time) => behind((caller) => one.newer(than, sinceMs, caller))

  it('is what the owner says, whatever is known here and in the location', async () => {
    const { key } = await asked(isolate, id)
    await elsewhere.rotate(id, secretOf(1), NOW + 60_000)
    expect((await asked(isolate, id)).key).toBe(key)
    expect((await newer(key as KeptKey))?.secrets.map(({ hash }) => hash)).toEqual([secretOf(1).hash, ada.secret.hash])
    expect((await asked(isolate, id)).key).not.toBe(key)
  })

  it('is the very same where it has not changed, and gone where it is', async () => {
    const { key } = await asked(isolate, id)
    expect(await newer(key as KeptKey)).toBe(key)
    world.stores[keyShardOf(id)]?.rows.clear()
    world.pass(1)
    expect(await newer(key as KeptKey)).toBeUndefined()
  })

  it('is asked about once for all that come at the same time', async () => {
    const { key } = await asked(isolate, id)
    await elsewhere.rotate(id, secretOf(1), NOW + 60_000)
    world.calls.length = 0
    world.oneWayMs = 5
    const found = await Promise.all(Array.from({ length: 50 }, () => newer(key as KeptKey)))
    expect([new Set(found).size, count('find')]).toEqual([1, 1])
    expect(found[0]).not.toBe(key)
  })

  it('is not told by an answer to a question that was asked before', async () => {
    const { key } = await asked(isolate, id)
    let release: (() => void) | undefined
    world.outage = async (run) => {
      const early = structuredClone(run())
      await new Promise<void>((go) => {
        release = go
      })
      return early
    }
    const first = newer(key as KeptKey)
    await expect.poll(() => release).toBeDefined()
    world.outage = undefined
    await elsewhere.rotate(id, secretOf(1), NOW + 60_000)
    world.pass(1)
    const second = newer(key as KeptKey)
    release?.()
    expect(await first).toBe(key)
    expect((await second)?.secrets[0]?.hash).toBe(secretOf(1).hash)
  })

  it('is not known while the keyring is out of reach, and that is not made worse', async () => {
    const { key } = await asked(isolate, id)
    world.outage = out
    world.calls.length = 0
    const tried = await Promise.allSettled(Array.from({ length: 20 }, () => newer(key as KeptKey)))
    expect([new Set(tried.map(({ status }) => status)), count('find')]).toEqual([new Set(['rejected']), 1])
  })
})

describe('knowledge of two ages', () => {
  it('an older version from the location replaces nothing', async () => {
    await asked(isolate, id)
    const stale = [...world.location]
    await isolate.revoke(id, 'grace', 'leaked')
    world.pass(16_000)
    // Even one whose question was later: it was answered before the change.
    for (const asOfMs of [world.time, NOW]) {
      for (const [name, text] of stale) world.location.set(name, text.replace(/"asOfMs":\d+/, `"asOfMs":${asOfMs}`))
      expect([await outcome(isolate), await outcome(isolate)]).toEqual(['revoked', 'revoked'])
    }
  })

  it('an answer that comes late replaces nothing that was heard before it', async () => {
    let release: (() => void) | undefined
    world.outage = async (run) => {
      const early = structuredClone(run())
      await new Promise<void>((go) => {
        release = go
      })
      return early
    }
    const late = asked(isolate, id)
    await expect.poll(() => release).toBeDefined()
    world.outage = undefined
    world.pass(5)
    await isolate.revoke(id, 'grace', 'leaked')
    release?.()
    expect((await late).key?.revoked?.by).toBe('grace')
    expect(await outcome(isolate)).toBe('revoked')
  })

  it('a keyring that was restored is believed, when it is asked after what it has forgotten was heard', async () => {
    const shard = keyShardOf(id)
    const backup = new Map(world.stores[shard]?.rows)
    await isolate.revoke(id, 'grace', 'by mistake')
    if (world.stores[shard] !== undefined) world.stores[shard].rows = backup
    world.location.clear()
    world.pass(30_001)
    expect(await outcome(isolate)).toBe('good')
  })

  it('what the location says of another key, of the future, or in other words is not believed', async () => {
    await asked(isolate, id)
    const [[name = '', text = ''] = []] = [...world.location]
    const other = minted(2)
    await elsewhere.create(newKey(other, { owner: 'grace' }))
    for (const forged of [
      text,
      text.replace(/"asOfMs":\d+/, `"asOfMs":${NOW + 3_600_000}`).replaceAll(id, other.id),
      '{',
      'null',
      text.replace('"v":1', '"v":2'),
    ]) {
      world.location.set(name.replace(id, other.id), forged)
      expect((await asked(world.isolate(), other.id)).key?.owner).toBe('grace')
    }
  })
})

describe('a key that nobody has', () => {
  it('is not asked about again for a moment, and nothing of it stands in the location', async () => {
    const stranger = minted(99).id
    expect([await outcome(isolate, stranger), await outcome(isolate, stranger), count('find')]).toEqual(['unknown', 'unknown', 1])
    expect([...world.location.keys()].some((name) => name.includes(stranger))).toBe(false)
    world.pass(UNKNOWN_FOR_MS)
    expect([await outcome(isolate, stranger), count('find')]).toEqual(['unknown', 2])
  })

  it('is good as soon as it is created here, and a moment later everywhere', async () => {
    const late = minted(99)
    expect([await outcome(isolate, late.id), await outcome(elsewhere, late.id)]).toEqual(['unknown', 'unknown'])
    await isolate.create(newKey(late))
    expect(await outcome(isolate, late.id)).toBe('good')
    world.pass(UNKNOWN_FOR_MS)
    expect(await outcome(elsewhere, late.id)).toBe('good')
  })

  it('pushes out no key that is known, in any number', async () => {
    await asked(isolate, id)
    for (let n = 0; n < 6000; n++) await asked(isolate, `${n}`.padStart(16, '0'))
    expect(await asked(isolate, id)).toMatchObject({ waited: false, objectCalls: 0 })
  })

  it('holds up nobody that is known, however many are asked about at once', async () => {
    await asked(isolate, id)
    const other = minted(2)
    await elsewhere.create(newKey(other))
    const held: (() => void)[] = []
    world.outage = async (run) => {
      await new Promise<void>((go) => held.push(go))
      return run()
    }
    const flood = Array.from({ length: 200 }, (_, n) => outcome(isolate, `${n}`.padStart(16, '0')))
    await expect.poll(() => held.length).toBe(MAX_STRANGERS)
    // One that this isolate has not met cannot be told from them.
    expect(await outcome(isolate, other.id)).toBe('unavailable')
    expect(await outcome(isolate, other.id, { maxStalenessMs: 0 })).toBe('unavailable')
    world.outage = undefined
    world.pass(30_001)
    expect(await outcome(isolate)).toBe('good')
    for (const go of held) go()
    const said = await Promise.all(flood)
    expect([said.filter((each) => each === 'unknown').length, said.filter((each) => each === 'unavailable').length]).toEqual([
      MAX_STRANGERS,
      200 - MAX_STRANGERS,
    ])
    expect(await outcome(isolate, other.id)).toBe('good')
  })
})

describe('an outage', () => {
  it('a key that is known serves until failAfter, and nobody else', async () => {
    await asked(isolate, id)
    world.outage = out
    world.pass(299_000)
    expect([await outcome(isolate), await outcome(isolate, minted(2).id)]).toEqual(['good', 'unavailable'])
    world.pass(1001)
    expect(await outcome(isolate)).toBe('unavailable')
    expect(world.notices.length).toBeGreaterThan(0)
    expect(world.notices.join()).not.toContain(id)
  })

  it('is not made worse: a shard that is out of reach is asked once a second', async () => {
    await asked(isolate, id)
    world.calls.length = 0
    world.outage = out
    world.pass(31_000)
    for (let i = 0; i < 100; i++) expect(await outcome(isolate)).toBe('good')
    expect(world.calls.length).toBe(1)
    world.pass(COOLDOWN_MS)
    await Promise.all(Array.from({ length: 100 }, () => outcome(isolate)))
    expect(world.calls.length).toBe(2)
  })

  it('of one shard says nothing of the others', async () => {
    const other = Array.from({ length: 50 }, (_, n) => minted(n + 2)).find((each) => keyShardOf(each.id) !== keyShardOf(id)) ?? ada
    await elsewhere.create(newKey(other))
    world.outage = (run, shard) => (shard === keyShardOf(id) ? out() : Promise.resolve(run()))
    expect([await outcome(isolate), await outcome(isolate, other.id)]).toEqual(['unavailable', 'good'])
  })

  it('is over with the first answer', async () => {
    world.outage = out
    expect(await outcome(isolate)).toBe('unavailable')
    world.outage = undefined
    world.pass(COOLDOWN_MS)
    expect(await outcome(isolate)).toBe('good')
  })

  it('what the location knows serves too, as long as it may', async () => {
    await asked(isolate, id)
    world.outage = out
    world.pass(200_000)
    expect(await outcome(world.isolate())).toBe('good')
    world.pass(100_001)
    expect(await outcome(world.isolate())).toBe('unavailable')
  })

  it('an answer that never comes is given up', async () => {
    world.outage = () => new Promise(() => {})
    expect(await outcome(isolate)).toBe('unavailable')
    expect(world.notices).toEqual(['KeyringUnavailable: the keyring did not answer in time'])
  })

  it('an answer that nobody sends is a failure', async () => {
    for (const answer of [undefined, { v: 2 }, { v: 1, found: { version: 1 } }, { v: 1, found: { version: 1, key: { id } } }]) {
      world.outage = () => Promise.resolve(answer)
      expect(await outcome(isolate)).toBe('unavailable')
      world.pass(COOLDOWN_MS)
    }
  })

  it('a change whose answer is lost is done, once, and until it is known what was known before counts for nothing', async () => {
    await asked(isolate, id)
    world.outage = (run) => {
      run()
      return out()
    }
    await expect(isolate.revoke(id, 'grace', 'leaked')).rejects.toThrow('out of reach')
    world.outage = undefined
    world.location.clear()
    expect(await outcome(isolate)).toBe('revoked')
    expect(await isolate.revoke(id, 'grace', 'leaked')).toMatchObject({ revoked: { atMs: NOW } })
  })

  it('a creation and a rotation whose answers are lost are the same operations when they come again', async () => {
    const other = minted(2)
    const lost = async (work: () => Promise<unknown>) => {
      world.outage = (run) => {
        run()
        return out()
      }
      await expect(work()).rejects.toThrow('out of reach')
      world.outage = undefined
      world.pass(2000)
      return await work()
    }
    expect(await lost(() => isolate.create(newKey(other)))).toMatchObject({ id: other.id, createdMs: NOW })
    expect(await lost(() => isolate.rotate(other.id, secretOf(1), world.time + 60_000))).toMatchObject({ secrets: [secretOf(1), other.secret] })
    await expect(isolate.rotate(other.id, secretOf(2), world.time + 60_000)).rejects.toThrow(KeyConflict)
  })
})

describe('an owner’s keys', () => {
  const keys = Array.from({ length: 150 }, (_, n) => minted(n + 10))
  beforeEach(async () => {
    for (const [n, key] of keys.entries()) await elsewhere.create(newKey(key, { owner: n % 3 === 0 ? 'grace' : 'ada' }))
    world.calls.length = 0
  })

  it('are all ended, over every shard, and asking again ends no more', async () => {
    expect([await isolate.revokeOwner('grace', 'root', 'left'), await isolate.revokeOwner('grace', 'root', 'left')]).toEqual([50, 0])
    expect(count('revokeOwner')).toBe(128)
    for (const [n, key] of keys.entries()) expect(await outcome(isolate, key.id)).toBe(n % 3 === 0 ? 'revoked' : 'good')
  })

  it('where a shard is out of reach, the others’ are ended all the same, and the operator learns that it is not done', async () => {
    const broken = keyShardOf(keys[0]?.id ?? '')
    world.outage = (run, shard) => (shard === broken ? out() : Promise.resolve(run()))
    await expect(isolate.revokeOwner('grace', 'root', 'left')).rejects.toThrow('1 of 64 shards did not answer')
    world.outage = undefined
    const left = keys.filter((key, n) => n % 3 === 0 && keyShardOf(key.id) === broken).length
    expect(await isolate.revokeOwner('grace', 'root', 'left')).toBe(left)
  })

  it.each([1, 7, 50, 1000])('are listed %i at a time, each once, in an order that does not change', async (limit) => {
    const pages: (readonly KeptKey[])[] = []
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const page: Awaited<ReturnType<IsolateKeys['list']>> = await isolate.list({ cursor, limit, owner: 'grace' })
      pages.push(page.keys)
      cursor = page.next
    }
    const listed = pages.flat().map((key) => key.id)
    expect(listed.toSorted()).toEqual(keys.flatMap((key, n) => (n % 3 === 0 ? [key.id] : [])).toSorted())
    expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true)
  })

  it('all of them, too, beside others that are created meanwhile', async () => {
    const first = await isolate.list({ cursor: '', limit: 100 })
    await isolate.create(newKey(minted(5000)))
    const second = await isolate.list({ cursor: first.next ?? '', limit: 1000 })
    expect(new Set([...first.keys, ...second.keys].map((key) => key.id)).size).toBe(first.keys.length + second.keys.length)
    expect(first.keys.length + second.keys.length).toBeGreaterThanOrEqual(151)
  })

  it.each(['x', '40', 'ff0000', '00/../x', `00${'0'.repeat(17)}`, "00' OR 1"])('no page begins at %j', async (cursor) => {
    await expect(isolate.list({ cursor, limit: 10 })).rejects.toThrow(RangeError)
  })

  it.each([0, 1001, 1.5, Number.NaN])('no page has %d keys', async (limit) => {
    await expect(isolate.list({ cursor: '', limit })).rejects.toThrow(RangeError)
  })
})

describe('behind a request', () => {
  const use = (one = isolate) =>
    behind(async (caller) => {
      const key = await one.find(id, { maxStalenessMs: 30_000, failAfterMs: 300_000 }, caller)
      if (key !== undefined) one.used(key, caller)
    })

  it('it is written when a key was used, at most once an hour an isolate', async () => {
    for (let i = 0; i < 10; i++) await use()
    expect(count('used')).toBe(1)
    expect((await isolate.read(id))?.lastUsedMs).toBe(NOW)
    for (let i = 0; i < 24; i++) {
      world.pass(HOUR_MS)
      await use()
      await use()
    }
    expect(count('used')).toBe(25)
    expect((await isolate.read(id))?.lastUsedMs).toBe(NOW + 24 * HOUR_MS)
  })

  it('it is not written again by those who see that it was', async () => {
    await use()
    await asked(elsewhere, id)
    const late = world.isolate({ near: false })
    await use(late)
    expect(count('used')).toBe(1)
  })

  it('a use that cannot be written fails nobody', async () => {
    await asked(isolate, id)
    world.outage = out
    await use()
    expect(await outcome(isolate)).toBe('good')
  })

  it('a hash moves to another pepper, once', async () => {
    await asked(isolate, id)
    const after = minted(1, OTHER_PEPPER).secret
    for (let i = 0; i < 5; i++) await behind((caller) => isolate.rehash(id, ada.secret, after, caller))
    expect([count('rehash'), (await asked(isolate, id)).key?.secrets]).toEqual([1, [after]])
  })
})

describe('what nobody can ask for', () => {
  it.each(['', 'x', '../keys', 'a'.repeat(17), 'ä'.repeat(16)])('%j is no id', async (bad) => {
    expect([await isolate.read(bad), await isolate.revoke(bad, 'a', 'b'), await isolate.rotate(bad, secretOf(1), NOW)]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect(world.calls).toEqual([])
  })
})
