import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** Made in the first request: there is no randomness before it. */
let key: Buffer | undefined

/**
 * Compares a text with secrets. Digests under a key that nobody knows are compared, so that neither the place of a difference nor a length shows in the time that it takes;
 * every secret is compared, whichever matches.
 * @returns the index of the secret that it is, or -1.
 */
export function matchingSecret(text: string, secrets: readonly string[]): number {
  key ??= randomBytes(32)
  const given = digest(text, key)
  let found = -1
  for (const [i, secret] of secrets.entries()) if (timingSafeEqual(given, digest(secret, key)) && found < 0) found = i
  return found
}

function digest(text: string, under: Buffer): Buffer {
  return createHmac('sha256', under).update(text).digest()
}
