import { isJsonObject, type JsonObject } from '../lib/json-object.ts'
import { ALGORITHMS, type Algorithm, KEY_KIND } from './algorithms.ts'
import { decodeStrict, isStrictBase64url } from './base64url.ts'

/** The public part of a JWK, and nothing that could change how it is imported. */
export type KeyMaterial =
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }
  | { readonly kty: 'EC'; readonly crv: string; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: string; readonly x: string }

/** A JWK that may verify signatures. */
export interface ReadJwk {
  readonly kid: string | undefined
  /** Those of the configured algorithms that it may serve; can be empty. */
  readonly algorithms: readonly Algorithm[]
  readonly material: KeyMaterial
}

/** A JWK that may not, and why. */
export interface UnfitJwk {
  readonly kid: string | undefined
  readonly unfit: string
}

/** Longer key ids are never looked for. */
export const MAX_KID_LENGTH = 256

const MIN_RSA_BITS = 2048
const MAX_RSA_BITS = 8192
const MIN_RSA_EXPONENT = 65_537

/** Judges a JWK (RFC 7517 §4) before it is imported: a key only does what `kty`, `use`, `key_ops` and `alg` allow. */
export function readJwk(jwk: unknown, configured: readonly Algorithm[]): ReadJwk | UnfitJwk {
  if (!isJsonObject(jwk)) return { kid: undefined, unfit: 'is not an object' }
  const kid = typeof jwk.kid === 'string' && jwk.kid.length <= MAX_KID_LENGTH ? jwk.kid : undefined
  const unfit = (why: string): UnfitJwk => ({ kid, unfit: why })
  if (jwk.kid !== undefined && kid === undefined) return unfit(`has a kid that is not a text of at most ${MAX_KID_LENGTH} characters`)
  if (['d', 'k', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv'].some((name) => Object.hasOwn(jwk, name))) return unfit('holds secret key material')
  if (jwk.use !== undefined && jwk.use !== 'sig') return unfit('is not for signatures (use)')
  if (jwk.key_ops !== undefined && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes('verify'))) return unfit('is not for verifying (key_ops)')
  const material = materialOf(jwk)
  if (typeof material === 'string') return unfit(material)
  const able = ALGORITHMS.filter((alg) => KEY_KIND[alg].kty === material.kty && KEY_KIND[alg].crv === ('crv' in material ? material.crv : undefined))
  if (able.length === 0) return unfit('has a curve that no algorithm here uses (crv)')
  const declared = able.find((alg) => alg === jwk.alg)
  if (jwk.alg !== undefined && declared === undefined) return unfit('declares an algorithm that its type cannot serve (alg)')
  const allowed = declared === undefined ? able : [declared]
  return { kid, material, algorithms: allowed.filter((alg) => configured.includes(alg)) }
}

function materialOf(jwk: JsonObject): KeyMaterial | string {
  const { kty, crv, n, e, x, y } = jwk
  switch (kty) {
    case 'RSA':
      return typeof n === 'string' && typeof e === 'string' ? (rsaFault(n, e) ?? { kty, n, e }) : 'lacks n or e'
    case 'EC':
      return typeof crv === 'string' && isCoordinate(x) && isCoordinate(y) ? { kty, crv, x, y } : 'lacks crv, x or y'
    case 'OKP':
      return typeof crv === 'string' && isCoordinate(x) ? { kty, crv, x } : 'lacks crv or x'
    default:
      return 'is not an RSA, EC or OKP key (kty)'
  }
}

function isCoordinate(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && isStrictBase64url(value)
}

/** Why an RSA key of this modulus and exponent is not used. */
export function rsaFault(n: string, e: string): string | undefined {
  const modulus = decodeStrict(n)
  const exponent = decodeStrict(e)
  if (modulus === undefined || exponent === undefined) return 'has an n or e that is not strict base64url'
  const bits = bitLength(modulus)
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) return `has an RSA modulus of less than ${MIN_RSA_BITS} or more than ${MAX_RSA_BITS} bits`
  const value = exponent.length > 4 ? 0 : exponent.reduce((sum, byte) => sum * 256 + byte, 0)
  return value < MIN_RSA_EXPONENT || value % 2 === 0 ? `has an RSA exponent that is even, less than ${MIN_RSA_EXPONENT} or longer than 4 bytes` : undefined
}

function bitLength(bytes: Uint8Array): number {
  const first = bytes.findIndex((byte) => byte !== 0)
  return first < 0 ? 0 : (bytes.length - first) * 8 - (Math.clz32(bytes[first] ?? 0) - 24)
}
