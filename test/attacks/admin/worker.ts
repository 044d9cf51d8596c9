import type { KeptKey } from '../../../src/core/api-key.ts'
import type { AuditEntry } from '../../../src/core/audit.ts'
import type { Ports } from '../../../src/core/ports.ts'
import type { KeptRevocation } from '../../../src/core/revocation.ts'
import type { KeptRule } from '../../../src/core/runtime-rule.ts'
import type { CompiledGateway } from '../../../src/gateway/compiled.ts'
import { type Bindings, type GatewayWorker, hostGateway } from '../../../src/host.ts'
import type { DecisionLog } from '../../../src/platform/decision-log.ts'
import { portsOf } from '../../../src/platform/ports.ts'
import { GATEWAYS } from './gateways.ts'

export { Audit } from '../../../src/platform/audit.ts'
export { DecisionLog } from '../../../src/platform/decision-log.ts'
export { Keyring } from '../../../src/platform/keyring.ts'
export { Ledger } from '../../../src/platform/ledger.ts'
export { RateLimiter } from '../../../src/platform/rate-limiter.ts'

/** What operators have done so far, as the objects themselves say it. */
export interface Rooms {
  /** Admin actions, oldest first; decisions are not among them. */
  readonly trail: readonly AuditEntry[]
  readonly keys: readonly KeptKey[]
  readonly rules: readonly KeptRule[]
  readonly revocations: readonly KeptRevocation[]
}

/** As much as a page holds: no test of these leaves more. */
const PAGE = 1000

async function roomsOf({ audit, keys, runtime, revocations }: Ports): Promise<Rooms> {
  const entries: AuditEntry[] = []
  for (let page = await audit.entries(0, PAGE); page.length > 0; page = await audit.entries(entries.length, PAGE)) entries.push(...page)
  return {
    trail: entries.filter(({ type }) => type.startsWith('admin.')),
    keys: (await keys.list({ cursor: '', limit: PAGE })).keys,
    rules: await runtime.list('', PAGE),
    revocations: await revocations.list(undefined, PAGE),
  }
}

let host: GatewayWorker | undefined

/** The gateway that `VARIANT` names, as it is deployed, and beside it, under hosts of their own, the log of decisions and what operators did. */
export default {
  async fetch(request, env, context) {
    const gateway = GATEWAYS[env.VARIANT as keyof typeof GATEWAYS] as CompiledGateway
    if (request.url === 'https://rooms.test/') return Response.json(await roomsOf(portsOf(env, gateway.state, { audit: gateway.audit?.settings })))
    if (request.url === 'https://decisions.test/') {
      const log = env.DECISION_LOG as DurableObjectNamespace<DecisionLog>
      return Response.json(await log.getByName('decisions').latest(200))
    }
    host ??= hostGateway(gateway)
    return await host.fetch(request, env, context)
  },
} satisfies ExportedHandler<Bindings>
