import { authenticatorsOf } from '../core/authentication.ts'
import type { Problems } from '../core/problems.ts'
import type { Words } from '../core/setting-words.ts'
import type { AnyGatewayConfig, AnyRoute } from './config.ts'
import { authenticationOf } from './route-authentication.ts'
import type { RoutesReader } from './zone-routes.ts'

/** Adds authenticators that know the same callers by other secrets, or by the same in another order: what one of them hashed anew, or what was made for it, the other would refuse. */
export function checkStrongSecrets({ zones }: AnyGatewayConfig, routesOf: RoutesReader, problems: Problems): void {
  const known = new Map<string, readonly string[]>()
  for (const [name, zone] of Object.entries(zones)) {
    const { keys, kinds, kindOf } = routesOf(zone)
    const faults = kinds.map((route) => faultsOf(route, known))
    if (faults.every(({ length }) => length === 0)) continue
    for (const [i, key] of keys.entries()) {
      for (const fault of faults[kindOf[i] as number] ?? []) problems.add(['zones', name, 'routes', key, 'authenticate'], fault)
    }
  }
}

/** @param known the secrets of whom a route before this one knows; this one's are added. */
function faultsOf(route: AnyRoute, known: Map<string, readonly string[]>): readonly Words[] {
  const authentication = authenticationOf(route)
  return (authentication === undefined ? [] : authenticatorsOf(authentication)).flatMap(({ name, principalsOf, strongSecrets }) => {
    if (principalsOf === undefined || strongSecrets.length === 0) return []
    const whose = JSON.stringify([name, principalsOf])
    const first = known.get(whose) ?? strongSecrets
    known.set(whose, first)
    if (first.join() === strongSecrets.join()) return []
    return {
      found: `${name} of ${principalsOf}, with other secrets than where it stands before`,
      expected: 'the same secrets in the same order',
      fix: 'name them alike wherever the same callers are known, or give these callers a prefix or an environment of their own',
    }
  })
}
