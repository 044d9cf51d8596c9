import * as v from 'valibot'
import type { Authentication } from '../core/authentication.ts'
import type { Condition } from '../core/condition.ts'
import { conditionSchema } from '../core/condition-schema.ts'
import { asking } from '../core/setting-words.ts'
import { authentication, isPolicy } from '../gateway/authentication-setting.ts'
import type { Control } from '../gateway/config.ts'
import type { RoleConditions } from './role.ts'
import type { StepUp } from './step-up.ts'

/** How an admin API hangs in a gateway, and who may use it. */
export interface AdminSettings {
  /** A zone's host, or one that no zone has. */
  readonly host: string
  /** Where it stands there. Default `/_portcullis/admin`, which no route of a zone can touch. */
  readonly path?: string
  /** Who is there: an issuer's tokens, Cloudflare Access, or a bootstrap token. */
  readonly authenticate: Authentication
  /** Who may look, act, and do everything: conditions over verified claims. Each role includes the lesser ones. */
  readonly roles: RoleConditions & { readonly admin: Condition<never> }
  /** What changes something needs a stronger or more recent sign-in. Default: the same as for reading. */
  readonly stepUp?: StepUp
  /** Controls before authentication, beside the zone's: `ipList({ allow: […] })`. */
  readonly policies?: readonly Control[]
  /** Rates of its own: attempts in vain by address (default `30/min`), calls by principal (default `300/min`). */
  readonly limits?: { readonly attempts?: string; readonly calls?: string }
}

const RATE = asking("a count and a period, like '30/min'", "write it like '30/min'")
const rate = v.pipe(v.string(RATE), v.regex(/^[1-9]\d{0,5}\//, RATE))
const SECONDS = asking('whole seconds from 0 to 86400', 'write a number, without a unit, like 300')
const acr = v.pipe(v.string(), v.regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'printable ASCII without spaces, quotation marks and backslashes, like urn:example:mfa'))

const early = v.pipe(
  v.custom<Control>(isPolicy, asking('a control', 'use a control such as ipList({ … })')),
  v.check(
    ({ stage }) => stage === 'access' || stage === 'shield',
    asking('a control of the access or shield stage, which needs no identity', 'use ipList, geo, or rateLimit by address; who may do what is for `roles`'),
  ),
)

/** The shape of what `adminApi` takes. Host and path are looked at where the whole configuration is. */
export const ADMIN_SETTINGS = v.strictObject({
  host: v.string(asking('a host alone, like admin.example.com', 'write it in lower case, without scheme and path')),
  path: v.optional(v.string()),
  authenticate: authentication,
  roles: v.strictObject({ viewer: v.optional(conditionSchema), operator: v.optional(conditionSchema), admin: conditionSchema }),
  stepUp: v.optional(
    v.strictObject({
      when: conditionSchema,
      acr: v.optional(v.union([acr, v.pipe(v.array(acr), v.minLength(1, 'at least one'))])),
      maxAgeSeconds: v.optional(v.pipe(v.number(SECONDS), v.integer(SECONDS), v.minValue(0, SECONDS), v.maxValue(86_400, SECONDS))),
      exempt: v.optional(v.array(v.literal('bootstrap-token'))),
    }),
  ),
  policies: v.optional(v.array(early)),
  limits: v.optional(v.strictObject({ attempts: v.optional(rate), calls: v.optional(rate) })),
})
