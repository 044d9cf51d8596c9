import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deferred, exchange } from '../../test/exchange.ts'
import type { Revocable } from '../core/revocation.ts'
import { ruleId } from '../core/rule-id.ts'
import { IsolateLedger, type LedgerOwner } from './isolate.ts'
import { RevocationOwner } from './owner.ts'
import { asked, credential, ISSUER, isStopped, MemoryStore, NOW, revocationOf, stopOf } from './test-ledger.ts'

const STALENESS = { maxStalenessMs: 5000, failAfterMs: 300_000 }
const switchOf = (user: number, nowMs: number) => stopOf({ zone: 'api', route: `GET /u${user}`, untilMs: nowMs + 86_400_000 })
const subject = (value: string) => ({ kind: 'subject' as const, issuer: ISSUER, value })

/** A ledger whose answers a test lets go in whatever order it likes, and isolates of one location. */
class Interleaved {
  time = NOW
  readonly owner = new RevocationOwner(new MemoryStore())
  readonly location = new Map<string, string>()
  /** How long the next answer is held: so many microtasks, or until it is let go. */
  hold: (() => number | Promise<void>) | undefined
  /** While it is set, questions reach the ledger after it. */
  holdQuestion: Promise<void> | undefined
  outage = false

  isolate(aheadMs = 0): IsolateLedger {
    const stub: LedgerOwner = {
      snapshot: async (message) => {
        if (this.outage) throw new Error('out')
        await this.holdQuestion
        const reply = structuredClone(this.owner.snapshot(message, this.time))
        await this.#held()
        return reply
      },
      find: (message) => {
        const found = this.owner.find(message, this.time)
        return Promise.resolve({ v: 1, ...(found !== undefined && { found }) })
      },
      revoke: (message) => Promise.resolve(this.owner.revoke(message, this.time)),
      lift: (message) => Promise.resolve(this.owner.lift(message.subjects, this.time)),
      list: () => Promise.resolve({ v: 1, revocations: [] }),
      addRules: (message) => Promise.resolve(this.owner.addRules(message, this.time)),
      removeRules: ({ ids }) => Promise.resolve(this.owner.removeRules(ids, this.time)),
      listRules: (message) => Promise.resolve(this.owner.listRules(message, this.time)),
    }
    return new IsolateLedger({
      clock: { now: () => this.time + aheadMs },
      location: { get: (key) => Promise.resolve(this.location.get(key)), put: (key, text) => Promise.resolve(void this.location.set(key, text)) },
      name: 'test',
      owner: () => stub,
      notice: () => {},
    })
  }

  async #held(): Promise<void> {
    const hold = this.hold?.()
    if (typeof hold === 'number') for (let i = 0; i < hold; i++) await null
    else await hold
  }

  /** What the ledger itself says. */
  truth({ names, issuedAtMs }: Revocable): boolean {
    return this.owner.find({ v: 1, names: [...names], issuedAtMs }, this.time) !== undefined
  }
}

describe('an answer that comes late', () => {
  it('does not bring back what was revoked again since', async () => {
    const world = new Interleaved()
    const isolate = world.isolate()
    world.owner.revoke({ v: 1, revocations: [revocationOf('subject', 'ada')] }, world.time)
    const ada = credential(['subject', 'ada'])
    await asked(isolate, ada)
    world.time += 1
    world.owner.lift([subject('ada')], world.time)
    world.time += 3000
    const gate = Promise.withResolvers<void>()
    world.hold = () => gate.promise
    const x = exchange()
    const behind = isolate.find(ada, STALENESS, x)
    await Promise.resolve()
    await new Promise((resolve) => setTimeout(resolve))
    world.hold = undefined
    world.time += 10
    await isolate.revoke([revocationOf('subject', 'ada')])
    gate.resolve()
    await behind
    await Promise.all(deferred(x))
    expect((await asked(isolate, ada)).found).toBeDefined()
  })
})

describe('an answer that was overtaken', () => {
  it('takes nobody in again who is known to be stopped, though it was asked for later', async () => {
    const world = new Interleaved()
    const isolate = world.isolate()
    await isStopped(isolate, 'GET /u0', world.time)
    const [there, back] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const each = { maxStalenessMs: 0, failAfterMs: 0 }
    // One question is long on its way to the ledger, the other’s answer on its way back.
    world.holdQuestion = there.promise
    const first = isStopped(isolate, 'GET /u0', world.time, each)
    world.holdQuestion = undefined
    world.time += 1
    world.hold = () => back.promise
    const second = isStopped(isolate, 'GET /u0', world.time, each)
    await new Promise((resolve) => setTimeout(resolve))
    world.hold = undefined
    world.time += 1
    world.owner.addRules({ v: 1, rules: [switchOf(0, world.time)] }, world.time)
    there.resolve()
    expect(await first).toBe(true)
    back.resolve()
    await second
    expect(await isStopped(isolate, 'GET /u0', world.time)).toBe(true)
  })
})

describe('an outage that is over', () => {
  it('lets nobody pass beside the one who tries the ledger again', async () => {
    const world = new Interleaved()
    const isolate = world.isolate()
    const ada = credential(['subject', 'ada'])
    await asked(isolate, ada)
    world.time += 3000
    world.outage = true
    await asked(isolate, ada)
    world.outage = false
    world.time += 1000
    world.owner.revoke({ v: 1, revocations: [revocationOf('subject', 'ada')] }, world.time)
    world.time += 240_000
    const found = await Promise.all([1, 2, 3].map(async () => (await asked(isolate, ada)).found))
    expect(found.map((one) => one !== undefined)).toEqual([true, true, true])
  })
})

it('whatever overlaps, isolates come to know what the ledger knows', async () => {
  const STEP = fc.record({
    isolate: fc.nat(2),
    user: fc.nat(1),
    act: fc.constantFrom('revoke', 'lift', 'stop', 'start', 'ask', 'ask'),
    startsAfter: fc.nat(12),
    ms: fc.nat(1),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(STEP, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 }),
      fc.array(fc.nat(20), { minLength: 1, maxLength: 40 }),
      fc.array(fc.nat(1000), { minLength: 3, maxLength: 3 }),
      async (rounds, holds, skews) => {
        const world = new Interleaved()
        let next = 0
        world.hold = () => holds[next++ % holds.length] ?? 0
        const isolates = skews.map((aheadMs) => world.isolate(aheadMs))
        for (const steps of rounds) {
          // Things that happen at once, each a little after the other.
          await Promise.all(
            steps.map(async ({ isolate, user, act, startsAfter, ms }) => {
              for (let i = 0; i < startsAfter; i++) await null
              world.time += ms
              const one = isolates[isolate] as IsolateLedger
              if (act === 'revoke') await one.revoke([revocationOf('subject', `u${user}`, { beforeMs: world.time, untilMs: world.time + 86_400_000 })])
              else if (act === 'lift') await one.lift([subject(`u${user}`)])
              else if (act === 'stop') await one.runtime.add([switchOf(user, world.time)])
              else if (act === 'start') await one.runtime.remove([ruleId(switchOf(user, world.time))])
              else await asked(one, credential(['subject', `u${user}`]))
            }),
          )
          world.time += 5000 + 1001
          for (const user of [0, 1]) {
            const isOff = world.owner.listRules({ v: 1, after: '', limit: 10 }, world.time).rules.some(({ id }) => id === ruleId(switchOf(user, 0)))
            for (const isolate of isolates) expect(await isStopped(isolate, `GET /u${user}`, world.time)).toBe(isOff)
          }
          for (const user of ['u0', 'u1']) {
            for (const issuedAtMs of [NOW - 1, world.time - 6500, world.time - 6002, world.time - 6001, world.time]) {
              const revocable = { names: credential(['subject', user]).names, issuedAtMs }
              for (const isolate of isolates) expect((await asked(isolate, revocable)).found !== undefined).toBe(world.truth(revocable))
            }
          }
        }
      },
    ),
    { numRuns: 200 },
  )
})

it('who is in force when revoke resolves, in the isolate that revokes, whatever else goes on there', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(20), { minLength: 4, maxLength: 40 }),
      fc.array(fc.nat(30), { minLength: 1, maxLength: 6 }),
      fc.nat(1000),
      async (holds, starts, aheadMs) => {
        const world = new Interleaved()
        const [isolate, neighbour] = [world.isolate(), world.isolate(aheadMs)] as const
        await asked(isolate, credential(['subject', 'nobody']))
        world.time += 3000
        let next = 0
        world.hold = () => holds[next++ % holds.length] ?? 0
        await Promise.all(
          starts.map(async (startsAfter, i) => {
            for (let j = 0; j < startsAfter; j++) await null
            world.time += startsAfter % 2
            if (i % 2 === 1) return void (await asked(neighbour, credential(['subject', 'nobody'])))
            const user = `user-${i}`
            await isolate.revoke([revocationOf('subject', user)])
            const revoked = isolate.find(credential(['subject', user]), STALENESS, exchange())
            expect(await revoked).toBeDefined()
            await isolate.runtime.add([switchOf(i, world.time)])
            const rules = await isolate.runtime.current(STALENESS, exchange())
            expect(rules.stopOf('api', `GET /u${i}`, world.time)).toBeDefined()
          }),
        )
      },
    ),
    { numRuns: 300 },
  )
})
