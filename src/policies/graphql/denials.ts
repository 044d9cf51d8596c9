import { type Deny, deny } from '../../core/decision.ts'
import type { JsonFault } from '../../lib/json-body.ts'
import type { GraphqlSettings } from './settings.ts'

const bad = (reason: string, sentence: string): Deny => deny(400, `graphql.${reason}`, { problem: { detail: sentence } })

/** What is wrong with a request before anybody looks at its document. */
export const ENVELOPE = {
  url: bad('url', 'The URL is ambiguous.'),
  method: deny(405, 'graphql.method', { headers: { allow: 'POST' }, problem: { detail: 'Send the request by POST.' } }),
  contentType: deny(415, 'graphql.content-type', { problem: { detail: 'The body must be application/json in UTF-8.' } }),
  coded: deny(415, 'graphql.content-encoding', { problem: { detail: 'The body must not be compressed.' } }),
  tooLarge: deny(413, 'graphql.too-large', { problem: { detail: 'The request is too large.' } }),
  bodyOnGet: bad('body', 'A GET has no body.'),
  queryString: bad('query-string', 'The query string must be empty here, and in a GET hold query, operationName, variables and extensions, each at most once.'),
  shape: bad(
    'envelope',
    'A request is an object with query (a text), and if need be operationName (a text), variables and extensions (objects), and nothing else.',
  ),
  batch: bad('batch', 'A list of requests is not accepted here, or not one of this length.'),
  documentId: bad('document-id', 'Send the document itself, or its id by POST, and not both unless they belong together.'),
  unlisted: deny(403, 'graphql.unlisted', { problem: { detail: 'This document is not one of those that are accepted here.' } }),
} as const satisfies Readonly<Record<string, Deny>>

/** What is wrong with its JSON. Nothing in it is counted but bytes and nesting: whatever else is too much is too large. */
export const JSON_DENIALS: Readonly<Record<JsonFault, Deny>> = {
  encoding: bad('encoding', 'The request is not UTF-8 without a byte order mark.'),
  syntax: bad('json', 'The request is not valid JSON.'),
  depth: bad('json-depth', 'The request is nested too deeply.'),
  'duplicate-key': bad('duplicate-key', 'An object in the request has a key more than once.'),
  'forbidden-key': bad('forbidden-key', 'The request has a key that is not allowed.'),
  'number-precision': bad('number-precision', 'The request has a number that is too large to be exact.'),
  'too-many-keys': ENVELOPE.tooLarge,
  'too-many-items': ENVELOPE.tooLarge,
  'string-length': ENVELOPE.tooLarge,
  'key-length': ENVELOPE.tooLarge,
  'number-length': ENVELOPE.tooLarge,
}

/** What may be wrong with a document. */
export type DocumentFault =
  | 'syntax'
  | 'tokens'
  | 'definition'
  | 'operations'
  | 'operation-name'
  | 'kind'
  | 'get'
  | 'fragment'
  | 'fragment-cycle'
  | 'duplicate'
  | 'introspection'
  | 'directive'
  | 'depth'
  | 'root-fields'
  | 'breadth'
  | 'fields'
  | 'aliases'
  | 'repeats'
  | 'directives'
  | 'list-size'
  | 'cost'

/** @returns how each fault of a document is refused, with the bounds in words. */
export function documentDenials(settings: GraphqlSettings): Readonly<Record<DocumentFault, Deny>> {
  return {
    syntax: bad('syntax', 'The document is not valid GraphQL.'),
    tokens: bad('tokens', `A document has at most ${settings.maxTokens} tokens.`),
    definition: bad('definition', 'A document holds operations and fragments, and nothing else.'),
    operations: bad('operations', `A document has at most ${settings.maxOperations} operations.`),
    'operation-name': bad('operation-name', 'Operations need names of their own where there are several, and operationName must be one of them.'),
    kind: deny(403, 'graphql.kind', { problem: { detail: `Operations are of these kinds here: ${settings.kinds.join(', ')}.` } }),
    get: deny(405, 'graphql.get', { headers: { allow: 'POST' }, problem: { detail: 'Only queries come by GET.' } }),
    fragment: bad('fragment', 'Every fragment is defined once, and used.'),
    'fragment-cycle': bad('fragment-cycle', 'A fragment must not hold itself.'),
    duplicate: bad('duplicate', 'Every argument, variable and input field is given once.'),
    introspection: deny(403, 'graphql.introspection', { problem: { detail: 'The schema cannot be read here.' } }),
    directive: bad('directive', `Directives are these here: ${settings.directives.join(', ') || 'none'}.`),
    depth: bad('depth', `Fields are nested at most ${settings.maxDepth} deep.`),
    'root-fields': bad('root-fields', `An operation has at most ${settings.maxRootFields} fields at its root.`),
    breadth: bad('breadth', `A selection set has at most ${settings.maxBreadth} fields.`),
    fields: bad('fields', `An operation has at most ${settings.maxFields} fields, with fragments in place.`),
    aliases: bad('aliases', `An operation has at most ${settings.maxAliases} aliases, with fragments in place.`),
    repeats: bad('repeats', `A field is asked for at most ${settings.maxRepeats} times in one place.`),
    directives: bad('directives', `An operation has at most ${settings.maxDirectives} directives, with fragments in place.`),
    'list-size': bad('list-size', `${settings.listArguments.join(', ')} must be whole numbers from 1.`),
    cost: bad('cost', `A request costs at most ${settings.maxCost}.`),
  }
}
