import { type Decision, deny } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'

/**
 * Refuses every change of protocol but a WebSocket on a route that says so, from an origin that it lists: browsers send cookies with the
 * handshake and apply no CORS to it, so without this check any page could open one as its reader (RFC 6455 §10.2, ASVS 5.0 4.4.2).
 */
export function judgeUpgrade(x: Exchange, upgrade: string, origin: string | null): Decision | undefined {
  const origins = x.route.websocketOrigins
  if (origins === undefined || x.method !== 'GET' || upgrade.toLowerCase() !== 'websocket') return deny(426, 'transport.upgrade', { detail: upgrade })
  if (origin === null || !origins.includes(origin)) return deny(403, 'transport.websocket-origin', { detail: origin ?? 'no Origin' })
  return undefined
}
