import type { CanonicalUrl } from '../lib/canonical-url.ts'
import type { RequestHeaders } from '../lib/request-headers.ts'
import type { Body } from './body.ts'
import type { Background, Meter, Ports } from './ports.ts'
import type { Principal } from './principal.ts'

/** What the platform says of the connection (`request.cf`). Every field may be missing: missing is never good news. */
export interface EdgeFacts {
  readonly country?: string | null
  readonly continent?: string | null
  readonly regionCode?: string | null
  readonly isEUCountry?: string | null
  readonly asn?: number | null
  readonly colo?: string
  readonly tlsVersion?: string | null
  readonly tlsCipher?: string | null
  readonly httpProtocol?: string
  /** Only with Cloudflare's Bot Management. */
  readonly botManagement?: { readonly ja4?: string | null } | null
}

/** Who is at the other end of the connection. A Worker never shares limits, lists or geography with clients. */
export type Caller =
  | { readonly kind: 'client'; readonly ip: string }
  /** Another Worker; `zone` is what `CF-Worker` says, or empty. */
  | { readonly kind: 'worker'; readonly zone: string }
  /** No usable `CF-Connecting-IP`: nobody that a decision could be based on. */
  | { readonly kind: 'unknown' }

/** The matched route, as far as a policy may know it. */
export interface RouteFacts {
  /** The route's key in the configuration: `GET /v1/users/:id`. `unmatched` for the built-in route. */
  readonly key: string
  /** The lower-case names of all headers that authenticators of this zone read credentials from; one cookie is `cookie:` and its name. */
  readonly credentialHeaders: readonly string[]
  /** Origins that may open a WebSocket here; absent where the route is not one. */
  readonly websocketOrigins?: readonly string[]
}

/** Data that the validate stage found sound, for the conditions and limits that come after it. */
export interface Validated {
  readonly params?: unknown
  readonly query?: unknown
  readonly headers?: unknown
  readonly body?: unknown
  readonly graphql?: GraphqlFacts
}

/** What a GraphQL request will run, by its parsed document and not by what its client calls it. */
export interface GraphqlFacts {
  /** The name of the operation; undefined where it has none, and for a batch. */
  readonly operation: string | undefined
  /** Of a batch that of the first operation that is no query, if one is. */
  readonly kind: 'query' | 'mutation' | 'subscription'
  /** A whole number from 0. */
  readonly cost: number
}

/** One request and everything that is known of it. Policies read it; only the pipeline writes to it. */
export interface Exchange {
  readonly request: Request
  /** The request's headers, read once: cheaper than `request.headers`. */
  readonly headers: RequestHeaders
  /** Upper case. */
  readonly method: string
  readonly url: CanonicalUrl
  readonly caller: Caller
  readonly edge: EdgeFacts
  readonly zone: string
  readonly route: RouteFacts
  /** Path parameters, percent-decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly principal: Principal | undefined
  readonly requestId: string
  /** Arrival, in milliseconds since the epoch. */
  readonly receivedAt: number
  readonly ports: Ports
  readonly background: Background
  readonly meter: Meter
  readonly body: Body
  /** What the validate stage found sound; empty before it. */
  readonly validated: Validated
}

/** What became of the request, for {@link Handlers.settle}. */
export interface Outcome {
  readonly status: number
  readonly reason: string
  /** Whether the origin was asked. */
  readonly reachedOrigin: boolean
  /** What the origin answered, whatever the caller gets of it; absent when it did not. */
  readonly origin?: { readonly status: number; readonly headers: Headers }
}
