import { Hono } from 'hono'
import { type Bindings, hostGateway } from '../src/host.ts'
import { canonicalUrl } from '../src/lib/canonical-url.ts'
import config from './full.config.ts'

export { Ledger } from '../src/platform/ledger.ts'
export { RateLimiter } from '../src/platform/rate-limiter.ts'

const answer = hostGateway(config).fetch
if (answer === undefined) throw new TypeError('the gateway answers nothing')

/** The other way to host: Hono sees every request first, by its canonical path, and hands it on. */
const app = new Hono<{ Bindings: Bindings }>({ getPath: (request) => canonicalUrl(request.url).path })
app.all('/_portcullis/*', (c) => c.notFound())
app.all('*', (c) => answer(c.req.raw as Parameters<typeof answer>[0], c.env, c.executionCtx as ExecutionContext))

export default app
