import { hostGateway } from '../../src/host.ts'
import type { DecisionLog } from '../../src/platform/decision-log.ts'
import gateway from './e2e.config.ts'

export { DecisionLog } from '../../src/platform/decision-log.ts'
export { Ledger } from '../../src/platform/ledger.ts'
export { RateLimiter } from '../../src/platform/rate-limiter.ts'

/** What the tests ask of the Worker beside its work: no zone has this host. */
const CONTROL = 'http://control.test/'

type Bindings = Readonly<Record<string, unknown>>

const host = hostGateway(gateway)

// Bounds of minutes and hours are tested without waiting: the clock, and nothing else, can be set forward.
const realNow = Date.now
let aheadMs = 0
Date.now = () => realNow() + aheadMs

async function control(url: URL, env: Bindings): Promise<Response> {
  if (url.pathname === '/clock') {
    aheadMs += Number(url.searchParams.get('forwardMs'))
    return Response.json({ aheadMs })
  }
  const log = (env.DECISION_LOG as DurableObjectNamespace<DecisionLog>).getByName('decisions')
  const rows = await log.after(Number(url.searchParams.get('after')), 1000)
  return Response.json(rows.map(({ id, record, trace }) => ({ id, record: JSON.parse(record), trace: JSON.parse(trace) })))
}

export default {
  fetch(request, env, context) {
    if (request.url.startsWith(CONTROL)) return control(new URL(request.url), env)
    if (host.fetch === undefined) throw new TypeError('the gateway answers no requests')
    return host.fetch(request, env, context)
  },
} satisfies ExportedHandler<Bindings>
