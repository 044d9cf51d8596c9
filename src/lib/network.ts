import { type CidrFault, readCidr } from './cidr.ts'
import { firstOf, formatIp, type Ip } from './ip.ts'

/** A network and its only text: `192.0.2.0/24`, `2001:db8::/32`; of a single address the address alone. */
export interface Network {
  readonly text: string
  readonly family: 4 | 6
  readonly prefixBits: number
}

const first = new Uint32Array(4)
const last = new Uint32Array(4)

/** Reads an address or a network as strictly as {@link readCidr}: an IPv4-mapped one is the IPv4 network, and one with host bits is refused. */
export function parseNetwork(text: string): Network | CidrFault {
  const family = readCidr(text, first, last)
  if (family !== 4 && family !== 6) return family
  const [a = 0, b = 0, c = 0, d = 0] = first
  const ip: Ip = family === 4 ? { family, bits: a } : { family, words: [a, b, c, d] }
  let prefixBits = 0
  for (let i = 0; i < (family === 4 ? 1 : 4); i++) prefixBits += Math.clz32((first[i] ?? 0) ^ (last[i] ?? 0))
  return { text: textOf(ip, prefixBits), family, prefixBits }
}

/** @returns the text of the network of that many leading bits that an address lies in, as {@link parseNetwork} writes it. */
export function networkText(ip: Ip, prefixBits: number): string {
  return textOf(firstOf(ip, prefixBits), prefixBits)
}

function textOf(first: Ip, prefixBits: number): string {
  return prefixBits === (first.family === 4 ? 32 : 128) ? formatIp(first) : `${formatIp(first)}/${prefixBits}`
}
