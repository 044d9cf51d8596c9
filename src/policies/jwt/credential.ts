import type { Exchange } from '../../core/exchange.ts'
import { type BearerReading, readBare, readBearer } from '../../lib/bearer.ts'
import { readCookie } from '../../lib/cookie.ts'
import { cookiePlace } from '../../lib/credential-place.ts'
import { crossSiteJudge } from './cross-site.ts'
import type { JwtSettings } from './settings.ts'

/** Where the token stands in a request, and what comes with standing there. */
export interface Credential {
  /** The lower-case name of the header, or `cookie:` and the cookie's name. */
  readonly place: string
  /** For challenges. There is no registered scheme for cookies; clients pass over one that they do not know (RFC 9110 §11.6.1). */
  readonly scheme: 'Bearer' | 'Cookie'
  read(x: Exchange): BearerReading
  /** Whether somebody else's page may have made the browser send it. Absent where browsers send nothing by themselves. */
  readonly isCrossSite?: (x: Exchange) => boolean
}

/** Decides at start where the token is read from. Never from the URL or the body. */
export function credentialOf({ header, cookie }: Pick<JwtSettings, 'header' | 'cookie'>): Credential {
  if (cookie !== undefined) {
    const { name, origins } = cookie
    return { place: cookiePlace(name), scheme: 'Cookie', read: (x) => readCookie(x.headers.get('cookie'), name), isCrossSite: crossSiteJudge(origins) }
  }
  if (header !== undefined) return { place: header, scheme: 'Bearer', read: (x) => readBare(x.headers.get(header)) }
  return { place: 'authorization', scheme: 'Bearer', read: (x) => readBearer(x.headers.get('authorization')) }
}
