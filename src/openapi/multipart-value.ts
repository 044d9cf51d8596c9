import { isJson } from '../content/media-kind.ts'
import type { FormPart } from '../content/multipart.ts'
import { textOf } from '../content/plain-fields.ts'
import type { Violation } from '../core/problem.ts'
import { KIND } from '../json-schema/kinds.ts'
import type { SchemaNode } from '../json-schema/schema-node.ts'
import type { Schemas } from '../json-schema/schemas.ts'
import { type JsonFault, type JsonLimits, readJson } from '../lib/json-body.ts'
import { jsonPointer } from '../lib/json-pointer.ts'
import { delimitedReader } from './delimited-text.ts'
import type { Encoding, MediaType } from './description.ts'
import { NOT_LISTED, note } from './parameter-value.ts'
import { judgePartHeaders } from './part-headers.ts'
import { isPlainName } from './read-query.ts'
import { SchemaFacts } from './schema-facts.ts'
import { textValueOf } from './text-value.ts'
import { Unread } from './unread.ts'

/** What a form says, or why it says nothing. */
export type MultipartValueReading =
  | { readonly kind: 'sound'; readonly value: Readonly<Record<string, unknown>> }
  | { readonly kind: 'violations'; readonly violations: readonly Violation[] }
  | { readonly kind: 'fault'; readonly fault: JsonFault }

const BYTES = new TextDecoder('latin1')
const BINARY = 'application/octet-stream'

/**
 * Makes the value of a form's parts (OpenAPI 3.2 §4.15.2): each part a property, or an item of one that is a list; JSON where the part, its `encoding` or the schema says so; a file as a text with one character for each
 * byte, so that `maxLength` is its size; else the text that the schema says. Parts that nothing describes become properties, too, for the schema to judge, if their
 * names are plain: `role[]` and ` role` are `role` to PHP and Rack.
 */
export class MultipartValue {
  /** Names of headers that parts may have beside their own. */
  readonly headers: ReadonlySet<string>
  readonly #node: SchemaNode
  readonly #listed: ReadonlySet<string>
  readonly #encoding: Readonly<Record<string, Encoding>>
  readonly #facts: SchemaFacts
  readonly #schemas: Schemas
  readonly #json: JsonLimits

  constructor({ schema, encoding = {} }: MediaType, schemas: Schemas, json: JsonLimits) {
    this.#node = schema === undefined ? true : schemas.node(schema)
    this.#encoding = encoding
    this.#facts = SchemaFacts.of(schemas)
    this.#schemas = schemas
    this.#json = json
    this.#listed = new Set([...this.#facts.names(this.#node), ...Object.keys(encoding)])
    this.headers = new Set(Object.values(encoding).flatMap(({ headers = {} }) => Object.keys(headers)))
  }

  read(parts: readonly FormPart[]): MultipartValueReading {
    const found: Violation[] = []
    const value: Record<string, unknown> = Object.create(null)
    for (const part of parts) {
      const { name } = part
      if (!this.#listed.has(name) && !isPlainName(name)) {
        note(found, { pointer: jsonPointer('#', [name]), rule: 'additionalProperties', detail: NOT_LISTED })
        continue
      }
      const node = this.#facts.property(this.#node, name)
      const isList = node !== undefined && (this.#facts.types(node) & KIND.array) !== 0 && !this.#isDocument(part)
      const encoding = Object.hasOwn(this.#encoding, name) ? this.#encoding[name] : undefined
      const delimiter = delimiterOf(encoding)
      const list = isList && delimiter === undefined ? listAt(value, name) : undefined
      const pointer = jsonPointer('#', list === undefined ? [name] : [name, list.length])
      if (!isOfType(part, encoding)) note(found, { pointer, rule: 'contentType', detail: 'expected a content type that is described for this part' })
      judgePartHeaders(part.headers, encoding?.headers ?? {}, pointer, this.#schemas, found)
      const item = list === undefined ? node : this.#facts.item(node as SchemaNode, list.length)
      const one = delimiter === undefined ? this.#valueOf(part, item, encoding) : this.#delimited(part, node, delimiter)
      if (one.value instanceof Unread) note(found, { pointer, rule: 'style', detail: `expected: ${one.value.detail}` })
      if (one.fault !== undefined) return { kind: 'fault', fault: one.fault }
      if (list !== undefined) list.push(one.value)
      else if (name in value) note(found, { pointer, rule: 'style', detail: 'expected: send it once' })
      else value[name] = one.value
    }
    return found.length > 0 ? { kind: 'violations', violations: found } : { kind: 'sound', value }
  }

  /** A JSON text may be a whole list. */
  #isDocument({ contentType, name }: FormPart): boolean {
    const [described] = Object.hasOwn(this.#encoding, name) ? (this.#encoding[name]?.contentType ?? []) : []
    return isJson(contentType?.mediaType ?? described ?? '') && !this.#isListOfObjects(name)
  }

  /** Whose items are JSON texts, each a part of its own. */
  #isListOfObjects(name: string): boolean {
    const node = this.#facts.property(this.#node, name)
    const item = node === undefined ? undefined : this.#facts.item(node, 0)
    return item !== undefined && (this.#facts.types(item) & KIND.object) !== 0
  }

  #valueOf(part: FormPart, node: SchemaNode | undefined, encoding: Encoding | undefined): { readonly value?: unknown; readonly fault?: JsonFault } {
    const { content, contentType, fileName } = part
    const type = contentType?.mediaType ?? encoding?.contentType?.[0] ?? this.#defaultType(part, node)
    if (isJson(type)) return readJson(content, this.#json)
    if (fileName !== undefined || !(type.startsWith('text/') || contentType === undefined) || isBinary(node)) return { value: BYTES.decode(content) }
    const text = textOf(content)
    return text === undefined ? { fault: 'encoding' } : { value: textValueOf(text, node, this.#facts) }
  }

  /** Several values in one part, as a style says that is not exploded. Nothing is percent-encoded there. */
  #delimited({ content }: FormPart, node: SchemaNode | undefined, delimiter: string): { readonly value?: unknown; readonly fault?: JsonFault } {
    const text = textOf(content)
    if (text === undefined) return { fault: 'encoding' }
    return { value: delimitedReader(node, { delimiter, assigned: false, decode: (raw) => raw }, this.#facts)(text) }
  }

  /** What a part is that does not say it: an object is JSON, everything else a text. */
  #defaultType({ fileName }: FormPart, node: SchemaNode | undefined): string {
    if (fileName !== undefined) return BINARY
    return node !== undefined && this.#facts.types(node) === KIND.object ? 'application/json' : 'text/plain'
  }
}

/** @returns the list under a name, begun where there is none. */
function listAt(value: Record<string, unknown>, name: string): unknown[] {
  const list = (value[name] as unknown[] | undefined) ?? []
  value[name] = list
  return list
}

/** @returns what stands between several values in one part; undefined where each has a part of its own. */
function delimiterOf(encoding: Encoding | undefined): string | undefined {
  if (encoding?.style === undefined || encoding.explode !== false) return undefined
  if (encoding.style === 'spaceDelimited') return ' '
  return encoding.style === 'pipeDelimited' ? '|' : ','
}

function isBinary(node: SchemaNode | undefined): boolean {
  return typeof node === 'object' && node.format === 'binary'
}

/** A part that does not say its type is a text (RFC 7578 §4.4). */
function isOfType({ contentType }: FormPart, encoding: Encoding | undefined): boolean {
  const ranges = encoding?.contentType
  // A style is for texts alone, and goes before a content type (OpenAPI 3.2 §4.8.15).
  if (ranges === undefined || encoding?.style !== undefined) return true
  const type = contentType?.mediaType ?? 'text/plain'
  return ranges.some((range) => {
    const described = (range.split(';', 1)[0] as string).trim()
    return described === '*/*' || described === type || (described.endsWith('/*') && type.startsWith(described.slice(0, -1)))
  })
}
