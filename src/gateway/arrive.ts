import { type Deny, deny } from '../core/decision.ts'
import type { Background, Ports } from '../core/ports.ts'
import { type CanonicalUrl, canonicalUrl } from '../lib/canonical-url.ts'
import type { CompiledGateway, CompiledRoute, CompiledZone } from './compiled.ts'
import { isBelow } from './mount.ts'
import { type EdgeRequest, Passage } from './passage.ts'

/** A request and the route that it takes. */
export interface Arrival {
  readonly passage: Passage
  readonly route: CompiledRoute
  /** How many of the route's steps run. */
  readonly stepCount: number
  /** What comes after the steps instead of the origin. */
  readonly ending?: Deny
  /** Of a request that no route takes: the listed path whose methods do not have its own, or what may be written down of an unlisted one. */
  readonly unlisted?: string
  /** The route that the request looks like until somebody is known: its answers carry that one's headers. */
  readonly guise?: CompiledRoute
}

interface Matched {
  readonly route: CompiledRoute
  readonly guise?: CompiledRoute
  readonly params: Readonly<Record<string, string>>
  readonly stepCount: number
  readonly ending?: Deny
  readonly unlisted?: string
}

const NO_PARAMS: Readonly<Record<string, string>> = Object.freeze({})

/** Reads the URL once, in its canonical form, and finds zone and route. */
export function arrive(gateway: CompiledGateway, request: EdgeRequest, ports: Ports, background: Background, refusal?: Deny): Arrival {
  const read = canonicalUrl(request.url)
  const zone = gateway.zones.get(read.host) ?? gateway.nowhere
  const url = zone === gateway.nowhere && hasOddPort(read.host, gateway) ? refused(read) : read
  const { route, guise, params, stepCount, ending, unlisted } = refusal === undefined ? match(zone, gateway, url, request) : builtIn(zone, refusal, 0)
  const passage = new Passage(request, url, zone.name, (guise ?? route).facts, params, ports, background)
  return {
    passage,
    route,
    stepCount,
    ...(ending !== undefined && { ending }),
    ...(guise !== undefined && { guise }),
    ...(unlisted !== undefined && { unlisted }),
  }
}

/** A host that is known under another port: somebody else's server for a browser, ours for a careless one. */
function hasOddPort(host: string, gateway: CompiledGateway): boolean {
  const colon = host.lastIndexOf(':')
  return colon > 0 && gateway.zones.has(host.slice(0, colon))
}

function refused(url: CanonicalUrl): CanonicalUrl {
  return { ...url, path: '', search: '', fault: 'odd-port' }
}

function match(zone: CompiledZone, gateway: CompiledGateway, url: CanonicalUrl, request: Request): Matched {
  if (url.fault !== undefined) return builtIn(zone, deny(400, 'transport.ambiguous-path'))
  const { admin } = gateway
  if (admin !== undefined && isBelow(admin, url, request.url)) {
    return { route: admin.route, guise: zone.unmatched, params: NO_PARAMS, stepCount: admin.route.steps.length }
  }
  const wanted = preflightMethod(request)
  if (wanted !== null) {
    const found = zone.find(url.path, wanted)
    if (found.kind === 'route' && found.route.preflightSteps > 0) {
      return { ...found, stepCount: found.route.preflightSteps, ending: deny(403, 'cors.unanswered') }
    }
  }
  const found = zone.find(url.path, request.method)
  switch (found.kind) {
    case 'route':
      return { ...found, stepCount: found.route.steps.length }
    case 'method':
      return {
        ...builtIn(zone, zone.conceal ? deny(404, 'route.method') : deny(405, 'route.method', { headers: { allow: found.allow.join(', ') } })),
        unlisted: found.path,
      }
    case 'none':
      if (zone.shapeOf === undefined) return builtIn(zone, deny(404, 'route.unknown-host'))
      return { ...builtIn(zone, deny(404, 'route.unlisted')), unlisted: zone.shapeOf(url.path) }
  }
}

/** A preflight asks for another method's route (Fetch §3.3.2). */
function preflightMethod(request: Request): string | null {
  if (request.method !== 'OPTIONS' || !request.headers.has('origin')) return null
  return request.headers.get('access-control-request-method')
}

function builtIn(zone: CompiledZone, ending: Deny, stepCount = zone.unmatched.steps.length): Matched {
  return { route: zone.unmatched, params: NO_PARAMS, stepCount, ending }
}
