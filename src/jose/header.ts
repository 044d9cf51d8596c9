import type { JsonObject } from '../lib/json-object.ts'
import { fault, type JwsFault } from './fault.ts'
import { MAX_KID_LENGTH } from './jwk.ts'

/** What a token's header must say, made from settings once. */
export interface HeaderRules {
  readonly algorithms: ReadonlySet<string>
  /** Normalised by {@link mediaType}. */
  readonly types: ReadonlySet<string>
  /** A token without `typ` is accepted. */
  readonly acceptsUntyped: boolean
}

/** Among the configured types: a token without `typ`. No token can say this of itself. */
const UNTYPED = 'none'

/** Prepares the rules of the settings for {@link headerFault}. */
export function headerRules(algorithms: readonly string[], typ: string | readonly string[]): HeaderRules {
  const types = [typ].flat()
  return {
    algorithms: new Set(algorithms),
    types: new Set(types.filter((one) => one !== UNTYPED).map(mediaType)),
    acceptsUntyped: types.includes(UNTYPED),
  }
}

/** RFC 7515 §4.1.9: a type without a slash means `application/` and itself; media types know no case. */
function mediaType(typ: string): string {
  const lower = typ.toLowerCase()
  return lower.includes('/') ? lower : `application/${lower}`
}

/** Judges a token's header. Where a key is to be found is never the header's to say: `jwk`, `jku`, `x5u` and `x5c` are not looked at. */
export function headerFault(header: JsonObject, rules: HeaderRules): JwsFault | undefined {
  const { alg, typ, kid } = header
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) return fault('critical', 'an extension that must be understood (crit, b64)')
  if (typeof alg !== 'string' || !rules.algorithms.has(alg)) return fault('algorithm', 'alg is none of the configured algorithms')
  if (!isOfType(typ, rules)) return fault('type', 'typ is none of the configured types')
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > MAX_KID_LENGTH)) return fault('key', 'kid is not a text of sensible length')
  return undefined
}

function isOfType(typ: unknown, { types, acceptsUntyped }: HeaderRules): boolean {
  return typ === undefined ? acceptsUntyped : typeof typ === 'string' && types.has(mediaType(typ))
}
