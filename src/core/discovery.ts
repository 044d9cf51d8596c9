import { httpsUrl } from '../lib/https-url.ts'
import { isJsonObject } from '../lib/json-object.ts'
import { fetchJson, type JsonRequest } from './fetch-json.ts'
import type { Ports } from './ports.ts'

/** @returns where an issuer publishes what it is (OpenID Connect Discovery 1.0 §4.1). */
export function configurationUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

/** Whether an issuer's name leads to its configuration: an https URL without query, fragment and user information (§3). */
export function isIssuerUrl(issuer: string): boolean {
  const url = httpsUrl(issuer)
  return url !== undefined && url.search === '' && url.hash === ''
}

/**
 * Asks an issuer's own configuration for the address of one of its endpoints.
 * @param endpoint the name that the address has there: `jwks_uri`, `introspection_endpoint`.
 * @throws for a configuration that cannot be had, is another issuer's (§4.3), or names no https address.
 */
export async function discoverEndpoint(
  issuer: string,
  endpoint: string,
  how: Pick<JsonRequest, 'service' | 'headers' | 'maxBytes' | 'timeoutMs'>,
  ports: Pick<Ports, 'network' | 'service'>,
): Promise<string> {
  const { value } = await fetchJson({ ...how, url: configurationUrl(issuer) }, ports)
  if (!isJsonObject(value) || value.issuer !== issuer) throw new Error('the configuration is not of this issuer')
  const named = value[endpoint]
  const url = typeof named === 'string' ? httpsUrl(named) : undefined
  if (url === undefined) throw new Error(`the configuration names no sound ${endpoint}`)
  return url.href
}
