/** An address as unsigned 32-bit numbers. An IPv4-mapped IPv6 address is the IPv4 address: one host has one form. */
export type Ip =
  | { readonly family: 4; readonly bits: number }
  /** Most significant word first. */
  | { readonly family: 6; readonly words: readonly [number, number, number, number] }

const DOT = 0x2e
const COLON = 0x3a
/** The longest text of an address: eight groups, the last two dotted. */
const MAX_LENGTH = 45

/**
 * Reads an address strictly: no zone, port, brackets, space, prefix or leading zero in an octet, none of the octal, hexadecimal and short IPv4 forms.
 * IPv6 text is as RFC 4291 §2.2 has it.
 */
export function parseIp(text: string): Ip | undefined {
  const family = readIp(text, text.length, words)
  if (family === undefined) return undefined
  const [a = 0, b = 0, c = 0, d = 0] = words
  return family === 4 ? { family, bits: a } : { family, words: [a, b, c, d] }
}

/**
 * Reads what stands before `end` as {@link parseIp} does, and allocates nothing: for long lists and for every request.
 * @param into gets one word of an IPv4 address, four of an IPv6 address.
 * @returns the family; undefined when it is no address.
 */
export function readIp(text: string, end: number, into: Uint32Array): 4 | 6 | undefined {
  if (end > MAX_LENGTH) return undefined
  const bits = dottedBits(text, 0, end)
  if (bits >= 0) {
    into[0] = bits
    return 4
  }
  if (!readGroups(text, end)) return undefined
  const isMapped = word(0) === 0 && word(2) === 0 && word(4) === 0xffff
  for (let i = 0; i < 4; i++) into[i] = word(isMapped ? 6 : 2 * i)
  return isMapped ? 4 : 6
}

/** @returns the only text of an address that is used as a key: dotted, or as RFC 5952 §4 has it. */
export function formatIp(ip: Ip): string {
  if (ip.family === 4) return `${ip.bits >>> 24}.${(ip.bits >>> 16) & 255}.${(ip.bits >>> 8) & 255}.${ip.bits & 255}`
  spread(ip.words)
  return formatGroups()
}

/** @returns the first address of the network of that many leading bits. */
export function firstOf(ip: Ip, prefixBits: number): Ip {
  if (ip.family === 4) return { family: 4, bits: masked(ip.bits, prefixBits) }
  const [a, b, c, d] = ip.words
  return { family: 6, words: [masked(a, prefixBits), masked(b, prefixBits - 32), masked(c, prefixBits - 64), masked(d, prefixBits - 96)] }
}

/**
 * Names the network that an address lies in, so that an IPv6 client cannot have as many names as it has addresses.
 * @param v4Bits leading bits of an IPv4 address, 0 to 32.
 * @param v6Bits leading bits of an IPv6 address, 0 to 128.
 * @returns canonical text, `192.0.2.1` or `2001:db8:1:2::/64`; undefined when it is no address.
 */
export function networkOf(ip: string, v4Bits: number, v6Bits: number): string | undefined {
  const parsed = parseIp(ip)
  if (parsed === undefined) return undefined
  const prefixBits = parsed.family === 4 ? v4Bits : v6Bits
  if (prefixBits >= (parsed.family === 4 ? 32 : 128)) return formatIp(parsed)
  return `${formatIp(firstOf(parsed, prefixBits))}/${prefixBits}`
}

/** A word with only its leading bits kept; fewer than none and more than 32 mean none and all. */
function masked(word: number, bits: number): number {
  if (bits <= 0) return 0
  return bits >= 32 ? word : (word & (0xffffffff << (32 - bits))) >>> 0
}

/** Four decimal octets from `start` to `end`, as one number; -1 when it is anything else. */
function dottedBits(text: string, start: number, end: number): number {
  let bits = 0
  let octets = 0
  let octet = -1
  for (let i = start; i <= end; i++) {
    const code = i === end ? DOT : text.charCodeAt(i)
    if (code === DOT) {
      if (octet < 0) return -1
      bits = bits * 256 + octet
      octets++
      octet = -1
    } else {
      const digit = code - 0x30
      // A zero that goes on is octal to some readers and decimal to others.
      if (digit < 0 || digit > 9 || octet === 0) return -1
      octet = octet < 0 ? digit : octet * 10 + digit
      if (octet > 255) return -1
    }
  }
  return octets === 4 ? bits : -1
}

/** Both are written anew by every parse and every format, so that these allocate nothing but their result. */
const groups = new Uint16Array(8)
const words = new Uint32Array(4)

/** Writes the eight groups of IPv6 text into {@link groups}. */
function readGroups(text: string, end: number): boolean {
  let count = 0
  let gap = -1
  let i = 0
  if (text.startsWith('::')) {
    gap = 0
    i = 2
  }
  while (i < end) {
    if (count === 8) return false
    const start = i
    let group = 0
    let digit = hexDigit(text.charCodeAt(i))
    while (digit >= 0 && i - start < 4) {
      group = group * 16 + digit
      digit = hexDigit(text.charCodeAt(++i))
    }
    if (text.charCodeAt(i) === DOT) {
      const bits = dottedBits(text, start, end)
      if (bits < 0 || count > 6) return false
      groups[count++] = bits >>> 16
      groups[count++] = bits & 0xffff
      break
    }
    if (i === start) return false
    groups[count++] = group
    if (i === end) break
    if (text.charCodeAt(i) !== COLON || ++i === end) return false
    if (text.charCodeAt(i) === COLON) {
      if (gap >= 0) return false
      gap = count
      i++
    }
  }
  if (gap < 0) return count === 8
  if (count > 7) return false
  groups.copyWithin(8 - (count - gap), gap, count)
  groups.fill(0, gap, 8 - (count - gap))
  return true
}

function word(index: number): number {
  return ((groups[index] ?? 0) * 0x10000 + (groups[index + 1] ?? 0)) >>> 0
}

/** The value of a hexadecimal digit; -1 for every other character and for the end of the text (NaN). */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}

/** Writes the words into {@link groups}. */
function spread(words: readonly [number, number, number, number]): void {
  for (let i = 0; i < 4; i++) {
    const word = words[i] ?? 0
    groups[2 * i] = word >>> 16
    groups[2 * i + 1] = word & 0xffff
  }
}

/** RFC 5952 §4: lower case, no leading zeros, the longest run of two or more zero groups left out, the first of equal ones. */
function formatGroups(): string {
  let gap = 8
  let gapLength = 1
  for (let i = 0; i < 8; i++) {
    let length = 0
    while (groups[i + length] === 0) length++
    if (length > gapLength) {
      gap = i
      gapLength = length
    }
    i += length
  }
  let text = ''
  for (let i = 0; i < gap; i++) text += i === 0 ? hex(i) : `:${hex(i)}`
  if (gap === 8) return text
  text += '::'
  const tail = gap + gapLength
  for (let i = tail; i < 8; i++) text += i === tail ? hex(i) : `:${hex(i)}`
  return text
}

function hex(index: number): string {
  return (groups[index] ?? 0).toString(16)
}
