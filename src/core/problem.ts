/** One thing wrong with the request's input. It names the place and the rule, never the value. */
export interface Violation {
  /** Where: a JSON pointer (RFC 6901) under `#` for a body, else `query`, `path`, `header` or `cookie` and a name: `#/items/0/id`, `query/limit`. */
  readonly pointer: string
  /** What to send instead, in words. */
  readonly detail: string
  /** The rule that was broken, by the keyword of the schema: `maxLength`. */
  readonly rule?: string
}

/** Most violations that one denial names: a client needs no more, and a denial must not be larger than its request is worth. */
export const MAX_VIOLATIONS = 20

/** Up to this size of a body, in bytes, all violations are collected; a larger one could hold so many that finding them is an attack. */
export const EVERY_VIOLATION_BYTES = 16_384

/** The part of a denial that its caller may read. */
export interface PublicProblem {
  /** A registered problem type; `about:blank` unless given. */
  readonly type?: string
  /** One sentence for the caller; never a reason code, a value or an internal name. */
  readonly detail?: string
  readonly errors?: readonly Violation[]
  /** Names of the limits that were exceeded (draft-ietf-httpapi-ratelimit-headers). */
  readonly violatedPolicies?: readonly string[]
}

/**
 * The body of a denial where a protocol has errors of its own and its callers understand no others (RFC 8935 §2.3). Constant for a reason: nothing of the request stands in it,
 * and no more of why than the protocol asks for.
 */
export interface ProtocolDocument {
  readonly mediaType: string
  readonly text: string
}

/** HTTP's own phrases: with `about:blank`, RFC 9457 §4.2.1 asks for them as titles. */
const TITLES = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  409: 'Conflict',
  410: 'Gone',
  411: 'Length Required',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  416: 'Range Not Satisfiable',
  422: 'Unprocessable Content',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
} as const

/** The statuses that a denial may carry. */
export type DenyStatus = keyof typeof TITLES

/** The media type of {@link problemDocument} (RFC 9457 §3). */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json'

/** Writes a denial for the public (RFC 9457). The only place where text for callers is put together. */
export function problemDocument(status: DenyStatus, requestId: string, problem?: PublicProblem): string {
  return JSON.stringify({
    type: problem?.type ?? 'about:blank',
    title: TITLES[status],
    status,
    detail: problem?.detail,
    errors: problem?.errors,
    'violated-policies': problem?.violatedPolicies,
    requestId,
  })
}
