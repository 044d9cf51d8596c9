import { type Bindings, hostGateway } from '../../src/host.ts'
import type { TakeMessage, TakeReply } from '../../src/limiter/message.ts'
import type { DecisionLog } from '../../src/platform/decision-log.ts'
import { RateLimiter as RateLimiterHere } from '../../src/platform/rate-limiter.ts'
import gateway from './attacks.config.ts'

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
