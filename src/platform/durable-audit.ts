import { IsolateTrail } from '../audit/isolate.ts'
import type { AuditSettings } from '../audit/settings.ts'
import type { AuditTrail, Clock } from '../core/ports.ts'
import { pause } from '../lib/pause.ts'
import type { Audit } from './audit.ts'
import { objectsOf, type StateSettings } from './placement.ts'

/** The one object that keeps the trail. */
const NAME = 'audit'

/** The audit trail of production. */
export function durableAudit(
  namespace: DurableObjectNamespace<Audit>,
  settings: AuditSettings,
  placement: StateSettings = {},
  clock: Clock = { now: () => Date.now() },
): AuditTrail {
  const objectOf = objectsOf(namespace, placement)
  return new IsolateTrail({
    clock,
    settings,
    pause,
    notice: (detail) => console.warn(JSON.stringify({ reason: 'audit.note', detail })),
    owner: () => objectOf(NAME),
  })
}
