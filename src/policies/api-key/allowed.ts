import type { KeptKey } from '../../core/api-key.ts'
import { type Pass, pass } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import { type Principal, principalId } from '../../core/principal.ts'
import { TokenRevocable } from '../../core/revocation.ts'
import { ipRanges } from '../../lib/ip-ranges.ts'

/** Why a key may not be used for this request. */
export type KeyFault = 'revoked' | 'expired' | 'not-yet-valid' | 'address' | 'origin' | 'route'

/** One version of a key, ready to judge requests. */
export interface ReadyKey {
  /** Makes its owner known. */
  readonly decision: Pass
  /** @returns why it may not be used now, for this. */
  fault(x: Exchange, nowMs: number): KeyFault | undefined
}

/** Where a key came from, for whoever it makes known. */
export interface KeyPlace {
  readonly issuer: string
  readonly scheme: string
  readonly header: string
}

/** Compiles what a key says of where it may be used. Facts that are missing deny: a key that is bound to addresses or origins is of no use without one. */
export function readyKey(key: KeptKey, place: KeyPlace): ReadyKey {
  const { notBeforeMs = 0, expiresMs = Number.POSITIVE_INFINITY, revoked, allowedIps, allowedOrigins, allowedRoutes } = key
  // Networks are checked before they are kept: what is none all the same lets nobody in.
  const networks = allowedIps.length === 0 ? undefined : ipRanges(allowedIps, () => {})
  const origins = allowedOrigins.length === 0 ? undefined : new Set(allowedOrigins)
  const routes = allowedRoutes.length === 0 ? undefined : new Set(allowedRoutes)
  return {
    decision: Object.freeze(pass({ principal: principalOf(key, place) })),
    fault(x, nowMs) {
      if (revoked !== undefined) return 'revoked'
      if (nowMs >= expiresMs) return 'expired'
      if (nowMs < notBeforeMs) return 'not-yet-valid'
      if (networks !== undefined && !(x.caller.kind === 'client' && networks.has(x.caller.ip) === true)) return 'address'
      if (origins !== undefined && !origins.has(x.headers.get('origin') ?? '')) return 'origin'
      if (routes !== undefined && !routes.has(x.zone) && !routes.has(`${x.zone} ${x.route.key}`)) return 'route'
      return undefined
    },
  }
}

function principalOf(key: KeptKey, { issuer, scheme, header }: KeyPlace): Principal {
  const { owner, id, name, level, metadata, scopes, roles, limits, createdMs } = key
  const facts = Object.fromEntries(Object.entries(metadata).map(([member, value]) => [`metadata.${member}`, value]))
  return Object.freeze({
    id: principalId(issuer, owner),
    issuer,
    subject: owner,
    method: 'api-key',
    scheme,
    credentialHeader: header,
    credentialId: id,
    scopes: new Set(scopes),
    roles: new Set(roles),
    claims: Object.freeze({ ...facts, metadata, name, sub: owner }),
    revocable: new TokenRevocable(issuer, owner, { jti: id, iat: createdMs / 1000 }),
    ...(level !== undefined && { level }),
    ...(Object.keys(limits).length > 0 && { limits }),
  })
}
