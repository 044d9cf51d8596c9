import type { AuditConfig } from '../audit/settings.ts'
import type { Authentication } from '../core/authentication.ts'
import type { Policy } from '../core/policy.ts'
import type { Method } from '../core/route-grammar.ts'
import type { Stage } from '../core/stage.ts'
import type { Mount } from './mount.ts'
import type { UnlistedPaths } from './unlisted-path.ts'

/** Any control but an authenticator: those have their own slot. `P`: the path parameters that the route has. */
export type Control<P extends string = never> = Policy<P, Exclude<Stage, 'authenticate'>>

/** `GET /v1/users/:id`; a last segment `*` stands for one segment or more. */
export type RouteKey = `${Method} /${string}`

/** The names of the parameters in a route's key. */
export type ParamsOf<K> = K extends `${string} /${infer Path}` ? ParamNames<Path> : never
type ParamNames<Path extends string> = Path extends `${infer Head}/${infer Rest}` ? ParamName<Head> | ParamNames<Rest> : ParamName<Path>
type ParamName<Segment extends string> = Segment extends `:${infer Name}` ? Name : never

/** Takes one policy of the zone away from a route, and says why. */
export interface Relaxation {
  /** The policy's name, or `name:label`. */
  readonly policy: string
  readonly reason: string
}

/** How long the origin may take. */
export interface Timeouts {
  /** Until the response's headers: 504 after that. Default 30. */
  readonly headersSeconds?: number
  /** Between two pieces of the response's body; without it the body streams untouched. */
  readonly idleSeconds?: number
}

interface RouteSettings<P extends string> {
  readonly policies?: readonly Control<P>[]
  readonly relax?: readonly Relaxation[]
  readonly timeouts?: Timeouts
  /** Forwards the credential that was verified, and no other. Default: none. */
  readonly forwardCredential?: boolean
  /** `Cache-Control` of authenticated responses: `keep` leaves the origin's. Default `private, no-store`. */
  readonly caching?: 'no-store' | 'keep'
  /** Lets browsers of these origins open a WebSocket. */
  readonly websocket?: { readonly origins: readonly string[] }
}

interface AuthenticatedRoute<P extends string> extends RouteSettings<P> {
  readonly authenticate: Authentication
  readonly public?: never
}

interface PublicRoute<P extends string> extends RouteSettings<P> {
  /** Why nobody needs to say who they are here. */
  readonly public: string
  readonly authenticate?: never
}

/** One route. The name is what the compiler shows for a route that says neither. */
export type ARouteMustSayAuthenticateOrPublicWhy<P extends string = never> = AuthenticatedRoute<P> | PublicRoute<P>

/** Where requests go: an https URL (a path in it is a prefix), a service binding, or the zone's own origin behind the Worker's route. */
export type OriginSettings = `https://${string}` | { readonly service: string } | { readonly zone: 'own' }

/** What a zone says of itself as an OAuth protected resource (RFC 9728). */
export interface ResourceSettings {
  /** What clients ask tokens for (RFC 8707): one of the zone's hosts, with a path where only what lies below it is meant. Default: the zone's only host. */
  readonly identifier?: `https://${string}`
  /** Its name, for people. */
  readonly name?: string
  /** A page for developers. */
  readonly documentation?: `https://${string}`
  /** A page about what clients may do with the data. */
  readonly policyUri?: `https://${string}`
  /** The terms of service. */
  readonly tosUri?: `https://${string}`
}

/** One zone: hosts with one origin and one set of rules. `R`: its routes' keys. */
export interface Zone<R> {
  /** Lower case; with a port only where it is not 443. */
  readonly hosts: readonly string[]
  readonly origin: OriginSettings
  readonly policies?: readonly Control[]
  readonly routes: { readonly [K in keyof R]: K extends RouteKey ? ARouteMustSayAuthenticateOrPublicWhy<ParamsOf<K>> : ARouteKeyIsMethodSpacePath }
  /** Answers 404 instead of 405, so that a path's methods are not shown. Default false. */
  readonly conceal?: boolean
  /** Prefix of the headers that tell the origin who is calling. Default `x-portcullis-`. */
  readonly identityPrefix?: string
  /** Publishes where clients get tokens, and tells it to who comes without one (RFC 9728). Default: not published. */
  readonly resource?: ResourceSettings
}

/** The name is what the compiler shows for a key like `/users` or `get /users`. */
export interface ARouteKeyIsMethodSpacePath {
  readonly 'write it as': RouteKey
}

/** How personal data is recorded. */
export interface RecordSettings {
  /** `hmac`: a pseudonym; `truncate`: /24 or /48. Default `hmac`. */
  readonly clientIp?: 'hmac' | 'truncate'
  /** The secret that pseudonyms are made with; or the new one, which makes them from now on, and the old one, under which they can still be looked up. Default `PSEUDONYM_KEY`. */
  readonly pseudonymKey?: string | readonly string[]
  /** Which segments of paths that no route has are written down: `known`, those that routes of the zone have; `words`, lower-case words of at most 24 letters too. Default `known`. */
  readonly unlistedPaths?: UnlistedPaths
}

/** Where the gateway's Durable Objects live. Decided once: an object never moves. */
export interface StateSettings {
  /** A location hint for objects that nobody has asked for yet; default: near the first request. */
  readonly home?: 'wnam' | 'enam' | 'sam' | 'weur' | 'eeur' | 'apac' | 'oc' | 'afr' | 'me'
  /** Keeps objects inside a jurisdiction. */
  readonly jurisdiction?: 'eu' | 'fedramp'
}

/** The whole configuration. `Z`: the zones' routes. */
export interface GatewayConfig<Z> {
  readonly zones: { readonly [K in keyof Z]: Zone<Z[K]> }
  readonly record?: RecordSettings
  readonly state?: StateSettings
  /** A trail of what was done and decided that nobody changes unseen. Default: none is kept. */
  readonly audit?: AuditConfig
  /** All scopes there are. When given, a policy that asks for another one is refused. */
  readonly scopes?: readonly string[]
  /** What operators change a running gateway by: `adminApi({ … })`. Default: nothing answers there. */
  readonly admin?: Mount
}

/** A configuration as the compiler of it sees it: any routes, any parameters. */
export type AnyGatewayConfig = GatewayConfig<Record<string, Record<RouteKey, unknown>>>
/** A zone of it. */
export type AnyZone = Zone<Record<RouteKey, unknown>>
/** A route of it. */
export type AnyRoute = ARouteMustSayAuthenticateOrPublicWhy<string>
