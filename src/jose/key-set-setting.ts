import * as v from 'valibot'
import { secretNames } from '../core/secret-name.ts'
import { asking } from '../core/setting-words.ts'
import { httpsAddress, text } from '../core/token-settings.ts'
import { ALGORITHMS, type Algorithm, HMAC_ALGORITHMS, type HmacAlgorithm } from './algorithms.ts'

const JWK_SET = asking('a JWK Set of public keys: { keys: [{ kty: … }] }', 'put the document here that the issuer publishes', 'that is no JWK Set')

const jwks = v.looseObject({ keys: v.array(v.looseObject({}, JWK_SET), JWK_SET) }, JWK_SET)

const PUBLISHED = [
  v.strictObject({ jwks }),
  v.strictObject({ url: httpsAddress }),
  v.strictObject({ service: text, url: httpsAddress }),
  v.strictObject({ discovery: v.literal('oidc'), service: v.optional(text) }),
] as const
const PUBLISHED_FORMS = "{ jwks: { keys: […] } }, { url: 'https://…' }, { service: 'BINDING', url: 'https://…' }"

function oneOf(forms: string): string {
  return asking(`one of ${forms}`, `write one of these forms, with nothing of the others beside it: ${forms}`, 'that is none of the forms of a key set')
}

/** The setting that says where keys come from, among them a secret. */
export const keySet = v.union(
  [...PUBLISHED, v.strictObject({ secret: secretNames })],
  oneOf(`${PUBLISHED_FORMS}, { discovery: 'oidc' } and { secret: 'NAME' }`),
)

/** The setting that says where keys come from that an issuer publishes. */
export const publishedKeySet = v.union(PUBLISHED, oneOf(`${PUBLISHED_FORMS} and { discovery: 'oidc' }`))

function listOf<const A extends readonly string[]>(names: A, fix: string) {
  const words = asking(`one of ${names.join(', ')}`, fix)
  const some = asking('a list of at least one algorithm', fix)
  return v.pipe(v.array(v.picklist(names, words), some), v.minLength(1, some))
}

/** The setting of the signature algorithms of published keys. */
export const publishedAlgorithms = listOf(
  ALGORITHMS,
  'list the algorithms of the keys that the issuer publishes, like RS256 or ES256: there is no none here, and none of shared secrets',
)

/** The setting of signature algorithms. Its type says that those of secrets never stand beside others; whoever takes both checks it against the key set, and says which of them is wrong. */
export const algorithms: v.GenericSchema<Algorithm[] | HmacAlgorithm[]> = listOf(
  [...ALGORITHMS, ...HMAC_ALGORITHMS],
  'list the algorithms that the issuer signs with, like RS256 or ES256: there is no none here, for a token that nobody signed is worth nothing',
) as v.GenericSchema<Algorithm[] | HmacAlgorithm[]>
