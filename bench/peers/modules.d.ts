/** What the peers use of packages that only `bench/package.json` installs, so that the project type-checks without them. */

declare module '@hono/valibot-validator' {
  import type { MiddlewareHandler } from 'hono'
  import type { GenericSchema } from 'valibot'
  export function vValidator(target: 'query', schema: GenericSchema): MiddlewareHandler
}

declare module '@homegrower-club/stoma' {
  import type { Context, Hono, MiddlewareHandler } from 'hono'

  interface Policy {
    readonly name: string
    readonly handler: MiddlewareHandler
  }
  interface LogEntry {
    readonly routePath: string
    readonly method: string
    readonly statusCode: number
    readonly clientIp: string
    readonly userAgent: string
    readonly requestId: string
    readonly durationMs: number
  }
  interface Route {
    readonly path: string
    readonly methods: readonly string[]
    readonly pipeline: { readonly policies: readonly Policy[]; readonly upstream: { readonly type: 'url'; readonly target: string } }
  }
  interface HeaderChanges {
    readonly setHeaders?: Readonly<Record<string, string>>
    readonly removeHeaders?: readonly string[]
  }
  export class GatewayError extends Error {
    constructor(status: number, code: string, message: string)
  }
  export const Priority: { readonly REQUEST_TRANSFORM: number }
  export function createGateway(config: { readonly name: string; readonly policies: readonly Policy[]; readonly routes: readonly Route[] }): {
    readonly app: Hono
  }
  export function definePolicy(policy: { readonly name: string; readonly priority: number; readonly handler: MiddlewareHandler }): () => Policy
  export function requestLog(config: { readonly sink: (entry: LogEntry) => void }): Policy
  export function ipFilter(config: { readonly deny: readonly string[]; readonly ipHeaders: readonly string[] }): Policy
  export function geoIpFilter(config: { readonly mode: 'allow'; readonly allow: readonly string[] }): Policy
  export function sslEnforce(config: { readonly redirect: boolean; readonly hstsMaxAge: number; readonly includeSubDomains: boolean }): Policy
  export function cors(config: { readonly origins: readonly string[]; readonly methods: readonly string[]; readonly allowHeaders: readonly string[] }): Policy
  export function rateLimit(config: {
    readonly max: number
    readonly windowSeconds: number
    readonly store: object
    readonly keyBy: (c: Context) => string
  }): Policy
  export function jwtAuth(config: {
    readonly jwksUrl: string
    readonly issuer: string
    readonly audience: string
    readonly requireExp: boolean
    readonly forwardClaims: Readonly<Record<string, string>>
  }): Policy
  export function rbac(config: { readonly permissions: readonly string[]; readonly permissionDelimiter: string; readonly stripHeaders: boolean }): Policy
  export function requestTransform(config: HeaderChanges): Policy
  export function responseTransform(config: HeaderChanges): Policy
}

declare module '@homegrower-club/stoma/adapters/durable-object' {
  export class DurableObjectRateLimitStore {
    constructor(namespace: DurableObjectNamespace)
  }
  export class RateLimiterDO {
    constructor(state: DurableObjectState)
  }
}
