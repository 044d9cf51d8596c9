/** One scenario for every variant: who asks, what for, and what stands in the way. Read by the Workers and by the runner. */

/** The host that clients name. */
export const HOST = 'api.example.com'

/** Where the protected service is. The harness sends every fetch of every Worker to one loopback server. */
export const ORIGIN = 'https://origin.example.com'

/** The token issuer. */
export const ISSUER = 'https://id.example.com'

/** Where a peer that can only fetch its key set finds it. */
export const JWKS_URL = 'https://id.example.com/.well-known/jwks.json'

/** Whom tokens are for. */
export const AUDIENCE = 'https://api.example.com'

/** What a token must allow. */
export const SCOPE = 'orders:read'

/** The web page that asks: each request is a cross-origin one. */
export const PAGE = 'https://app.example.com'

/** The one route that is asked for. */
export const PATH = '/v1/orders'

/** Its query, which the schema `status: open | closed`, `limit: 1…100` accepts. */
export const QUERY = '?status=open&limit=20'

/** Where clients may be. */
export const COUNTRIES: readonly string[] = ['SE', 'NO', 'DK', 'FI', 'DE']

/** What the edge says of the connection. */
export const EDGE = { country: 'SE', continent: 'EU', regionCode: 'AB', asn: 64496, colo: 'ARN', tlsVersion: 'TLSv1.3', tlsCipher: 'AEAD-AES128-GCM-SHA256' }

/** Requests that one address or one principal may send in a minute: more than any round sends, as the price of admitting is measured. */
export const LIMIT_PER_MINUTE = 6_000_000

/** 1,000 networks that are refused: none of them holds a client. */
export const REFUSED_NETWORKS: readonly string[] = Array.from({ length: 1000 }, (_, n) => `${11 + (n % 150)}.${(n * 7) % 256}.${(n * 13) % 256}.0/24`)

/** Addresses of the clients, from a range for documentation. */
export const CLIENTS: readonly string[] = Array.from({ length: 16 }, (_, n) => `198.51.100.${n + 1}`)

/** What the origin answers, with two fields that a gateway should take away. */
export const ORIGIN_HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'application/json',
  Server: 'origin/1.0',
  'X-Powered-By': 'origin',
  'Cache-Control': 'private',
}

/** The body of that answer: 12 orders, about 600 bytes. */
export const ORIGIN_BODY = JSON.stringify(Array.from({ length: 12 }, (_, n) => ({ id: 1000 + n, status: 'open', total: 12.5 * n, currency: 'EUR' })))

/** How many keys share the leases that are measured: as many addresses as a busy isolate sees in a second. */
export const LEASED_KEYS = 1000

/** How many new keys are asked for at once when their memory is measured. */
export const KEYS_AT_ONCE = 50

/** The host by which the clock of a Worker is set forward, where its variant has one. */
export const CLOCK_HOST = 'clock.test'
