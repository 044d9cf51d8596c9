import type { IncomingMessage, ServerResponse } from 'node:http'
import { ELSEWHERE, FALSE_CONFIGURATIONS, type FalseConfiguration, OUTAGES, type Outage } from './broken-issuer.ts'
import { startProvider } from './provider.ts'
import { makeKey, type SigningKey } from './signing-key.ts'
import { memoryStore } from './store.ts'

export { AUDIENCE, CLIENT_SECRET, CLIENTS, type Client, ISSUER, OPAQUE_AUDIENCE } from './provider.ts'
export type { SigningKey } from './signing-key.ts'

const INTROSPECTION = '/token/introspection'

/** A real OpenID provider that signs JWT access tokens (RFC 9068) for the resource that a client asks for (RFC 8707). */
export interface Issuer {
  /** What becomes of requests for the key set, and of questions about tokens. Tokens are given out all the same. */
  outage: 'none' | Outage
  /** What its configuration document says instead of the truth. */
  configuration: 'true' | FalseConfiguration
  /** Milliseconds that the key set, or an answer about a token, takes. */
  delayMs: number
  /** How often somebody asked for the key set. */
  keySetRequests: number
  /** How often somebody asked about a token. */
  introspections: number
  /** How often somebody asked for its configuration. */
  configurationRequests: number
  /** How often somebody asked the host to which a redirect leads, or for keys without TLS. */
  strayRequests: number
  /** Makes a key. Nobody knows of it before {@link publish}. */
  makeKey(): Promise<SigningKey>
  /** Starts again with these keys and signs with the first: what an operator does to rotate them. Sessions and grants stay. */
  publish(...keys: readonly SigningKey[]): void
  /** Starts again with another password for the client `gateway`. */
  setGatewaySecret(secret: string): void
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>
}

/** @returns a running issuer with one key. */
export async function startIssuer(): Promise<Issuer> {
  const store = memoryStore()
  let keys: readonly SigningKey[] = [await makeKey()]
  let handle = startProvider(keys, store)
  const issuer: Issuer = {
    outage: 'none',
    configuration: 'true',
    delayMs: 0,
    keySetRequests: 0,
    introspections: 0,
    configurationRequests: 0,
    strayRequests: 0,
    makeKey,
    publish(...published) {
      keys = published
      handle = startProvider(keys, store)
    },
    setGatewaySecret(secret) {
      handle = startProvider(keys, store, secret)
    },
    async answer(request, response) {
      if (request.headers.host === ELSEWHERE) issuer.strayRequests++
      else if (request.url === '/jwks' || request.url === INTROSPECTION) {
        if (request.url === INTROSPECTION) issuer.introspections++
        else issuer.keySetRequests++
        if (issuer.outage !== 'none') return OUTAGES[issuer.outage](request, response)
        if (issuer.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, issuer.delayMs))
      } else if (request.url === '/.well-known/openid-configuration') {
        issuer.configurationRequests++
        if (issuer.configuration !== 'true') return FALSE_CONFIGURATIONS[issuer.configuration](request, response)
      }
      await handle(request, response)
    },
  }
  return issuer
}
