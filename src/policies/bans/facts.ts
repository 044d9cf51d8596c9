import type { Exchange } from '../../core/exchange.ts'
import type { ConnectionFacts } from '../../core/ports.ts'

/**
 * What Cloudflare says of whoever connects, be it a client, another Worker or nobody that a decision could be based on: a ban concerns them all, and a header that makes a client
 * look like a Worker must not free it. What is not an address, or not there, matches nothing.
 */
export function factsOf({ zone, caller, headers, edge }: Exchange): ConnectionFacts {
  const ip = caller.kind === 'client' ? caller.ip : headers.get('cf-connecting-ip')
  const { asn, country, botManagement } = edge
  const ja4 = botManagement?.ja4
  const userAgent = headers.get('user-agent')
  return {
    zone,
    ...(ip !== null && { ip }),
    ...(typeof asn === 'number' && { asn }),
    ...(typeof country === 'string' && { country }),
    ...(typeof ja4 === 'string' && { ja4 }),
    ...(userAgent !== null && { userAgent }),
  }
}
