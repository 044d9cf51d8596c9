import { parseIp } from '../../lib/ip.ts'
import { isHostLabel, isWideDomain } from './host-label.ts'

/** RFC 1035 §2.3.4, without the root. */
const MAX_HOST = 253

/** Four decimal octets without leading zeros (RFC 2673 §3.2). */
export function isIpv4(text: string): boolean {
  return !text.includes(':') && parseIp(text) !== undefined
}

/** RFC 4291 §2.2, without brackets or a zone. */
export function isIpv6(text: string): boolean {
  return text.includes(':') && parseIp(text) !== undefined
}

/** RFC 1123 §2.1; an A-label has to stand for a label that IDNA 2008 allows. */
export function isHostname(text: string): boolean {
  return text.length <= MAX_HOST && text.split('.').every(isHostLabel)
}

/** RFC 5890 §2.3.2.3: labels of any script, under the rules of IDNA 2008. */
export function isIdnHostname(text: string): boolean {
  return isWideDomain(text)
}
