import type { AuditSettings } from '../audit/settings.ts'
import type { Clock, EdgeLimiter, Fetcher as FetcherPort, LocationCache, Ports } from '../core/ports.ts'
import type { Audit } from './audit.ts'
import type { DecisionLog } from './decision-log.ts'
import { durableAudit } from './durable-audit.ts'
import { durableKeyring } from './durable-keyring.ts'
import { durableLedger, ledgerId } from './durable-ledger.ts'
import { durableLimitOperator } from './durable-limit-operator.ts'
import { durableLimiter } from './durable-limiter.ts'
import type { Keyring } from './keyring.ts'
import type { Ledger } from './ledger.ts'
import { locationCache, NO_LOCATION_CACHE } from './location-cache.ts'
import type { StateSettings } from './placement.ts'
import { pseudonymPorts } from './pseudonym.ts'
import type { RateLimiter } from './rate-limiter.ts'
import { bindingOf, textOf } from './read-secret.ts'
import { analyticsRecorder, everyRecorder, faultLog, logRecorder } from './recorder.ts'
import type { Secrets } from './secrets.ts'

type Bindings = Readonly<Record<string, unknown>>

/** The Analytics Engine dataset that every decision is written to. */
const DATASET = 'DECISIONS'

const NETWORK: FetcherPort = { fetch: (url, init) => fetch(url, init) }
/** The time, as the Worker has it. */
export const CLOCK: Clock = { now: () => Date.now() }

/** Writes a notice to the Worker's log. */
export const logNotice: Ports['notice'] = (reason, detail) => console.warn(JSON.stringify({ reason, detail }))

/** What ports need to know of a configuration. */
export interface PortSettings {
  /** Default: the Worker's own secrets alone, without those of a Secrets Store. */
  readonly secrets?: Pick<Secrets, 'get'>
  /** Names of the secrets of pseudonyms, the one that makes them first. Default `PSEUDONYM_KEY`. */
  readonly pseudonymKeys?: readonly string[]
  /** How the audit trail is kept; without it there is none. */
  readonly audit?: AuditSettings | undefined
}

/** Turns the Worker's bindings into what the core needs from outside. Call {@link missingBindings} first: a port without its binding throws when it is used. */
export function portsOf(env: Bindings, placement: StateSettings = {}, { secrets, pseudonymKeys = ['PSEUDONYM_KEY'], audit }: PortSettings = {}): Ports {
  const secret: Ports['secret'] = (name) => (secrets === undefined ? textOf(bindingOf(env, name)) : secrets.get(name))
  const ledger = env.LEDGER as DurableObjectNamespace<Ledger>
  const location = locationOf(ledger, placement)
  const revocations = durableLedger(ledger, location, placement)
  const limiters = env.RATE_LIMITER as DurableObjectNamespace<RateLimiter>
  return {
    clock: CLOCK,
    network: NETWORK,
    service(name) {
      const binding = env[name]
      return isFetcher(binding) ? binding : undefined
    },
    secret,
    edgeLimiter(name) {
      const binding = env[name]
      return isEdgeLimiter(binding) ? binding : undefined
    },
    limiter: durableLimiter(limiters, placement),
    location,
    revocations,
    runtime: revocations.runtime,
    keys: env.KEYRING === undefined ? unbound('KEYRING') : durableKeyring(env.KEYRING as DurableObjectNamespace<Keyring>, location, placement),
    limitOperator: durableLimitOperator(limiters, placement),
    audit: audit === undefined || env.AUDIT === undefined ? unbound('AUDIT') : durableAudit(env.AUDIT as DurableObjectNamespace<Audit>, audit, placement),
    recorder: everyRecorder([
      ...(env[DATASET] === undefined ? [] : [analyticsRecorder(env[DATASET] as AnalyticsEngineDataset)]),
      ...(env.DECISION_LOG === undefined ? [] : [logRecorder(env.DECISION_LOG as DurableObjectNamespace<DecisionLog>)]),
      faultLog,
    ]),
    notice: logNotice,
    ...pseudonymPorts(pseudonymKeys, secret),
  }
}

/** A port without its binding: whatever is asked of it throws. */
function unbound<Port extends object>(binding: string): Port {
  return new Proxy({} as Port, {
    get() {
      throw new Error(`no binding ${binding}`)
    },
  })
}

/** An object's id is of this environment and this jurisdiction alone, and of the Workers that bind its ledger. A deployment that has none keeps nothing in its location. */
function locationOf(ledger: DurableObjectNamespace<Ledger> | undefined, placement: StateSettings): LocationCache {
  try {
    return ledger === undefined ? NO_LOCATION_CACHE : locationCache(ledgerId(ledger, placement))
  } catch {
    // A jurisdiction that the runtime does not know: the ledger itself fails where it is asked.
    return NO_LOCATION_CACHE
  }
}

/** @returns the names of what is needed and not bound. */
export function missingBindings(needed: readonly string[], env: Bindings): readonly string[] {
  return [DATASET, ...needed].filter((name) => (bindingOf(env, name) ?? '') === '')
}

function isEdgeLimiter(binding: unknown): binding is EdgeLimiter {
  return typeof binding === 'object' && binding !== null && 'limit' in binding
}

function isFetcher(binding: unknown): binding is FetcherPort {
  return (typeof binding === 'object' || typeof binding === 'function') && binding !== null && 'fetch' in binding
}
