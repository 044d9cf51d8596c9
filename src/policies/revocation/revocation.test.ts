import { beforeEach, describe, expect, it } from 'vitest'
import { deferred, exchange } from '../../../test/exchange.ts'
import type { Decision } from '../../core/decision.ts'
import type { Principal } from '../../core/principal.ts'
import { Problems } from '../../core/problems.ts'
import { type Revocable, TokenRevocable } from '../../core/revocation.ts'
import { LedgerWorld, NOW, revocationOf } from '../../ledger/test-ledger.ts'
import { revocation } from './revocation.ts'

const ISSUER = 'https://issuer.example'
const ISSUED = { iat: (NOW - 3_600_000) / 1000 }

let world: LedgerWorld
beforeEach(() => {
  world = new LedgerWorld()
})

function principal(subject: string, revocable?: Revocable, more: Partial<Principal> = {}): Principal {
  return {
    id: subject,
    issuer: ISSUER,
    subject,
    method: 'jwt',
    scheme: 'Bearer',
    credentialHeader: 'authorization',
    scopes: new Set(),
    roles: new Set(),
    claims: {},
    ...(revocable !== undefined && { revocable }),
    ...more,
  }
}

const ada = (claims: Record<string, unknown> = {}, keyId?: string) => principal('ada', new TokenRevocable(ISSUER, 'ada', { ...ISSUED, ...claims }, keyId))

async function judge(who: Principal | undefined, settings: Parameters<typeof revocation>[0] = {}): Promise<Decision> {
  const handlers = revocation(settings).compile()
  const x = exchange({ ...(who !== undefined && { principal: who }), ports: { revocations: world.isolate() } })
  const decision = await handlers.request?.(x)
  await Promise.all(deferred(x))
  return decision as Decision
}

const CLAIMS = { jti: 'j', sid: 's', client_id: 'c', azp: 'z' }

describe('revocation', () => {
  it.each([
    ['token', 'j'],
    ['subject', 'ada'],
    ['session', 's'],
    ['client', 'c'],
    ['client', 'z'],
    ['key', 'k'],
    ['issuer', ''],
  ] as const)('by %s %s refuses the credential, and says to nobody but the operator by what', async (kind, value) => {
    world.revoke(revocationOf(kind, value))
    const decision = await judge(ada(CLAIMS, 'k'))
    expect(decision).toEqual({
      kind: 'deny',
      status: 401,
      reason: 'revocation.revoked',
      detail: { by: kind },
      problem: { detail: 'The access token is not valid here.' },
      challenges: [{ scheme: 'Bearer', params: { error: 'invalid_token', error_description: 'The access token is not valid here' } }],
    })
  })

  it.each([
    ['another token', 'token', 'other'],
    ['another user', 'subject', 'grace'],
    ['a session named like the user', 'session', 'ada'],
    ['a subject named like the token', 'subject', 'j'],
    ['an issuer with a value', 'issuer', 'ada'],
  ] as const)('of %s concerns nobody else', async (_what, kind, value) => {
    world.revoke(revocationOf(kind, value))
    expect((await judge(ada(CLAIMS, 'k'))).kind).toBe('pass')
  })

  it('of another issuer’s user of the same name concerns nobody here', async () => {
    world.revoke({ ...revocationOf('subject', 'ada'), issuer: 'https://other.example' }, { ...revocationOf('issuer', ''), issuer: `${ISSUER}/` })
    expect((await judge(ada())).kind).toBe('pass')
  })

  it('before a time concerns older tokens, and those that do not say', async () => {
    world.revoke(revocationOf('subject', 'ada', { beforeMs: NOW - 3_600_000 }))
    const old = await judge(ada({ iat: NOW / 1000 - 3601 }))
    const young = await judge(ada())
    const silent = await judge(ada({ iat: undefined }))
    const odd = await judge(ada({ iat: '9999999999' }))
    expect([old.kind, young.kind, silent.kind, odd.kind]).toEqual(['deny', 'pass', 'deny', 'deny'])
  })

  it('of one factor is one too many', async () => {
    world.revoke(revocationOf('subject', 'device'))
    const device = principal('device', new TokenRevocable(ISSUER, 'device', ISSUED))
    const key = principal('key')
    expect((await judge({ ...ada(), factors: [key] })).kind).toBe('pass')
    expect((await judge({ ...ada(), factors: [key, device] })).kind).toBe('deny')
    expect((await judge({ ...device, factors: [ada()] })).kind).toBe('deny')
  })

  it('passes what cannot be revoked', async () => {
    world.revoke(revocationOf('subject', 'ada'))
    expect((await judge(principal('ada'))).kind).toBe('pass')
  })

  it('with nobody to judge is a failure, and nobody passes', async () => {
    await expect(judge(undefined)).rejects.toThrow('nobody to judge')
  })

  it.each([
    ['5 seconds by default', {}, 5000, 300_000],
    ['a staleness of its own', { maxStalenessSeconds: 60 }, 60_000, 300_000],
    ['a long one', { maxStalenessSeconds: 900 }, 900_000, 900_000],
    ['both', { maxStalenessSeconds: 1, failAfterSeconds: 30 }, 1000, 30_000],
    ['none at all', { maxStalenessSeconds: 0 }, 0, 0],
  ])('judges by %s', async (_what, settings, maxStalenessMs, failAfterMs) => {
    const staleness: unknown[] = []
    const handlers = revocation(settings).compile()
    const isolate = world.isolate()
    const revocations = Object.assign(Object.create(isolate), {
      find: (...[revocable, given, caller]: Parameters<typeof isolate.find>) => {
        staleness.push(given)
        return isolate.find(revocable, given, caller)
      },
    })
    await handlers.request?.(exchange({ principal: ada(), ports: { revocations } }))
    expect(staleness).toEqual([{ maxStalenessMs, failAfterMs }])
  })
})

describe('settings', () => {
  const problemsOf = (settings: Parameters<typeof revocation>[0]) => {
    const problems = new Problems()
    revocation(settings).check(['here'], problems)
    return problems.all.map(({ path }) => path)
  }

  it.each<[Parameters<typeof revocation>[0], readonly string[]]>([
    [{}, []],
    [{ maxStalenessSeconds: 0 }, []],
    [{ maxStalenessSeconds: 0, failAfterSeconds: 0 }, []],
    [{ maxStalenessSeconds: 10, failAfterSeconds: 10 }, []],
    [{ maxStalenessSeconds: 10, failAfterSeconds: 9 }, ['here.failAfterSeconds']],
    [{ maxStalenessSeconds: 0, failAfterSeconds: 60 }, ['here.failAfterSeconds']],
    [{ maxStalenessSeconds: -1 }, ['here.maxStalenessSeconds']],
    [{ maxStalenessSeconds: 3601 }, ['here.maxStalenessSeconds']],
    [{ maxStaleness: 5 } as never, ['here.maxStaleness']],
  ])('%j', (settings, expected) => {
    expect(problemsOf(settings)).toEqual(expected)
  })

  it('needs the ledger', () => expect(revocation({}).bindings).toEqual(['LEDGER']))
})
