import { decodeFormText, type FormPair } from '../lib/form-pairs.ts'
import type { ContentFault } from './fault-words.ts'
import type { FormPart } from './multipart.ts'

/** An object without a prototype, or why there is none. */
export type PlainReading =
  | { readonly value: Readonly<Record<string, unknown>>; readonly fault?: never }
  | { readonly fault: ContentFault; readonly value?: never }

/** A file of a form, as a schema sees it: what is in it stays bytes. */
export interface PlainFile {
  readonly fileName: string
  /** As it says itself, in lower case, and not contradicted by its bytes; `application/octet-stream` where it says nothing. */
  readonly type: string
  /** In bytes. */
  readonly size: number
}

/** @returns the pairs of a form as an object of texts; those that may repeat are lists, even of one. */
export function plainPairs(pairs: readonly FormPair[], repeatable: ReadonlySet<string>): PlainReading {
  const fields = new PlainFields(repeatable)
  for (const { name, raw } of pairs) {
    const value = decodeFormText(raw)
    if (value === undefined) return { fault: 'encoding' }
    const fault = fields.add(name, value)
    if (fault !== undefined) return { fault }
  }
  return fields
}

/** @returns the parts of a form as an object: a text for each field, a {@link PlainFile} for each file. */
export function plainParts(parts: readonly FormPart[], repeatable: ReadonlySet<string>): PlainReading {
  const fields = new PlainFields(repeatable)
  for (const part of parts) {
    const value = part.fileName === undefined ? textOf(part.content) : fileOf(part, part.fileName)
    if (value === undefined) return { fault: 'encoding' }
    const fault = fields.add(part.name, value)
    if (fault !== undefined) return { fault }
  }
  return fields
}

/** Collects values by names that a client chose. */
export class PlainFields {
  readonly value: Record<string, unknown> = Object.create(null)
  readonly #repeatable: ReadonlySet<string>

  constructor(repeatable: ReadonlySet<string>) {
    this.#repeatable = repeatable
  }

  /** @returns a fault where a name that may not repeat does: some servers take the first, some the last. */
  add(name: string, value: unknown): 'duplicate-key' | undefined {
    const earlier = this.value[name]
    if (!this.#repeatable.has(name)) {
      if (earlier !== undefined) return 'duplicate-key'
      this.value[name] = value
    } else if (Array.isArray(earlier)) earlier.push(value)
    else this.value[name] = [value]
    return undefined
  }
}

function fileOf({ contentType, content }: FormPart, fileName: string): PlainFile {
  return { fileName, type: contentType?.mediaType ?? 'application/octet-stream', size: content.byteLength }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** @returns the text of a field: strict UTF-8. */
export function textOf(content: Uint8Array): string | undefined {
  try {
    return UTF8.decode(content)
  } catch {
    return undefined
  }
}
