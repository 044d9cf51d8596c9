import { hostGateway } from '../src/host.ts'
import config from './full.config.ts'

export { DecisionLog } from '../src/platform/decision-log.ts'
export { Ledger } from '../src/platform/ledger.ts'
export { RateLimiter } from '../src/platform/rate-limiter.ts'

export default hostGateway(config)
