import * as v from 'valibot'
import { publishedAlgorithms, publishedKeySet } from '../../jose/key-set-setting.ts'
import { isCanonicalPlace } from './list-place.ts'

const text = v.pipe(v.string(), v.nonEmpty('a text that is not empty'))

const place = v.pipe(
  v.string(),
  v.check(
    isCanonicalPlace,
    'an https URL in its one form (lower-case host, no default port, no .. and no user information or fragment): a folder that ends in /, or one list',
  ),
  v.check((value) => !value.slice(0, value.indexOf('/', 'https://'.length)).includes('*'), 'a host by its name: a wildcard stands for nothing here'),
)

/** Lists are kept no longer. */
const MAX_SECONDS = 86_400

const seconds = (least: number) => v.pipe(v.number(), v.minValue(least, `${least} seconds or more`), v.maxValue(MAX_SECONDS, `at most ${MAX_SECONDS} seconds`))

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
    v.pipe(v.array(place), v.minLength(1, 'at least one'), v.maxLength(32, 'at most 32')),
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
    v.optional(seconds(10), 300),
    v.description(
      'How old a list may be that a request is judged by, from when it was fetched: what the issuer publishes is in force everywhere after so long. A list that says less itself (`ttl`, `exp`) is fetched sooner. Default 300, at least 10, at most 86400.',
    ),
  ),
  failAfterSeconds: v.pipe(
    v.optional(seconds(10)),
    v.description(
      'With its host out of reach, a list serves until it is so old, and never beyond its own `exp`; then tokens of it do not pass (503). Not less than `maxStalenessSeconds`. Default 3600, or as much as that.',
    ),
  ),
  clockToleranceSeconds: v.pipe(
    v.optional(v.pipe(v.number(), v.minValue(0, 'seconds, 0 or more'), v.maxValue(60, 'at most 60 seconds')), 5),
    v.description('How many seconds the issuer’s clock may differ when a list’s `iat`, `nbf` and `exp` are judged. Default 5, at most 60.'),
  ),
})

/** Settings that were checked, with their defaults. */
export type StatusListSettings = v.InferOutput<typeof STATUS_LIST_SETTINGS>
