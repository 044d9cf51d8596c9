import type { AuditSettings } from '../audit/settings.ts'
import type { EdgeLimiter, Fetcher as FetcherPort, LocationCache, Ports } from '../core/ports.ts'
import type { Audit } from './audit.ts'
import type { DecisionLog } from './decision-log.ts'
import { durableAudit } from './durable-audit.ts'
import { durableLedger, ledgerId } from './durable-ledger.ts'
import { durableLimiter, type StateSettings } from './durable-limiter.ts'
import type { Ledger } from './ledger.ts'
import { locationCache, NO_LOCATION_CACHE } from './location-cache.ts'
import { pseudonyms } from './pseudonym.ts'
import type { RateLimiter } from './rate-limiter.ts'
import { analyticsRecorder, everyRecorder, faultLog, logRecorder } from './recorder.ts'

type Bindings = Readonly<Record<string, unknown>>

/** The Analytics Engine dataset that every decision is written to. */
const DATASET = 'DECISIONS'

const NETWORK: FetcherPort = { fetch: (url, init) => fetch(url, init) }
const CLOCK = { now: () => Date.now() }

/** Turns the Worker's bindings into what the core needs from outside. Call {@link missingBindings} first: a port without its binding throws when it is used. */
export function portsOf(env: Bindings, placement: StateSettings = {}, audit?: AuditSettings): Ports {
  const key = env.PSEUDONYM_KEY
  const ledger = env.LEDGER as DurableObjectNamespace<Ledger>
  const location = locationOf(ledger, placement)
  return {
    clock: CLOCK,
    network: NETWORK,
    service(name) {
      const binding = env[name]
      return isFetcher(binding) ? binding : undefined
    },
    secret(name) {
      const secret = env[name]
      return typeof secret === 'string' && secret !== '' ? secret : undefined
    },
    edgeLimiter(name) {
      const binding = env[name]
      return isEdgeLimiter(binding) ? binding : undefined
    },
    limiter: durableLimiter(env.RATE_LIMITER as DurableObjectNamespace<RateLimiter>, placement),
    location,
    revocations: durableLedger(ledger, location, placement),
    runtime: unbound('LEDGER'),
    keys: unbound('KEYRING'),
    limitOperator: unbound('RATE_LIMITER'),
    audit: audit === undefined || env.AUDIT === undefined ? unbound('AUDIT') : durableAudit(env.AUDIT as DurableObjectNamespace<Audit>, audit, placement),
    recorder: everyRecorder([
      ...(env[DATASET] === undefined ? [] : [analyticsRecorder(env[DATASET] as AnalyticsEngineDataset)]),
      ...(env.DECISION_LOG === undefined ? [] : [logRecorder(env.DECISION_LOG as DurableObjectNamespace<DecisionLog>)]),
      faultLog,
    ]),
    notice: (reason, detail) => console.warn(JSON.stringify({ reason, detail })),
    pseudonym: typeof key === 'string' && key !== '' ? pseudonyms(key) : () => '',
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

/** The fewest characters of a secret that pseudonyms are made with: 128 bits as hex digits. */
const MIN_SECRET_CHARACTERS = 32

/** @returns the names of secrets that are set and too short: pseudonyms made with them could be guessed. */
export function weakSecrets(env: Bindings): readonly string[] {
  const key = env.PSEUDONYM_KEY
  return typeof key === 'string' && key !== '' && key.length < MIN_SECRET_CHARACTERS ? ['PSEUDONYM_KEY'] : []
}

/** @returns the names of what is needed and not bound. */
export function missingBindings(needed: readonly string[], env: Bindings): readonly string[] {
  return [DATASET, ...needed].filter((name) => env[name] === undefined || env[name] === null || env[name] === '')
}

function isEdgeLimiter(binding: unknown): binding is EdgeLimiter {
  return typeof binding === 'object' && binding !== null && 'limit' in binding
}

function isFetcher(binding: unknown): binding is FetcherPort {
  return (typeof binding === 'object' || typeof binding === 'function') && binding !== null && 'fetch' in binding
}
