import type { Ports } from '../../../src/core/ports.ts'
import { portsOf } from '../../../src/platform/ports.ts'

export { DecisionLog } from '../../../src/platform/decision-log.ts'
export { Ledger } from '../../../src/platform/ledger.ts'
export { RateLimiter } from '../../../src/platform/rate-limiter.ts'

/** One of the product's objects that must lose nothing: how the n-th thing is written, and which of them are there, in any order. */
interface Kept {
  write(ports: Ports, n: number): Promise<unknown>
  all(ports: Ports): Promise<readonly number[]>
}

/** In the year 2100. */
const UNTIL_MS = 4_102_444_800_000

const ledger: Kept = {
  write: ({ revocations }, n) =>
    revocations.revoke([{ kind: 'subject', issuer: 'https://issuer.example', value: `user-${n}`, untilMs: UNTIL_MS, reason: `the reason ${n}`, by: 'tests' }]),
  async all({ revocations }) {
    const all: number[] = []
    let page = await revocations.list(undefined, 100)
    while (page.length > 0) {
      for (const { value, reason } of page) if (value.replace('user-', 'the reason ') === reason) all.push(Number(value.slice('user-'.length)))
      page = await revocations.list(page.at(-1), 100)
    }
    return all
  },
}

const KEPT: Readonly<Record<string, Kept>> = { ledger }

/** `GET /` names what there is; `POST /ledger/7` writes, and answers when that is acknowledged; `GET /ledger` answers what is there. */
export default {
  async fetch(request, env) {
    const [, name = '', n] = new URL(request.url).pathname.split('/')
    if (name === '') return Response.json(Object.keys(KEPT))
    const kept = KEPT[name]
    if (kept === undefined) return new Response(null, { status: 404 })
    const ports = portsOf(env)
    if (request.method === 'GET') return Response.json(await kept.all(ports))
    await kept.write(ports, Number(n))
    return new Response(null, { status: 204 })
  },
} satisfies ExportedHandler<Readonly<Record<string, unknown>>>
