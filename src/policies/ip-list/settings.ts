import * as v from 'valibot'
import { networkList, notEmpty, toRanges } from './networks.ts'

const zoneName = v.pipe(
  v.string(),
  v.regex(
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/,
    'write the name of the zone that owns the Worker, in lower case and without a wildcard: partner.example',
  ),
)

/** The settings of `ip-list`. */
export const ipListSettings = v.strictObject({
  allow: v.pipe(
    v.exactOptional(v.pipe(networkList, notEmpty, toRanges)),
    v.description(
      'Addresses and networks (CIDR), IPv4, IPv6 or IPv4-mapped IPv6: a client must be in one of them. A requirement, never an exemption from `deny` or from any other control. A list of at most 250,000, or a packed one. Default: every address.',
    ),
  ),
  deny: v.pipe(
    v.exactOptional(v.pipe(networkList, toRanges)),
    v.description(
      'Addresses and networks (CIDR) of clients that are refused, whatever `allow` says. A list of at most 250,000, or a packed one. Default: none.',
    ),
  ),
  workers: v.pipe(
    v.optional(
      v.union(
        [v.literal('deny'), v.pipe(v.array(zoneName), v.minLength(1, "list at least one zone, or write 'deny'"))],
        "write 'deny', or a list of zone names",
      ),
      'deny',
    ),
    v.description(
      "What other people's Cloudflare Workers may do, which all share one address: `'deny'`, or a list of the zones whose Workers pass, without `allow` and `deny` being applied. Default: `'deny'`.",
    ),
  ),
})
