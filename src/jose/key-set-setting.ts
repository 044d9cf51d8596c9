import * as v from 'valibot'
import { ALGORITHMS, HMAC_ALGORITHMS } from './algorithms.ts'

const text = v.pipe(v.string(), v.nonEmpty('a text that is not empty'))

const keySetUrl = v.pipe(
  v.string(),
  v.check((value) => {
    const url = URL.canParse(value) ? new URL(value) : undefined
    return url !== undefined && url.protocol === 'https:' && url.username === '' && url.password === '' && url.hash === ''
  }, 'an https URL without user information and fragment'),
)

/** The name of a Worker's secret, as wrangler takes it. */
const secretName = v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'the name of a secret, like TOKEN_SECRET'))

const newAndOld = v.pipe(
  v.array(secretName),
  v.minLength(1, 'one name, or two while one secret replaces the other'),
  v.maxLength(2, 'one name, or two while one secret replaces the other'),
  v.check((names) => new Set(names).size === names.length, 'two different names'),
)
/** The setting of secrets: the name of one, or of the new one and the old one. */
export const secretNames = v.union([secretName, newAndOld], 'the name of a secret, or a list of the new one and the old one; letters, digits and _')

const published = [
  v.strictObject({ jwks: v.looseObject({ keys: v.array(v.looseObject({})) }) }),
  v.strictObject({ url: keySetUrl }),
  v.strictObject({ service: text, url: keySetUrl }),
  v.strictObject({ discovery: v.literal('oidc'), service: v.optional(text) }),
] as const

/** The setting that says where an issuer publishes its keys. */
export const publishedKeySet = v.union(
  [...published],
  "one of { jwks: { keys: […] } }, { url: 'https://…' }, { service: 'BINDING', url: 'https://…' } and { discovery: 'oidc' }; the URL https, without user information and fragment",
)

/** The setting that says where keys come from. */
export const keySet = v.union(
  [...published, v.strictObject({ secret: secretNames })],
  "one of { jwks: { keys: […] } }, { url: 'https://…' }, { service: 'BINDING', url: 'https://…' }, { discovery: 'oidc' } and { secret: 'NAME' }; the URL https, without user information and fragment",
)

/** The setting of signature algorithms of keys that an issuer publishes. */
export const publishedAlgorithms = v.pipe(v.array(v.picklist(ALGORITHMS)), v.minLength(1, 'at least one algorithm'))

/** The setting of signature algorithms: those of secrets never stand beside others. */
export const algorithms = v.union(
  [publishedAlgorithms, v.pipe(v.array(v.picklist(HMAC_ALGORITHMS)), v.minLength(1, 'at least one algorithm'))],
  `a list of at least one of ${ALGORITHMS.join(', ')}; or, with a secret as key set, of ${HMAC_ALGORITHMS.join(', ')} alone`,
)
