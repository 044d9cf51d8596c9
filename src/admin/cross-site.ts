import type { Exchange } from '../core/exchange.ts'
import { cookieOf } from '../lib/credential-place.ts'
import { refusal } from './refusal.ts'

/** What a browser loads into a page of somebody else's, though it calls it navigation. */
const EMBEDDED: ReadonlySet<string | null> = new Set(['embed', 'object', 'iframe', 'frame', 'fencedframe'])

/**
 * Browsers add cookies to whatever any page makes them ask, and Cloudflare Access makes the credential of the request out of one: what changes something must not come from
 * another site, nor from another origin of the same one. What only reads may be the target of a link. There is no CORS: no other page reads an answer.
 * @throws {Refusal} for a request that somebody else's page made, or may have made.
 */
export function refuseCrossSite({ headers, principal }: Exchange, ownOrigin: string, changes: boolean): void {
  const origin = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  const isOwn = origin === null || origin === ownOrigin
  if (!changes) {
    const isLink = headers.get('sec-fetch-mode') === 'navigate' && !EMBEDDED.has(headers.get('sec-fetch-dest'))
    if (!isOwn || ((site === 'cross-site' || site === 'same-site') && !isLink)) throw crossSite()
    return
  }
  if (!isOwn || !(site === null || site === 'same-origin' || site === 'none')) throw crossSite()
  const isCookie = cookieOf(principal?.credentialHeader ?? '') !== undefined
  // Neither header is no proof: whatever omits both is no browser of today, or somebody took them away.
  if (isCookie && origin === null && site !== 'same-origin') throw crossSite()
}

function crossSite() {
  return refusal(403, 'csrf', 'The request may have been made by a page of another origin.')
}
