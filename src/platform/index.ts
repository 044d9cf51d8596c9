export { DecisionLog } from './decision-log.ts'
export { Ledger } from './ledger.ts'
export { portsOf } from './ports.ts'
export { RateLimiter } from './rate-limiter.ts'
