import type { CompiledGateway } from '../../gateway/compiled.ts'
import { Description } from '../../openapi/description.ts'

/** A route that a configuration lists. */
export interface ListedRoute {
  readonly zone: string
  /** `GET /v1/users/:id` */
  readonly route: string
  /** The API's description, which some control of the zone has, calls the operation deprecated. */
  readonly deprecated: boolean
}

/** @returns the routes that a configuration lists, zone by zone. */
export function listedRoutes(gateway: CompiledGateway): readonly ListedRoute[] {
  // A zone of several hosts stands there once for each.
  return [...new Set(gateway.zones.values())].flatMap(({ name, listed }) => {
    const descriptions = descriptionsOf(gateway, name)
    const isDeprecated = (route: string) => descriptions.some((description) => description.operation(route)?.deprecated === true)
    return listed.map((route) => ({ zone: name, route, deprecated: isDeprecated(route) }))
  })
}

function descriptionsOf({ uses }: CompiledGateway, zone: string): readonly Description[] {
  const found = new Set<Description>()
  for (const { zone: where, policy } of uses) {
    const { description } = policy.settings as { readonly description?: unknown }
    if (where === zone && description instanceof Description) found.add(description)
  }
  return [...found]
}
