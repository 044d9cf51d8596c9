import { createHmac } from 'node:crypto'

/** How many pseudonyms an isolate remembers: at some 100 bytes each, a megabyte at the most. */
const REMEMBERED = 10_000
/** Values beyond this length are not remembered: a client could make them as long as it likes. */
const REMEMBERED_CHARACTERS = 256
/** 128 bits: nobody meets another's pseudonym by chance. */
const CHARACTERS = 22

/** @returns a function from a value to its pseudonym: HMAC-SHA-256 (RFC 2104), shortened, base64url. Without the key nobody can go back or guess. */
export function pseudonyms(key: string): (value: string) => string {
  const known = new Map<string, string>()
  return (value) => {
    const remembered = known.get(value)
    if (remembered !== undefined) return remembered
    const pseudonym = createHmac('sha256', key).update(value).digest('base64url').slice(0, CHARACTERS)
    if (value.length <= REMEMBERED_CHARACTERS) {
      if (known.size >= REMEMBERED) known.clear()
      known.set(value, pseudonym)
    }
    return pseudonym
  }
}
