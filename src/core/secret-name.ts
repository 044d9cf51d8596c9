import * as v from 'valibot'
import { asking } from './setting-words.ts'

const A_NAME = asking(
  'the name of a Worker secret, like TOKEN_SECRET: a letter or _, then up to 127 letters, digits and _',
  'write the name under which `wrangler secret put` keeps the secret, never the secret itself',
  'that is no name of a secret',
)

const ONE_OR_TWO = asking(
  'the name of a secret, or a list of the new one and the old one while one replaces the other',
  'write names under which `wrangler secret put` keeps secrets, never a secret itself',
  'that is no list of one or two names of secrets',
)

/** The setting that names a Worker's secret, as wrangler takes it. Who writes the secret itself is told so, and nothing of it is repeated. */
export const secretName = v.pipe(v.string(A_NAME), v.regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, A_NAME), v.check(isNoSecret, A_NAME))

/** A key in base64url has the letters of a name: what is as long as one, and as mixed, is not taken for a name that would then stand in logs. */
function isNoSecret(name: string): boolean {
  return name.length < 32 || !(/[a-z]/.test(name) && /[A-Z]/.test(name) && /\d/.test(name))
}

const newAndOld = v.pipe(
  v.array(secretName),
  v.minLength(1, ONE_OR_TWO),
  v.maxLength(2, ONE_OR_TWO),
  v.check((names) => new Set(names).size === names.length, asking('two different names', 'write each name once', 'of one name twice')),
)

/** The fewest characters of a secret that must not be guessed: 128 bits as hex digits. */
export const MIN_STRONG_CHARACTERS = 32

/** The setting of secrets: the name of one, or of the new one and the old one. */
export const secretNames = v.union([secretName, newAndOld], ONE_OR_TWO)
