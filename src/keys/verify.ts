import { Buffer } from 'node:buffer'
import { timingSafeEqual } from 'node:crypto'
import type { KeptSecret } from '../core/api-key.ts'
import type { Pepper } from './pepper.ts'

/** Two work while one replaces the other. */
export const MAX_SECRETS = 2

/** What became of a key's text. */
export type Verification =
  | { readonly kind: 'verified'; readonly secret: KeptSecret; readonly pepper: Pepper }
  | { readonly kind: 'refused'; readonly why: 'secret' | 'pepper' }

const DIGEST_BYTES = 32
/** Stands where there is nothing to compare with. */
const BLANK = new Uint8Array(DIGEST_BYTES)

const OTHER_SECRET: Verification = Object.freeze({ kind: 'refused', why: 'secret' })
const OTHER_PEPPER: Verification = Object.freeze({ kind: 'refused', why: 'pepper' })

/**
 * Compares a key's text with the secrets that are kept. Whatever is wrong, or whether there is a key at all, as much is done: the text is hashed under each pepper, and
 * {@link MAX_SECRETS} digests of one length are compared, each to its last byte.
 * @param secrets none where there is no such key.
 * @param isSame compares in constant time; tests watch it.
 */
export function verifyKey(
  text: string,
  secrets: readonly KeptSecret[],
  peppers: readonly Pepper[],
  nowMs: number,
  isSame: (a: Uint8Array, b: Uint8Array) => boolean = timingSafeEqual,
): Verification {
  const digests = peppers.map((pepper) => pepper.digest(text))
  let found: Verification | undefined
  let isOfOtherPepper = false
  for (let i = 0; i < MAX_SECRETS; i++) {
    const kept = secrets[i]
    const at = peppers.findIndex(({ id }) => id === kept?.pepper)
    const isEqual = isSame(digests[Math.max(at, 0)] ?? BLANK, bytesOf(kept))
    const pepper = peppers[at]
    if (kept === undefined || !isSecretInForce(kept, nowMs)) continue
    if (pepper === undefined) isOfOtherPepper = true
    else if (isEqual) found ??= { kind: 'verified', secret: kept, pepper }
  }
  return found ?? (isOfOtherPepper ? OTHER_PEPPER : OTHER_SECRET)
}

/** Whether a secret still works beside the one that replaced it. */
export function isSecretInForce({ untilMs }: KeptSecret, nowMs: number): boolean {
  return untilMs === undefined || nowMs < untilMs
}

function bytesOf(kept: KeptSecret | undefined): Uint8Array {
  const bytes = kept === undefined ? BLANK : Buffer.from(kept.hash, 'base64url')
  return bytes.length === DIGEST_BYTES ? bytes : BLANK
}
