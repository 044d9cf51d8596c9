import { type Decision, deny, reply } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import type { TransportSettings } from './settings.ts'

const AT_LEAST = { '1.2': new Set(['TLSv1.2', 'TLSv1.3']), '1.3': new Set(['TLSv1.3']) } as const
const INSECURE = deny(403, 'transport.insecure', { problem: { detail: 'This API is answered over https only.' } })

/** @returns a function that says what is wrong with how the client is connected, or nothing. */
export function compileConnectionRules({ https, minTls, denyCiphers }: TransportSettings): (x: Exchange) => Decision | undefined {
  const versions: ReadonlySet<string> | undefined = minTls === undefined ? undefined : AT_LEAST[minTls]
  const denied = denyCiphers === undefined ? undefined : new Set(denyCiphers)
  return (x) => {
    if (x.url.scheme !== 'https') return https === 'redirect' && (x.method === 'GET' || x.method === 'HEAD') ? redirect(x) : INSECURE
    const { tlsVersion, tlsCipher } = x.edge
    if (versions !== undefined && !versions.has(tlsVersion ?? '')) return deny(403, 'transport.tls-version', { detail: tlsVersion || 'unknown' })
    if (denied !== undefined && (!tlsCipher || denied.has(tlsCipher))) return deny(403, 'transport.tls-cipher', { detail: tlsCipher || 'unknown' })
    return undefined
  }
}

function redirect({ url: { host, path, search } }: Exchange): Decision {
  return reply(new Response(null, { status: 308, headers: { location: `https://${host}${path}${search}` } }), 'transport.redirect')
}
