import { randomBytes } from 'node:crypto'
import { type BoundedAnswer, boundedFetch, NoAnswer } from '../bounded-fetch.ts'
import { EXIT, Failure } from '../failure.ts'
import { type Finding, finding } from './finding.ts'

const TIMEOUT_MS = 15_000
const MAX_BYTES = 1_048_576

/** Where to knock. */
export interface Deployment {
  /** A host of the gateway, as clients know it. */
  readonly url: URL
  /** The same without TLS; nothing where that makes no sense. */
  readonly plainUrl?: URL | undefined
  /** The admin API. */
  readonly adminUrl: URL
  /** An address of the Worker on workers.dev that must not answer. */
  readonly workersDevUrl?: URL | undefined
}

/** Looks at a deployment as a stranger does: no credential is sent. @throws {Failure} where nobody answers */
export async function onlineFindings({ url, plainUrl, adminUrl, workersDevUrl }: Deployment): Promise<readonly Finding[]> {
  // Nobody lists a path that nobody knows.
  const unlisted = await knock(new URL(`/${randomBytes(12).toString('hex')}`, url))
  if (unlisted instanceof NoAnswer) throw new Failure(EXIT.unreachable, `${url.origin}: ${unlisted.message}.`)
  return [
    ...unlistedFindings(unlisted),
    ...headerFindings(unlisted, url),
    ...adminFindings(await knock(adminUrl), await knock(new URL(`/${randomBytes(12).toString('hex')}`, adminUrl))),
    ...(plainUrl === undefined ? [] : plainFindings(await knock(plainUrl))),
    ...(workersDevUrl === undefined ? [] : workersDevFindings(await knock(workersDevUrl), workersDevUrl)),
  ]
}

async function knock(url: URL): Promise<BoundedAnswer | NoAnswer> {
  try {
    return await boundedFetch({ url, headers: { accept: '*/*', 'user-agent': 'portcullis-doctor' }, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES })
  } catch (error) {
    if (error instanceof NoAnswer) return error
    throw error
  }
}

function unlistedFindings({ status, headers }: BoundedAnswer): readonly Finding[] {
  if (status === 503)
    return [
      finding(
        'problem',
        'not-ready',
        'every request is 503',
        'A binding or a secret is missing, or too short; the log names it.',
        'wrangler tail, then add what it names',
      ),
    ]
  if (status !== 404)
    return [
      finding(
        'problem',
        'unlisted-path',
        `a path that nobody listed is answered with ${status}`,
        'What is not listed must be 404: either another server answers, or a route is a wildcard.',
        'look for `/*` among the routes, and for who answers there',
      ),
    ]
  if (headers.get('content-type') !== 'application/problem+json' || !headers.has('x-request-id'))
    return [
      finding(
        'problem',
        'not-portcullis',
        'it is not Portcullis that answers',
        'Requests for this host do not come to the gateway.',
        'look at the routes of the zone',
      ),
    ]
  return []
}

function headerFindings({ headers }: BoundedAnswer, { protocol }: URL): readonly Finding[] {
  const wanted = [...(protocol === 'https:' ? ['strict-transport-security'] : []), 'x-content-type-options']
  return [
    ...wanted
      .filter((name) => !headers.has(name))
      .map((name) =>
        finding(
          'warning',
          'security-header',
          `${name} is not set`,
          'Browsers do not protect themselves unless they are told.',
          "securityHeaders({ preset: 'api' }) in the zone's policies",
        ),
      ),
    ...['x-powered-by', 'x-aspnet-version']
      .filter((name) => headers.has(name))
      .map((name) =>
        finding('note', 'telling-header', `${name} is set`, 'It tells strangers what runs there.', "securityHeaders({ preset: 'api' }) in the zone's policies"),
      ),
  ]
}

/** What two answers may differ in: the moment, and what names each request. */
const OF_EACH = new Set(['date', 'x-request-id', 'cf-ray', 'content-length', 'report-to', 'nel', 'server-timing', 'ratelimit', 'retry-after'])

function adminFindings(admin: BoundedAnswer | NoAnswer, unlisted: BoundedAnswer | NoAnswer): readonly Finding[] {
  if (admin instanceof NoAnswer || unlisted instanceof NoAnswer)
    return [
      finding(
        'warning',
        'admin-unknown',
        'the admin API’s host does not answer',
        'Whether it shows itself to strangers stays unknown.',
        'give the admin API’s address with --url',
      ),
    ]
  if (admin.status >= 300 && admin.status < 400) return []
  if (shape(admin) === shape(unlisted)) return []
  return [
    finding(
      'problem',
      'admin-visible',
      `without a token, the admin API's address is answered otherwise (${admin.status}) than a path that is not listed (${unlisted.status})`,
      'Strangers see that it is there.',
      'look for a route, a rule of the zone or an Access application that answers there',
    ),
  ]
}

function shape({ status, headers, text }: BoundedAnswer): string {
  const named = [...headers].filter(([name]) => !OF_EACH.has(name)).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const requestId = headers.get('x-request-id') ?? ''
  return JSON.stringify([status, named, requestId === '' ? text : text.replaceAll(requestId, '')])
}

function plainFindings(answer: BoundedAnswer | NoAnswer): readonly Finding[] {
  if (answer instanceof NoAnswer) return []
  const { status, headers } = answer
  if (status >= 300 && status < 400) {
    if (headers.get('location')?.toLowerCase().startsWith('https://') === true) return []
    return [
      finding(
        'warning',
        'https-redirect',
        'plain http is redirected to something that is no https',
        'What a client sends stays readable on the way.',
        'turn on "Always Use HTTPS" for the zone',
      ),
    ]
  }
  if (status >= 400)
    return [
      finding(
        'note',
        'https-redirect',
        `plain http is answered with ${status}, not with a redirect to https`,
        'It is safe; people who type the name get an error.',
        'turn on "Always Use HTTPS" for the zone',
      ),
    ]
  return [
    finding(
      'problem',
      'https-redirect',
      `plain http is answered with ${status}`,
      'What a client sends is readable on the way, its credential too.',
      'turn on "Always Use HTTPS" for the zone; see who answers there',
    ),
  ]
}

function workersDevFindings(answer: BoundedAnswer | NoAnswer, url: URL): readonly Finding[] {
  // Cloudflare itself answers 404 for a name that nobody has; Portcullis gives its answers an id.
  if (answer instanceof NoAnswer || !answer.headers.has('x-request-id')) return []
  return [
    finding(
      'problem',
      'workers-dev-served',
      `${url.host} answers`,
      "It is a second door: the zone's WAF rules, access rules and client certificates do not stand before it.",
      'workers_dev = false, then deploy',
    ),
  ]
}
