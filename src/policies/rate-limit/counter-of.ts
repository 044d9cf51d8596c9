import { compileOperand } from '../../core/condition.ts'
import type { Caller, Exchange, GraphqlFacts } from '../../core/exchange.ts'
import { type Principal, principalId } from '../../core/principal.ts'
import { formatIp, parseIp } from '../../lib/ip.ts'
import { parsePointer, valueAt } from '../../lib/json-pointer.ts'
import { compileCounter, needsIdentity } from './key.ts'
import { compilePlan } from './plan.ts'
import { type KeyPart, partsOf, type RateLimitSettings, readSettings } from './settings.ts'

/** Whose counter an operator means, as far as the limit counts by it. `null`: a caller who has none. */
export interface Whose {
  readonly principal?: { readonly issuer: string; readonly subject: string } | null
  readonly credential?: { readonly issuer: string; readonly id: string } | null
  readonly level?: string | null
  /** All of the caller's roles: a limit by them counts each set apart. */
  readonly roles?: readonly string[]
  readonly claims?: Readonly<Record<string, unknown>>
  readonly ip?: string
  readonly country?: string | null
  readonly asn?: number | null
  readonly ja4?: string | null
  /** The route's key in the configuration. */
  readonly route?: string
  /** By lower-case name. */
  readonly headers?: Readonly<Record<string, string | null>>
  readonly params?: Readonly<Record<string, string | null>>
  /** The fields of the body that are counted by, where they stand in it. */
  readonly body?: unknown
  /** What a GraphQL request runs; `null`: no name, or a batch. */
  readonly graphql?: { readonly kind: GraphqlFacts['kind']; readonly operation: string | null }
  /** Another Worker, by its zone, instead of a client. */
  readonly worker?: string
}

/** What only the gateway knows of a zone, where a limit counts by a header that holds a credential. */
export interface ZoneFacts {
  readonly credentialHeaders: readonly string[]
  pseudonym(value: string): string
}

/** One counter: its object, its own name in it, and for an IPv6 client the name of the counter of the whole /48, which has figures of its own. */
export interface Counter {
  readonly owner: string
  readonly cell: string
  readonly ceiling?: string
}

/** What an operator has yet to say, or said so that nobody could be meant. */
export interface Missing {
  readonly missing: readonly string[]
}

/**
 * Names one counter of a limit as requests name it: by the same code, from a request that says what the operator says.
 * @param given the settings of a `rate-limit` that were found sound.
 */
export function counterOf(given: unknown, zone: string, whose: Whose, facts?: ZoneFacts): Counter | Missing {
  const settings = readSettings(given)
  const parts = partsOf(settings)
  const unsaid = [...parts.flatMap((part) => missingOf(part, whose, facts)), ...missingOfNobody(parts, whose), ...missingOfPlan(settings, whose)]
  const missing = [...new Set(unsaid)]
  const ip = whose.ip === undefined ? undefined : parseIp(whose.ip)
  if (whose.ip !== undefined && ip === undefined) missing.push('ip: an address')
  const { principal, credential } = whose
  if (principal && credential && principal.issuer !== credential.issuer) missing.push('credential: one of the principal’s issuer')
  if (missing.length > 0) return { missing }
  const x = describedRequest(zone, whose, ip === undefined ? undefined : formatIp(ip), facts)
  const { plans } = settings
  const names = Object.keys(plans?.limits ?? {})
  const plan = plans === undefined ? undefined : names[compilePlan(plans.by, names)(x)]
  const key = compileCounter(settings, plan)(x)
  if (key === undefined) return { missing: ['ip'] }
  return { owner: key.owner, cell: key.id, ...(key.ceilingId !== undefined && { ceiling: key.ceilingId }) }
}

function missingOf(part: KeyPart, whose: Whose, facts: ZoneFacts | undefined): readonly string[] {
  const unless = (isSaid: boolean, what: string) => (isSaid ? [] : [what])
  if (typeof part === 'object') {
    if ('claim' in part) return unless(isNobody(whose) || claimOf(part.claim, whose) !== undefined, `claims.${part.claim}`)
    if ('param' in part) return unless(whose.params?.[part.param] !== undefined, `params.${part.param}`)
    if ('body' in part) return unless(valueAt(whose.body, parsePointer(part.body)) !== undefined, `body at ${part.body}`)
    // A credential stands in a name as its pseudonym: who does not know what holds one would name another counter.
    if (facts === undefined) return ['which headers of the zone hold credentials']
    return unless(whose.headers?.[part.header] !== undefined, `headers.${part.header}`)
  }
  switch (part) {
    case 'ip':
      return unless(whose.ip !== undefined || whose.worker !== undefined, 'ip')
    case 'principal':
      return unless(whose.principal !== undefined, 'principal')
    case 'credential':
      return unless(isNobody(whose) || whose.credential !== undefined, 'credential')
    case 'level':
      return unless(isNobody(whose) || whose.level !== undefined, 'level')
    case 'role':
      return unless(isNobody(whose) || whose.roles !== undefined, 'roles')
    case 'graphql-operation':
      return unless(whose.graphql !== undefined, 'graphql')
    default:
      return unless(whose[part] !== undefined, part)
  }
}

/** Who is not known where somebody is counted is counted by address. */
function missingOfNobody(parts: readonly KeyPart[], whose: Whose): readonly string[] {
  return isNobody(whose) && parts.some(needsIdentity) && whose.ip === undefined && whose.worker === undefined ? ['ip'] : []
}

function missingOfPlan({ plans }: RateLimitSettings, whose: Whose): readonly string[] {
  if (plans === undefined || isNobody(whose)) return []
  if (plans.by === 'level') return whose.level === undefined ? ['level'] : []
  if (plans.by === 'role') return whose.roles === undefined ? ['roles'] : []
  return claimOf(plans.by.claim, whose) === undefined ? [`claims.${plans.by.claim}`] : []
}

function isNobody({ principal }: Whose): boolean {
  return principal === null
}

function claimOf(name: string, { claims = {} }: Whose): unknown {
  return compileOperand({ from: 'claim', name })({ principal: { claims } } as unknown as Exchange)
}

/** What the code that names counters reads of a request, and nothing else. */
function describedRequest(zone: string, whose: Whose, ip: string | undefined, facts: ZoneFacts | undefined): Exchange {
  const { country, asn, ja4, route = '', headers = {}, params = {}, body, graphql, worker } = whose
  const caller: Caller = worker === undefined ? { kind: 'client', ip: ip ?? '' } : { kind: 'worker', zone: worker }
  const given = Object.fromEntries(Object.entries(params).filter((entry): entry is [string, string] => entry[1] !== null))
  const described: Pick<Exchange, 'zone' | 'caller' | 'edge' | 'route' | 'params' | 'principal' | 'validated'> = {
    zone,
    caller,
    edge: { ...(country !== undefined && { country }), ...(asn !== undefined && { asn }), ...(ja4 !== undefined && { botManagement: { ja4 } }) },
    route: { key: route, credentialHeaders: facts?.credentialHeaders ?? [] },
    params: given,
    principal: isNobody(whose) ? undefined : principalOf(whose),
    validated: { body, ...(graphql !== undefined && { graphql: { kind: graphql.kind, operation: graphql.operation ?? undefined, cost: 0 } }) },
  }
  const read = { get: (name: string) => headers[name] ?? null }
  return { ...described, headers: read, ports: { pseudonym: (value: string) => facts?.pseudonym(value) } } as unknown as Exchange
}

function principalOf({ principal, credential, level, roles = [], claims = {} }: Whose): Principal {
  const issuer = principal?.issuer ?? credential?.issuer ?? ''
  const subject = principal?.subject ?? ''
  return {
    id: principalId(issuer, subject),
    issuer,
    subject,
    method: '',
    scheme: '',
    credentialHeader: '',
    scopes: new Set(),
    roles: new Set(roles),
    claims,
    ...(credential && { credentialId: credential.id }),
    ...(typeof level === 'string' && { level }),
  }
}
