import { beforeEach, describe, expect, it } from 'vitest'
import { deferred, exchange } from '../../test/exchange.ts'
import { revocationName } from '../core/revocation.ts'
import { BUDGET_MS, COOLDOWN_MS, type IsolateLedger, LedgerUnavailable } from './isolate.ts'
import { asked, credential, DAY_MS, ISSUER, LedgerWorld, revocationOf } from './test-ledger.ts'

const ADA = credential(['subject', 'ada'])
const GRACE = credential(['subject', 'grace'])
const ADA_NAME = revocationName({ kind: 'subject', issuer: ISSUER, value: 'ada' })

let world: LedgerWorld
let isolate: IsolateLedger

beforeEach(() => {
  world = new LedgerWorld()
  isolate = world.isolate()
})

const outcome = (one: IsolateLedger, revocable = ADA, staleness = {}) =>
  asked(one, revocable, staleness).then(
    ({ found }) => (found === undefined ? 'passes' : 'revoked'),
    (error: unknown) => (error instanceof LedgerUnavailable ? 'unavailable' : String(error)),
  )

describe('an isolate', () => {
  it('asks once, and then judges without waiting', async () => {
    expect(await asked(isolate, ADA)).toEqual({ found: undefined, waited: true, objectCalls: 1 })
    expect(await asked(isolate, ADA)).toEqual({ found: undefined, waited: false, objectCalls: 0 })
    expect(world.calls).toEqual(['snapshot list'])
  })

  it('knows who is revoked, and by what', async () => {
    world.revoke(revocationOf('subject', 'ada'))
    expect([(await asked(isolate, ADA)).found, (await asked(isolate, GRACE)).found]).toEqual([ADA_NAME, undefined])
  })

  it('looks at nobody’s names while nothing is revoked', async () => {
    const nameless = {
      issuedAtMs: 0,
      get names(): readonly string[] {
        throw new Error('somebody looked')
      },
    }
    expect((await asked(isolate, nameless)).found).toBe(undefined)
    world.revoke(revocationOf('subject', 'ada'))
    world.pass(6000)
    await expect(asked(isolate, nameless)).rejects.toThrow('somebody looked')
  })

  it('refreshes behind the request past half of the staleness, and waits past all of it', async () => {
    await asked(isolate, ADA)
    world.revoke(revocationOf('subject', 'ada'))
    world.pass(2500)
    expect(await asked(isolate, ADA)).toMatchObject({ found: undefined, waited: false, objectCalls: 0 })
    world.pass(1)
    expect(await asked(isolate, ADA)).toMatchObject({ found: undefined, waited: false, objectCalls: 1 })
    expect(await asked(isolate, ADA)).toMatchObject({ found: ADA_NAME, waited: false, objectCalls: 0 })
    world.pass(5001)
    expect(await asked(isolate, ADA)).toMatchObject({ found: ADA_NAME, waited: true, objectCalls: 1 })
    expect(world.calls).toEqual(['snapshot list', 'snapshot changes', 'snapshot same'])
  })

  it('asks the ledger itself for each request, where the staleness is 0', async () => {
    await asked(isolate, ADA, { maxStalenessMs: 0, failAfterMs: 0 })
    world.revoke(revocationOf('subject', 'ada'))
    expect(await asked(isolate, ADA, { maxStalenessMs: 0, failAfterMs: 0 })).toEqual({ found: ADA_NAME, waited: true, objectCalls: 1 })
    expect(world.calls).toEqual(['find', 'find'])
  })

  it('does not go by a clock that was set back: nobody knows how old its knowledge is', async () => {
    await asked(isolate, ADA)
    world.revoke(revocationOf('subject', 'ada'))
    world.pass(-600_000)
    expect(await outcome(isolate)).toBe('revoked')
  })

  it('asks once after a clock that was set back, and then judges without waiting as ever', async () => {
    await asked(isolate, ADA)
    world.location.clear()
    world.pass(-600_000)
    expect(await outcome(isolate)).toBe('passes')
    expect(await asked(isolate, ADA)).toMatchObject({ waited: false, objectCalls: 0 })
    expect(world.calls).toEqual(['snapshot list', 'snapshot same'])
  })

  it('asks a restored ledger once after a clock that was set back', async () => {
    await asked(isolate, ADA)
    world.location.clear()
    world.store.writeState({ epoch: 'another', version: 1, floor: 0, recent: [1] })
    world.revoke(revocationOf('subject', 'ada'))
    world.pass(-600_000)
    expect(await outcome(isolate)).toBe('revoked')
    expect(await asked(isolate, ADA)).toMatchObject({ waited: false })
  })

  it('asks once for requests that come at the same time', async () => {
    world.revoke(revocationOf('subject', 'ada'))
    const found = await Promise.all(Array.from({ length: 20 }, () => asked(isolate, ADA)))
    expect(found.map((one) => one.found)).toEqual(Array(20).fill(ADA_NAME))
    expect(world.calls).toEqual(['snapshot list'])
  })

  it('that revokes knows it at once, and others within the staleness', async () => {
    const other = world.isolate()
    await asked(other, ADA)
    await asked(isolate, ADA)
    await isolate.revoke([revocationOf('subject', 'ada')])
    expect(await outcome(isolate)).toBe('revoked')
    world.pass(5001)
    expect(await outcome(other)).toBe('revoked')
  })

  it('that lifts knows it at once', async () => {
    await isolate.revoke([revocationOf('subject', 'ada')])
    await isolate.lift([{ kind: 'subject', issuer: ISSUER, value: 'ada' }])
    expect(await outcome(isolate)).toBe('passes')
    expect(await isolate.list(undefined, 10)).toEqual([])
  })
})

describe('an outage of the ledger', () => {
  const broken = () => Promise.reject(new Error('broken'))

  it('from the start: nobody can know', async () => {
    world.outage = broken
    expect([await outcome(isolate), await outcome(isolate), await outcome(isolate)]).toEqual(['unavailable', 'unavailable', 'unavailable'])
    expect(world.calls).toEqual(['out of reach'])
    expect(world.notices).toEqual(['Error: broken'])
  })

  it('later: what is known serves until failAfter, and no longer', async () => {
    world.revoke(revocationOf('subject', 'ada'))
    await asked(isolate, ADA)
    world.outage = broken
    world.pass(300_000)
    expect([await outcome(isolate), await outcome(isolate, GRACE)]).toEqual(['revoked', 'passes'])
    world.pass(1)
    expect([await outcome(isolate), await outcome(isolate, GRACE)]).toEqual(['unavailable', 'unavailable'])
  })

  it('ends when the ledger is there again', async () => {
    world.outage = broken
    expect(await outcome(isolate)).toBe('unavailable')
    world.outage = undefined
    world.pass(COOLDOWN_MS)
    expect(await outcome(isolate)).toBe('passes')
  })

  it('is asked once in a cooldown, whatever comes', async () => {
    await asked(isolate, ADA)
    world.outage = broken
    world.pass(6000)
    for (let i = 0; i < 50; i++) {
      expect(await outcome(isolate)).toBe('passes')
      world.pass(100)
    }
    expect(world.calls.filter((call) => call === 'out of reach')).toHaveLength(5)
  })

  it('is not longer by a clock that was set back', async () => {
    await asked(isolate, ADA)
    world.location.clear()
    world.outage = () => Promise.reject(new Error('out'))
    world.pass(5001)
    await outcome(isolate)
    world.outage = undefined
    world.revoke(revocationOf('subject', 'ada'))
    world.pass(-2400)
    expect(await outcome(isolate), 'and asks behind').toBe('passes')
    expect(await outcome(isolate)).toBe('revoked')
  })

  it('from the start is over as soon as the ledger is there, whatever became of the clock', async () => {
    world.outage = () => Promise.reject(new Error('out'))
    expect(await outcome(isolate)).toBe('unavailable')
    world.outage = undefined
    world.pass(-3_600_000)
    expect(await outcome(isolate)).toBe('passes')
  })

  it('makes one request a second wait, and nobody else who may be judged without the ledger', async () => {
    await asked(isolate, ADA)
    world.outage = broken
    world.pass(6000)
    await asked(isolate, ADA)
    for (let second = 0; second < 10; second++) {
      world.pass(COOLDOWN_MS)
      const hung = Promise.withResolvers<never>()
      world.outage = () => hung.promise
      const trying = asked(isolate, ADA)
      await expect.poll(() => world.calls.at(-1)).toBe('out of reach')
      for (let i = 0; i < 10; i++) expect(await asked(isolate, ADA)).toMatchObject({ found: undefined, waited: false })
      hung.reject(new Error('broken'))
      expect(await trying).toMatchObject({ found: undefined, waited: true })
    }
    world.outage = undefined
    world.revoke(revocationOf('subject', 'ada'))
    world.pass(COOLDOWN_MS)
    expect(await asked(isolate, ADA)).toMatchObject({ found: ADA_NAME, waited: true })
  })

  it('with a staleness of 0 nobody passes', async () => {
    await asked(isolate, ADA)
    world.outage = broken
    await expect(asked(isolate, ADA, { maxStalenessMs: 0, failAfterMs: 0 })).rejects.toThrow('broken')
  })

  it('a ledger that never answers is given up', async () => {
    await asked(isolate, ADA)
    world.outage = () => new Promise(() => {})
    world.pass(6000)
    expect(await outcome(isolate)).toBe('passes')
    expect(world.notices).toEqual([`LedgerUnavailable: the ledger did not answer within ${BUDGET_MS} ms`])
  })
})

describe('the isolates of one location', () => {
  it('ask the ledger once for all of them', async () => {
    world.revoke(revocationOf('subject', 'ada'))
    await asked(isolate, ADA)
    expect(await asked(world.isolate(), ADA)).toMatchObject({ found: ADA_NAME, objectCalls: 0 })
  })

  it('count the age from when the ledger was asked, through every tier', async () => {
    await asked(isolate, ADA)
    world.revoke(revocationOf('subject', 'ada'))
    world.pass(2400)
    const other = world.isolate()
    expect(await asked(other, ADA)).toMatchObject({ found: undefined, objectCalls: 0 })
    world.pass(2601)
    expect(await asked(other, ADA)).toMatchObject({ found: ADA_NAME, waited: true })
  })

  it('take over a change that another has fetched', async () => {
    const other = world.isolate()
    await asked(isolate, ADA)
    await asked(other, ADA)
    world.revoke(revocationOf('subject', 'ada'))
    world.pass(5001)
    expect([await outcome(isolate), await outcome(other)]).toEqual(['revoked', 'revoked'])
    expect(world.calls).toEqual(['snapshot list', 'snapshot changes'])
  })

  it.each<[string, (key: string, text: string) => string]>([
    ['is from the future', (key, text) => (key.endsWith('head') ? text.replace(/"asOfMs":\d+/, `"asOfMs":${world.time + 60_000}`) : text)],
    ['is of another version of ours', (_key, text) => text.replace('"v":1', '"v":2')],
    ['is cut off', (_key, text) => text.slice(0, 20)],
    ['has entries that are none', (_key, text) => text.replace(/"entries":.*/, '"entries":[7]}')],
    ['is no list', (_key, text) => text.replace(/"entries":.*/, '"entries":7}')],
  ])('leave alone what %s', async (_name, spoil) => {
    world.revoke(revocationOf('subject', 'ada'))
    await asked(isolate, ADA)
    for (const [key, text] of world.location) world.location.set(key, spoil(key, text))
    expect(await asked(world.isolate(), ADA)).toMatchObject({ found: ADA_NAME, objectCalls: 1 })
  })

  it('do not forget what one of them has just revoked, when a neighbour’s clock is ahead', async () => {
    await asked(isolate, GRACE)
    world.pass(3000)
    const [key = '', head = '{}'] = [...world.location].find(([one]) => one.endsWith('head')) ?? []
    world.location.set(key, JSON.stringify({ ...JSON.parse(head), asOfMs: world.time + 900 }))
    const gate = Promise.withResolvers<void>()
    world.locationIsSlow = gate.promise
    const x = exchange()
    const behind = isolate.find(GRACE, { maxStalenessMs: 5000, failAfterMs: 300_000 }, x)
    world.locationIsSlow = undefined
    await isolate.revoke([revocationOf('subject', 'ada')])
    expect(await outcome(isolate)).toBe('revoked')
    world.pass(5)
    gate.resolve()
    await behind
    await Promise.all(deferred(x))
    expect(await outcome(isolate)).toBe('revoked')
  })

  it('never take over what is of another ledger: only the ledger itself says that it is another', async () => {
    world.revoke(revocationOf('subject', 'ada'))
    await asked(isolate, ADA)
    const staging = new LedgerWorld()
    await asked(staging.isolate(), ADA)
    for (const [key, text] of staging.location) world.location.set(key, text)
    world.pass(2600)
    await asked(isolate, ADA)
    expect(await outcome(isolate)).toBe('revoked')
  })

  it('without a cache ask the ledger each for itself', async () => {
    world.revoke(revocationOf('subject', 'ada'))
    for (let i = 0; i < 3; i++) expect(await asked(world.isolate({ near: false }), ADA)).toMatchObject({ found: ADA_NAME, objectCalls: 1 })
  })

  it('serve a cold isolate during an outage, until failAfter', async () => {
    world.revoke(revocationOf('subject', 'ada'))
    await asked(isolate, ADA)
    world.outage = () => Promise.reject(new Error('broken'))
    world.pass(300_000)
    expect([await outcome(world.isolate()), await outcome(world.isolate(), GRACE)]).toEqual(['revoked', 'passes'])
    world.pass(1)
    expect(await outcome(world.isolate())).toBe('unavailable')
  })
})

describe('a ledger that has more than it lists', () => {
  beforeEach(() => {
    world = new LedgerWorld(10)
    world.revoke(...Array.from({ length: 11 }, (_, i) => revocationOf('subject', `user-${i}`)))
    isolate = world.isolate()
  })

  it('is asked about what its filter may have, and about nothing else', async () => {
    expect(await asked(isolate, GRACE)).toEqual({ found: undefined, waited: true, objectCalls: 1 })
    expect(await asked(isolate, GRACE)).toEqual({ found: undefined, waited: false, objectCalls: 0 })
    expect(await asked(isolate, credential(['subject', 'user-3']))).toMatchObject({ waited: true, objectCalls: 1 })
    expect(world.calls).toEqual(['snapshot filter', 'find'])
  })

  it('is exact about what was lifted, whatever the filter says', async () => {
    await isolate.lift([{ kind: 'subject', issuer: ISSUER, value: 'user-3' }])
    expect(await outcome(isolate, credential(['subject', 'user-3']))).toBe('passes')
  })

  it('is asked once about one credential in one version, however often that is shown', async () => {
    const three = credential(['subject', 'user-3'])
    for (let i = 0; i < 100; i++) expect(await outcome(isolate, three)).toBe('revoked')
    expect(world.calls.filter((call) => call === 'find')).toHaveLength(1)
    world.revoke(revocationOf('subject', 'another'))
    world.pass(5001)
    await outcome(isolate, three)
    expect(world.calls.filter((call) => call === 'find')).toHaveLength(2)
  })

  it('comes back to a list, and isolates with it', async () => {
    await asked(isolate, GRACE)
    world.pass(2 * DAY_MS)
    world.owner.sweep(world.time, 1000)
    world.revoke(revocationOf('subject', 'ada', { untilMs: world.time + DAY_MS }))
    for (let i = 0; i < 10; i++) {
      expect(await outcome(isolate)).toBe('revoked')
      world.pass(6000)
    }
    expect(world.notices).toEqual([])
  })

  it('goes through the location', async () => {
    await asked(isolate, GRACE)
    const other = world.isolate()
    expect(await asked(other, GRACE)).toMatchObject({ objectCalls: 0 })
    expect(await outcome(other, credential(['subject', 'user-3']))).toBe('revoked')
  })

  it('lets nobody pass whom only it could clear, while it is out of reach', async () => {
    await asked(isolate, GRACE)
    world.outage = () => Promise.reject(new Error('broken'))
    expect([await outcome(isolate, GRACE), await outcome(isolate, credential(['subject', 'user-3']))]).toEqual(['passes', 'Error: broken'])
  })
})
