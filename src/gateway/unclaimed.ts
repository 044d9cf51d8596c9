import { type Challenge, withParams } from '../core/challenge.ts'
import type { Exchange } from '../core/exchange.ts'
import { isPresented as isPresentedAt } from '../lib/credential-place.ts'

/** What an authenticator left behind that found nothing of its own. */
export interface Missing {
  readonly challenges: readonly Challenge[]
  /** The places in which it looked: lower-case names of headers, or cookies. */
  readonly credentials: readonly string[]
}

/** The schemes whose challenges tell a bad credential from none: RFC 6750 §3.1, RFC 9449 §7.1. */
const TELLS_ERRORS: ReadonlySet<string> = new Set(['bearer', 'dpop'])
const INVALID_TOKEN = { error: 'invalid_token' }
const SCHEME = /^[^\s,]*/

/** Whether there is a credential where one of them looked. */
export function isPresented(missing: readonly Missing[], { headers }: Exchange): boolean {
  return missing.some(({ credentials }) => credentials.some((place) => isPresentedAt(place, headers)))
}

/** @returns what they offer. Where a credential of a scheme is there that nobody claims, its challenges say `invalid_token`; a credential of another scheme is no error of theirs. */
export function offered(missing: readonly Missing[], x: Exchange): { readonly challenges?: readonly Challenge[] } {
  const presented = new Set(missing.flatMap((one) => schemesPresented(one, x)))
  const challenges = missing.flatMap((one) => one.challenges.map((challenge) => marked(challenge, presented)))
  return challenges.length === 0 ? {} : { challenges }
}

function schemesPresented({ challenges, credentials }: Missing, { headers }: Exchange): readonly string[] {
  return credentials.flatMap((place) => {
    if (!isPresentedAt(place, headers)) return []
    if (place === 'authorization') return [(SCHEME.exec(headers.get(place) ?? '')?.[0] ?? '').toLowerCase()]
    // A header or cookie of its own holds a credential of whatever scheme its authenticator asks for.
    return challenges.map(({ scheme }) => scheme.toLowerCase())
  })
}

function marked(challenge: Challenge, presented: ReadonlySet<string>): Challenge {
  const scheme = challenge.scheme.toLowerCase()
  return TELLS_ERRORS.has(scheme) && presented.has(scheme) ? withParams(challenge, INVALID_TOKEN) : challenge
}
