import { SIGNATURE } from './algorithms.ts'
import { decodeStrict } from './base64url.ts'
import type { Token } from './compact-jws.ts'
import { fault, type JwsFault } from './fault.ts'
import type { KeyLookup, VerificationKey } from './key-ring.ts'

/** What a search for keys found: one, none and why not, or several of which any may have signed (secrets, which have no ids). */
export type FoundKeys = KeyLookup | readonly VerificationKey[]

/** Finds keys, at once or after asking their issuer. It throws when it cannot know: an outage is nobody's bad token. */
export type FindKey = (kid: string | undefined, alg: string) => FoundKeys | Promise<FoundKeys>

const NO_KEY = {
  unknown: 'the key set has no key of this kid',
  unfit: 'the key set has no fit key of this kid and alg',
  ambiguous: 'more than one key of the key set fits',
} as const

/** Verifies the signature of a token whose header was found sound. @returns the key that signed it. */
export function verifySignature({ compact, header }: Token, find: FindKey): Promise<VerificationKey | JwsFault> {
  const { kid, alg } = header as { readonly kid?: string; readonly alg: string }
  const lookup = find(kid, alg)
  return lookup instanceof Promise ? lookup.then((found) => signedBy(compact, found)) : signedBy(compact, lookup)
}

function signedBy(compact: string, found: FoundKeys): Promise<VerificationKey | JwsFault> {
  if (typeof found === 'string') return Promise.resolve(fault('key', NO_KEY[found]))
  return signerOf(compact, 'alg' in found ? [found] : found)
}

const UTF8 = new TextEncoder()

/** @returns which of the keys signed a compact JWS (RFC 7515 §5.2, step 8); each verifies by its own algorithm alone, whatever the header says. */
export async function signerOf(compact: string, keys: readonly VerificationKey[]): Promise<VerificationKey | JwsFault> {
  const end = compact.lastIndexOf('.')
  const signature = decodeStrict(compact.slice(end + 1))
  if (signature === undefined) return fault('malformed', 'the signature is not strict base64url')
  const signed = UTF8.encode(compact.slice(0, end))
  for (const key of keys) {
    const how = SIGNATURE[key.alg]
    // Of an algorithm whose signatures have one length, the platform takes another for a failure.
    if (how.bytes !== undefined && how.bytes !== signature.byteLength) continue
    if (await crypto.subtle.verify(how, key.key, signature, signed)) return key
  }
  return fault('signature', 'the signature does not match')
}
