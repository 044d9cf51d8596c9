import { decodeStrict } from '../../jose/base64url.ts'
import { decodeText, readToken, type Token } from '../../jose/compact-jws.ts'
import { type JsonLimits, readJson } from '../../lib/json-body.ts'
import { fault, type SetFault, setFault } from './fault.ts'

/** A longer body is not read to its end. */
export const MAX_SET_BYTES = 65_536

/** A localised reason in an event of a complex subject has depth 5. Numbers are not looked at where they could be rounded. */
const LIMITS: JsonLimits = { maxDepth: 16, largeNumbers: 'round' }

/** Reads a body that is a compact JWS and nothing else, whose header and claims have one reading only. None of it is verified. */
export function readSet(bytes: Uint8Array): Token | SetFault {
  const compact = decodeText(bytes)
  if (compact === undefined) return fault('security-events.malformed', 'not UTF-8')
  // Before anything is built of them: a text that two parsers read differently must not be signed for one of them.
  for (const part of compact.split('.', 2)) {
    const json = decodeStrict(part)
    if (json === undefined) return fault('security-events.malformed', 'not strict base64url')
    const reading = readJson(json, LIMITS)
    if (reading.fault !== undefined) return fault('security-events.malformed', `header or claims: ${reading.fault}`)
  }
  const token = readToken(compact, MAX_SET_BYTES)
  return 'reason' in token ? setFault(token) : token
}
