import { discoverEndpoint } from '../../core/discovery.ts'
import { fetchJson, UnexpectedStatus, UnreadableAnswer } from '../../core/fetch-json.ts'
import type { Ports } from '../../core/ports.ts'
import { isJsonObject, type JsonObject } from '../../lib/json-object.ts'
import { credentialsOf } from './client.ts'
import type { IntrospectionSettings } from './settings.ts'

/** A larger answer is not read to its end. */
export const MAX_ANSWER_BYTES = 64 * 1024

/** A slower answer counts as none; where the endpoint has to be found first, each of the two has half of it. */
export const ANSWER_TIMEOUT_MS = 5000

/** An endpoint that was discovered is sought anew after this. */
export const ENDPOINT_TTL_MS = 60 * 60_000

/** What asking needs of the request in whose name it is done. */
export type EndpointPorts = Pick<Ports, 'clock' | 'network' | 'service' | 'secret'>

/** What the issuer says of a token. `unsupported`: it is of a kind that the issuer does not answer for. */
export type IssuerAnswer =
  | { readonly kind: 'active'; readonly claims: JsonObject /** The size of the answer. */; readonly bytes: number }
  | { readonly kind: 'inactive' }
  | { readonly kind: 'unsupported' }

/** The issuer does not accept the gateway as a client: the operator's business, and never the caller's. */
export class ClientRefused extends Error {
  override readonly name = 'ClientRefused'
}

/** An issuer that can be reached says neither yes nor no, in a way that may be the token's own doing: a firewall before it, for one, that takes the token for an attack. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused'
}

/** A way to ask an issuer about a token. */
export interface Endpoint {
  /**
   * Asks once (RFC 7662 §2.1). The token goes in the body: URLs are logged.
   * @throws {ClientRefused} when the gateway's own credentials are refused or missing.
   * @throws {TokenRefused} for a status of the caller's fault (4xx) that may be the token's: all but 401, 408 and 429.
   * @throws for whatever is no answer.
   */
  ask(token: string, ports: EndpointPorts): Promise<IssuerAnswer>
}

const HEADERS = { accept: 'application/json' }
const STATUSES = [200, 400]

/** Makes the {@link Endpoint} of the settings. Its data is shared by requests, never a promise. */
export function introspectionEndpoint({ issuer, endpoint, client }: Pick<IntrospectionSettings, 'issuer' | 'endpoint' | 'client'>): Endpoint {
  const service = 'service' in endpoint ? endpoint.service : undefined
  let found: { readonly url: string; readonly atMs: number } | undefined

  const discover = async (ports: EndpointPorts): Promise<string> => {
    const atMs = ports.clock.now()
    const how = { service, headers: HEADERS, maxBytes: MAX_ANSWER_BYTES, timeoutMs: ANSWER_TIMEOUT_MS / 2 }
    const url = await discoverEndpoint(issuer, 'introspection_endpoint', how, ports)
    found = { url, atMs }
    return url
  }
  const known = (now: number) => (found !== undefined && now - found.atMs < ENDPOINT_TTL_MS ? found.url : undefined)

  return {
    async ask(token, ports) {
      const credentials = credentialsOf(client, ports)
      if (credentials === undefined) throw new ClientRefused(`the secret ${client.secret} is missing`)
      const told = 'url' in endpoint ? endpoint.url : known(ports.clock.now())
      const url = told ?? (await discover(ports))
      const { status, value, bytes } = await fetchJson(
        {
          url,
          service,
          method: 'POST',
          headers: { ...HEADERS, 'content-type': 'application/x-www-form-urlencoded', ...credentials.headers },
          body: new URLSearchParams({ token, token_type_hint: 'access_token', ...credentials.form }).toString(),
          statuses: STATUSES,
          maxBytes: MAX_ANSWER_BYTES,
          timeoutMs: told === undefined ? ANSWER_TIMEOUT_MS / 2 : ANSWER_TIMEOUT_MS,
        },
        ports,
      ).catch((error: unknown) => {
        const failure = failureOf(error)
        if (!(failure instanceof TokenRefused) || isGone(error)) found = undefined
        throw failure
      })
      return status === 200 ? readAnswer(value, bytes) : readError(value)
    },
  }
}

function readAnswer(value: unknown, bytes: number): IssuerAnswer {
  if (!isJsonObject(value) || typeof value.active !== 'boolean') throw new Error('the answer does not say whether the token is active')
  return value.active ? { kind: 'active', claims: value, bytes } : { kind: 'inactive' }
}

/** Some issuers answer with an error for a token that reads like another kind of theirs (RFC 7009 §2.2.1): whoever sends one must not look like an outage. */
function readError(value: unknown): IssuerAnswer {
  const error = isJsonObject(value) ? value.error : undefined
  if (error === 'unsupported_token_type') return { kind: 'unsupported' }
  if (error === 'invalid_client' || error === 'unauthorized_client') throw new ClientRefused('answered with status 400')
  throw new TokenRefused('answered with status 400')
}

function failureOf(error: unknown): unknown {
  if (!(error instanceof UnexpectedStatus || error instanceof UnreadableAnswer)) return error
  const { status, message } = error
  if (status === 401) return new ClientRefused(message)
  return status >= 400 && status < 500 && status !== 408 && status !== 429 ? new TokenRefused(message) : error
}

/** So answers an address at which the endpoint is no more. */
function isGone(error: unknown): boolean {
  return error instanceof UnexpectedStatus && (error.status === 404 || error.status === 405 || error.status === 410)
}
