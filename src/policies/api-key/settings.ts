import * as v from 'valibot'
import { secretNames } from '../../core/secret-name.ts'
import { asking } from '../../core/setting-words.ts'
import { stalenessEntries } from '../../core/staleness-settings.ts'
import { realm } from '../../core/token-settings.ts'
import { ENVIRONMENT, PREFIX } from '../../keys/key-text.ts'

const A_PREFIX = asking(
  'what your keys begin with, like acme: a lower-case letter, then 1 to 11 lower-case letters and digits',
  'write a short name that tells your keys from those of others, never a key itself',
  'that is no prefix',
)
const AN_ENVIRONMENT = asking(
  'a word like live or test: a lower-case letter, then 1 to 7 lower-case letters and digits',
  'write live for production, another word for each other environment',
  'that is no environment',
)

/** A header of its own, or `authorization`. */
const headerName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/, 'the name of a header, like x-api-key'),
  v.toLowerCase(),
  v.check((name) => name !== 'cookie', asking('a header that browsers do not send by themselves', "write 'x-api-key' or 'authorization'")),
)

/** The settings of the `api-key` authenticator. */
export const API_KEY_SETTINGS = v.strictObject({
  prefix: v.pipe(
    v.string(A_PREFIX),
    v.regex(PREFIX, A_PREFIX),
    v.description(
      'What your keys begin with, so that people and secret scanners know them: `acme`. A key with another prefix is left to other authenticators.',
    ),
  ),
  environment: v.pipe(
    v.string(AN_ENVIRONMENT),
    v.regex(ENVIRONMENT, AN_ENVIRONMENT),
    v.description('What stands behind the prefix: `live`, `test`. A key of another environment is left to other authenticators.'),
  ),
  pepper: v.pipe(
    secretNames,
    v.description(
      'The name of the Worker secret under which keys are hashed, of at least 32 characters; or of two, the new one and the old one, while keys move from one to the other as they are used.',
    ),
  ),
  header: v.pipe(
    v.optional(headerName, 'x-api-key'),
    v.description('The header that carries the key. With `authorization` it stands there as `Bearer`. Never the URL, a cookie or a form. Default `x-api-key`.'),
  ),
  ...stalenessEntries('a change of a key', 'keyring', 30),
  realm: v.pipe(v.optional(realm), v.description('The `realm` of the challenge that callers see in `WWW-Authenticate`. Default: none.')),
})

/** Settings that were checked, with their defaults. */
export type ApiKeySettings = v.InferOutput<typeof API_KEY_SETTINGS>
