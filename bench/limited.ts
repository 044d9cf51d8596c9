import { hostGateway } from '../src/host.ts'
import { everyControl } from './full.config.ts'

export { Ledger } from '../src/platform/ledger.ts'
export { RateLimiter } from '../src/platform/rate-limiter.ts'

/** The gateway with every control, where each address may ask once an hour: whoever has is told so from the isolate's memory. */
export default hostGateway(everyControl('1/hour'))
