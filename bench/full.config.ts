import { authorize, cors, defineGateway, geo, ipList, jwt, rateLimit, securityHeaders, transport, validate } from '../src/index.ts'
import { keySet } from './peers/given.ts'
import { query } from './peers/schema.ts'
import { AUDIENCE, COUNTRIES, HOST, ISSUER, LIMIT_PER_MINUTE, ORIGIN, PAGE, REFUSED_NETWORKS, SCOPE } from './scenario.ts'

const users = jwt({ issuer: ISSUER, audience: AUDIENCE, algorithms: ['RS256'], typ: 'at+jwt', keySet: { jwks: keySet() } })

type Limit = Parameters<typeof rateLimit>[0]['limit']

/** Every control at once, as the other variants have them too. @param perAddress how often each address may ask. */
export const everyControl = (perAddress: Limit) =>
  defineGateway({
    zones: {
      api: {
        hosts: [HOST],
        origin: ORIGIN,
        policies: [
          transport({ minTls: '1.2' }),
          ipList({ deny: [...REFUSED_NETWORKS] }),
          geo({ allow: { countries: [...COUNTRIES] }, unknown: 'deny' }),
          rateLimit({ name: 'per-ip', by: 'ip', limit: perAddress, assumedIsolates: 20 }),
          rateLimit({ name: 'per-principal', by: 'principal', limit: `${LIMIT_PER_MINUTE}/min` }),
          cors({ origins: [PAGE], methods: ['GET'], headers: ['authorization'] }),
          securityHeaders({ preset: 'api' }),
        ],
        routes: {
          'GET /v1/orders': { authenticate: users, policies: [authorize({ scopes: [SCOPE] }), validate({ query })] },
        },
      },
    },
  })

export default everyControl(`${LIMIT_PER_MINUTE}/min`)
