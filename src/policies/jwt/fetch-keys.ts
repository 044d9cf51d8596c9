import { Body } from '../../core/body.ts'
import type { Ports } from '../../core/ports.ts'
import { isJsonObject } from './token.ts'

/** Where an issuer publishes its keys. */
export interface KeyLocation {
  readonly url: string
  /** The service binding to ask instead of the network. */
  readonly service?: string | undefined
  /** The URL is of the issuer's configuration document, which names that of the keys. */
  readonly discoveryOf?: string
}

/** Where an issuer publishes what it is (OpenID Connect Discovery 1.0 §4.1). */
export function discoveryLocation(issuer: string, service: string | undefined): KeyLocation {
  return { url: `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, service, discoveryOf: issuer }
}

/** A larger answer is not read to its end. */
export const MAX_KEY_SET_BYTES = 256 * 1024

/** A slower answer counts as none. */
export const FETCH_TIMEOUT_MS = 5000

/** The document is public, but whoever redirects or caches it could put another in its place. */
const INIT = {
  headers: { accept: 'application/jwk-set+json, application/json' },
  redirect: 'manual',
  cache: 'no-store',
} as const satisfies RequestInit

/**
 * Fetches a key set's document, after the issuer's own where that says where it is: one attempt each, no redirects, bounded in size and time.
 * @returns parsed JSON, of whatever shape.
 * @throws for anything but JSON documents with status 200, and for a configuration of another issuer (§4.3).
 */
export async function fetchKeys(location: KeyLocation, ports: Pick<Ports, 'network' | 'service'>, timeoutMs = FETCH_TIMEOUT_MS): Promise<unknown> {
  if (location.discoveryOf === undefined) return await fetchDocument(location, ports, timeoutMs)
  const found = await fetchDocument(location, ports, timeoutMs / 2)
  if (!isJsonObject(found) || found.issuer !== location.discoveryOf) throw new Error('the configuration is not of this issuer')
  const url = typeof found.jwks_uri === 'string' ? URL.parse(found.jwks_uri) : null
  if (url === null || url.protocol !== 'https:' || url.username !== '' || url.password !== '') throw new Error('the configuration names no sound jwks_uri')
  return await fetchDocument({ url: url.href, service: location.service }, ports, timeoutMs / 2)
}

async function fetchDocument(location: KeyLocation, ports: Pick<Ports, 'network' | 'service'>, timeoutMs: number): Promise<unknown> {
  const fetcher = location.service === undefined ? ports.network : ports.service(location.service)
  if (fetcher === undefined) throw new Error(`the service binding ${location.service} is missing`)
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no key set within ${timeoutMs} ms`)), timeoutMs)
  })
  const download = async () => {
    const response = await fetcher.fetch(location.url, { ...INIT, signal: controller.signal })
    if (response.status !== 200) throw new Error(`the key set answered with status ${response.status}`)
    return new Body(response.body, Number(response.headers.get('content-length') ?? -1)).bytes(MAX_KEY_SET_BYTES)
  }
  try {
    const bytes = await Promise.race([download(), expired])
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes))
  } finally {
    clearTimeout(timer)
    controller.abort()
  }
}
