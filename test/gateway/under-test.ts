import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import type { Clock, Limiter, Ports } from '../../src/core/ports.ts'
import type { DecisionRecord, TraceEntry } from '../../src/core/record.ts'
import type { CompiledGateway } from '../../src/gateway/compiled.ts'
import { handle } from '../../src/gateway/pipeline.ts'
import { portsOf } from '../../src/platform/ports.ts'

/** What an origin of a test received. */
export interface Received {
  readonly url: string
  readonly init: RequestInit
  readonly headers: Headers
}

/** What came of one request. */
export interface Result {
  readonly response: Response
  readonly body: string
  readonly record: DecisionRecord
  readonly trace: readonly TraceEntry[]
  /** Absent when the origin was not asked. */
  readonly received: Received | undefined
}

/** What a test may choose about a gateway's surroundings. */
export interface Surroundings {
  /** Answers instead of the network. Default: 200 with `origin`. */
  readonly origin?: (received: Received) => Response | Promise<Response>
  readonly clock?: Clock
  /** Instead of the real one. */
  readonly limiter?: Limiter
  /** Further ports instead of the real ones. */
  readonly ports?: Partial<Ports>
}

/** How a test's client asks; `CF-Connecting-IP` is there unless it says otherwise. */
export interface Ask {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: BodyInit
  readonly cf?: Record<string, unknown>
  readonly ip?: string | null
}

/** Runs whole requests through a gateway inside workerd, with its real Durable Objects and an origin that a test can look at. */
export function underTest(
  gateway: CompiledGateway,
  { origin = () => new Response('origin'), clock, limiter, ports: others = {} }: Surroundings = {},
): (url: string, ask?: Ask) => Promise<Result> {
  return async (url, { method = 'GET', headers = {}, body, cf = {}, ip = '192.0.2.1' } = {}) => {
    let received: Received | undefined
    let recorded: { record: DecisionRecord; trace: readonly TraceEntry[] } | undefined
    const ports = {
      ...portsOf(env as unknown as Record<string, unknown>, gateway.state, { audit: gateway.audit?.settings }),
      ...(clock !== undefined && { clock }),
      ...(limiter !== undefined && { limiter }),
      ...others,
      network: {
        async fetch(to: string, init: RequestInit = {}) {
          received = { url: to, init, headers: new Headers(init.headers) }
          return await origin(received)
        },
      },
      recorder: {
        record(record: DecisionRecord, trace: () => readonly TraceEntry[]) {
          recorded = { record, trace: trace() }
        },
      },
    }
    const context = createExecutionContext()
    const request = new Request(url, {
      method,
      headers: { ...(ip !== null && { 'cf-connecting-ip': ip }), ...headers },
      ...(body !== undefined && { body }),
      cf,
    } as RequestInit)
    const response = await handle(gateway, request, ports, context)
    const text = response.status === 101 ? '' : await response.text()
    await waitOnExecutionContext(context)
    if (recorded === undefined) throw new Error('nothing was recorded')
    return { response, body: text, ...recorded, received }
  }
}
