import type { CompressionFault } from '../../content/compressed.ts'
import { COMPRESSION_WORDS, type ContentFault, FAULT_WORDS } from '../../content/fault-words.ts'
import { type Deny, deny } from '../../core/decision.ts'
import type { Violation } from '../../core/problem.ts'
import type { PairsFault } from '../../lib/form-pairs.ts'

export const UNDESCRIBED = deny(404, 'openapi-requests.operation', { problem: { detail: 'There is no such operation.' } })
export const AMBIGUOUS_URL = deny(400, 'openapi-requests.url', { problem: { detail: 'The URL is ambiguous.' } })
export const METHOD_OVERRIDE = deny(400, 'openapi-requests.method-override', { problem: { detail: 'The method must be that of the request itself.' } })
export const NOT_ACCEPTABLE = deny(406, 'openapi-requests.accept', { problem: { detail: 'There is no answer in a media type that is accepted.' } })
export const QUERY_TOO_LONG = deny(400, 'openapi-requests.query-size', { problem: { detail: 'The query is too long.' } })

const querySyntax = (detail: string, sentence: string): Deny => deny(400, 'openapi-requests.query-syntax', { detail, problem: { detail: sentence } })

/** What a query is refused for before anything in it is read. */
export const QUERY_DENIALS: Readonly<Record<PairsFault, Deny>> = {
  encoding: querySyntax('encoding', 'The query is not valid percent-encoded UTF-8.'),
  nul: querySyntax('nul', 'The query holds a character that is not allowed.'),
  separator: querySyntax('separator', 'A semicolon in the query must be percent-encoded.'),
  'empty-parameter': querySyntax('empty-parameter', 'The query has a parameter without a name.'),
  'forbidden-name': querySyntax('forbidden-name', 'The query has a parameter name that is not allowed.'),
  'too-many': deny(400, 'openapi-requests.query-size', { problem: { detail: 'The query has too many parameters.' } }),
}

export const BODY_UNEXPECTED = deny(400, 'openapi-requests.body-unexpected', { problem: { detail: 'The request must have no body.' } })
export const BODY_MISSING = deny(400, 'openapi-requests.body-missing', { problem: { detail: 'A body is required.' } })
export const BODY_TOO_LARGE = deny(413, 'openapi-requests.too-large', { problem: { detail: 'The body is too large.' } })
export const CODED = deny(415, 'openapi-requests.content-encoding', { problem: { detail: 'The body must not be compressed.' } })
export const UNSUPPORTED_TYPE = deny(415, 'openapi-requests.content-type', {
  problem: { detail: 'The body has a media type or a charset that is not accepted here.' },
})

/** @returns what a compressed body is refused with, where such are accepted. */
export function badCompression(fault: CompressionFault): Deny {
  const { status, cause, sentence } = COMPRESSION_WORDS[fault]
  return deny(status, `openapi-requests.${cause}`, { problem: { detail: sentence } })
}

/** @returns what a body is refused with before a schema sees it. */
export function badContent(fault: ContentFault): Deny {
  const { cause, sentence } = FAULT_WORDS[fault]
  return deny(400, `openapi-requests.${cause}`, { detail: fault, problem: { detail: sentence } })
}

/** Path parameters that are not as described: there is nothing under such a path. */
export function noSuchPath(errors: readonly Violation[]): Deny {
  return deny(404, 'openapi-requests.path', { detail: errors, problem: { errors } })
}

/** Parameters that are not as described; with what is wrong with the body, where that is known, too. */
export function badParameters(errors: readonly Violation[]): Deny {
  return deny(400, 'openapi-requests.parameters', { detail: errors, problem: { errors } })
}

/** A body that is not as described. */
export function badBody(errors: readonly Violation[]): Deny {
  return deny(422, 'openapi-requests.body', { detail: errors, problem: { errors } })
}
