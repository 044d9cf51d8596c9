import * as v from 'valibot'
import { asking } from '../../core/setting-words.ts'
import { clockTolerance, seconds, text } from '../../core/token-settings.ts'
import { publishedAlgorithms, publishedKeySet } from '../../jose/key-set-setting.ts'
import { isCanonicalPlace } from './list-place.ts'

const SOME_PLACES = '1 to 32 places, like https://issuer.example/statuslists/'

const place = v.pipe(
  v.string(),
  v.check(
    isCanonicalPlace,
    asking(
      'an https URL in its one form: a folder that ends in /, or one list',
      'write it like https://issuer.example/statuslists/: lower-case host, no default port, no .., no user information and no fragment',
    ),
  ),
  v.check(
    (value) => !value.slice(0, value.indexOf('/', 'https://'.length)).includes('*'),
    asking('a host by its name', 'write each host out: a wildcard stands for nothing here'),
  ),
)

/** Lists are kept no longer. */
export const MAX_SECONDS = 86_400

/** The settings of `status-list`. */
export const STATUS_LIST_SETTINGS = v.strictObject({
  issuer: v.pipe(
    text,
    v.description('Whose tokens are looked up, and who signs their lists: the `iss` of its tokens, character for character. Tokens of other issuers pass.'),
  ),
  keySet: v.pipe(
    publishedKeySet,
    v.description(
      'Where the issuer’s keys come from, as in `jwt`: `{ jwks }`, `{ url }`, `{ service, url }` or `{ discovery: "oidc" }`. A key set that `jwt` names in the same words is fetched once for both. Lists under a secret are not taken.',
    ),
  ),
  algorithms: v.pipe(publishedAlgorithms, v.description('The signature algorithms of lists that are accepted.')),
  uris: v.pipe(
    v.pipe(v.array(place), v.minLength(1, SOME_PLACES), v.maxLength(32, SOME_PLACES)),
    v.description(
      'Where lists may be fetched: https URLs, each of one list, or of a folder (it ends in `/`) that holds lists. A token that names any other address is refused, and nobody is asked.',
    ),
  ),
  service: v.pipe(v.optional(text), v.description('The service binding through which lists are fetched. Default: the network.')),
  required: v.pipe(
    v.optional(v.boolean(), true),
    v.description('Whether a token of this issuer that names no status list is refused. Default true; false lets it pass unchecked.'),
  ),
  maxStalenessSeconds: v.pipe(
    v.optional(seconds(10, MAX_SECONDS), 300),
    v.description(
      'How old a list may be that a request is judged by, from when it was fetched: what the issuer publishes is in force everywhere after so long. A list that says less itself (`ttl`, `exp`) is fetched sooner. Default 300, at least 10, at most 86400.',
    ),
  ),
  failAfterSeconds: v.pipe(
    v.optional(seconds(10, MAX_SECONDS)),
    v.description(
      'With its host out of reach, a list serves until it is so old, and never beyond its own `exp`; then tokens of it do not pass (503). Not less than `maxStalenessSeconds`. Default 3600, or as much as that.',
    ),
  ),
  clockToleranceSeconds: v.pipe(
    v.optional(clockTolerance, 5),
    v.description('How many seconds the issuer’s clock may differ when a list’s `iat`, `nbf` and `exp` are judged. Default 5, at most 60.'),
  ),
})

/** Settings that were checked, with their defaults. */
export type StatusListSettings = v.InferOutput<typeof STATUS_LIST_SETTINGS>
