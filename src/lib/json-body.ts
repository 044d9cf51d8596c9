import { type JsonScan, scanJson, tallyValue, type ValueTally } from './json-keys.ts'

/** A JSON text that has one reading, but holds more than is let in. */
export type JsonExcess = 'too-many-keys' | 'too-many-items' | 'string-length' | 'key-length' | 'number-length'

/** Why bytes are no JSON text that everybody reads alike, or too much of one. */
export type JsonFault = 'encoding' | 'depth' | 'syntax' | 'duplicate-key' | 'forbidden-key' | 'number-precision' | JsonExcess

/** How much of one JSON text may be of a kind. What is absent is bounded by the length of the text alone. */
export interface JsonCounts {
  /** Keys of all objects together: checked before anything is built. */
  readonly maxKeys?: number | undefined
  /** Items of one array. */
  readonly maxItems?: number | undefined
  /** One string, in UTF-16 code units. */
  readonly maxStringLength?: number | undefined
  /** One key, in UTF-16 code units. */
  readonly maxKeyLength?: number | undefined
  /** One number as it is written, in characters without its sign: checked before anything is built. */
  readonly maxNumberLength?: number | undefined
}

/** How much of JSON (RFC 8259) is let in. */
export interface JsonLimits extends JsonCounts {
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
  const scan = scanJson(bytes, limits.maxDepth)
  if (scan.tooDeep) return { fault: 'depth' }
  const excess = excessOfText(scan, limits)
  if (excess !== undefined) return { fault: excess }
  const parsed = parse(text)
  if (parsed === undefined) return { fault: 'syntax' }
  const tally = tallyValue(parsed.value)
  if (tally.keys !== scan.members) return { fault: 'duplicate-key' }
  if (tally.forbidden) return { fault: 'forbidden-key' }
  if (limits.largeNumbers === 'deny' && (scan.unsafeInteger || tally.infinite)) return { fault: 'number-precision' }
  const more = excessOfValue(tally, limits)
  return more === undefined ? parsed : { fault: more }
}

function excessOfText(scan: JsonScan, { maxKeys, maxNumberLength }: JsonCounts): JsonExcess | undefined {
  if (maxKeys !== undefined && scan.members > maxKeys) return 'too-many-keys'
  return maxNumberLength !== undefined && scan.longestNumber > maxNumberLength ? 'number-length' : undefined
}

function excessOfValue(tally: ValueTally, { maxItems, maxStringLength, maxKeyLength }: JsonCounts): JsonExcess | undefined {
  if (maxItems !== undefined && tally.longestArray > maxItems) return 'too-many-items'
  if (maxStringLength !== undefined && tally.longestString > maxStringLength) return 'string-length'
  return maxKeyLength !== undefined && tally.longestKey > maxKeyLength ? 'key-length' : undefined
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
