import { beforeAll, describe, expect, it } from 'vitest'
import { exchange } from '../../../test/exchange.ts'
import type { Decision } from '../../core/decision.ts'
import { Problems } from '../../core/problems.ts'
import { jwt, providers } from '../../index.ts'
import { NOW_SECONDS, portsWith, TestClock, TestEndpoint, TestIssuer } from '../../jose/test-issuer.ts'
import type { JwtGiven } from './settings.ts'

type Claims = Readonly<Record<string, unknown>>

/** A provider: what is configured, what it writes into its tokens, and tokens of its own that are none for us. */
interface Case {
  readonly given: JwtGiven
  readonly keysAt: string
  readonly alg?: string
  readonly header: Claims
  readonly claims: Claims
  readonly scopes?: readonly string[]
  readonly roles?: readonly string[]
  readonly refused: Readonly<Record<string, { readonly header?: Claims; readonly claims?: Claims; readonly said: string }>>
}

const TENANT = '11111111-2222-3333-4444-555555555555'
const API = '99999999-8888-7777-6666-555555555555'
const AUD = 'https://api.example.com'
const JWT = { typ: 'JWT' }

const cases: Readonly<Record<string, Case>> = {
  cloudflareAccess: {
    given: providers.cloudflareAccess({ team: 'acme', audience: 'a'.repeat(64) }),
    keysAt: 'https://acme.cloudflareaccess.com/cdn-cgi/access/certs',
    header: JWT,
    claims: { iss: 'https://acme.cloudflareaccess.com', aud: ['a'.repeat(64)], type: 'app', email: 'ada@example.com', country: 'SE' },
    refused: {
      'the token of the team’s domain': { claims: { type: 'org' }, said: '401 jwt.claims' },
      'another application': { claims: { aud: ['b'.repeat(64)] }, said: '401 jwt.audience' },
      'another team': { claims: { iss: 'https://evil.cloudflareaccess.com' }, said: 'skip' },
      'a service token': { claims: { sub: '', common_name: 'id.access' }, said: '401 jwt.claims' },
    },
  },
  auth0: {
    given: providers.auth0({ domain: 'acme.eu.auth0.com', audience: AUD }),
    keysAt: 'https://acme.eu.auth0.com/keys',
    header: JWT,
    claims: { iss: 'https://acme.eu.auth0.com/', aud: [AUD, 'https://acme.eu.auth0.com/userinfo'], azp: 'app', scope: 'openid read' },
    scopes: ['openid', 'read'],
    refused: {
      'an ID token': { claims: { aud: 'app', nonce: 'n', scope: undefined }, said: '401 jwt.audience' },
      'another tenant': { claims: { iss: 'https://evil.eu.auth0.com/' }, said: 'skip' },
      'the tenant without its slash': { claims: { iss: 'https://acme.eu.auth0.com' }, said: 'skip' },
      'a logout token': { header: { typ: 'logout+jwt' }, said: '401 jwt.type' },
    },
  },
  okta: {
    given: providers.okta({ domain: 'acme.okta.com', audience: 'api://default' }),
    keysAt: 'https://acme.okta.com/oauth2/default/keys',
    header: { typ: undefined },
    claims: { iss: 'https://acme.okta.com/oauth2/default', aud: 'api://default', ver: 1, jti: 'AT.x', cid: 'app', uid: 'u', scp: ['openid', 'read'] },
    scopes: ['openid', 'read'],
    refused: {
      'an ID token': { claims: { aud: 'app', cid: undefined, scp: undefined, jti: 'ID.x' }, said: '401 jwt.audience' },
      'an ID token for a client named like the API': { claims: { cid: undefined, scp: undefined, jti: 'ID.x' }, said: '401 jwt.claims' },
      'the organisation’s own server': { claims: { iss: 'https://acme.okta.com', aud: 'https://acme.okta.com' }, said: 'skip' },
      'a token for Okta itself': { header: { typ: 'application/okta-internal-at+jwt' }, said: '401 jwt.type' },
      'another server': { claims: { iss: 'https://acme.okta.com/oauth2/aus1' }, said: 'skip' },
      'another tenant': { claims: { iss: 'https://evil.okta.com/oauth2/default' }, said: 'skip' },
    },
  },
  entra: {
    given: providers.entra({ tenant: TENANT, audience: API }),
    keysAt: `https://login.microsoftonline.com/${TENANT}/v2.0/keys`,
    header: JWT,
    claims: {
      iss: `https://login.microsoftonline.com/${TENANT}/v2.0`,
      aud: API,
      ver: '2.0',
      azp: 'app',
      azpacr: '1',
      scp: 'Reports.Read',
      roles: ['Admin'],
      tid: TENANT,
    },
    scopes: ['Reports.Read'],
    roles: ['Admin'],
    refused: {
      'an ID token': { claims: { azp: undefined, azpacr: undefined, scp: undefined }, said: '401 jwt.claims' },
      'a token for Graph': { claims: { aud: '00000003-0000-0000-c000-000000000000' }, said: '401 jwt.audience' },
      'version 1': { claims: { iss: `https://sts.windows.net/${TENANT}/`, ver: '1.0' }, said: 'skip' },
      'another tenant': { claims: { iss: `https://login.microsoftonline.com/${API}/v2.0` }, said: 'skip' },
    },
  },
  google: {
    given: providers.google({ audience: 'app.apps.googleusercontent.com', hostedDomain: 'example.com' }),
    keysAt: 'https://www.googleapis.com/oauth2/v3/certs',
    header: JWT,
    claims: { iss: 'https://accounts.google.com', aud: 'app.apps.googleusercontent.com', azp: 'app.apps.googleusercontent.com', hd: 'example.com' },
    refused: {
      'an ID token for somebody else': { claims: { aud: 'evil.apps.googleusercontent.com' }, said: '401 jwt.audience' },
      'a user of another domain': { claims: { hd: 'evil.example' }, said: '401 jwt.claims' },
      'a user of no domain': { claims: { hd: undefined }, said: '401 jwt.claims' },
      'a Firebase token': { claims: { iss: 'https://securetoken.google.com/acme' }, said: 'skip' },
    },
  },
  cognito: {
    given: providers.cognito({ userPoolId: 'eu-central-1_AbCdEfGhI', clientId: 'client' }),
    keysAt: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI/.well-known/jwks.json',
    header: { typ: undefined },
    claims: {
      iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI',
      aud: undefined,
      client_id: 'client',
      token_use: 'access',
      scope: 'openid read',
      'cognito:groups': ['admins'],
    },
    scopes: ['openid', 'read'],
    roles: ['admins'],
    refused: {
      'an ID token': { claims: { client_id: undefined, aud: 'client', token_use: 'id' }, said: '401 jwt.audience' },
      'an ID token that names the client twice': { claims: { aud: 'client', token_use: 'id' }, said: '401 jwt.claims' },
      'another client': { claims: { client_id: 'other' }, said: '401 jwt.audience' },
      'another pool': { claims: { iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Other' }, said: 'skip' },
    },
  },
  keycloak: {
    given: providers.keycloak({ domain: 'sso.example.com', realm: 'acme', audience: AUD }),
    keysAt: 'https://sso.example.com/realms/acme/keys',
    header: JWT,
    claims: {
      iss: 'https://sso.example.com/realms/acme',
      aud: [AUD, 'account'],
      typ: 'Bearer',
      azp: 'app',
      scope: 'openid',
      realm_access: { roles: ['admin'] },
    },
    scopes: ['openid'],
    roles: ['admin'],
    refused: {
      'an ID token': { claims: { typ: 'ID', aud: 'app' }, said: '401 jwt.audience' },
      'an ID token with the API as client': { claims: { typ: 'ID' }, said: '401 jwt.claims' },
      'a token for the account page': { claims: { aud: 'account' }, said: '401 jwt.audience' },
      'another realm': { claims: { iss: 'https://sso.example.com/realms/master' }, said: 'skip' },
    },
  },
  clerk: {
    given: providers.clerk({ domain: 'clerk.example.com', origins: ['https://app.example.com'] }),
    keysAt: 'https://clerk.example.com/.well-known/jwks.json',
    header: JWT,
    claims: { iss: 'https://clerk.example.com', aud: undefined, azp: 'https://app.example.com', sid: 'sess_1', v: 2, sts: 'active', o: { rol: 'admin' } },
    roles: ['admin'],
    refused: {
      'a session that is pending': { claims: { sts: 'pending' }, said: '401 jwt.claims' },
      'a token of a template': { claims: { sid: undefined }, said: '401 jwt.claims' },
      'another application': { claims: { azp: 'https://evil.example' }, said: '401 jwt.audience' },
      'no application': { claims: { azp: undefined }, said: '401 jwt.audience' },
      'a template for somebody else': { claims: { aud: 'https://other.example' }, said: '401 jwt.audience' },
      'another instance': { claims: { iss: 'https://evil.clerk.accounts.dev' }, said: 'skip' },
    },
  },
  supabase: {
    given: providers.supabase({ project: 'abcdefghijklmnopqrst' }),
    keysAt: 'https://abcdefghijklmnopqrst.supabase.co/auth/v1/.well-known/jwks.json',
    alg: 'ES256',
    header: JWT,
    claims: {
      iss: 'https://abcdefghijklmnopqrst.supabase.co/auth/v1',
      aud: 'authenticated',
      role: 'authenticated',
      session_id: 's',
      aal: 'aal1',
      is_anonymous: false,
    },
    roles: ['authenticated'],
    refused: {
      'an anonymous user': { claims: { is_anonymous: true }, said: '401 jwt.claims' },
      'the key of the service role': { claims: { iss: 'supabase', role: 'service_role' }, said: 'skip' },
      'another role': { claims: { role: 'service_role' }, said: '401 jwt.claims' },
      'another audience': { claims: { aud: 'anon' }, said: '401 jwt.audience' },
      'another project': { claims: { iss: 'https://evil.supabase.co/auth/v1' }, said: 'skip' },
    },
  },
  firebase: {
    given: providers.firebase({ project: 'acme' }),
    keysAt: 'https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com',
    header: JWT,
    claims: { iss: 'https://securetoken.google.com/acme', aud: 'acme', auth_time: NOW_SECONDS - 60, firebase: { sign_in_provider: 'password' } },
    refused: {
      'another project': { claims: { iss: 'https://securetoken.google.com/evil', aud: 'evil' }, said: 'skip' },
      'another project for ours': { claims: { aud: 'evil' }, said: '401 jwt.audience' },
      'a session cookie': { claims: { iss: 'https://session.firebase.google.com/acme' }, said: 'skip' },
      'a custom token': { claims: { iss: 'robot@acme.iam.gserviceaccount.com', aud: 'https://identitytoolkit.googleapis.com/' }, said: 'skip' },
    },
  },
}

let issuers: Readonly<Record<string, TestIssuer>>
beforeAll(async () => {
  issuers = { RS256: await TestIssuer.create('RS256', 'rs'), ES256: await TestIssuer.create('ES256', 'es') }
})

async function ask({ given, alg = 'RS256', header, claims }: Case, changes: { readonly header?: Claims; readonly claims?: Claims } = {}) {
  const issuer = issuers[alg] as TestIssuer
  const endpoint = new TestEndpoint()
  endpoint.answer = () => {
    const url = endpoint.requests.at(-1)?.url ?? ''
    return Response.json(
      url.includes('openid-configuration') ? { issuer: given.issuer, jwks_uri: `${given.issuer.replace(/\/$/, '')}/keys` } : { keys: [issuer.jwk] },
    )
  }
  const token = await issuer.token({ scope: undefined, jti: undefined, ...claims, ...changes.claims }, { ...header, ...changes.header })
  const headers = { [given.header ?? 'authorization']: given.header === undefined ? `Bearer ${token}` : token }
  const decision = (await jwt(given)
    .compile()
    .request?.(exchange({ headers, ports: portsWith(endpoint, new TestClock()) }))) as Decision
  return { decision, said: decision.kind === 'deny' ? `${decision.status} ${decision.reason}` : decision.kind, asked: endpoint.requests.map(({ url }) => url) }
}

it('every preset is tried here', () => expect(Object.keys(cases).toSorted()).toEqual(Object.keys(providers).toSorted()))

describe.each(Object.entries(cases))('%s', (_, one) => {
  it('is a sound configuration', () => {
    const problems = new Problems()
    jwt(one.given).check(['users'], problems)
    expect(problems.all).toEqual([])
  })

  it('takes a token as the provider makes it, with its scopes and roles', async () => {
    const { decision, asked } = await ask(one)
    expect(decision).toMatchObject({
      kind: 'pass',
      principal: { issuer: one.given.issuer, scopes: new Set(one.scopes ?? []), roles: new Set(one.roles ?? []) },
    })
    expect(asked.at(-1)).toBe(one.keysAt)
  })

  it.each(Object.entries(one.refused))('refuses %s', async (_what, { said, ...changes }) => {
    expect((await ask(one, changes)).said).toBe(said)
  })

  it('takes settings beside its own', () => {
    const problems = new Problems()
    jwt({ ...one.given, clockToleranceSeconds: 0, maxLifetimeSeconds: 3600 }).check(['users'], problems)
    expect(problems.all).toEqual([])
  })
})

describe('what else providers write', () => {
  it('Auth0 and Keycloak: the type of RFC 9068', async () => {
    for (const one of [cases.auth0, cases.keycloak]) expect((await ask(one as Case, { header: { typ: 'at+jwt' } })).said).toBe('pass')
  })

  it('Supabase: anonymous users where they are let in', async () => {
    const given = providers.supabase({ project: 'abcdefghijklmnopqrst', anonymous: true })
    expect((await ask({ ...(cases.supabase as Case), given }, { claims: { is_anonymous: true } })).said).toBe('pass')
  })

  it('Keycloak: a path before the realms', () => {
    expect(providers.keycloak({ domain: 'sso.example.com', basePath: '/auth', realm: 'acme', audience: AUD }).issuer).toBe(
      'https://sso.example.com/auth/realms/acme',
    )
  })
})

describe('a bad argument is a problem of the configuration', () => {
  it.each<[string, JwtGiven, string, string]>([
    ['a scheme', providers.auth0({ domain: 'https://acme.auth0.com', audience: AUD }), 'domain', 'a domain alone'],
    ['a path', providers.auth0({ domain: 'acme.auth0.com/', audience: AUD }), 'domain', 'a domain alone'],
    ['user information', providers.auth0({ domain: 'acme.auth0.com@evil.example', audience: AUD }), 'domain', 'a domain alone'],
    ['upper case', providers.clerk({ domain: 'Clerk.example.com', origins: AUD }), 'domain', 'a domain alone'],
    ['no domain', providers.okta({ domain: '', audience: AUD }), 'domain', 'a domain alone'],
    [
      'a path in a server’s id',
      providers.okta({ domain: 'acme.okta.com', authorizationServer: 'default/v1', audience: AUD }),
      'authorizationServer',
      'a custom authorization server',
    ],
    ['every tenant', providers.entra({ tenant: 'common', audience: API }), 'tenant', 'a GUID'],
    ['a path in a tenant', providers.entra({ tenant: `${TENANT}/..`, audience: API }), 'tenant', 'a GUID'],
    ['a pool without a region', providers.cognito({ userPoolId: 'AbCdEfGhI', clientId: 'client' }), 'userPoolId', 'eu-central-1_AbCdEfGhI'],
    ['a realm with a path', providers.keycloak({ domain: 'sso.example.com', realm: 'a/b', audience: AUD }), 'realm', 'the name of a realm'],
    ['a base path without a slash', providers.keycloak({ domain: 'sso.example.com', basePath: 'auth', realm: 'a', audience: AUD }), 'basePath', '/auth'],
    ['a team’s whole domain', providers.cloudflareAccess({ team: 'acme.cloudflareaccess.com', audience: AUD }), 'team', 'the name before'],
    ['a project’s URL', providers.supabase({ project: 'https://abc.supabase.co' }), 'project', 'the id of the project'],
    ['a text for a switch', providers.supabase({ project: 'abcdefghijklmnopqrst', anonymous: 'false' as never }), 'anonymous', 'true or false'],
    ['a domain that was never set', providers.google({ audience: AUD, hostedDomain: undefined as never }), 'hostedDomain', 'a domain of Google Workspace'],
    ['every domain', providers.google({ audience: AUD, hostedDomain: '*' }), 'hostedDomain', 'a domain of Google Workspace'],
    ['a project with a path', providers.firebase({ project: 'acme/evil' }), 'project', 'the id of the project'],
  ])('%s', (_, given, argument, words) => {
    const problems = new Problems()
    jwt(given).check(['users'], problems)
    expect(problems.all).toMatchObject([
      { path: `users.${argument}`, found: expect.stringContaining(`as ${argument} of providers.`), expected: expect.stringContaining(words) },
    ])
    expect(problems.all[0]?.fix).toContain(argument)
  })

  it('is told beside what else is wrong, and not what follows from it', () => {
    const problems = new Problems()
    jwt({ ...providers.entra({ tenant: 'common', audience: API }), maxAgeSeconds: 0 }).check(['users'], problems)
    expect(problems.all.map(({ path }) => path)).toEqual(['users.tenant', 'users.maxAgeSeconds'])
  })

  it('leaves no settings that would work without being told of', () => {
    const copy = JSON.parse(JSON.stringify(providers.entra({ tenant: 'common', audience: API }))) as JwtGiven
    const problems = new Problems()
    jwt(copy).check(['users'], problems)
    expect(problems.all.map(({ path }) => path)).toEqual(['users.issuer'])
  })
})
