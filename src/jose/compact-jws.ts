import { isJsonObject, type JsonObject } from '../lib/json-object.ts'
import { partsOf } from '../lib/token-parts.ts'
import { decodeStrict, isStrictBase64url } from './base64url.ts'
import { fault, type JwsFault } from './fault.ts'

/** A longer token is refused before it is decoded. */
export const MAX_TOKEN_BYTES = 8192

/** A token that could be read. Nothing of it is verified. */
export interface Token {
  readonly compact: string
  readonly header: JsonObject
  readonly claims: JsonObject
}

/** Whether the credential has the three parts of a JWS in compact form: what a JWT authenticator may claim. */
export function isJwtShaped(credential: string): boolean {
  return partsOf(credential) === 3
}

/** Takes a compact JWS apart (RFC 7515 §5.2, steps 1 to 7) without believing any of it. */
export function readToken(compact: string, maxBytes = MAX_TOKEN_BYTES): Token | JwsFault {
  if (compact.length > maxBytes) return fault('too-large', `longer than ${maxBytes} bytes`)
  if (!isJwtShaped(compact)) return fault('malformed', 'not three parts')
  const [encodedHeader = '', encodedClaims = '', signature = ''] = compact.split('.')
  const header = readObject(encodedHeader)
  if (header === undefined) return fault('malformed', 'the header is not a JSON object in strict base64url')
  const claims = readObject(encodedClaims)
  if (claims === undefined) return fault('malformed', 'the claims are not a JSON object in strict base64url')
  if (!isStrictBase64url(signature)) return fault('malformed', 'the signature is not strict base64url')
  return { compact, header, claims }
}

/** A byte order mark stays, so that JSON refuses it. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @returns the text, or `undefined` for bytes that are not UTF-8. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes)
  } catch {
    return undefined
  }
}

/** @returns the JSON object in a part of a token, or `undefined` for anything else. */
export function readObject(encoded: string): JsonObject | undefined {
  const bytes = decodeStrict(encoded)
  const text = bytes && decodeText(bytes)
  if (text === undefined) return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    return isJsonObject(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}
