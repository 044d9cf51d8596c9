import * as v from 'valibot'
import { secretNames } from '../../core/secret-name.ts'
import { realm } from '../../core/token-settings.ts'

/** The settings of the `bootstrap-token` authenticator. */
export const BOOTSTRAP_TOKEN_SETTINGS = v.strictObject({
  secret: v.pipe(
    secretNames,
    v.description(
      'The name of the secret that is the token, or a list of the new one and the old one while one replaces the other. At least 32 characters, random, of those that a Bearer token may have: `openssl rand -base64 48`.',
    ),
  ),
  realm: v.pipe(v.optional(realm), v.description('The `realm` of the challenge. Nobody sees it where the admin API conceals itself. Default: none.')),
})

/** Settings that were checked. */
export type BootstrapTokenSettings = v.InferOutput<typeof BOOTSTRAP_TOKEN_SETTINGS>
