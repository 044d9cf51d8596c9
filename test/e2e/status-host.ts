import type { IncomingMessage, ServerResponse } from 'node:http'
import { deflateSync } from 'node:zlib'
import { importJWK, SignJWT } from 'jose'
import type { SigningKey } from './issuer.ts'
import { STATUS_LIST } from './provider.ts'

/** The host of {@link STATUS_LIST}. */
export const LISTS_HOST = new URL(STATUS_LIST).host

/** What publishes the status lists that an issuer signs: a host of files, and no part of the issuer. */
export interface StatusHost {
  outage: 'none' | 'answers 500' | 'breaks the connection' | 'never answers'
  /** How often somebody asked for a list. */
  requests: number
  /** Signs a list of one status for each byte, and publishes it in place of the one before. @param issuedAtMs the issuer's clock. */
  publish(key: SigningKey, statuses: readonly number[], issuedAtMs: number): Promise<void>
  answer(request: IncomingMessage, response: ServerResponse): void
}

/** @returns a host that has no list yet. */
export function startStatusHost(): StatusHost {
  let published: string | undefined
  const host: StatusHost = {
    outage: 'none',
    requests: 0,
    async publish({ jwk }, statuses, issuedAtMs) {
      published = await new SignJWT({ status_list: { bits: 8, lst: deflateSync(Uint8Array.from(statuses)).toString('base64url') }, ttl: 3600 })
        .setProtectedHeader({ alg: 'ES256', kid: jwk.kid as string, typ: 'statuslist+jwt' })
        .setSubject(STATUS_LIST)
        .setIssuedAt(Math.floor(issuedAtMs / 1000))
        .sign(await importJWK(jwk, 'ES256'))
    },
    answer(request, response) {
      host.requests++
      if (host.outage === 'never answers') return
      if (host.outage === 'breaks the connection') response.destroy()
      else if (host.outage === 'answers 500') response.writeHead(500).end()
      else if (published === undefined || `https://${request.headers.host}${request.url}` !== STATUS_LIST) response.writeHead(404).end()
      else response.writeHead(200, { 'content-type': 'application/statuslist+jwt' }).end(published)
    },
  }
  return host
}
