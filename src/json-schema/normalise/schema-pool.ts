import { SchemaFault } from '../schema-fault.ts'
import type { SchemaId, SchemaNode } from '../schema-node.ts'
import { DRAFT_07, DRAFT_2020_12, OPENAPI_30, OPENAPI_31, type Rules } from './dialects.ts'
import { Draft } from './draft.ts'
import { endlessAmong } from './endless.ts'
import { Numbering } from './numbering.ts'
import { SchemaDocuments } from './schema-documents.ts'
import { child, faultAt, keyOf, type Place } from './schema-place.ts'
import { NONE, type SchemaContext, SchemaWriter } from './schema-writer.ts'

/** How schemas are written; a document's `$schema` wins. OpenAPI 3.2 counts as 3.1. */
export type Dialect = 'draft-07' | '2020-12' | 'openapi-3.0' | 'openapi-3.1'

/** What a schema is for. */
export interface SchemaUse {
  readonly dialect: Dialect
  /** `request`: what is `readOnly` is refused and never required; `response`: what is `writeOnly`. Default: neither. */
  readonly direction?: 'request' | 'response'
  /** Refuse properties that are not listed, where the author says nothing about them; see `SchemaObject.closed`. Default: false. */
  readonly closed?: boolean
  /** Keep how values are written in XML. Default: false. */
  readonly xml?: boolean
}

/** What a pool starts with. */
export interface SchemaPoolOptions {
  /** JSON documents by absolute URI: what references may mean. Nothing is ever fetched. */
  readonly documents?: Readonly<Record<string, unknown>>
  /** The number of the first schema. Default: 0. */
  readonly firstId?: number
}

/** Most schemas of one pool: far more than any description has. */
const MAX_SCHEMAS = 100_000

const RULES: Readonly<Record<Dialect, Rules>> = {
  'draft-07': DRAFT_07,
  '2020-12': DRAFT_2020_12,
  'openapi-3.0': OPENAPI_30,
  'openapi-3.1': OPENAPI_31,
}

/** A schema that is to be written. */
interface Waiting {
  readonly draft: Draft
  readonly key: string
  readonly place: Place
  readonly context: SchemaContext
  readonly usage: 'here' | 'value'
}

/**
 * Takes schemas of several dialects and makes them into normalised ones that refer to each other by number: only those that are reachable, equal ones
 * only once. What it cannot take is a {@link SchemaFault}, never left out.
 */
export class SchemaPool {
  readonly #documents: SchemaDocuments
  readonly #same: Numbering
  /** By place and context. */
  readonly #known = new Map<string, Draft>()
  readonly #asked = new Set<string>()
  readonly #open = new Set<string>()
  readonly #writer: SchemaWriter
  #waiting: Waiting[] = []
  readonly #nodes: SchemaNode[] = []

  constructor({ documents = {}, firstId = 0 }: SchemaPoolOptions = {}) {
    this.#documents = new SchemaDocuments(documents)
    this.#same = new Numbering(firstId)
    this.#writer = new SchemaWriter(this.#documents, {
      target: (place, context) => this.#draft(place, context, 'here'),
      isAsked: (anchor) => this.#asked.has(anchor),
      ask: (anchor) => this.#asked.add(anchor),
      leaveOpen: ({ pointer }) => this.#open.add(`#${pointer}`),
    })
  }

  /** The schemas so far; number i has the id `firstId + i`. */
  get nodes(): readonly SchemaNode[] {
    const { texts } = this.#same
    for (let i = this.#nodes.length; i < texts.length; i++) this.#nodes.push(JSON.parse(texts[i] as string))
    return this.#nodes
  }

  /** Pointers, each into its document, of schemas of whose values unlisted properties are let through although nobody says so: several schemas describe them, in ways that are not seen through. */
  get open(): ReadonlySet<string> {
    return this.#open
  }

  /** Adds the schema at an absolute URI with a fragment. @throws {SchemaFault} */
  addAt(uri: string, use: SchemaUse): SchemaId {
    const place = this.#documents.find(uri, RULES[use.dialect])
    if (place === undefined)
      throw new SchemaFault({ pointer: uri, found: 'nothing', expected: 'a schema', fix: 'correct the URI, or add the document that it names' })
    return this.#add(place, use)
  }

  /** Adds a schema that was written by hand. @throws {SchemaFault} */
  add(schema: unknown, use: SchemaUse): SchemaId {
    return this.#add(this.#documents.enter(schema, RULES[use.dialect]), use)
  }

  #add(place: Place, { direction, closed = false, xml = false }: SchemaUse): SchemaId {
    const context: SchemaContext = { direction, closed, xml, shared: NONE, refused: NONE, decided: NONE, together: 0 }
    for (;;) {
      const asked = this.#asked.size
      const draft = this.#draft(place, context, closed || direction !== undefined ? 'value' : 'here')
      try {
        const written = this.#writeWaiting()
        if (this.#asked.size === asked) {
          this.#same.number(written)
          this.#waiting = []
          return (draft.meant() ?? draft).label as number
        }
      } finally {
        // What is without a number yet is written anew: schemas must offer what has been asked for only now.
        for (const { key } of this.#waiting) this.#known.delete(key)
        this.#waiting = []
      }
    }
  }

  #writeWaiting(): readonly Draft[] {
    // Grows while it is walked.
    for (const { draft, place, context, usage } of this.#waiting) draft.node = this.#writer.write(place, context, usage)
    const drafts = this.#waiting.map(({ draft }) => draft)
    const endless = endlessAmong(drafts)
    const place = this.#waiting.find(({ draft }) => draft === endless)?.place
    if (place !== undefined) throw faultAt(place, [], 'a schema that applies itself to the same value', 'one that ends', 'remove the circle of references')
    return drafts
  }

  #draft(given: Place, context: SchemaContext, usage: Waiting['usage']): Draft {
    const place = child(given) as Place
    const key = JSON.stringify([usage, keyOf(place), ...Object.values(context).map((part) => (part instanceof Set ? [...part].toSorted() : part))])
    const known = this.#known.get(key)
    if (known !== undefined) return known
    if (this.#known.size >= MAX_SCHEMAS) throw faultAt(place, [], 'one more schema', `at most ${MAX_SCHEMAS}`, 'split the description')
    const draft = new Draft()
    this.#known.set(key, draft)
    this.#waiting.push({ draft, key, place, context, usage })
    return draft
  }
}
