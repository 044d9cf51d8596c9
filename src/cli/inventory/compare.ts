import type { ListedRoute } from './listed.ts'
import { type Seen, type Traffic, UNMATCHED } from './traffic.ts'

/** Requests that no route took. */
export interface Unlisted extends Pick<Seen, 'zone' | 'method' | 'requests' | 'denied' | 'lastSeen'> {
  /** A listed path without that method, or the shape of a path that is not listed. */
  readonly path: string
  readonly unlisted: 'method' | 'path'
}

/** A listed route and what was asked of it. */
export interface Used extends Pick<Seen, 'zone' | 'requests' | 'denied' | 'lastSeen'> {
  readonly route: string
}

/** What a configuration lists, against what was asked for (OWASP API9). */
export interface Inventory {
  /** From the most to the least asked for. */
  readonly unlisted: readonly Unlisted[]
  readonly withoutTraffic: readonly Pick<ListedRoute, 'zone' | 'route'>[]
  /** Those that somebody still uses. */
  readonly deprecated: readonly Used[]
}

/** Compares listed routes with traffic. @param atLeast fewer requests to something unlisted are not told: whatever is on the internet is knocked at */
export function compare(listed: readonly ListedRoute[], { seen }: Pick<Traffic, 'seen'>, atLeast: number): Inventory {
  const zones = new Map<string, Set<string>>()
  for (const { zone, route } of listed) zones.set(zone, (zones.get(zone) ?? new Set<string>()).add(route.slice(route.indexOf(' ') + 1)))
  const used = new Map(seen.map((one) => [keyOf(one), one]))
  return {
    unlisted: seen
      .filter(({ zone, route, requests }) => zones.has(zone) && route.startsWith(UNMATCHED) && requests >= atLeast)
      .map(({ zone, route, ...rest }): Unlisted => {
        const path = route.slice(UNMATCHED.length)
        return { zone, path, unlisted: zones.get(zone)?.has(path) ? 'method' : 'path', ...rest }
      })
      .toSorted((a, b) => b.requests - a.requests),
    withoutTraffic: listed.filter((route) => !used.has(keyOf(route))).map(({ zone, route }) => ({ zone, route })),
    deprecated: listed
      .filter(({ deprecated }) => deprecated)
      .flatMap((route) => used.get(keyOf(route)) ?? [])
      .map(({ method: _, ...rest }) => rest)
      .toSorted((a, b) => b.requests - a.requests),
  }
}

/** A zone's name has no space. */
function keyOf({ zone, route }: { readonly zone: string; readonly route: string }): string {
  return `${zone} ${route}`
}
