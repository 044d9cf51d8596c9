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
  /** Sent in `x-api-key`: what {@link OPERATING} made. */
  readonly key?: true
  /** How often it is sent; what is expected is expected of the last one. Default once. */
  readonly times?: number
  /** Stands in the answer. */
  readonly holds?: string
  /** Stands in what the origin answered, and not in what the caller gets. */
  readonly hides?: string
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
  body: 'sub=ada&scope=users:read notes:write search:read orders:read orders:write',
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

/** What `demo/orders.yaml` describes, and the gateway makes of it. Comes after {@link TOUR}. */
export const DESCRIBED: readonly (Stop | Command)[] = [
  {
    shows: 'an order as it is described',
    method: 'POST',
    path: '/v1/orders',
    headers: JSON_BODY,
    body: '{"item":"lamp","quantity":2}',
    token: 'sound',
    status: 201,
    reason: 'origin.answered',
    holds: '"state":"ordered"',
  },
  {
    shows: 'one that is not: the answer says where, which rule, and what to send instead',
    method: 'POST',
    path: '/v1/orders',
    headers: JSON_BODY,
    body: '{"item":"lamp","quantity":0,"colour":"red"}',
    token: 'sound',
    status: 422,
    reason: 'openapi-requests.body',
    holds:
      '{"pointer":"#/quantity","detail":"send at least 1","rule":"minimum"},{"pointer":"#/colour","detail":"not allowed here","rule":"additionalProperties"}',
  },
  {
    shows: 'a form with a field that nobody described',
    method: 'POST',
    path: '/v1/orders/7/returns',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'reason=broken&refund=1000',
    token: 'sound',
    status: 422,
    reason: 'openapi-requests.body',
    holds: '"pointer":"#/refund"',
  },
  { shows: 'a path parameter that is no number', method: 'GET', path: '/v1/orders/all', token: 'sound', status: 404, reason: 'openapi-requests.path' },
  {
    shows: 'the origin answers with its cost price and its supplier too: they are taken out',
    method: 'GET',
    path: '/v1/orders/7',
    token: 'sound',
    status: 200,
    reason: 'origin.answered',
    holds: '"item":"lamp"',
    hides: 'costPrice',
  },
  {
    shows: 'the origin answers with a stack trace: nothing of it leaves',
    method: 'GET',
    path: '/v1/orders/8',
    token: 'sound',
    status: 502,
    reason: 'openapi-responses.content-type',
    hides: 'read.js',
  },
  {
    shows: 'whether the gateway is in step with the description: exit code 1 if it is not',
    args: ['import', 'demo/orders.yaml', '--zone', 'orders', '--out', 'demo', '--check'],
    asks: 'nobody',
  },
  {
    shows: 'what was asked for and is not listed, and the other way round: exit code 1 if anything',
    args: ['inventory'],
    asks: 'the log',
    code: 1,
    holds: '"/v1/users/:id"',
  },
]

/** What an operator does on the tour: a command behind `npx portcullis`. Words that begin with `$` stand for what an earlier one gave. */
export interface Command {
  readonly shows: string
  readonly args: readonly string[]
  /** What it gives to those after it: a key with its id, or the id of a rule. */
  readonly gives?: 'KEY' | 'RULE'
  /** Whom it asks. Default: the admin API, as whoever holds the bootstrap token. */
  readonly asks?: 'the log' | 'nobody'
  /** Its exit code. Default 0. */
  readonly code?: number
  /** Stands in what it prints with `--json`. */
  readonly holds?: string
}

const REPORTS = { method: 'GET', path: '/v1/reports', key: true } as const
const WHY = ['--reason', 'the tour'] as const

/** What changes without a deployment, and who may change it. Comes last. */
export const OPERATING: readonly (Stop | Command)[] = [
  { shows: 'no key', method: 'GET', path: '/v1/reports', status: 401, reason: 'api-key.missing' },
  {
    shows: 'a key for Carol’s program, shown once',
    args: ['keys', 'create', '--owner', 'carol', '--name', 'the tour', '--scope', 'reports:read'],
    gives: 'KEY',
  },
  { ...REPORTS, shows: 'her program reads reports', status: 200, reason: 'origin.answered' },
  { shows: 'a kill switch for one route', args: ['killswitch', 'on', '--zone', 'demo', '--route', 'GET /v1/reports', '--for', '10m', ...WHY], gives: 'RULE' },
  { ...REPORTS, shows: 'the route is off', status: 503, reason: 'kill-switch.route' },
  { shows: 'and on again (its id is above)', args: ['killswitch', 'off', '$RULE'] },
  { ...REPORTS, shows: 'her program again', status: 200, reason: 'origin.answered' },
  { shows: 'a ban of an address', args: ['ban', 'add', '--ip', '198.51.100.7', '--for', '10m', ...WHY] },
  {
    shows: 'the banned address',
    method: 'GET',
    path: '/health',
    headers: { 'cf-connecting-ip': '198.51.100.7' },
    status: 403,
    reason: 'bans.ip',
  },
  { shows: 'the end of the key, for good', args: ['keys', 'revoke', '$KEY_ID', ...WHY] },
  { ...REPORTS, shows: 'the key opens nothing any more', status: 401, reason: 'api-key.revoked' },
  { shows: 'who did all that', args: ['audit', 'tail'] },
  { shows: 'whoever asks without the token finds nothing there', method: 'GET', path: '/_portcullis/admin/status', status: 404, reason: 'admin.missing' },
]
