import type { DecisionLog } from '../src/platform/decision-log.ts'
import type { Issuer } from './issuer.ts'

/** What `demo/wrangler.toml` binds. */
export interface DemoBindings {
  readonly ISSUER: DurableObjectNamespace<Issuer>
  readonly DECISION_LOG: DurableObjectNamespace<DecisionLog>
}
