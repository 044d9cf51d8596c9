import type { BoundedAnswer } from './bounded-fetch.ts'
import { EXIT, type ExitCode, Failure } from './failure.ts'
import { harmless } from './harmless.ts'

/** What is shown of a problem document is no longer. */
const MAX_TEXT = 500
const MAX_ERRORS = 20

/** @returns what an answer means that is no success, in words, from its problem document (RFC 9457) where there is one. */
export function refusal({ status, headers, text }: BoundedAnswer, baseUrl: URL): Failure {
  if (status >= 300 && status < 400)
    return new Failure(
      EXIT.refused,
      `${baseUrl.origin} answered with a redirect (${status}), which is not followed: the token is for this address alone. Cloudflare Access sends whom it does not know to a login page: set PORTCULLIS_ACCESS_CLIENT_ID and PORTCULLIS_ACCESS_CLIENT_SECRET, or give its JWT as the token.`,
    )
  const document = headers.get('content-type')?.includes('json') === true ? parsed(text) : {}
  const errors = errorsOf(document)
  return new Failure(codeOf(status, errors.length > 0), [`${hint(status, errors.length > 0)}${said(document)}`, ...errors, ...requestOf(document)].join('\n'))
}

/** A 422 that names places in the request is about what was asked; one that names none, about the idempotency key. */
function codeOf(status: number, namesPlaces: boolean): ExitCode {
  switch (status) {
    case 401:
    case 403:
    case 404:
      return EXIT.refused
    case 409:
      return EXIT.conflict
    case 422:
      return namesPlaces ? EXIT.asked : EXIT.conflict
    default:
      return EXIT.asked
  }
}

function hint(status: number, namesPlaces: boolean): string {
  switch (status) {
    case 401:
      return 'Refused (401): the token is not good here.'
    case 403:
      return 'Refused (403): the role of this token does not allow it.'
    case 404:
      return 'Refused (404): there is no such thing, no admin API at this address, or the token is not good here. The admin API shows itself to nobody else.'
    case 409:
      return 'Conflict (409): somebody else changed it meanwhile, or it is not in a state for that.'
    case 422:
      return namesPlaces ? 'The gateway does not take it (422).' : 'Conflict (422): the idempotency key was used for another change.'
    default:
      return `The gateway does not take it (${status}).`
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function said({ detail }: Readonly<Record<string, unknown>>): string {
  return typeof detail === 'string' && detail !== '' ? ` ${shownText(detail)}` : ''
}

function errorsOf({ errors }: Readonly<Record<string, unknown>>): readonly string[] {
  if (!Array.isArray(errors)) return []
  return errors.slice(0, MAX_ERRORS).flatMap((error: unknown) => {
    const { pointer, detail } = (error ?? {}) as { readonly pointer?: unknown; readonly detail?: unknown }
    return typeof detail === 'string' ? [`  ${typeof pointer === 'string' ? `${shownText(pointer)}: ` : ''}${shownText(detail)}`] : []
  })
}

/** On one line, whatever is in it. */
function shownText(text: string): string {
  return harmless(text.slice(0, MAX_TEXT))
}

function requestOf({ requestId }: Readonly<Record<string, unknown>>): readonly string[] {
  return typeof requestId === 'string' && /^[\w-]{1,64}$/.test(requestId) ? [`  request ${requestId}`] : []
}
