import type { Keys } from '../../src/core/ports.ts'
import type { Revocation, RevocationSubject } from '../../src/core/revocation.ts'
import type { RuntimeRule } from '../../src/core/runtime-rule.ts'
import { type Bindings, hostGateway } from '../../src/host.ts'
import type { FindReply as KeyReply } from '../../src/keys/message.ts'
import type { FindReply, SnapshotReply } from '../../src/ledger/message.ts'
import type { TakeMessage, TakeReply } from '../../src/limiter/message.ts'
import type { DecisionLog } from '../../src/platform/decision-log.ts'
import { Keyring as KeyringHere } from '../../src/platform/keyring.ts'
import { Ledger as LedgerHere } from '../../src/platform/ledger.ts'
import { portsOf } from '../../src/platform/ports.ts'
import { RateLimiter as RateLimiterHere } from '../../src/platform/rate-limiter.ts'
import gateway from './attacks.config.ts'

export { Audit } from '../../src/platform/audit.ts'
export { DecisionLog } from '../../src/platform/decision-log.ts'

/** How long a question takes to another continent and back. */
const FAR_MS = 250

/** The objects as they are deployed; those that count `far-away` are. */
export class RateLimiter extends RateLimiterHere {
  override async take(message: TakeMessage): Promise<TakeReply> {
    if (message.cells.some(({ id }) => id.includes('far-away'))) await scheduler.wait(FAR_MS)
    return await super.take(message)
  }
}

/** Whether the ledger is out of reach. */
let ledgerIsOut = false

/** The ledger as it is deployed, while it is in reach. */
export class Ledger extends LedgerHere {
  override async revoke(...[message]: Parameters<LedgerHere['revoke']>): Promise<void> {
    if (ledgerIsOut) throw new Error('out of reach')
    await super.revoke(message)
  }
  override snapshot(...[message]: Parameters<LedgerHere['snapshot']>): SnapshotReply {
    if (ledgerIsOut) throw new Error('out of reach')
    return super.snapshot(message)
  }
  override find(...[message]: Parameters<LedgerHere['find']>): FindReply {
    if (ledgerIsOut) throw new Error('out of reach')
    return super.find(message)
  }
}

/** What an operator does to the ledger; behind a host that no zone has. */
async function operate(request: Request, env: Bindings): Promise<Response> {
  const { revoke, lift, add, remove, isOut } = (await request.json()) as {
    revoke?: Revocation[]
    lift?: RevocationSubject[]
    add?: RuntimeRule[]
    remove?: string[]
    isOut?: boolean
  }
  const ledger = (env.LEDGER as DurableObjectNamespace<LedgerHere>).getByName('ledger')
  if (revoke !== undefined) await ledger.revoke({ v: 1, revocations: revoke })
  if (lift !== undefined) await ledger.lift({ v: 1, subjects: lift })
  const added = add === undefined ? [] : (await ledger.addRules({ v: 1, rules: add })).rules
  if (remove !== undefined) await ledger.removeRules({ v: 1, ids: remove })
  if (isOut !== undefined) ledgerIsOut = isOut
  return Response.json({ added: added.map(({ id }) => id) })
}

/** Whether the keyring is out of reach. */
let keyringIsOut = false

/** The keyring as it is deployed, while it is in reach. */
export class Keyring extends KeyringHere {
  override find(...[message]: Parameters<KeyringHere['find']>): KeyReply {
    if (keyringIsOut) throw new Error('out of reach')
    return super.find(message)
  }
}

/** What an operator does to the keyring, from another isolate than the gateway's; behind a host that no zone has. */
async function operateKeys(request: Request, env: Bindings): Promise<Response> {
  const { create, rotate, revoke, isOut } = (await request.json()) as {
    create?: Parameters<Keys['create']>
    rotate?: Parameters<Keys['rotate']>
    revoke?: Parameters<Keys['revoke']>
    isOut?: boolean
  }
  if (isOut !== undefined) keyringIsOut = isOut
  const { keys } = portsOf(env)
  if (create !== undefined) await keys.create(...create)
  if (rotate !== undefined) await keys.rotate(...rotate)
  if (revoke !== undefined) await keys.revoke(...revoke)
  return Response.json({})
}

const host = hostGateway(gateway)

/** The gateway as it is deployed, and beside it, under a host of its own, the log that says why it decided. */
export default {
  ...host,
  async fetch(request, env, context) {
    if (request.url === 'https://ledger.test/') return await operate(request, env)
    if (request.url === 'https://keyring.test/') return await operateKeys(request, env)
    if (request.url !== 'https://decisions.test/') return await (host.fetch as NonNullable<typeof host.fetch>)(request, env, context)
    const log = env.DECISION_LOG as DurableObjectNamespace<DecisionLog>
    return Response.json(await log.getByName('decisions').latest(200))
  },
} satisfies ExportedHandler<Bindings>
