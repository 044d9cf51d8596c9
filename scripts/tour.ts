/** One request of the tour, and what becomes of it. */
export interface Stop {
  /** What it shows, in a few words. */
  readonly shows: string
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Sent as a bearer token: Ada's, or Ada's with another signature. */
  readonly token?: 'sound' | 'forged'
  /** How often it is sent; what is expected is expected of the last one. Default once. */
  readonly times?: number
  /** What the caller gets. */
  readonly status: number
  /** Why: what the operator sees. */
  readonly reason: string
}

const JSON_BODY = { 'content-type': 'application/json' }

/** Gets the token that the other stops use. */
export const TOKEN: Stop = {
  shows: 'a token for Ada, good for ten minutes',
  method: 'POST',
  path: '/demo/token',
  headers: { accept: 'text/plain', 'content-type': 'application/x-www-form-urlencoded' },
  body: 'sub=ada&scope=users:read notes:write search:read',
  status: 200,
  reason: 'origin.answered',
}

/** The tour, in its order: `npm start` prints it, `npm run smoke` plays it. */
export const TOUR: readonly Stop[] = [
  { shows: 'public: no token needed', method: 'GET', path: '/health', status: 200, reason: 'origin.answered' },
  { shows: 'Ada reads her own record', method: 'GET', path: '/v1/users/ada', token: 'sound', status: 200, reason: 'origin.answered' },
  {
    shows: 'Ada writes a note',
    method: 'POST',
    path: '/v1/notes',
    headers: JSON_BODY,
    body: '{"title":"milk"}',
    token: 'sound',
    status: 201,
    reason: 'origin.answered',
  },

  {
    shows: 'where a client gets tokens (RFC 9728)',
    method: 'GET',
    path: '/.well-known/oauth-protected-resource',
    status: 200,
    reason: 'resource.metadata',
  },

  { shows: 'no token', method: 'GET', path: '/v1/users/ada', status: 401, reason: 'jwt.missing' },
  { shows: 'a token with a forged signature', method: 'GET', path: '/v1/users/ada', token: 'forged', status: 401, reason: 'jwt.signature' },
  { shows: 'somebody else’s record', method: 'GET', path: '/v1/users/bob', token: 'sound', status: 403, reason: 'authorize.owner' },
  { shows: 'a scope that the token lacks', method: 'GET', path: '/demo/decisions', token: 'sound', status: 403, reason: 'authorize.scope' },
  {
    shows: 'an address on the deny list (only here can you say which you have)',
    method: 'GET',
    path: '/health',
    headers: { 'cf-connecting-ip': '203.0.113.7' },
    status: 403,
    reason: 'ip-list.denied',
  },

  { shows: 'a path that is not listed', method: 'GET', path: '/v1/admin', status: 404, reason: 'route.unlisted' },
  { shows: 'a method that is not listed', method: 'DELETE', path: '/v1/users/ada', status: 405, reason: 'route.method' },
  {
    shows: 'a path that can be read in two ways',
    method: 'GET',
    path: '/v1/users/ada%2F..%2Fbob',
    token: 'sound',
    status: 400,
    reason: 'transport.ambiguous-path',
  },

  { shows: 'a parameter sent twice', method: 'GET', path: '/v1/search?q=milk&q=tea', token: 'sound', status: 400, reason: 'validate.duplicate-parameter' },
  { shows: 'no JSON', method: 'POST', path: '/v1/notes', headers: JSON_BODY, body: '{"title":', token: 'sound', status: 400, reason: 'validate.body-syntax' },
  {
    shows: 'a key that the schema does not list',
    method: 'POST',
    path: '/v1/notes',
    headers: JSON_BODY,
    body: '{"title":"milk","admin":true}',
    token: 'sound',
    status: 422,
    reason: 'validate.body',
  },
  {
    shows: 'another media type',
    method: 'POST',
    path: '/v1/notes',
    headers: { 'content-type': 'text/plain' },
    body: 'milk',
    token: 'sound',
    status: 415,
    reason: 'validate.content-type',
  },

  {
    shows: 'a browser asks whether a page of app.example.com may send a note',
    method: 'OPTIONS',
    path: '/v1/notes',
    headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' },
    status: 204,
    reason: 'cors.preflight',
  },
  {
    shows: 'and a page of another origin',
    method: 'OPTIONS',
    path: '/v1/notes',
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    status: 403,
    reason: 'cors.origin',
  },

  { shows: 'an origin that takes too long', method: 'GET', path: '/v1/slow', token: 'sound', status: 504, reason: 'origin.timeout' },
  { shows: 'too many searches', method: 'GET', path: '/v1/search?q=milk', token: 'sound', times: 8, status: 429, reason: 'rate-limit.exceeded' },
]
