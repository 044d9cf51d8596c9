import * as v from 'valibot'
import { AUDITED_DECISIONS, type AuditedDecision } from '../core/audit.ts'
import { secretName, secretNames } from '../core/secret-name.ts'
import { asking } from '../core/setting-words.ts'
import { isHttpsAddress } from '../lib/https-url.ts'

/** Where the trail is exported to: an https address, a service binding with an address for it, or an R2 bucket. `token`: the name of a secret that is sent as a Bearer token. */
export type AuditSink =
  | { readonly url: string; readonly token?: string }
  | { readonly service: string; readonly url: string; readonly token?: string }
  | { readonly bucket: string }

/** How the audit trail is kept: `audit` of the configuration. */
export interface AuditConfig {
  /** The name of a Worker secret with an Ed25519 private key (JWK, or PKCS#8 in PEM); of two, the first signs and both are published. */
  readonly signingKeys: string | readonly string[]
  /** The decisions that are written down beside what is done through the admin API. Default: all but `authorization-denied`. */
  readonly decisions?: readonly AuditedDecision[]
  /** Days after which personal facts are deleted; the chain stays verifiable. Default 90. */
  readonly retentionDays?: number
  /** Where entries are sent to, in order, once they are signed. Default: nowhere. */
  readonly sink?: AuditSink
}

/** What the Durable Object needs to know of it. */
export interface AuditSettings {
  readonly signingKeys: readonly string[]
  readonly retentionDays: number
  readonly sink?: AuditSink
}

/** What is written down unless the configuration says otherwise: not what a caller may not do, of which there may be much on an ordinary day. */
const DEFAULT_DECISIONS: readonly AuditedDecision[] = AUDITED_DECISIONS.filter((decision) => decision !== 'authorization-denied')
const DEFAULT_RETENTION_DAYS = 90
/** The name of the binding of the Durable Object. */
export const AUDIT_BINDING = 'AUDIT'

const ADDRESS = asking(
  'an https URL without user information and fragment, like https://logs.example.com/audit',
  'write the address that takes POST requests; a password belongs into `token`',
  'that is no https URL',
)
const A_BINDING = asking('the name of a binding in wrangler.toml, like AUDIT_BUCKET', 'write the name alone: letters, digits and _')
const SINKS = asking(
  'one of { url }, { service, url } and { bucket }',
  'name an https URL, a service binding with the URL that it is asked for, or an R2 bucket’s binding',
)
const DAYS = asking('a whole number of days from 1 to 3650', 'write days, like 90')

const url = v.pipe(v.string(ADDRESS), v.check(isHttpsAddress, ADDRESS))
const binding = v.pipe(v.string(A_BINDING), v.regex(/^[A-Za-z_]\w{0,127}$/, A_BINDING))

/** The shape of `audit` in the configuration. */
export const auditSchema = v.strictObject({
  signingKeys: secretNames,
  decisions: v.optional(
    v.pipe(
      v.array(v.picklist(AUDITED_DECISIONS)),
      v.check((classes) => new Set(classes).size === classes.length, asking('each class once', 'remove the repetition')),
    ),
  ),
  retentionDays: v.optional(v.pipe(v.number(DAYS), v.integer(DAYS), v.minValue(1, DAYS), v.maxValue(3650, DAYS))),
  sink: v.optional(
    v.union(
      [
        v.strictObject({ url, token: v.exactOptional(secretName) }),
        v.strictObject({ service: binding, url, token: v.exactOptional(secretName) }),
        v.strictObject({ bucket: binding }),
      ],
      SINKS,
    ),
  ),
})

/** @returns what the object needs of the configuration. */
export function auditSettings({ signingKeys, retentionDays = DEFAULT_RETENTION_DAYS, sink }: AuditConfig): AuditSettings {
  return { signingKeys: [signingKeys].flat(), retentionDays, ...(sink !== undefined && { sink }) }
}

/** @returns the classes of decisions that are written down. */
export function auditedDecisions({ decisions = DEFAULT_DECISIONS }: AuditConfig): ReadonlySet<AuditedDecision> {
  return new Set(decisions)
}

/** @returns the names of the secrets that it needs. */
export function auditSecrets({ signingKeys, sink }: AuditConfig): readonly string[] {
  return [...[signingKeys].flat(), ...(sink !== undefined && 'token' in sink && sink.token !== undefined ? [sink.token] : [])]
}

/** @returns the names of all that must be bound, secrets among them. */
export function auditBindings(config: AuditConfig): readonly string[] {
  const { sink } = config
  const ofSink = sink === undefined ? [] : 'bucket' in sink ? [sink.bucket] : 'service' in sink ? [sink.service] : []
  return [AUDIT_BINDING, ...auditSecrets(config), ...ofSink]
}
