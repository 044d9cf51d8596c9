import type { Exchange } from '../../core/exchange.ts'

/** Methods that change nothing (RFC 9110 §9.2.1); TRACE is none that a browser sends. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Top-level navigation is how people follow links; these load a document into a page of somebody else's. */
const EMBEDDED: ReadonlySet<string | null> = new Set(['embed', 'object'])

/**
 * Browsers send cookies with whatever any page makes them ask: decides whether a request that carries one was made by a page that may.
 * What changes something, and every upgrade, needs proof; what only reads is refused where it is known to come from elsewhere and is no navigation.
 * @returns a function that says whether the request must be refused.
 */
export function crossSiteJudge(origins: readonly string[]): (x: Pick<Exchange, 'method' | 'headers'>) => boolean {
  const allowed = new Set(origins)
  return ({ method, headers }) => {
    const origin = headers.get('origin')
    if (origin !== null && allowed.has(origin)) return false
    const site = headers.get('sec-fetch-site')
    // Neither header is no proof: whatever omits both is no browser of today, or somebody took them away.
    if (!SAFE.has(method) || headers.has('upgrade')) return origin !== null || site !== 'same-origin'
    if (site !== 'cross-site') return false
    return headers.get('sec-fetch-mode') !== 'navigate' || EMBEDDED.has(headers.get('sec-fetch-dest'))
  }
}
