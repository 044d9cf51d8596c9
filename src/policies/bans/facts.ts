import type { Exchange } from '../../core/exchange.ts'
import type { ConnectionFacts } from '../../core/runtime-rule.ts'

/**
 * What Cloudflare says of whoever connects, be it a client, another Worker or nobody that a decision could be based on: a ban concerns them all, and a header that makes a client
 * look like a Worker must not free it. What is not an address, or not there, matches nothing.
 */
export function factsOf({ zone, caller, headers, edge }: Exchange): ConnectionFacts {
  const facts: { -readonly [Fact in keyof ConnectionFacts]: ConnectionFacts[Fact] } = { zone }
  const ip = caller.kind === 'client' ? caller.ip : headers.get('cf-connecting-ip')
  if (ip !== null) facts.ip = ip
  const { asn, country, botManagement } = edge
  if (typeof asn === 'number') facts.asn = asn
  if (typeof country === 'string') facts.country = country
  const ja4 = botManagement?.ja4
  if (typeof ja4 === 'string') facts.ja4 = ja4
  const userAgent = headers.get('user-agent')
  if (userAgent !== null) facts.userAgent = userAgent
  return facts
}
