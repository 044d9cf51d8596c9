import type { IncomingMessage, ServerResponse } from 'node:http'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { Provider } from 'oidc-provider'

/** The issuer that the gateway trusts. */
export const ISSUER = 'https://issuer.test'
/** The resource whose tokens the gateway takes. */
export const AUDIENCE = 'https://api.example.com'

/** The resource whose tokens say nothing by themselves. */
export const OPAQUE_AUDIENCE = 'https://opaque.example.com'

/** Who may ask for tokens. A token of `brief` lasts a second, those of the others a day. `gateway` asks about those of others. */
export const CLIENTS = ['ada', 'grace', 'brief', 'gateway'] as const
export type Client = (typeof CLIENTS)[number]

/** The password of every client of the tests. */
export const CLIENT_SECRET = 'only for these tests, on loopback'

const SCOPES = ['users:read', 'notes:write']
const DAY_SECONDS = 86_400

/** A real OpenID provider that signs JWT access tokens (RFC 9068) for the resource that a client asks for (RFC 8707). */
export interface Issuer {
  /** What becomes of requests for the key set, and of questions about tokens. Tokens are given out all the same. */
  outage: 'none' | 'breaks the connection' | 'answers 500' | 'never answers' | 'refuses the gateway'
  /** Milliseconds that the key set takes. */
  delayMs: number
  /** How often somebody asked for the key set. */
  keySetRequests: number
  /** How often somebody asked about a token. */
  introspections: number
  /** Makes a key. Nobody knows of it before {@link publish}. */
  makeKey(): Promise<SigningKey>
  /** Starts again with these keys and signs with the first: what an operator does to rotate them. */
  publish(...keys: readonly SigningKey[]): void
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>
}

/** A private key of the issuer. */
export interface SigningKey {
  readonly jwk: JWK
}

let made = 0

async function makeKey(): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { jwk: { ...(await exportJWK(privateKey)), kid: `key-${++made}`, alg: 'ES256', use: 'sig' } }
}

/** @returns a running issuer with one key. */
export async function startIssuer(): Promise<Issuer> {
  let handle = provide([await makeKey()])
  const issuer: Issuer = {
    outage: 'none',
    delayMs: 0,
    keySetRequests: 0,
    introspections: 0,
    makeKey,
    publish(...keys) {
      handle = provide(keys)
    },
    async answer(request, response) {
      if (request.url === '/jwks' || request.url === '/token/introspection') {
        if (request.url === '/jwks') issuer.keySetRequests++
        else issuer.introspections++
        if (issuer.outage === 'never answers') return
        if (issuer.outage === 'breaks the connection') return void request.socket.destroy()
        if (issuer.outage === 'refuses the gateway') return void response.writeHead(401).end('{"error":"invalid_client"}')
        if (issuer.outage === 'answers 500') return void response.writeHead(500).end('{"keys":[]}')
        if (issuer.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, issuer.delayMs))
      }
      // The server speaks plain http behind an edge that took https.
      request.headers['x-forwarded-proto'] = 'https'
      await handle(request, response)
    },
  }
  return issuer
}

function provide(keys: readonly SigningKey[]): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const provider = new Provider(ISSUER, {
    jwks: { keys: keys.map(({ jwk }) => jwk) },
    clients: CLIENTS.map((id) => ({
      client_id: id,
      client_secret: CLIENT_SECRET,
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      token_endpoint_auth_method: 'client_secret_basic',
    })),
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    scopes: SCOPES,
    ttl: {
      ClientCredentials: (_context: unknown, token: { readonly resourceServer: { readonly accessTokenTTL: number } }) => token.resourceServer.accessTokenTTL,
    },
    adapter: (model: string) => keeper(model),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: { enabled: true, getResourceServerInfo: resourceServer },
    },
  })
  provider.proxy = true
  return provider.callback()
}

const kept = new Map<string, unknown>()

/** Keeps what is not signed and forgotten: opaque tokens, until somebody revokes them. */
function keeper(model: string) {
  const key = (id: string) => `${model} ${id}`
  return {
    find: async (id: string) => kept.get(key(id)),
    upsert: async (id: string, payload: unknown) => void kept.set(key(id), payload),
    destroy: async (id: string) => void kept.delete(key(id)),
  }
}

function resourceServer(_context: unknown, resource: string, { clientId }: { readonly clientId: string }) {
  return {
    audience: resource,
    scope: SCOPES.join(' '),
    accessTokenFormat: resource === OPAQUE_AUDIENCE ? 'opaque' : 'jwt',
    accessTokenTTL: clientId === 'brief' ? 1 : DAY_SECONDS,
    jwt: { sign: { alg: 'ES256' } },
  }
}
