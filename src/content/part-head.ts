import { type ContentType, parseContentType } from '../lib/content-type.ts'
import { isForbiddenKey } from '../lib/json-keys.ts'
import { isPlainFileName, isPlainText } from './file-name.ts'

/** What stands before a part's content (RFC 7578 §4). */
export interface PartHead {
  readonly name: string
  /** Empty where a form was sent without choosing a file. */
  readonly fileName?: string
  readonly contentType?: ContentType
  /** Others, by lower-case name, where they are expected. */
  readonly headers: ReadonlyMap<string, string>
}

/** What is wrong with it. */
export type HeadFault = 'part-header' | 'part-name' | 'file-name' | 'part-type' | 'nested'

/** What may stand there. */
export interface HeadRules {
  readonly maxHeaders: number
  readonly maxNameLength: number
  /** Headers beside Content-Disposition and Content-Type, by lower-case name. */
  readonly headers?: ReadonlySet<string> | undefined
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** Longer content types are nobody's. */
const MAX_TYPE_LENGTH = 256
const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
/** Always quoted, as all clients do: not all servers read names that are not. A quoted text has no backslash: some take it for an escape and some for part of a path. */
const DISPOSITION = new RegExp(`^form-data((?:[ \\t]*;[ \\t]*${TOKEN}="[^"\\\\]*")+)$`, 'i')
const PARAMETER = new RegExp(`;[ \\t]*(${TOKEN})="([^"\\\\]*)"`, 'g')

/**
 * Reads the header of a part: strict UTF-8, one line each, ended by CRLF, none folded, none twice. `Content-Transfer-Encoding` is none of HTTP's (RFC 7578 §4.7), and `filename*` must not be
 * there (§4.2): readers that know them see other content and other names than readers that do not.
 * @param bytes without the empty line behind it.
 */
export function readPartHead(bytes: Uint8Array, rules: HeadRules): PartHead | HeadFault {
  const fields = readFields(bytes, rules)
  if (fields === undefined) return 'part-header'
  const { disposition, type, headers } = fields
  const parameters = readDisposition(disposition)
  if (parameters === undefined) return 'part-header'
  const { name, fileName } = parameters
  if (!isPartName(name, rules.maxNameLength)) return 'part-name'
  if (fileName !== undefined && fileName !== '' && !isPlainFileName(fileName)) return 'file-name'
  const contentType = type === undefined || type.length > MAX_TYPE_LENGTH ? undefined : parseContentType(type)
  if (type !== undefined && (contentType === undefined || !isUtf8(contentType))) return 'part-type'
  if (contentType !== undefined && /^(?:multipart|message)\//.test(contentType.mediaType)) return 'nested'
  return { name, headers, ...(fileName !== undefined && { fileName }), ...(contentType !== undefined && { contentType }) }
}

interface Fields {
  readonly disposition: string
  readonly type: string | undefined
  readonly headers: ReadonlyMap<string, string>
}

function readFields(bytes: Uint8Array, { maxHeaders, headers: expected }: HeadRules): Fields | undefined {
  const text = decode(bytes)
  if (text === undefined) return undefined
  const lines = text.split('\r\n')
  if (lines.length > maxHeaders) return undefined
  const fields = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0))
    const value = withoutSpaces(line.slice(colon + 1))
    if (!NAME.test(name) || /\p{Cc}/u.test(value.replaceAll('\t', ' '))) return undefined
    const key = name.toLowerCase()
    if (fields.has(key) || !(key === DISPOSITION_NAME || key === TYPE_NAME || expected?.has(key))) return undefined
    fields.set(key, value)
  }
  const disposition = fields.get(DISPOSITION_NAME)
  const type = fields.get(TYPE_NAME)
  fields.delete(DISPOSITION_NAME)
  fields.delete(TYPE_NAME)
  return disposition === undefined ? undefined : { disposition, type, headers: fields }
}

const DISPOSITION_NAME = 'content-disposition'
const TYPE_NAME = 'content-type'

function readDisposition(field: string): { readonly name: string; readonly fileName: string | undefined } | undefined {
  const list = DISPOSITION.exec(field)?.[1]
  if (list === undefined) return undefined
  const parameters = new Map<string, string>()
  for (const [, key = '', text = ''] of list.matchAll(PARAMETER)) {
    const parameter = key.toLowerCase()
    if (parameters.has(parameter) || (parameter !== 'name' && parameter !== 'filename')) return undefined
    parameters.set(parameter, text)
  }
  const name = parameters.get('name')
  return name === undefined ? undefined : { name, fileName: parameters.get('filename') }
}

/** `_charset_` would change how all others are read (RFC 7578 §4.6). Percent signs are what browsers write quotes and line ends with: nobody agrees on reading them. */
function isPartName(name: string, maxLength: number): boolean {
  return name !== '' && name.length <= maxLength && isPlainText(name) && !isForbiddenKey(name) && name !== '_charset_' && !/%(?:22|0d|0a|00)/i.test(name)
}

/** By a loop: a pattern for spaces at the end tries each run of spaces in the middle, from each of its places. */
function withoutSpaces(text: string): string {
  let from = 0
  let end = text.length
  while (from < end && isSpace(text, from)) from++
  while (end > from && isSpace(text, end - 1)) end--
  return text.slice(from, end)
}

function isSpace(text: string, at: number): boolean {
  return text[at] === ' ' || text[at] === '\t'
}

function isUtf8({ parameters }: ContentType): boolean {
  const charset = parameters.get('charset')
  return charset === undefined || charset.toLowerCase() === 'utf-8'
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes)
  } catch {
    return undefined
  }
}
