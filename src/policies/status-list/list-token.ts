import { decodeStrict } from '../../jose/base64url.ts'
import { readToken } from '../../jose/compact-jws.ts'
import { type HeaderRules, headerFault, headerRules } from '../../jose/header.ts'
import { type FindKey, verifySignature } from '../../jose/signature.ts'
import { inflate } from '../../lib/inflate.ts'
import { isJsonObject, type JsonObject } from '../../lib/json-object.ts'
import { isNumericDate } from '../../lib/numeric-date.ts'
import { isStatusBits, type StatusBits, Statuses } from './statuses.ts'

/** A longer status list token is not read. */
export const MAX_LIST_TOKEN_BYTES = 1024 * 1024

/** A status list may hold so much: 32 Mi statuses of one bit, 4 Mi of eight. */
export const MAX_LIST_BYTES = 4 * 1024 * 1024

/** What a status list token must say of itself, made from settings once. */
export interface ListRules {
  readonly issuer: string
  readonly header: HeaderRules
  readonly toleranceMs: number
}

/** A status list, as its issuer signed it. */
export interface VerifiedList {
  readonly statuses: Statuses
  /** Milliseconds since the epoch. */
  readonly issuedAtMs: number
  /** With the tolerance; Infinity when the list does not say. */
  readonly expiresAtMs: number
  /** How long it may be kept, in milliseconds; Infinity when the list does not say. */
  readonly ttlMs: number
}

/** What was fetched is no status list that holds. It says nothing of any token. */
export class BadStatusList extends Error {
  override readonly name = 'BadStatusList'
}

/** Prepares the rules of the settings for {@link verifyList}. */
export function listRules(issuer: string, algorithms: readonly string[], clockToleranceSeconds: number): ListRules {
  return { issuer, header: headerRules(algorithms, 'statuslist+jwt'), toleranceMs: clockToleranceSeconds * 1000 }
}

interface ReadClaims extends Omit<VerifiedList, 'statuses'> {
  readonly bits: StatusBits
  readonly lst: string
}

/**
 * Verifies a status list token (draft-ietf-oauth-status-list §5.1, §8.3): what costs nothing first, then the signature, and only then is anything decompressed.
 * @param uri where it was found; the list must be of this very place.
 * @param now milliseconds since the epoch.
 * @throws {BadStatusList} for whatever does not hold.
 */
export async function verifyList(compact: string, uri: string, find: FindKey, rules: ListRules, now: number): Promise<VerifiedList> {
  const token = readToken(compact, MAX_LIST_TOKEN_BYTES)
  if ('reason' in token) throw new BadStatusList(token.detail)
  const refused = headerFault(token.header, rules.header)
  if (refused !== undefined) throw new BadStatusList(refused.detail)
  const { bits, lst, ...dates } = readClaims(token.claims, uri, rules, now)
  const key = await verifySignature(token, find)
  if ('reason' in key) throw new BadStatusList(key.detail)
  const compressed = decodeStrict(lst)
  if (compressed === undefined) throw new BadStatusList('lst is not strict base64url')
  const packed = await inflate(compressed, MAX_LIST_BYTES).catch((cause: unknown) => {
    throw new BadStatusList(`lst: ${cause instanceof Error ? cause.message : 'cannot be decompressed'}`)
  })
  return { statuses: new Statuses(packed, bits), ...dates }
}

function readClaims(claims: JsonObject, uri: string, { issuer, toleranceMs }: ListRules, now: number): ReadClaims {
  const { iss, sub, aud, iat, exp, nbf, ttl, status_list: list } = claims
  if (sub !== uri) throw new BadStatusList('sub is not the address of the list')
  if (iss !== undefined && iss !== issuer) throw new BadStatusList('iss is not the configured issuer')
  // A list is for everybody. Who is named and is somebody else must not read on (RFC 7519 §4.1.3).
  if (aud !== undefined) throw new BadStatusList('aud names an audience')
  if (!isNumericDate(iat)) throw new BadStatusList('iat is missing or not a date in seconds')
  if (exp !== undefined && !isNumericDate(exp)) throw new BadStatusList('exp is not a date in seconds')
  if (nbf !== undefined && !isNumericDate(nbf)) throw new BadStatusList('nbf is not a date in seconds')
  if (ttl !== undefined && !(typeof ttl === 'number' && ttl > 0)) throw new BadStatusList('ttl is not a positive number')
  // A date to come would keep every true list out until then.
  if (Math.max(iat, nbf ?? 0) * 1000 > now + toleranceMs) throw new BadStatusList('iat or nbf is still to come')
  const expiresAtMs = exp === undefined ? Number.POSITIVE_INFINITY : exp * 1000 + toleranceMs
  if (expiresAtMs <= now) throw new BadStatusList('exp has passed')
  if (!isJsonObject(list) || !isStatusBits(list.bits) || typeof list.lst !== 'string') throw new BadStatusList('status_list lacks bits of 1, 2, 4 or 8, or lst')
  const ttlMs = ttl === undefined ? Number.POSITIVE_INFINITY : ttl * 1000
  return { bits: list.bits, lst: list.lst, issuedAtMs: iat * 1000, expiresAtMs, ttlMs }
}
