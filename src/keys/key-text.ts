/** The digits of ids, secrets and checksums, in the order of their values. */
export const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** 95 bits: nobody meets another key's id by chance. */
export const ID_LENGTH = 16
/** 256 bits. */
export const SECRET_LENGTH = 43
/** As many as a CRC-32 needs. */
export const CHECKSUM_LENGTH = 6

/** What a key's text may begin with. */
export const PREFIX = /^[a-z][a-z0-9]{1,11}$/
/** What stands behind the prefix: `live`, `test`… */
export const ENVIRONMENT = /^[a-z][a-z0-9]{1,7}$/
/** A key's id. */
export const KEY_ID = /^[0-9A-Za-z]{16}$/

/** The separator of the parts of a key; no part has one. */
const UNDERSCORE = 0x5f

/** @returns what all keys of one kind begin with: `acme_live_`. */
export function keyStart(prefix: string, environment: string): string {
  return `${prefix}_${environment}_`
}

/** @returns the issuer of the principals that keys of one kind make: `urn:portcullis:keys:acme_live`. */
export function keyIssuer(prefix: string, environment: string): string {
  return `urn:portcullis:keys:${prefix}_${environment}`
}

/** Writes a key: `<start><id>_<secret><checksum>`. */
export function formatKey(start: string, id: string, secret: string): string {
  const body = `${start}${id}_${secret}`
  return body + checksumOf(body)
}

/**
 * Reads a key offline: who mistyped one, or made one up without knowing how, is told so before anybody is asked. Every text of the right length is read to its end, whatever is wrong with it.
 * @param start as {@link keyStart} gives it.
 * @returns the id; undefined for whatever is no key that begins so.
 */
export function readKeyId(text: string, start: string): string | undefined {
  const separator = start.length + ID_LENGTH
  const bodyLength = separator + 1 + SECRET_LENGTH
  if (text.length !== bodyLength + CHECKSUM_LENGTH || !text.startsWith(start)) return undefined
  let faults = 0
  for (let i = start.length; i < text.length; i++) {
    const code = text.charCodeAt(i)
    faults |= i === separator ? code ^ UNDERSCORE : (NOT_BASE62[code & 127] ?? 1) | (code >>> 7)
  }
  const checksum = checksumOf(text.slice(0, bodyLength))
  for (let i = 0; i < CHECKSUM_LENGTH; i++) faults |= checksum.charCodeAt(i) ^ text.charCodeAt(bodyLength + i)
  return faults === 0 ? text.slice(start.length, separator) : undefined
}

/** CRC-32 (ISO 3309, as in gzip) of ASCII text, in base62 with leading zeros. It finds mistakes; against forgery there is the secret. */
export function checksumOf(text: string): string {
  let crc = 0xffffffff
  for (let i = 0; i < text.length; i++) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ text.charCodeAt(i)) & 255] ?? 0)
  let rest = (crc ^ 0xffffffff) >>> 0
  let digits = ''
  for (let i = 0; i < CHECKSUM_LENGTH; i++) {
    digits = BASE62.charAt(rest % 62) + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}

const NOT_BASE62 = Uint8Array.from({ length: 128 }, (_, code) => (BASE62.includes(String.fromCharCode(code)) ? 0 : 1))

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})
