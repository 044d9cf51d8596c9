import { scanJson, tallyValue } from './json-keys.ts'

/** Why bytes are no JSON text that everybody reads alike. */
export type JsonFault = 'encoding' | 'depth' | 'syntax' | 'duplicate-key' | 'forbidden-key' | 'number-precision'

/** How much of JSON (RFC 8259) is let in. */
export interface JsonLimits {
  /** Nested arrays and objects; `[]` has depth 1. */
  readonly maxDepth: number
  /** `deny` refuses integers beyond ±(2^53 - 1) and numbers that no double can hold; `round` takes them as `JSON.parse` does. */
  readonly largeNumbers: 'deny' | 'round'
}

/** What the bytes say, or why they say nothing. */
export type JsonReading = { readonly value: unknown; readonly fault?: never } | { readonly fault: JsonFault }

/** `ignoreBOM` keeps a byte order mark in the text, where it can be seen and refused. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const BYTE_ORDER_MARK = 0xfeff

/**
 * Reads a JSON text that has only one reading: strict UTF-8 without a byte order mark, every key of an object once, no key that reaches prototypes,
 * bounded depth (checked before anything is built), and no integer that two parsers would round differently.
 */
export function readJson(bytes: Uint8Array, limits: JsonLimits): JsonReading {
  const text = decode(bytes)
  if (text === undefined || text.charCodeAt(0) === BYTE_ORDER_MARK) return { fault: 'encoding' }
  const scan = scanJson(text, limits.maxDepth)
  if (scan.tooDeep) return { fault: 'depth' }
  const parsed = parse(text)
  if (parsed === undefined) return { fault: 'syntax' }
  const tally = tallyValue(parsed.value)
  if (tally.keys !== scan.members) return { fault: 'duplicate-key' }
  if (tally.forbidden) return { fault: 'forbidden-key' }
  if (limits.largeNumbers === 'deny' && (scan.unsafeInteger || tally.infinite)) return { fault: 'number-precision' }
  return parsed
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes)
  } catch {
    return undefined
  }
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}
