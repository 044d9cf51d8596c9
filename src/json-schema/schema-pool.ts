import { DRAFT_07, DRAFT_2020_12, type Rules } from './dialects.ts'
import type { SchemaTarget } from './keyword.ts'
import { Draft, SameSchemas } from './same-schemas.ts'
import { child, faultAt, type Place, SchemaDocuments } from './schema-documents.ts'
import { SchemaFault } from './schema-fault.ts'
import type { SchemaId, SchemaNode } from './schema-node.ts'
import { type SchemaContext, SchemaWriter } from './schema-writer.ts'

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
  'openapi-3.0': DRAFT_07,
  'openapi-3.1': DRAFT_2020_12,
}

/**
 * Takes schemas of several dialects and makes them into normalised ones that refer to each other by number: only those that are reachable, equal ones
 * only once. What it cannot take is a {@link SchemaFault}, never left out.
 */
export class SchemaPool {
  readonly #documents: SchemaDocuments
  readonly #same: SameSchemas
  /** Numbers and waiting schemas, by place and context. */
  readonly #known = new Map<string, Draft>()
  #waiting: { readonly draft: Draft; readonly place: Place; readonly context: SchemaContext }[] = []
  readonly #writer: SchemaWriter
  readonly #documentNumbers = new Map<object, number>()
  #nodes: SchemaNode[] = []

  constructor({ documents = {}, firstId = 0 }: SchemaPoolOptions = {}) {
    this.#documents = new SchemaDocuments(documents)
    this.#same = new SameSchemas(firstId)
    this.#writer = new SchemaWriter(this.#documents, { target: (place, context) => this.#target(place, context) })
  }

  /** The schemas so far; number i has the id `firstId + i`. */
  get nodes(): readonly SchemaNode[] {
    const { texts } = this.#same
    for (let i = this.#nodes.length; i < texts.length; i++) this.#nodes.push(JSON.parse(texts[i] as string))
    return this.#nodes
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
    const draft = this.#draft(place, { direction, closed, xml })
    const drafts: Draft[] = []
    try {
      // Grows while it is walked.
      for (const { draft, place, context } of this.#waiting) {
        draft.node = this.#writer.write(place, context, 'here')
        drafts.push(draft)
      }
    } catch (error) {
      for (const [key, waiting] of this.#known) if (this.#waiting.some(({ draft }) => draft === waiting)) this.#known.delete(key)
      throw error
    } finally {
      this.#waiting = []
    }
    this.#same.number(drafts)
    return (draft.meant() ?? draft).label as number
  }

  #target(place: Place, context: SchemaContext): SchemaTarget {
    return this.#draft(place, context)
  }

  #draft(given: Place, context: SchemaContext): Draft {
    const place = child(given) as Place
    const key = `${this.#numberOf(place.document)}${place.pointer} ${context.direction} ${context.closed} ${context.xml}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    if (this.#known.size >= MAX_SCHEMAS) throw faultAt(place, [], 'one more schema', `at most ${MAX_SCHEMAS}`, 'split the description')
    const draft = new Draft()
    this.#known.set(key, draft)
    this.#waiting.push({ draft, place, context })
    return draft
  }

  #numberOf(document: object): number {
    const known = this.#documentNumbers.get(document) ?? this.#documentNumbers.size
    this.#documentNumbers.set(document, known)
    return known
  }
}
