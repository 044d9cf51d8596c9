import { readIp } from './ip.ts'

/** Why a text is no network. */
export type CidrFault = 'not-an-address' | 'not-a-prefix' | 'host-bits'

/** An IPv4-mapped network is an IPv4 network whose prefix counts the 96 bits before it (RFC 4291 §2.5.5.2). */
const MAPPED_BITS = 96

/**
 * Reads an address, or a network in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3), as strictly as `parseIp` and without allocating.
 * `10.0.0.1/8` is refused, not repaired: it may be the address or the network that was meant.
 * @param first gets the words of the first address: one for IPv4, four for IPv6. `last` gets those of the last.
 */
export function readCidr(text: string, first: Uint32Array, last: Uint32Array): 4 | 6 | CidrFault {
  const slash = text.indexOf('/')
  const end = slash < 0 ? text.length : slash
  const family = readIp(text, end, first)
  if (family === undefined) return 'not-an-address'
  const width = family === 4 ? 1 : 4
  const written = slash < 0 ? 32 * width : prefixOf(text, slash + 1)
  const prefixBits = slash >= 0 && family === 4 && text.includes(':') ? written - MAPPED_BITS : written
  if (prefixBits < 0 || prefixBits > 32 * width) return 'not-a-prefix'
  for (let i = 0; i < width; i++) {
    const word = first[i] ?? 0
    const hostBits = hostMask(prefixBits - 32 * i)
    if ((word & hostBits) !== 0) return 'host-bits'
    last[i] = word | hostBits
  }
  return family
}

/** The bits of a word that the prefix leaves to its hosts. */
function hostMask(prefixBits: number): number {
  if (prefixBits >= 32) return 0
  return prefixBits <= 0 ? 0xffffffff : 0xffffffff >>> prefixBits
}

/** One to three decimal digits from `start` to the end of the text, without a leading zero; -1 when it is anything else. */
function prefixOf(text: string, start: number): number {
  const digits = text.length - start
  if (digits < 1 || digits > 3 || (digits > 1 && text.charCodeAt(start) === 0x30)) return -1
  let bits = 0
  for (let i = start; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return -1
    bits = bits * 10 + digit
  }
  return bits
}
