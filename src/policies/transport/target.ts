import { type Decision, deny } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import { METHODS, type TransportSettings } from './settings.ts'

/** @returns a function that says what is wrong with host, method or length of the URL, or nothing. */
export function compileTargetRules({ hosts, methods, maxUrlBytes }: TransportSettings): (x: Exchange) => Decision | undefined {
  const allowedHosts = hosts === undefined ? undefined : new Set(hosts)
  const answered = METHODS.filter((method) => methods.includes(method) || (method === 'HEAD' && methods.includes('GET')))
  const allowedMethods = new Set<string>(answered)
  const headers = { allow: answered.join(', ') }
  return (x) => {
    if (allowedHosts !== undefined && !allowedHosts.has(x.url.host)) return deny(404, 'transport.host', { detail: x.url.host })
    if (!allowedMethods.has(x.method)) return deny(405, 'transport.method', { detail: x.method, headers })
    if (isLonger(x.request.url, maxUrlBytes)) return deny(414, 'transport.url-bytes')
    return undefined
  }
}

/** An unambiguous URL is ASCII: its length is its bytes. Path and query are measured only where the whole URL could be too long. */
function isLonger(url: string, maxBytes: number): boolean {
  if (url.length <= maxBytes) return false
  const authority = url.indexOf('//') + 2
  const target = url.slice(authority).search(/[/?]/)
  return target >= 0 && url.length - authority - target > maxBytes
}
