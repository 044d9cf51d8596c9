import { createHash } from 'node:crypto'

/** @returns the SHA-256 of a text's UTF-8 bytes, in lower-case hexadecimal digits. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
