import { AUDIT_OPERATIONS } from './audit.ts'
import { BAN_OPERATIONS } from './bans.ts'
import { KEY_OPERATIONS } from './keys.ts'
import { KILL_SWITCH_OPERATIONS } from './kill-switches.ts'
import type { Operation } from './operation.ts'
import { OVERRIDE_OPERATIONS } from './overrides.ts'
import { REVOCATION_OPERATIONS } from './revocations.ts'
import { STATUS_OPERATIONS } from './status.ts'

/** Every operation there is: routes, document and documentation are made from this table. */
export const OPERATIONS: readonly Operation[] = [
  ...STATUS_OPERATIONS,
  ...KEY_OPERATIONS,
  ...BAN_OPERATIONS,
  ...KILL_SWITCH_OPERATIONS,
  ...OVERRIDE_OPERATIONS,
  ...REVOCATION_OPERATIONS,
  ...AUDIT_OPERATIONS,
]
