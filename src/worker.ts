import gateway from '../gateway.config.ts'
import { hostGateway } from './host.ts'

export { Audit } from './platform/audit.ts'
export { DecisionLog } from './platform/decision-log.ts'
export { Keyring } from './platform/keyring.ts'
export { Ledger } from './platform/ledger.ts'
export { RateLimiter } from './platform/rate-limiter.ts'

export default hostGateway(gateway)
