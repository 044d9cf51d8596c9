import type { CompiledRoute, CompiledZone } from './compiled.ts'
import type { Matchable, routeTable } from './match.ts'
import type { RoutePattern } from './route-key.ts'

/** A route of a table, put together or yet to be. */
export interface Listed extends Matchable {
  readonly compiled: CompiledRoute
}

/** A route that is put together when it is first asked for: a start with thousands of them must not take long. What its controls are made of has been checked and compiled by then. */
export class LazyRoute implements Listed {
  readonly pattern: RoutePattern
  readonly #compile: (pattern: RoutePattern) => CompiledRoute
  #compiled: CompiledRoute | undefined

  constructor(pattern: RoutePattern, compile: (pattern: RoutePattern) => CompiledRoute) {
    this.pattern = pattern
    this.#compile = compile
  }

  get compiled(): CompiledRoute {
    this.#compiled ??= this.#compile(this.pattern)
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
