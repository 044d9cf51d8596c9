import type { CompiledRoute, CompiledZone } from './compiled.ts'
import type { AnyRoute } from './config.ts'
import type { Matchable, routeTable } from './match.ts'
import type { RoutePattern } from './route-key.ts'

/** A route of a table, put together or yet to be. */
export interface Listed extends Matchable {
  readonly compiled: CompiledRoute
}

/** Puts one of a zone's routes together. */
export type RouteCompiler = (pattern: RoutePattern, route: AnyRoute) => CompiledRoute

/** A route that is put together when it is first asked for: a start with thousands of them must not take long. What its controls are made of has been checked and compiled by then. */
export class LazyRoute implements Listed {
  readonly pattern: RoutePattern
  readonly #route: AnyRoute
  readonly #compile: RouteCompiler
  #compiled: CompiledRoute | undefined

  constructor(pattern: RoutePattern, route: AnyRoute, compile: RouteCompiler) {
    this.pattern = pattern
    this.#route = route
    this.#compile = compile
  }

  get compiled(): CompiledRoute {
    this.#compiled ??= this.#compile(this.pattern, this.#route)
    return this.#compiled
  }
}

/** @returns what a table finds, put together. */
export function findCompiled(find: ReturnType<typeof routeTable<Listed>>): CompiledZone['find'] {
  return (path, method) => {
    const found = find(path, method)
    return found.kind === 'route' ? { kind: 'route', route: found.route.compiled, params: found.params } : found
  }
}
