import type { Deny } from '../../core/decision.ts'
import { sha256Hex } from '../../lib/sha256-hex.ts'
import { ENVELOPE } from './denials.ts'
import { readDocument } from './document.ts'
import type { Envelope } from './envelope.ts'
import type { GraphqlSettings } from './settings.ts'
import type { Document } from './structure.ts'

/** The document that a request means. */
export interface Meant {
  readonly kind: 'meant'
  readonly text: string
  /** @throws {DocumentRefused} */
  read(): Document
  /** The client sent only an id. */
  readonly byId: boolean
}

/** One that the configuration lists: read when it is first asked for, then kept. */
class Listed {
  readonly text: string
  #document: Document | undefined

  constructor(text: string) {
    this.text = text
  }

  read(settings: GraphqlSettings): Document {
    this.#document ??= readDocument(this.text, settings)
    return this.#document
  }
}

/** Finds the document of a request, by its text or by an id that stands for one. */
export class KnownDocuments {
  readonly #settings: GraphqlSettings
  readonly #byText = new Map<string, Listed>()
  readonly #byId = new Map<string, Listed>()

  constructor(settings: GraphqlSettings) {
    this.#settings = settings
    for (const [id, text] of Object.entries(settings.documents ?? {})) {
      const listed = this.#byText.get(text) ?? new Listed(text)
      this.#byText.set(text, listed)
      // An id of the configuration's own is never another document's hash: the hash is set last.
      this.#byId.set(id, listed)
    }
    for (const [text, listed] of this.#byText) this.#byId.set(`sha256:${sha256Hex(text)}`, listed)
  }

  /** @returns the document, or why there is none. A text and an id that do not belong together are two documents. */
  find({ query, documentId, hash }: Envelope): Meant | Deny {
    const ids = [...(documentId === undefined ? [] : [documentId]), ...(hash === undefined ? [] : [`sha256:${hash}`])]
    if (query !== undefined) return this.#ofText(query, ids)
    const [first, ...others] = ids.map((id) => this.#byId.get(id))
    if (first === undefined) return ENVELOPE.unlisted
    return others.every((other) => other === first) ? this.#meant(first, true) : ENVELOPE.documentId
  }

  #ofText(text: string, ids: readonly string[]): Meant | Deny {
    const listed = this.#byText.get(text)
    if (ids.length > 0) {
      const own = `sha256:${sha256Hex(text)}`
      const belongs = ids.every((id) => id === own || (listed !== undefined && this.#byId.get(id) === listed))
      if (!belongs) return ENVELOPE.documentId
    }
    if (listed !== undefined) return this.#meant(listed, false)
    if (this.#settings.allow === 'listed') return ENVELOPE.unlisted
    return { kind: 'meant', text, read: () => readDocument(text, this.#settings), byId: false }
  }

  #meant(listed: Listed, byId: boolean): Meant {
    return { kind: 'meant', text: listed.text, read: () => listed.read(this.#settings), byId }
  }
}
