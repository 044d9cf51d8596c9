import { PresetArguments } from './preset-parts.ts'
import type { JwtGiven } from './settings.ts'

/** The audience that tokens must name, or a list of which they must name one. */
type Audience = JwtGiven['audience']

/** Cloudflare Access: the application token that Access adds to every request. `audience` is the application's AUD tag. Service tokens have no subject and are refused. */
export function cloudflareAccess({ team, audience }: { readonly team: string; readonly audience: Audience }): JwtGiven {
  const args = new PresetArguments('providers.cloudflareAccess')
  const issuer = `https://${args.part('team', team)}.cloudflareaccess.com`
  return args.settings({
    issuer,
    audience,
    algorithms: ['RS256'],
    typ: 'JWT',
    keySet: { url: `${issuer}/cdn-cgi/access/certs` },
    header: 'cf-access-jwt-assertion',
    // The token of the team's own domain has the type `org`.
    claims: { type: 'app' },
  })
}

/** Auth0: access tokens for an API, in the profile of Auth0 or of RFC 9068. `audience` is the API's identifier; ID tokens name the application instead. `domain` is the tenant's, or a custom one. */
export function auth0({ domain, audience }: { readonly domain: string; readonly audience: Audience }): JwtGiven {
  const args = new PresetArguments('providers.auth0')
  return args.settings({
    issuer: `https://${args.part('domain', domain)}/`,
    audience,
    algorithms: ['RS256'],
    typ: ['JWT', 'at+jwt'],
    keySet: { discovery: 'oidc' },
  })
}

/** Okta: access tokens of a custom authorization server; those of the organisation's own are for Okta alone. ID tokens have no `cid`. */
export function okta({
  domain,
  audience,
  authorizationServer = 'default',
}: {
  readonly domain: string
  readonly audience: Audience
  readonly authorizationServer?: string
}): JwtGiven {
  const args = new PresetArguments('providers.okta')
  return args.settings({
    issuer: `https://${args.part('domain', domain)}/oauth2/${args.part('authorizationServer', authorizationServer)}`,
    audience,
    algorithms: ['RS256'],
    typ: ['none', 'JWT', 'at+jwt'],
    keySet: { discovery: 'oidc' },
    requiredClaims: ['cid'],
    scopesClaim: 'scp',
  })
}

/** Microsoft Entra ID: access tokens of version 2.0 for an API of one tenant. `audience` is the API's client id. ID tokens have no `azp`. */
export function entra({ tenant, audience }: { readonly tenant: string; readonly audience: Audience }): JwtGiven {
  const args = new PresetArguments('providers.entra')
  return args.settings({
    issuer: `https://login.microsoftonline.com/${args.part('tenant', tenant)}/v2.0`,
    audience,
    algorithms: ['RS256'],
    typ: 'JWT',
    keySet: { discovery: 'oidc' },
    requiredClaims: ['azp'],
    claims: { ver: '2.0' },
    scopesClaim: 'scp',
    rolesClaim: 'roles',
  })
}

/** Google: ID tokens, for its access tokens are opaque. `audience` is the client id; `hostedDomain` admits users of one Workspace domain only. */
export function google(given: { readonly audience: Audience; readonly hostedDomain?: string }): JwtGiven {
  const args = new PresetArguments('providers.google')
  return args.settings({
    issuer: 'https://accounts.google.com',
    audience: given.audience,
    algorithms: ['RS256'],
    typ: 'JWT',
    keySet: { url: 'https://www.googleapis.com/oauth2/v3/certs' },
    // One that is named and has no value, as from an environment, would admit every domain.
    ...('hostedDomain' in given && { claims: { hd: args.part('hostedDomain', given.hostedDomain) } }),
  })
}

/** Amazon Cognito: access tokens of a user pool. They name the app client in `client_id`, have no `typ`, and groups as roles. */
export function cognito({ userPoolId, clientId }: { readonly userPoolId: string; readonly clientId: Audience }): JwtGiven {
  const args = new PresetArguments('providers.cognito')
  const pool = args.part('userPoolId', userPoolId)
  const issuer = `https://cognito-idp.${pool.split('_', 1)[0]}.amazonaws.com/${pool}`
  return args.settings({
    issuer,
    audience: args.audience('clientId', clientId, 'the id of an app client'),
    audienceClaim: 'client_id',
    algorithms: ['RS256'],
    typ: 'none',
    keySet: { url: `${issuer}/.well-known/jwks.json` },
    claims: { token_use: 'access' },
    rolesClaim: 'cognito:groups',
  })
}

/** Keycloak: access tokens of a realm, with its realm roles. The client needs an audience mapper that writes `audience`. `basePath` is `/auth` where the server has that. */
export function keycloak({
  domain,
  realm,
  audience,
  basePath = '',
}: {
  readonly domain: string
  readonly realm: string
  readonly audience: Audience
  readonly basePath?: string
}): JwtGiven {
  const args = new PresetArguments('providers.keycloak')
  return args.settings({
    issuer: `https://${args.part('domain', domain)}${args.part('basePath', basePath)}/realms/${args.part('realm', realm)}`,
    audience,
    algorithms: ['RS256'],
    typ: ['JWT', 'at+jwt'],
    keySet: { discovery: 'oidc' },
    // Here Keycloak says what the token is: `ID` and `Refresh` are others.
    claims: { typ: 'Bearer' },
    rolesClaim: ['realm_access', 'roles'],
  })
}

/** Clerk: session tokens of version 2, of active sessions. `domain` is that of the Frontend API, `origins` those of the applications: they stand in `azp`, since Clerk names no audience. */
export function clerk({ domain, origins }: { readonly domain: string; readonly origins: Audience }): JwtGiven {
  const args = new PresetArguments('providers.clerk')
  const issuer = `https://${args.part('domain', domain)}`
  return args.settings({
    issuer,
    audience: args.audience('origins', origins, 'an origin, https://app.example.com'),
    audienceClaim: 'azp',
    algorithms: ['RS256'],
    typ: 'JWT',
    keySet: { url: `${issuer}/.well-known/jwks.json` },
    requiredClaims: ['sid'],
    claims: { v: 2, sts: 'active' },
    rolesClaim: ['o', 'rol'],
  })
}

/** Supabase: access tokens of signed-in users, signed with the project's keys. Anonymous users only where `anonymous` is true. For the old shared secret set `algorithms` and `keySet` yourself. */
export function supabase({ project, anonymous = false }: { readonly project: string; readonly anonymous?: boolean }): JwtGiven {
  const args = new PresetArguments('providers.supabase')
  const issuer = `https://${args.part('project', project)}.supabase.co/auth/v1`
  return args.settings({
    issuer,
    audience: 'authenticated',
    algorithms: ['ES256', 'RS256'],
    typ: 'JWT',
    keySet: { url: `${issuer}/.well-known/jwks.json` },
    requiredClaims: ['session_id'],
    claims: { role: 'authenticated', is_anonymous: args.flag('anonymous', anonymous) ? [true, false] : false },
    rolesClaim: 'role',
  })
}

/** Firebase Authentication: ID tokens of a project, which are what Firebase gives its applications. Session cookies are another issuer's. */
export function firebase({ project }: { readonly project: string }): JwtGiven {
  const args = new PresetArguments('providers.firebase')
  return args.settings({
    issuer: `https://securetoken.google.com/${args.part('project', project)}`,
    audience: project,
    algorithms: ['RS256'],
    typ: 'JWT',
    keySet: { url: 'https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com' },
    requiredClaims: ['auth_time'],
  })
}
