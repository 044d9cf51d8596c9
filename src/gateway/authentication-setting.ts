import * as v from 'valibot'
import { type Authentication, type Authenticator, authenticatorsOf } from '../core/authentication.ts'
import type { Policy } from '../core/policy.ts'
import type { Words } from '../core/setting-words.ts'
import { shown } from '../core/shown.ts'
import { cookieOf } from '../lib/credential-place.ts'
import { unreachableIn } from './unreachable.ts'

interface Fault extends Words {
  readonly at?: readonly (string | number)[]
}

/** The setting that says how a route finds out who is calling: every fault in it, at its place. */
export const authentication = v.pipe(
  v.custom<Authentication>(() => true),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    for (const { at = [], found, expected, fix } of faultsOf(dataset.value)) {
      const items = at.map((key) => ({ type: 'unknown' as const, origin: 'value' as const, input: dataset.value, key, value: undefined }))
      const [first, ...rest] = items
      addIssue({ received: found, expected, message: fix, ...(first !== undefined && { path: [first, ...rest] }) })
    }
  }),
)

/** Whether something is a control, of whatever stage. */
export function isPolicy(input: unknown): input is Policy {
  return isObject(input) && typeof input.check === 'function' && typeof input.compile === 'function' && typeof input.stage === 'string'
}

/** Whether something is one authenticator with nothing wrong in how it stands: {@link authentication} finds no fault then. */
export function isSoundAlone(policy: Policy): boolean {
  return policy.stage === 'authenticate' && !('kind' in policy) && policy.mode === 'enforce' && policy.onError === 'deny'
}

function isAuthentication(input: unknown): input is Authentication {
  if (!isObject(input)) return false
  if (input.kind === 'anyOf' || input.kind === 'allOf') return Array.isArray(input.of) && input.of.length > 0 && input.of.every(isAuthentication)
  return isPolicy(input) && input.stage === 'authenticate'
}

function isObject(input: unknown): input is Record<string, unknown> {
  return typeof input === 'object' && input !== null
}

function faultsOf(given: unknown): readonly Fault[] {
  if (!isAuthentication(given)) {
    const fix = 'use an authenticator such as jwt({ … }), or anyOf(…) or allOf(…) of some'
    return [{ found: written(given), expected: 'an authenticator, or anyOf(…) or allOf(…) of at least one', fix }]
  }
  const authenticators = authenticatorsOf(given)
  const twice = repeated(authenticators)
  return [
    ...authenticators.flatMap(openFaults),
    ...twice.map(
      ({ label }): Fault => ({
        found: `${label} twice in ${written(given)}`,
        expected: 'each authenticator once',
        fix: 'remove one: one credential is one factor',
      }),
    ),
    ...placesReadTwice(given).map(
      (place): Fault => ({
        found: `two parts that read ${placeInWords(place)}, in ${written(given)}`,
        expected: 'a header or a cookie of its own for each part of allOf',
        fix: 'name another header or cookie for one of them, or remove it: one credential is one factor',
      }),
    ),
    ...(enforcesSomething(given) && everyAllOfEnforces(given)
      ? []
      : [
          {
            found: `${written(given)}, with ${authenticators.flatMap(({ mode, label }) => (mode === 'report' ? [label] : [])).join(', ')} in report mode`,
            expected: 'at least one that is enforced, and every one of allOf',
            fix: "remove mode: 'report', or put one that is enforced beside it: an authenticator in report mode does not count",
          },
        ]),
    ...(twice.length > 0 ? [] : unreachableIn(given)).map(
      ({ authenticator, at }): Fault => ({
        at,
        found: `${authenticator.label}, which no credential reaches: what stands before it takes them all`,
        expected: 'an authenticator that claims what none before it claims',
        fix: 'give it an issuer, a header, a cookie or a prefix of its own, put the longer prefix first, or remove one of the two',
      }),
    ),
  ]
}

function openFaults({ label, onError }: Authenticator): readonly Fault[] {
  if (onError === 'deny') return []
  return [{ found: `${label} with onError: ${shown(onError)}`, expected: 'an authenticator that denies when it fails', fix: 'remove onError' }]
}

function repeated(authenticators: readonly Authenticator[]): readonly Authenticator[] {
  return [...new Set(authenticators.filter((one, i) => authenticators.indexOf(one) < i))]
}

/** However deep an `allOf` stands: a place holds one credential, which two of its parts could both take for theirs. */
function placesReadTwice(given: Authentication): readonly string[] {
  if (!('kind' in given)) return []
  const within = given.of.flatMap(placesReadTwice)
  if (given.kind === 'anyOf') return within
  const places = given.of.flatMap((part) => [...new Set(authenticatorsOf(part).flatMap(({ credentials }) => credentials))])
  return [...new Set([...within, ...places.filter((place, i) => places.indexOf(place) < i)])]
}

function placeInWords(place: string): string {
  const cookie = cookieOf(place)
  return cookie === undefined ? `the header ${place}` : `the cookie ${cookie}`
}

/** An authenticator in report mode does not count. */
function enforcesSomething(given: Authentication): boolean {
  if (!('kind' in given)) return given.mode === 'enforce'
  return given.kind === 'anyOf' ? given.of.some(enforcesSomething) : given.of.every(enforcesSomething)
}

/** However deep an `allOf` stands: a factor that only reports would leave the others to suffice. */
function everyAllOfEnforces(given: Authentication): boolean {
  if (!('kind' in given)) return true
  return given.of.every(everyAllOfEnforces) && (given.kind === 'anyOf' || given.of.every(enforcesSomething))
}

/** As one wrote it: `anyOf(jwt, allOf(jwt, introspection))`. */
function written(given: unknown): string {
  if (isPolicy(given)) return given.stage === 'authenticate' ? given.label : shown(given)
  if (!isObject(given) || !Array.isArray(given.of)) return shown(given)
  return `${String(given.kind)}(${given.of.map(written).join(', ')})`
}
