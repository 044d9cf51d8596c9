/** What a pass over the bytes of a JSON text saw, before anything was built from it. */
export interface JsonScan {
  /** Name-value pairs in all objects, repeated names counted each time. */
  readonly members: number
  /** Nesting is deeper than allowed; the scan ended there and the other figures say nothing. */
  readonly tooDeep: boolean
  /** A number whose integer part, as written, is beyond ±(2^53 - 1), or that has as many digits and an exponent that makes it so: parsing rounds it. */
  readonly unsafeInteger: boolean
  /** Characters of the longest number as it is written, without a sign. */
  readonly longestNumber: number
}

const QUOTE = 0x22
const COLON = 0x3a
const BACKSLASH = 0x5c
const DOT = 0x2e
/** The shortest integers that can be beyond 2^53 - 1 = 9007199254740991. */
const UNSAFE_DIGITS = 16
const ASCII = new TextDecoder()
const TOO_DEEP: JsonScan = Object.freeze({ members: 0, tooDeep: true, unsafeInteger: false, longestNumber: 0 })
/** Most strings end within this; only for longer ones is it worth the call to let the platform search. */
const SHORT_STRING = 32

/**
 * Reads a JSON text once, in linear time and without recursion. It judges no syntax: what it counts is exact for a text that `JSON.parse` accepts,
 * since a colon outside strings stands for one member and nothing else (RFC 8259 §4).
 * @param text UTF-8: bytes are read twice as fast as characters, and no byte of a longer sequence looks like ASCII.
 */
export function scanJson(text: Uint8Array, maxDepth: number): JsonScan {
  const { length } = text
  let members = 0
  let depth = 0
  let unsafeInteger = false
  let longestNumber = 0
  for (let i = 0; i < length; i++) {
    const code = text[i] as number
    if (code === QUOTE) i = closingQuote(text, i + 1)
    else if (code === COLON) members++
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > maxDepth) return TOO_DEEP
    } else if (code === 0x5d || code === 0x7d) depth--
    else if (isDigit(code)) {
      const whole = afterDigits(text, i + 1)
      const end = afterFraction(text, whole)
      if (end - i > longestNumber) longestNumber = end - i
      if (whole - i >= UNSAFE_DIGITS && !isSafe(text.subarray(i, whole))) unsafeInteger = true
      else if (end - whole > 2 && end - i > UNSAFE_DIGITS && growsUnsafe(text, i, end)) unsafeInteger = true
      i = end - 1
    }
  }
  return { members, tooDeep: false, unsafeInteger, longestNumber }
}

/** @returns where the string that began before `from` ends; the text's length if it does not. */
function closingQuote(text: Uint8Array, from: number): number {
  const near = Math.min(from + SHORT_STRING, text.length)
  let i = from
  for (; i < near; i++) {
    const code = text[i]
    if (code === QUOTE) return i
    if (code === BACKSLASH) i++
  }
  return i < text.length ? farQuote(text, i) : text.length
}

/** @param from a place in the string at which no escape is under way. */
function farQuote(text: Uint8Array, from: number): number {
  let escapes = false
  for (let i = from; i < text.length; i++) {
    const code = text[i]
    if (code === QUOTE) return i
    if (code === BACKSLASH) {
      i++
      // Where one escape is, more are near: a search would start anew at each.
      escapes = true
    } else if (!escapes) {
      const quote = text.indexOf(QUOTE, i)
      if (quote < 0) return text.length
      if (text[quote - 1] !== BACKSLASH) return quote
      escapes = true
    }
  }
  return text.length
}

function isSafe(digits: Uint8Array): boolean {
  let value = 0
  for (const digit of digits) value = value * 10 + (digit - 0x30)
  return value <= Number.MAX_SAFE_INTEGER
}

/** Whether a number with an exponent and at least {@link UNSAFE_DIGITS} digits is beyond 2^53 - 1: with fewer digits everybody takes it for the nearest double. */
function growsUnsafe(text: Uint8Array, from: number, end: number): boolean {
  let digits = 0
  for (let i = from; i < end; i++) {
    const code = text[i] as number
    if (code === 0x65 || code === 0x45) return digits >= UNSAFE_DIGITS && Number(ASCII.decode(text.subarray(from, end))) > Number.MAX_SAFE_INTEGER
    // Zeros in front are none.
    if (code !== DOT && (digits > 0 || code !== 0x30)) digits++
  }
  return false
}

function isDigit(code: number | undefined): boolean {
  return code !== undefined && code >= 0x30 && code <= 0x39
}

function afterDigits(text: Uint8Array, from: number): number {
  let i = from
  while (isDigit(text[i])) i++
  return i
}

/** Fraction and exponent are stepped over, so that their digits are not taken for a number of their own. */
function afterFraction(text: Uint8Array, from: number): number {
  let i = text[from] === DOT ? afterDigits(text, from + 1) : from
  const letter = text[i]
  if (letter === 0x65 || letter === 0x45) {
    const sign = text[i + 1]
    i = afterDigits(text, sign === 0x2b || sign === 0x2d ? i + 2 : i + 1)
  }
  return i
}

/** What a walk over a parsed value saw. Lengths of strings are in UTF-16 code units. */
export interface ValueTally {
  /** Own keys of all objects. */
  keys: number
  /** Some key is one that {@link isForbiddenKey}. */
  forbidden: boolean
  /** Some number is too large for a double, so that parsing made it infinite. */
  infinite: boolean
  longestArray: number
  longestString: number
  longestKey: number
}

/** Walks a parsed value. It recurses: only for values whose depth {@link scanJson} has bounded. */
export function tallyValue(value: unknown): ValueTally {
  const tally: ValueTally = { keys: 0, forbidden: false, infinite: false, longestArray: 0, longestString: 0, longestKey: 0 }
  tallyOne(value, tally)
  return tally
}

function tallyOne(value: unknown, tally: ValueTally): void {
  if (typeof value === 'string') {
    if (value.length > tally.longestString) tally.longestString = value.length
  } else if (typeof value === 'number') {
    if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) tally.infinite = true
  } else if (Array.isArray(value)) {
    if (value.length > tally.longestArray) tally.longestArray = value.length
    for (let i = 0; i < value.length; i++) tallyOne(value[i], tally)
  } else if (isRecord(value)) tallyKeys(value, tally)
}

/** By `for in`, twice as fast as a list of keys: what is parsed inherits nothing that can be enumerated. */
function tallyKeys(value: Record<string, unknown>, tally: ValueTally): void {
  for (const key in value) {
    tally.keys++
    if (key.length > tally.longestKey) tally.longestKey = key.length
    if (isForbiddenKey(key)) tally.forbidden = true
    tallyOne(value[key], tally)
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Names with which a client could reach into prototypes, here or in the origin's language runtime. */
export function isForbiddenKey(name: string): boolean {
  return name === '__proto__' || name === 'constructor' || name === 'prototype'
}
