import { Body } from '../core/body.ts'
import { callerOf } from '../core/caller.ts'
import type { Caller, EdgeFacts, Exchange, RouteFacts, Validated } from '../core/exchange.ts'
import type { Background, Meter, Ports } from '../core/ports.ts'
import type { Principal } from '../core/principal.ts'
import type { CanonicalUrl } from '../lib/canonical-url.ts'
import { RequestHeaders } from '../lib/request-headers.ts'
import { shadowPorts } from './shadow-ports.ts'

/** A request that carries the platform's facts, as Workers give it. */
export type EdgeRequest = Request & { readonly cf?: unknown }

const NOTHING: Readonly<Record<string, never>> = Object.freeze({})

/** One request on its way through the gateway: the exchange that policies read, with the fields that only the pipeline writes. */
export class Passage implements Exchange {
  readonly request: Request
  readonly headers: RequestHeaders
  readonly method: string
  readonly url: CanonicalUrl
  readonly caller: Caller
  readonly edge: EdgeFacts
  readonly zone: string
  readonly route: RouteFacts
  readonly params: Readonly<Record<string, string>>
  readonly requestId: string
  readonly receivedAt: number
  readonly ports: Ports
  readonly background: Background
  readonly meter: Meter = { objectCalls: 0 }
  readonly body: Body
  principal: Principal | undefined = undefined
  validated: Validated = NOTHING

  constructor(
    request: EdgeRequest,
    url: CanonicalUrl,
    zone: string,
    route: RouteFacts,
    params: Readonly<Record<string, string>>,
    ports: Ports,
    background: Background,
  ) {
    const headers = new RequestHeaders(request.headers)
    this.request = request
    this.headers = headers
    this.method = request.method
    this.url = url
    this.caller = callerOf(headers)
    this.edge = (request.cf as EdgeFacts | undefined) ?? NOTHING
    this.zone = zone
    this.route = route
    this.params = params
    this.requestId = crypto.randomUUID()
    this.receivedAt = ports.clock.now()
    this.ports = ports
    this.background = background
    this.body = new Body(request.body, declaredBytes(headers), request)
  }
}

/**
 * @returns what reporting policies see instead of the passage: the same request and whatever is known of it by then, ports that spend nothing,
 * and, in place of the passage's, the principal and the data that a reporting policy learned.
 */
export function shadowOf(passage: Passage): Passage {
  let principal: Principal | undefined
  let validated: Validated | undefined
  return Object.create(passage, {
    ports: { value: shadowPorts(passage.ports) },
    principal: {
      get: () => principal ?? passage.principal,
      set: (learned: Principal | undefined) => {
        principal = learned
      },
    },
    validated: {
      get: () => (validated === undefined ? passage.validated : { ...validated, ...passage.validated }),
      set: (learned: Validated) => {
        validated = learned
      },
    },
  }) as Passage
}

/** @returns the length that the headers declare, or -1. */
export function declaredBytes(headers: Pick<Headers, 'get'>): number {
  const length = headers.get('content-length')
  return length !== null && /^\d{1,15}$/.test(length) ? Number(length) : -1
}
