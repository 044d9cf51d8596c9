import { faultOfEncoding, percentEncoded } from './percent-encoding.ts'
import type { Faulty } from './url-fault.ts'

/** Canonical as it stands: visible ASCII without what the WHATWG parser encodes, and without a percent sign. */
const PLAIN = /^\?[!$&()*+,\-./0-9:;=?@A-Z[\\\]^_`a-z{|}~]*$/
const ENCODED_BY_PARSER = /["<>']/g

/**
 * Brings a query into the form that is forwarded. It matches no route, so what the client sent stays byte for byte
 * (an origin may check a signature over it), apart from the characters that the WHATWG parser would encode. An empty one is dropped.
 * @param raw begins with `?`, or is empty.
 */
export function canonicalSearch(raw: string): string | Faulty {
  if (raw.length <= 1) return ''
  if (PLAIN.test(raw)) return raw
  const fault = faultOfEncoding(raw)
  if (fault !== undefined) return { fault }
  if (raw.includes('%00')) return { fault: 'encoded-control-character' }
  return raw.replace(ENCODED_BY_PARSER, percentEncoded)
}
