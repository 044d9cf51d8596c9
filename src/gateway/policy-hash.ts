import { createHash } from 'node:crypto'
import type { AnyGatewayConfig } from './config.ts'
import type { RoutesReader } from './zone-routes.ts'

/** @returns 16 hex digits that change whenever the configuration does; functions count by their text, not by what they close over. */
export function policyHash(config: AnyGatewayConfig, routesOf: RoutesReader): string {
  const listed = new Map<unknown, Pick<AnyGatewayConfig['zones'][string], 'routes'>>(Object.values(config.zones).map((zone) => [zone.routes, zone]))
  const seen = new Map<object, number>()
  const text = JSON.stringify(config, (_key, value: unknown) => {
    if (typeof value === 'function') return String(value)
    if (typeof value === 'bigint' || typeof value === 'symbol') return String(value)
    if (typeof value !== 'object' || value === null) return value
    const number = seen.get(value)
    if (number !== undefined) return `(object ${number})`
    seen.set(value, seen.size)
    if (value instanceof Set) return [...value]
    if (value instanceof Map) return [...value.entries()]
    if (value instanceof RegExp) return String(value)
    const zone = listed.get(value)
    return zone === undefined ? value : inShort(routesOf(zone))
  })
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** The same in fewer values: each kind of route once. */
function inShort({ keys, kinds, kindOf }: ReturnType<RoutesReader>): unknown {
  return { keys: JSON.stringify(keys), kindOf: kindOf.join(), kinds }
}
