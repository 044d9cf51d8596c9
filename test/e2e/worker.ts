import { hostGateway } from '../../src/host.ts'
import type { DecisionLog } from '../../src/platform/decision-log.ts'
import type { Ledger } from '../../src/platform/ledger.ts'
import gateway from './e2e.config.ts'

export { Audit } from '../../src/platform/audit.ts'
export { DecisionLog } from '../../src/platform/decision-log.ts'
export { Keyring } from '../../src/platform/keyring.ts'
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

async function control(request: Request, env: Bindings): Promise<Response> {
  const url = new URL(request.url)
  if (url.pathname === '/clock') {
    aheadMs += Number(url.searchParams.get('forwardMs'))
    return Response.json({ aheadMs })
  }
  if (url.pathname === '/revoke') {
    await (env.LEDGER as DurableObjectNamespace<Ledger>).getByName('ledger').revoke({ v: 1, revocations: await request.json() })
    return Response.json({})
  }
  const log = (env.DECISION_LOG as DurableObjectNamespace<DecisionLog>).getByName('decisions')
  const rows = await log.after(Number(url.searchParams.get('after')), 1000)
  return Response.json(rows.map(({ id, record, trace }) => ({ id, record: JSON.parse(record), trace: JSON.parse(trace) })))
}

export default {
  fetch(request, env, context) {
    if (request.url.startsWith(CONTROL)) return control(request, env)
    if (host.fetch === undefined) throw new TypeError('the gateway answers no requests')
    return host.fetch(request, env, context)
  },
} satisfies ExportedHandler<Bindings>
