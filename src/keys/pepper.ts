import { createHmac } from 'node:crypto'
import { MIN_STRONG_CHARACTERS } from '../core/secret-name.ts'

/** A secret of the Worker is no pepper. The message names the secret and holds nothing of it. */
export class PepperUnfit extends Error {
  override readonly name = 'PepperUnfit'
}

/** A secret of the Worker without which a keyring's hashes say nothing: whoever copies the keyring can test no key, and make none. */
export interface Pepper {
  /** The first 48 bits of a keyed hash of a constant, base64url: the same for the same secret, whatever it is named, and another for another secret under the same name. */
  readonly id: string
  /** HMAC-SHA-256 (RFC 2104) under the pepper. */
  digest(text: string): Uint8Array
}

const ID_CHARACTERS = 8

/** No key's text has a space: hashes for one purpose are never those for another. */
const ID_TEXT = 'pepper id'

/**
 * Takes a secret as a pepper.
 * @param name of the secret, for the error.
 * @throws {PepperUnfit} when it is not set, or too short.
 */
export function pepperOf(name: string, secret: string | undefined): Pepper {
  if (secret === undefined) throw new PepperUnfit(`the secret ${name} is not set`)
  if (secret.length < MIN_STRONG_CHARACTERS) throw new PepperUnfit(`the secret ${name} has fewer than ${MIN_STRONG_CHARACTERS} characters`)
  const hmac = (text: string) => createHmac('sha256', secret).update(text)
  return { id: hmac(ID_TEXT).digest('base64url').slice(0, ID_CHARACTERS), digest: (text) => hmac(text).digest() }
}
