import { beforeEach, describe, expect, it } from 'vitest'
import { deferred, exchange, type Wanted } from '../../../test/exchange.ts'
import type { Decision } from '../../core/decision.ts'
import { type Principal, principalId } from '../../core/principal.ts'
import { Problems } from '../../core/problems.ts'
import type { ListRule } from '../../core/runtime-rule.ts'
import { banOf, ISSUER, LedgerWorld } from '../../ledger/test-ledger.ts'
import { callerBans } from './caller-bans.ts'

const KEYS = 'urn:portcullis:keys:acme_live'

let world: LedgerWorld
beforeEach(() => {
  world = new LedgerWorld()
})

function principal(subject: string, more: Partial<Principal> = {}): Principal {
  const { issuer = ISSUER } = more
  return {
    id: principalId(issuer, subject),
    issuer,
    subject,
    method: 'jwt',
    scheme: 'Bearer',
    credentialHeader: 'authorization',
    scopes: new Set(),
    roles: new Set(),
    claims: {},
    ...more,
  }
}

const key = (owner: string, id: string) => principal(owner, { issuer: KEYS, method: 'api-key', credentialId: id })

async function judge(who: Principal | undefined, wanted: Wanted = {}): Promise<Decision> {
  const x = exchange({ ...wanted, ...(who !== undefined && { principal: who }), ports: { runtime: world.isolate().runtime, clock: { now: () => world.time } } })
  const decision = await callerBans({}).compile().request?.(x)
  await Promise.all(deferred(x))
  return decision as Decision
}

const reasonOf = (decision: Decision) => (decision.kind === 'deny' ? decision.reason : decision.kind)

describe('caller-bans', () => {
  it.each<[string, ListRule, Principal, string]>([
    ['of a subject', banOf('subject', 'ada', { issuer: ISSUER }), principal('ada'), 'caller-bans.subject'],
    ['of a key', banOf('key', 'k7'), key('acme', 'k7'), 'caller-bans.key'],
    ['of the owner of keys', banOf('subject', 'acme', { issuer: KEYS }), key('acme', 'k7'), 'caller-bans.subject'],
    ['of another issuer’s subject', banOf('subject', 'ada', { issuer: KEYS }), principal('ada'), 'pass'],
    ['of a key, whose id is a token’s too', banOf('key', 'k7'), principal('ada', { credentialId: 'k7' }), 'pass'],
    ['of a second factor', banOf('subject', 'device', { issuer: ISSUER }), principal('ada', { factors: [principal('device')] }), 'caller-bans.subject'],
    ['of a key as a second factor', banOf('key', 'k7'), principal('ada', { factors: [key('acme', 'k7')] }), 'caller-bans.key'],
    ['in another zone', banOf('key', 'k7', { zone: 'web' }), key('acme', 'k7'), 'pass'],
  ])('%s', async (_what, rule, who, reason) => {
    world.rule(rule)
    expect(reasonOf(await judge(who))).toBe(reason)
  })

  it('says 403 to the caller and to the operator no more than by what', async () => {
    const [rule = ''] = world.rule(banOf('subject', 'ada', { issuer: ISSUER }))
    expect(await judge(principal('ada'))).toEqual({
      kind: 'deny',
      status: 403,
      reason: 'caller-bans.subject',
      detail: { by: 'subject', rule: `pseudonym-of-${rule.length}` },
    })
  })

  it('an allowance of one credential frees no other', async () => {
    world.rule({ ...banOf('key', 'k7'), kind: 'allow' }, banOf('subject', 'ada', { issuer: ISSUER }))
    expect(reasonOf(await judge(principal('ada', { factors: [key('acme', 'k7')] })))).toBe('caller-bans.subject')
  })

  it('with nobody to judge is a failure, and nobody passes', async () => {
    await expect(judge(undefined)).rejects.toThrow('nobody to judge')
  })

  it('fails where nobody can know whether there are any', async () => {
    world.outage = () => Promise.reject(new Error('broken'))
    await expect(judge(principal('ada'))).rejects.toThrow('nobody can know')
  })
})

describe('settings', () => {
  it.each<[Parameters<typeof callerBans>[0], readonly string[]]>([
    [{}, []],
    [{ maxStalenessSeconds: 0 }, []],
    [{ maxStalenessSeconds: 10, failAfterSeconds: 9 }, ['here.failAfterSeconds']],
    [{ onError: 'pass' }, ['here.onError']],
  ])('%j', (settings, expected) => {
    const problems = new Problems()
    callerBans(settings).check(['here'], problems)
    expect(problems.all.map(({ path }) => path)).toEqual(expected)
  })
})
