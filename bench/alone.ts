import { hostGateway } from '../src/host.ts'
import { authorize, cors, defineGateway, geo, ipList, jwt, rateLimit, securityHeaders, transport, validate } from '../src/index.ts'
import { control, keySet } from './peers/given.ts'
import { query } from './peers/schema.ts'
import { AUDIENCE, COUNTRIES, HOST, ISSUER, LIMIT_PER_MINUTE, ORIGIN, PAGE, REFUSED_NETWORKS, SCOPE } from './scenario.ts'

export { Ledger } from '../src/platform/ledger.ts'
export { RateLimiter } from '../src/platform/rate-limiter.ts'

const limit = `${LIMIT_PER_MINUTE}/min` as const

/** Controls of the whole zone, each for itself. `transport` stands in every zone; here it judges the TLS version too. */
const OF_ZONE = {
  none: () => [],
  transport: () => [transport({ minTls: '1.2' })],
  'ip-list': () => [ipList({ deny: [...REFUSED_NETWORKS] })],
  geo: () => [geo({ allow: { countries: [...COUNTRIES] }, unknown: 'deny' })],
  'rate-limit': () => [rateLimit({ name: 'per-ip', by: 'ip', limit, assumedIsolates: 20 })],
  validate: () => [validate({ query })],
  cors: () => [cors({ origins: [PAGE], methods: ['GET'], headers: ['authorization'] })],
  'security-headers': () => [securityHeaders({ preset: 'api' })],
}

/** Controls that ask who is calling. */
const OF_ROUTE = {
  jwt: () => [],
  authorize: () => [authorize({ scopes: [SCOPE] })],
  'rate-limit-principal': () => [rateLimit({ name: 'per-principal', by: 'principal', limit })],
}

function gatewayWith(name: string) {
  const zone = { hosts: [HOST], origin: ORIGIN } as const
  const route = 'GET /v1/orders'
  if (has(OF_ZONE, name)) return defineGateway({ zones: { api: { ...zone, policies: OF_ZONE[name](), routes: { [route]: { public: 'measured' } } } } })
  if (!has(OF_ROUTE, name)) throw new Error(`no control is called ${name}`)
  const authenticate = jwt({ issuer: ISSUER, audience: AUDIENCE, algorithms: ['RS256'], typ: 'at+jwt', keySet: { jwks: keySet() } })
  return defineGateway({ zones: { api: { ...zone, routes: { [route]: { authenticate, policies: OF_ROUTE[name]() } } } } })
}

function has<T extends object>(table: T, name: PropertyKey): name is keyof T {
  return Object.hasOwn(table, name)
}

/** The gateway with one control, which the runner names. */
export default hostGateway(gatewayWith(control()))
