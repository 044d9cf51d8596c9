import type { IncomingMessage, ServerResponse } from 'node:http'
import { Provider } from 'oidc-provider'
import type { SigningKey } from './signing-key.ts'
import type { Store } from './store.ts'

/** The issuer that the gateway trusts. */
export const ISSUER = 'https://issuer.test'
/** The resource whose tokens the gateway takes: they are signed. */
export const AUDIENCE = 'https://api.example.com'
/** A resource whose tokens say nothing to who holds them: only the issuer knows what they are. */
export const OPAQUE_AUDIENCE = 'https://opaque.example.com'

/** Who may ask for tokens in its own name. A token of `brief` lasts a second, those of the others a day. `gateway` asks about those of others. */
export const CLIENTS = ['ada', 'grace', 'brief', 'gateway'] as const
export type Client = (typeof CLIENTS)[number]

/** The application in which users log in, and where their browser is sent back to. */
export const APP = 'app'
export const REDIRECT_URI = 'https://app.example.com/callback'

/** The list in which each client's tokens have one status: at the place that the client has in {@link CLIENTS}. */
export const STATUS_LIST = 'https://lists.test/clients'

/** The password of every client of the tests. */
export const CLIENT_SECRET = 'only for these tests, on loopback'

/** How a user may authenticate. */
export const ACR = { password: 'urn:example:password', phone: 'urn:example:phone' } as const

const SCOPES = ['users:read', 'notes:write']
const DAY_SECONDS = 86_400
const INTERACTION = '/interaction/'

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** Starts an issuer with these keys, the first of which signs. What it must remember is in the store. @param gatewaySecret the password of the client `gateway`. */
export function startProvider(keys: readonly SigningKey[], store: Store, gatewaySecret: string = CLIENT_SECRET): Answer {
  const provider = new Provider(ISSUER, {
    jwks: { keys: keys.map(({ jwk }) => jwk) },
    adapter: store,
    cookies: { keys: ['signs the cookies of these tests'] },
    clients: [...CLIENTS.map((id) => service(id, id === 'gateway' ? gatewaySecret : CLIENT_SECRET)), app()],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    scopes: ['openid', 'offline_access', ...SCOPES],
    acrValues: Object.values(ACR),
    ttl: {
      AccessToken: ttl,
      ClientCredentials: ttl,
      IdToken: DAY_SECONDS,
      Interaction: DAY_SECONDS,
      RefreshToken: DAY_SECONDS,
      Grant: DAY_SECONDS,
      Session: DAY_SECONDS,
    },
    findAccount: (_context: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
    loadExistingGrant: consent,
    extraTokenClaims: authentication,
    rotateRefreshToken: true,
    interactions: { url: (_context: unknown, { uid }: { readonly uid: string }) => `${INTERACTION}${uid}` },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true, allowedPolicy: isOfClient },
      resourceIndicators: { enabled: true, getResourceServerInfo: resourceServer },
    },
  })
  provider.proxy = true
  const callback = provider.callback()
  return async (request, response) => {
    // The server speaks plain http behind an edge that took https.
    request.headers['x-forwarded-proto'] = 'https'
    if (request.url?.startsWith(INTERACTION)) await interact(provider, request, response)
    else await callback(request, response)
  }
}

/** The page where a user logs in and consents. There is none: what the user does stands in the query. */
async function interact(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt } = await provider.interactionDetails(request, response)
  const { user, acr, authenticatedAt } = Object.fromEntries(new URL(request.url ?? '', ISSUER).searchParams)
  const login = { accountId: user, acr, ts: Number(authenticatedAt) }
  await provider.interactionFinished(request, response, prompt.name === 'login' ? { login, consent: {} } : { consent: {} })
}

function service(id: Client, secret: string) {
  return {
    client_id: id,
    client_secret: secret,
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    token_endpoint_auth_method: 'client_secret_basic',
  }
}

function app() {
  return {
    client_id: APP,
    client_secret: CLIENT_SECRET,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: [REDIRECT_URI],
    token_endpoint_auth_method: 'client_secret_basic',
    // Whoever can be told of a logout gets the session's id in its tokens.
    backchannel_logout_uri: 'https://app.example.com/logout',
    backchannel_logout_session_required: true,
  }
}

type Resource = { readonly accessTokenTTL: number }

function ttl(_context: unknown, { resourceServer }: { readonly resourceServer?: Resource }): number {
  return resourceServer?.accessTokenTTL ?? DAY_SECONDS
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

/** What the provider hands to the functions of its configuration, as far as they look. */
interface Context {
  readonly oidc: {
    readonly client: { readonly clientId: string }
    readonly account: { readonly accountId: string }
    readonly resourceServers: Readonly<Record<string, unknown>>
    readonly provider: Provider
    readonly entities: Readonly<Partial<Record<'AuthorizationCode' | 'RefreshToken', Authentication>>>
  }
}

interface Authentication {
  readonly authTime?: number
  readonly acr?: string
  readonly sid?: string
}

/** Users grant whatever the application asks for. */
async function consent({ oidc }: Context) {
  const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.account.accountId })
  grant.addOIDCScope(['openid', 'offline_access', ...SCOPES].join(' '))
  for (const resource of Object.keys(oidc.resourceServers)) grant.addResourceScope(resource, SCOPES.join(' '))
  await grant.save()
  return grant
}

/** How and when the user authenticated is in the access token too (RFC 9068 §2.2.1), and in which session; in a client's own, where its status stands. */
function authentication({ oidc }: Context) {
  const source = oidc.entities.RefreshToken ?? oidc.entities.AuthorizationCode
  if (source !== undefined) return { auth_time: source.authTime, acr: source.acr, sid: source.sid }
  return { status: { status_list: { idx: CLIENTS.indexOf(oidc.client.clientId as Client), uri: STATUS_LIST } } }
}

function isOfClient(_context: unknown, { clientId }: { readonly clientId: string }, token: { readonly clientId: string }): boolean {
  return token.clientId === clientId
}
