import type { CompiledGateway } from '../../../src/gateway/compiled.ts'
import { handle } from '../../../src/gateway/pipeline.ts'
import type { Bindings } from '../../../src/host.ts'
import type { DecisionLog } from '../../../src/platform/decision-log.ts'
import { portsOf } from '../../../src/platform/ports.ts'
import { type Doubles, doubles } from '../../admin/doubles.ts'
import { GATEWAYS } from './gateways.ts'

export { DecisionLog } from '../../../src/platform/decision-log.ts'
export { Ledger } from '../../../src/platform/ledger.ts'
export { RateLimiter } from '../../../src/platform/rate-limiter.ts'

let rooms: Doubles | undefined

/** The gateway that `VARIANT` names. Keys, rules and the trail are kept in memory here; limits, revocations and the log are the real objects. */
export default {
  async fetch(request, env, context) {
    if (request.url === 'https://decisions.test/') {
      const log = env.DECISION_LOG as DurableObjectNamespace<DecisionLog>
      return Response.json(await log.getByName('decisions').latest(200))
    }
    const ports = portsOf(env)
    rooms ??= doubles(ports.clock)
    if (request.url === 'https://rooms.test/') {
      return Response.json({ calls: rooms.calls, trail: rooms.trail, keys: [...rooms.kept.values()], rules: [...rooms.rules.values()] })
    }
    const { audit, keys, runtime, limitOperator } = rooms
    return await handle(GATEWAYS[env.VARIANT as keyof typeof GATEWAYS] as CompiledGateway, request, { ...ports, audit, keys, runtime, limitOperator }, context)
  },
} satisfies ExportedHandler<Bindings>
