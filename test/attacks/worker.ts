import { type Bindings, hostGateway } from '../../src/host.ts'
import type { DecisionLog } from '../../src/platform/decision-log.ts'
import gateway from './attacks.config.ts'

export { DecisionLog } from '../../src/platform/decision-log.ts'
export { RateLimiter } from '../../src/platform/rate-limiter.ts'

const host = hostGateway(gateway)

/** The gateway as it is deployed, and beside it, under a host of its own, the log that says why it decided. */
export default {
  ...host,
  async fetch(request, env, context) {
    if (request.url !== 'https://decisions.test/') return await (host.fetch as NonNullable<typeof host.fetch>)(request, env, context)
    const log = env.DECISION_LOG as DurableObjectNamespace<DecisionLog>
    return Response.json(await log.getByName('decisions').latest(200))
  },
} satisfies ExportedHandler<Bindings>
