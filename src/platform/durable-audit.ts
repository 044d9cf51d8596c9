import { IsolateTrail } from '../audit/isolate.ts'
import type { AuditSettings } from '../audit/settings.ts'
import type { AuditTrail, Clock } from '../core/ports.ts'
import { pause } from '../lib/pause.ts'
import type { Audit } from './audit.ts'
import type { StateSettings } from './durable-limiter.ts'

/** The one object that keeps the trail. */
const NAME = 'audit'

/** The audit trail of production. */
export function durableAudit(
  namespace: DurableObjectNamespace<Audit>,
  settings: AuditSettings,
  placement: StateSettings = {},
  clock: Clock = { now: () => Date.now() },
): AuditTrail {
  const { home, jurisdiction } = placement
  const options = home === undefined ? undefined : { locationHint: home }
  return new IsolateTrail({
    clock,
    settings,
    pause,
    notice: (detail) => console.warn(JSON.stringify({ reason: 'audit.note', detail })),
    // A stub belongs to the request that made it and is of no use after an error: each call makes its own.
    owner: () => (jurisdiction === undefined ? namespace : namespace.jurisdiction(jurisdiction)).getByName(NAME, options),
  })
}
