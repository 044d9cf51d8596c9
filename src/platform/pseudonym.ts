import { createHmac } from 'node:crypto'
import type { Ports } from '../core/ports.ts'

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
    const pseudonym = pseudonymOf(key, value)
    if (value.length <= REMEMBERED_CHARACTERS) {
      if (known.size >= REMEMBERED) known.clear()
      known.set(value, pseudonym)
    }
    return pseudonym
  }
}

/**
 * Pseudonyms under keys that may change from one request to the next.
 * @param names of the key that makes pseudonyms, then of those that made some before.
 */
export function pseudonymPorts(names: readonly string[], secret: Ports['secret']): Pick<Ports, 'pseudonym' | 'pseudonyms'> {
  const [present = ''] = names
  let made: { readonly key: string; readonly of: (value: string) => string } | undefined
  return {
    pseudonym(value) {
      const key = secret(present)
      if (key === undefined) return ''
      if (made?.key !== key) made = { key, of: pseudonyms(key) }
      return made.of(value)
    },
    pseudonyms(value) {
      const keys = names.map(secret).filter((key) => key !== undefined)
      return [...new Set(keys)].map((key) => pseudonymOf(key, value))
    },
  }
}

function pseudonymOf(key: string, value: string): string {
  return createHmac('sha256', key).update(value).digest('base64url').slice(0, CHARACTERS)
}
