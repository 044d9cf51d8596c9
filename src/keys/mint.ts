import { Buffer } from 'node:buffer'
import type { KeptSecret } from '../core/api-key.ts'
import { BASE62, formatKey, ID_LENGTH, keyStart, SECRET_LENGTH } from './key-text.ts'
import { type Pepper, pepperOf } from './pepper.ts'

/** What a key is made of. */
export interface MintParts {
  readonly prefix: string
  readonly environment: string
  /** At least 256 random bits, the same for the same operation: a retry makes the same key. Whoever has it and the pepper has the key. */
  readonly seed: string
  /** The newest pepper itself. */
  readonly pepper: string
}

/** A key's text, which is shown once, and what is kept of it. */
export interface Minted {
  readonly id: string
  readonly text: string
  readonly secret: KeptSecret
}

/** The fewest characters of a seed: 256 bits in base64url. */
const MIN_SEED_CHARACTERS = 43

/** Makes a key. @throws {PepperUnfit} for a pepper that is too short. */
export function mintKey({ prefix, environment, seed, pepper }: MintParts): Minted {
  const keyed = pepperOf('of the keys', pepper)
  const id = derived(keyed, ['key id', prefix, environment, seed], ID_LENGTH)
  return minted(keyed, { prefix, environment, seed, id })
}

/** Makes another secret for a key that has an id. @throws {PepperUnfit} for a pepper that is too short. */
export function mintSecret({ pepper, ...parts }: MintParts & { readonly id: string }): Minted {
  return minted(pepperOf('of the keys', pepper), parts)
}

/** @returns what is kept of a key's text. */
export function keptSecretOf(text: string, pepper: Pepper): KeptSecret {
  return { hash: Buffer.from(pepper.digest(text)).toString('base64url'), pepper: pepper.id }
}

function minted(pepper: Pepper, { prefix, environment, seed, id }: Omit<MintParts, 'pepper'> & { readonly id: string }): Minted {
  if (seed.length < MIN_SEED_CHARACTERS) throw new RangeError('keys: the seed has fewer than 256 bits')
  const text = formatKey(keyStart(prefix, environment), id, derived(pepper, ['key secret', prefix, environment, id, seed], SECRET_LENGTH))
  return { id, text, secret: keptSecretOf(text, pepper) }
}

/** The largest multiple of 62 that a byte can be below: what is not below it is thrown away, so that no digit comes more often than another. */
const FAIR = 248

/** Digits of base62 from a keyed hash in counter mode (NIST SP 800-108r1 §4.1). */
function derived(pepper: Pepper, context: readonly string[], length: number): string {
  let digits = ''
  for (let block = 0; digits.length < length; block++) {
    for (const byte of pepper.digest(JSON.stringify([...context, block]))) {
      if (byte < FAIR && digits.length < length) digits += BASE62.charAt(byte % 62)
    }
  }
  return digits
}
