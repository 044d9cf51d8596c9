import type { Policy } from '../core/policy.ts'

/** A control at one place of a configuration. */
export interface PolicyUse {
  readonly zone: string
  /** The route's key; absent where the control stands in the zone's own list. */
  readonly route?: string
  readonly policy: Policy
}
