import type { Exchange } from '../../core/exchange.ts'
import type { RequestHeaders } from '../../lib/request-headers.ts'
import type { CorsSettings } from './settings.ts'

/** What a preflight asks for and does not get. */
export type PreflightFault = 'origin' | 'method' | 'header'

/** Whether a browser asks for leave to send another request (Fetch §4.8): only `OPTIONS` with both of its headers is that. */
export function isPreflight(x: Exchange): boolean {
  return x.method === 'OPTIONS' && x.headers.has('origin') && x.headers.has('access-control-request-method')
}

/**
 * @returns a function that finds what a preflight asks for in vain; built once, at start.
 * Origin and method compare by case, as in the Fetch standard; header names do not.
 */
export function compilePreflight(settings: CorsSettings): (headers: RequestHeaders) => PreflightFault | undefined {
  const allowedOrigin = compileOrigins(settings)
  const methods = new Set<string>(settings.methods)
  const listed = new Set(settings.headers)
  // A browser names each header once, so that a longer list is an attack on whoever splits it.
  const longestHeaderList = settings.headers.join(', ').length

  const allowsHeaders = (requested: string | null): boolean => {
    if (requested === null || requested === '') return true
    if (requested.length > longestHeaderList) return false
    return requested.split(',').every((name) => listed.has(name.trim().toLowerCase()))
  }

  return (headers) => {
    if (allowedOrigin(headers.get('origin')) === undefined) return 'origin'
    if (!methods.has(headers.get('access-control-request-method') ?? '')) return 'method'
    if (!allowsHeaders(headers.get('access-control-request-headers'))) return 'header'
    return undefined
  }
}

/** @returns what `Access-Control-Allow-Origin` says to an `Origin`, from the settings alone. Several origins in one field are one unlisted text. */
export function compileOrigins({ origins }: CorsSettings): (origin: string | null) => string | undefined {
  if (origins === '*') return () => '*'
  const listed = new Map<string | null, string>(origins.map((origin) => [origin, origin]))
  return (origin) => listed.get(origin)
}
