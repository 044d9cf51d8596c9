import { Body } from '../src/core/body.ts'
import type { Caller, EdgeFacts, Exchange, RouteFacts, Validated } from '../src/core/exchange.ts'
import type { LimitRequest, LimitVerdict } from '../src/core/limit.ts'
import type { Ports } from '../src/core/ports.ts'
import type { Principal } from '../src/core/principal.ts'
import { canonicalUrl } from '../src/lib/canonical-url.ts'
import { RequestHeaders } from '../src/lib/request-headers.ts'

/** What a unit test wants to be different from a plain `GET https://api.example.com/` by 192.0.2.1. */
export interface Wanted {
  readonly method?: string
  readonly url?: string
  readonly headers?: Record<string, string>
  readonly body?: BodyInit
  readonly caller?: Caller
  readonly edge?: EdgeFacts
  readonly params?: Record<string, string>
  readonly principal?: Principal
  readonly validated?: Validated
  readonly route?: Partial<RouteFacts>
  readonly ports?: Partial<Ports>
  /** Milliseconds since the epoch; the clock stands there unless `ports.clock` is given. */
  readonly now?: number
}

/** Work that handlers left behind the response; `await Promise.all(deferred(x))` to see it through. */
export function deferred(x: Exchange): readonly Promise<unknown>[] {
  return (x.background as { tasks?: Promise<unknown>[] }).tasks ?? []
}

/** A port that a test did not give: whatever is asked of it throws. */
function absent<Name extends keyof Ports>(name: Name): Ports[Name] {
  return new Proxy({} as Ports[Name] & object, {
    get() {
      throw new Error(`this test gave no ${name}`)
    },
  })
}

/** An exchange around a real Request, for handlers of one policy on its own. Ports throw unless given: a test says what it needs. */
export function exchange(wanted: Wanted = {}): Exchange {
  const now = wanted.now ?? Date.UTC(2026, 0, 1)
  const url = wanted.url ?? 'https://api.example.com/'
  const method = wanted.method ?? 'GET'
  const request = new Request(url, { method, ...(wanted.headers && { headers: wanted.headers }), ...(wanted.body !== undefined && { body: wanted.body }) })
  const tasks: Promise<unknown>[] = []
  const background = { tasks, waitUntil: (task: Promise<unknown>) => void tasks.push(task) }
  return {
    request,
    headers: new RequestHeaders(request.headers),
    method,
    url: canonicalUrl(url),
    caller: wanted.caller ?? { kind: 'client', ip: '192.0.2.1' },
    edge: wanted.edge ?? {},
    zone: 'api',
    route: { key: `${method} /`, credentialHeaders: [], ...wanted.route },
    params: wanted.params ?? {},
    principal: wanted.principal,
    requestId: 'test-request',
    receivedAt: now,
    ports: {
      clock: { now: () => now },
      network: { fetch: () => Promise.reject(new Error('this test gave no network')) },
      service: () => undefined,
      secret: () => undefined,
      limiter: {
        take(_request: LimitRequest): readonly LimitVerdict[] {
          throw new Error('this test gave no limiter')
        },
        giveBack() {
          throw new Error('this test gave no limiter')
        },
        release() {
          throw new Error('this test gave no limiter')
        },
      },
      edgeLimiter: () => undefined,
      location: { get: () => Promise.resolve(undefined), put: () => Promise.resolve() },
      revocations: {
        find() {
          throw new Error('this test gave no ledger')
        },
        revoke: () => Promise.reject(new Error('this test gave no ledger')),
        lift: () => Promise.reject(new Error('this test gave no ledger')),
        list: () => Promise.reject(new Error('this test gave no ledger')),
      },
      runtime: absent('runtime'),
      keys: absent('keys'),
      limitOperator: absent('limitOperator'),
      audit: absent('audit'),
      recorder: { record: () => {} },
      notice: () => {},
      pseudonym: (value) => `pseudonym-of-${value.length}`,
      pseudonyms: (value) => [`pseudonym-of-${value.length}`],
      ...wanted.ports,
    },
    background,
    meter: { objectCalls: 0 },
    body: new Body(request.body, Number(wanted.headers?.['content-length'] ?? -1)),
    validated: wanted.validated ?? {},
  }
}
