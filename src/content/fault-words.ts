import type { PairsFault } from '../lib/form-pairs.ts'
import type { JsonFault } from '../lib/json-body.ts'
import type { CompressionFault } from './compressed.ts'
import type { MultipartFault } from './multipart.ts'
import type { SequenceFault } from './ndjson.ts'
import type { XmlFault } from './xml.ts'

/** Why bytes of some media type say nothing that everybody reads alike, or say too much. */
export type ContentFault = JsonFault | SequenceFault | PairsFault | MultipartFault | XmlFault

/** What kind of fault it is: the second half of a policy's reason. */
export type FaultCause =
  | 'encoding'
  | 'depth'
  | 'body-syntax'
  | 'body-limit'
  | 'duplicate-key'
  | 'forbidden-key'
  | 'number-precision'
  | 'doctype'
  | 'part-header'
  | 'file-name'
  | 'file-type'

/** A fault in words: for operators, and for callers. */
export interface FaultWords {
  readonly cause: FaultCause
  readonly sentence: string
}

const words = (cause: FaultCause, sentence: string): FaultWords => ({ cause, sentence })

/** Each fault in words, which never repeat what was sent. */
export const FAULT_WORDS: Readonly<Record<ContentFault, FaultWords>> = {
  encoding: words('encoding', 'The body is not UTF-8 without a byte order mark.'),
  depth: words('depth', 'The body is nested too deeply.'),
  syntax: words('body-syntax', 'The body is not valid JSON.'),
  'duplicate-key': words('duplicate-key', 'An object in the body has a key more than once.'),
  'forbidden-key': words('forbidden-key', 'The body has a key that is not allowed.'),
  'forbidden-name': words('forbidden-key', 'The body has a name that is not allowed.'),
  'number-precision': words('number-precision', 'The body has a number that is too large to be exact.'),
  'too-many-keys': words('body-limit', 'The body has too many keys.'),
  'too-many-items': words('body-limit', 'The body has a list with too many items.'),
  'string-length': words('body-limit', 'The body has a text that is too long.'),
  'key-length': words('body-limit', 'The body has a key that is too long.'),
  'number-length': words('body-limit', 'The body has a number with too many digits.'),

  framing: words('body-syntax', 'The body is not divided as its media type says.'),
  'too-many-records': words('body-limit', 'The body has too many records.'),
  'record-length': words('body-limit', 'The body has a record that is too long.'),

  nul: words('body-syntax', 'The form has a character that is not allowed.'),
  separator: words('body-syntax', 'A semicolon in the form must be percent-encoded.'),
  'empty-parameter': words('body-syntax', 'The form has a field without a name.'),
  'too-many': words('body-limit', 'The form has too many fields.'),

  boundary: words('body-syntax', 'The content type must have a boundary, and nothing else.'),
  'too-many-parts': words('body-limit', 'The form has too many parts.'),
  'part-length': words('body-limit', 'The form has a part that is too long.'),
  'part-header-length': words('body-limit', 'The form has a part with too long a header.'),
  'part-header': words('part-header', 'A part of the form has a header that is not allowed here.'),
  'part-name': words('part-header', 'A part of the form has a name that is not allowed.'),
  'part-type': words('part-header', 'A part of the form has a content type that is none, or a charset other than UTF-8.'),
  nested: words('part-header', 'A part of the form must not have parts of its own.'),
  'file-name': words('file-name', 'A file has a name that is not allowed.'),
  'type-mismatch': words('file-type', 'A file is not of the type that it says.'),

  'xml-syntax': words('body-syntax', 'The body is not well-formed XML 1.0 with namespaces.'),
  doctype: words('doctype', 'The body must not have a document type declaration.'),
  'processing-instruction': words('body-syntax', 'The body must not have processing instructions.'),
  comment: words('body-syntax', 'The body must not have comments.'),
  'too-many-elements': words('body-limit', 'The body has too many elements.'),
  'too-many-attributes': words('body-limit', 'The body has an element with too many attributes.'),
  'text-length': words('body-limit', 'The body has a text that is too long.'),
  'name-length': words('body-limit', 'The body has a name that is too long.'),
}

/** What a compressed body is refused with, where such are accepted: its status, the second half of a policy's reason, and words. */
export const COMPRESSION_WORDS = {
  coding: { status: 415, cause: 'content-encoding', sentence: 'The body must be compressed with gzip or deflate, once, or not at all.' },
  broken: { status: 400, cause: 'compression', sentence: 'The body is not one whole stream of its content coding.' },
  'too-large': { status: 413, cause: 'too-large', sentence: 'The body is too large.' },
  ratio: { status: 413, cause: 'compression-ratio', sentence: 'The body becomes too large when it is decompressed.' },
} as const satisfies Readonly<Record<CompressionFault, { readonly status: number; readonly cause: string; readonly sentence: string }>>
