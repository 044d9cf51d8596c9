import { Problems } from '../src/core/problems.ts'
import { routeTable } from '../src/gateway/match.ts'
import { parseRouteKey, patternOf } from '../src/gateway/route-key.ts'

interface Env {
  /** Keys of routes, as JSON. */
  readonly BENCH_ROUTES: string
}

let paths: readonly (readonly [path: string, method: string])[] | undefined
let find: ReturnType<typeof routeTable> | undefined

/** Looks every path of a table up, as often as `?times` says. */
export default {
  fetch(request: Request, env: Env): Response {
    const keys = JSON.parse(paths === undefined ? env.BENCH_ROUTES : '[]') as readonly string[]
    const patterns = keys.flatMap((key) => parseRouteKey(key, [], new Problems()) ?? [])
    paths ??= patterns.map(({ key, method }) => [key.slice(method.length + 1).replace(/:\w+/g, 'octo-42'), method])
    find ??= routeTable(
      patterns.map(({ key }) => key),
      (key) => ({ pattern: patternOf(key) }),
    )
    const times = Number(new URL(request.url).searchParams.get('times'))
    let missed = 0
    for (let n = 0; n < times; n++) for (const [path, method] of paths) if (find(path, method).kind !== 'route') missed++
    return new Response(`${paths.length} ${missed}`)
  },
}
