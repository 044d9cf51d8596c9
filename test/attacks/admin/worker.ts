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

let host: GatewayWorker | undefined

/** What the objects hold of what operators did, as another isolate reads it. */
async function rooms(env: Bindings, { audit, state }: CompiledGateway): Promise<Response> {
  const { audit: kept, keys, runtime, revocations } = portsOf(env, state, { audit: audit?.settings })
  const [trail, page, rules, revoked] = await Promise.all([
    kept.entries(0, 1000),
    keys.list({ cursor: '', limit: 1000 }),
    runtime.list('', 1000),
    revocations.list(undefined, 1000),
  ])
  return Response.json({ trail, keys: page.keys, rules, revoked })
}

/** The gateway that `VARIANT` names, as it is deployed; and behind hosts that no zone has, the log of its decisions and what its objects hold. */
export default {
  async fetch(request, env, context) {
    const gateway = GATEWAYS[env.VARIANT as keyof typeof GATEWAYS] as CompiledGateway
    host ??= hostGateway(gateway)
    if (request.url === 'https://rooms.test/') return await rooms(env, gateway)
    if (request.url !== 'https://decisions.test/') return await host.fetch(request, env, context)
    const log = env.DECISION_LOG as DurableObjectNamespace<DecisionLog>
    return Response.json(await log.getByName('decisions').latest(200))
  },
} satisfies ExportedHandler<Bindings>
