import { readFileSync } from 'node:fs'
import { serve } from '../test/workerd/serve.ts'
import { build } from './build.ts'
import { GITHUB, KUBERNETES } from './imported.ts'
import { cpuMicrosecondsOf, type Place } from './measure.ts'
import { type Spread, spread } from './spread.ts'

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const
const TIMES = 100

/** @returns CPU of finding the route of a path, in microseconds, among GitHub's and Kubernetes' in one table: all of them in turn, many times in one request. */
export async function measureRouting(rounds: number, { cpu }: Place): Promise<Spread> {
  const { main } = await build({ entry: 'routing-worker.ts', of: 'ours' })
  const worker = { bundle: main, vars: { BENCH_ROUTES: JSON.stringify([...keysOf(GITHUB), ...keysOf(KUBERNETES)]) } }
  const server = await serve({ worker, ...(cpu !== undefined && { cpu }) })
  const look = async (times: number): Promise<number> => {
    const [listed, missed] = (await (await fetch(`${server.url}/?times=${times}`)).text()).split(' ')
    if (missed !== '0') throw new Error(`${missed} paths were not found`)
    return Number(listed)
  }
  try {
    await look(20)
    const us: number[] = []
    for (let round = 0; round < rounds; round++) {
      const { result, cpuUs = Number.NaN } = await cpuMicrosecondsOf(server.pid, () => look(TIMES))
      us.push(cpuUs / (TIMES * result))
    }
    return spread(us)
  } finally {
    await server.stop()
  }
}

/** Parameters by their place: of paths that differ in names alone one is enough. */
function keysOf(file: string): readonly string[] {
  const { paths } = JSON.parse(readFileSync(file, 'utf8')) as { readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>> }
  const keys = Object.entries(paths).flatMap(([path, item]) => {
    const segments = path.split('/').map((segment, at) => (segment.includes('{') ? `:p${at}` : segment))
    return METHODS.filter((method) => Object.hasOwn(item, method)).map((method) => `${method.toUpperCase()} ${segments.join('/')}`)
  })
  return [...new Set(keys)]
}
