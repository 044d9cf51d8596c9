import type { AnyRoute, AnyZone } from './config.ts'

/** The routes of a zone, gone through once. There may be thousands, most of which differ from others in their keys alone. */
export interface ZoneRoutes {
  readonly keys: readonly string[]
  /** One route of each kind, in the order of the configuration. What is true of it is true of all of its kind, whatever their keys. */
  readonly kinds: readonly AnyRoute[]
  /** The place in `kinds` of each key's. */
  readonly kindOf: readonly number[]
}

/** Goes through the routes of a zone, which nobody has checked yet. */
export type RoutesReader = (zone: Pick<AnyZone, 'routes'>) => ZoneRoutes

/** @returns a reader that goes through each zone's routes when it is first asked for them. */
export function routesReader(): RoutesReader {
  const known = new Map<AnyZone['routes'], ZoneRoutes>()
  return ({ routes }) => {
    let found = known.get(routes)
    if (found === undefined) {
      found = readRoutes(routes)
      known.set(routes, found)
    }
    return found
  }
}

function readRoutes(routes: Readonly<Record<string, AnyRoute>>): ZoneRoutes {
  const keys = Object.keys(routes)
  const kinds: AnyRoute[] = []
  const kindOf: number[] = []
  const places = new Map<unknown, number>()
  for (const key of keys) {
    const route = routes[key] as AnyRoute
    const callers = isPlain(route) ? (route.authenticate ?? route.public) : undefined
    let kind = callers === undefined ? undefined : places.get(callers)
    if (kind === undefined) {
      kind = kinds.push(route) - 1
      if (callers !== undefined) places.set(callers, kind)
    }
    kindOf.push(kind)
  }
  return { keys, kinds, kindOf }
}

/** Whether a route says who may call it, in one way, and nothing else. */
function isPlain(route: unknown): route is { readonly authenticate?: unknown; readonly public?: unknown } {
  if (typeof route !== 'object' || route === null) return false
  for (const name in route) if (name !== 'authenticate' && name !== 'public') return false
  const { authenticate, public: why, policies, relax, websocket } = route as Readonly<Record<string, unknown>>
  // Of whatever else stands there, a text among the authenticators too, each is a kind of its own.
  const saysWho = authenticate === undefined ? typeof why === 'string' : typeof authenticate === 'object' && why === undefined
  return saysWho && policies === undefined && relax === undefined && websocket === undefined
}
