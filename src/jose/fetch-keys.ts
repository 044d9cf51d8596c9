import { configurationUrl, discoverEndpoint } from '../core/discovery.ts'
import { fetchJson } from '../core/fetch-json.ts'
import type { Ports } from '../core/ports.ts'

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
  return { url: configurationUrl(issuer), service, discoveryOf: issuer }
}

/** A larger answer is not read to its end. */
export const MAX_KEY_SET_BYTES = 256 * 1024

/** A slower answer counts as none. */
export const FETCH_TIMEOUT_MS = 5000

const HEADERS = { accept: 'application/jwk-set+json, application/json' }

/**
 * Fetches a key set's document, after the issuer's own where that says where it is: one attempt each, no redirects, bounded in size and time.
 * @returns parsed JSON, of whatever shape.
 * @throws for anything but JSON documents with status 200, and for a configuration of another issuer (§4.3).
 */
export async function fetchKeys(location: KeyLocation, ports: Pick<Ports, 'network' | 'service'>, timeoutMs = FETCH_TIMEOUT_MS): Promise<unknown> {
  const { service, discoveryOf } = location
  const how = { service, headers: HEADERS, maxBytes: MAX_KEY_SET_BYTES, timeoutMs: discoveryOf === undefined ? timeoutMs : timeoutMs / 2 }
  const url = discoveryOf === undefined ? location.url : await discoverEndpoint(discoveryOf, 'jwks_uri', how, ports)
  return (await fetchJson({ ...how, url }, ports)).value
}
