/** What a pass over a JSON text saw, before anything was built from it. */
export interface JsonScan {
  /** Name-value pairs in all objects, repeated names counted each time. */
  readonly members: number
  /** Nesting is deeper than allowed; the scan ended there and the other figures say nothing. */
  readonly tooDeep: boolean
  /** A number whose integer part, as written, is beyond ±(2^53 - 1): parsing rounds it. */
  readonly unsafeInteger: boolean
}

const QUOTE = 0x22
const COLON = 0x3a
const BACKSLASH = 0x5c
const DOT = 0x2e
/** The shortest integers that can be beyond 2^53 - 1 = 9007199254740991. */
const UNSAFE_DIGITS = 16
const TOO_DEEP: JsonScan = Object.freeze({ members: 0, tooDeep: true, unsafeInteger: false })

/**
 * Reads a JSON text once, in linear time and without recursion. It judges no syntax: what it counts is exact for a text that `JSON.parse` accepts,
 * since a colon outside strings stands for one member and nothing else (RFC 8259 §4).
 */
export function scanJson(text: string, maxDepth: number): JsonScan {
  let members = 0
  let depth = 0
  let unsafeInteger = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) i = closingQuote(text, i + 1)
    else if (code === COLON) members++
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > maxDepth) return TOO_DEEP
    } else if (code === 0x5d || code === 0x7d) depth--
    else if (isDigit(code)) {
      const end = afterDigits(text, i + 1)
      if (end - i >= UNSAFE_DIGITS && Number(text.slice(i, end)) > Number.MAX_SAFE_INTEGER) unsafeInteger = true
      i = afterFraction(text, end) - 1
    }
  }
  return { members, tooDeep: false, unsafeInteger }
}

/** @returns where the string that began before `from` ends; the text's length if it does not. */
function closingQuote(text: string, from: number): number {
  for (let quote = text.indexOf('"', from); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let before = quote - 1
    while (text.charCodeAt(before) === BACKSLASH) before--
    if ((quote - before) % 2 === 1) return quote
  }
  return text.length
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function afterDigits(text: string, from: number): number {
  let i = from
  while (isDigit(text.charCodeAt(i))) i++
  return i
}

/** Fraction and exponent are stepped over, so that their digits are not taken for a number of their own. */
function afterFraction(text: string, from: number): number {
  let i = text.charCodeAt(from) === DOT ? afterDigits(text, from + 1) : from
  if ((text.charCodeAt(i) | 0x20) === 0x65) {
    const sign = text.charCodeAt(i + 1)
    i = afterDigits(text, sign === 0x2b || sign === 0x2d ? i + 2 : i + 1)
  }
  return i
}

/** What a walk over a parsed value saw. */
export interface ValueTally {
  /** Own keys of all objects. */
  keys: number
  /** Some key is one that {@link isForbiddenKey}. */
  forbidden: boolean
  /** Some number is too large for a double, so that parsing made it infinite. */
  infinite: boolean
}

/** Walks a parsed value. It recurses: only for values whose depth {@link scanJson} has bounded. */
export function tallyValue(value: unknown, tally: ValueTally = { keys: 0, forbidden: false, infinite: false }): ValueTally {
  if (typeof value === 'number') {
    if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) tally.infinite = true
  } else if (Array.isArray(value)) {
    for (const item of value) tallyValue(item, tally)
  } else if (isRecord(value)) {
    for (const key of Object.keys(value)) {
      tally.keys++
      if (isForbiddenKey(key)) tally.forbidden = true
      tallyValue(value[key], tally)
    }
  }
  return tally
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Names with which a client could reach into prototypes, here or in the origin's language runtime. */
export function isForbiddenKey(name: string): boolean {
  return name === '__proto__' || name === 'constructor' || name === 'prototype'
}
