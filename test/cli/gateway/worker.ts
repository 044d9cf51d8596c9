import { hostGateway } from '../../../src/host.ts'
import gateway from './gateway.config.ts'

export { Audit } from '../../../src/platform/audit.ts'
export { Keyring } from '../../../src/platform/keyring.ts'
export { Ledger } from '../../../src/platform/ledger.ts'
export { RateLimiter } from '../../../src/platform/rate-limiter.ts'

export default hostGateway(gateway)
