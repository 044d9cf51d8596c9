import { authenticatorsOf } from '../core/authentication.ts'
import type { Problems } from '../core/problems.ts'
import type { AnyGatewayConfig } from './config.ts'
import { authenticationOf } from './route-authentication.ts'

/** Adds authenticators that know the same callers by other secrets, or by the same in another order: what one of them hashed anew, or what was made for it, the other would refuse. */
export function checkStrongSecrets({ zones }: AnyGatewayConfig, problems: Problems): void {
  const known = new Map<string, readonly string[]>()
  for (const [zone, { routes }] of Object.entries(zones)) {
    for (const [key, route] of Object.entries(routes)) {
      const authenticate = authenticationOf(route)
      for (const { name, principalsOf, strongSecrets } of authenticate === undefined ? [] : authenticatorsOf(authenticate)) {
        if (principalsOf === undefined || strongSecrets.length === 0) continue
        const whose = JSON.stringify([name, principalsOf])
        const first = known.get(whose) ?? strongSecrets
        known.set(whose, first)
        if (first.join() === strongSecrets.join()) continue
        problems.add(['zones', zone, 'routes', key, 'authenticate'], {
          found: `${name} of ${principalsOf}, with other secrets than where it stands before`,
          expected: 'the same secrets in the same order',
          fix: 'name them alike wherever the same callers are known, or give these callers a prefix or an environment of their own',
        })
      }
    }
  }
}
