import { type Dialect, SchemaPool, type SchemaUse } from '../json-schema/normalise/schema-pool.ts'
import type { SchemaId, SchemaNode } from '../json-schema/schema-node.ts'
import type { Place } from './place.ts'

/** Under which address the description's own schemas are referred to. */
export const DOCUMENT = 'urn:openapi'

/** Gives numbers to the schemas of a description. */
export class SchemaNumbers {
  readonly #pool: SchemaPool
  readonly #dialect: Dialect

  /** @param firstId the first number. */
  constructor(root: Place, version: '3.0' | '3.1' | '3.2', firstId: number) {
    this.#pool = new SchemaPool({ documents: { [DOCUMENT]: root.value }, firstId })
    this.#dialect = version === '3.0' ? 'openapi-3.0' : 'openapi-3.1'
  }

  /** @returns the number of a schema that stands in the description. */
  of(place: Place, direction: NonNullable<SchemaUse['direction']>, { xml = false }: { readonly xml?: boolean } = {}): SchemaId {
    const fragment = encodeURI(place.pointer.slice(1)).replaceAll('#', '%23')
    return this.#pool.addAt(`${DOCUMENT}#${fragment}`, { dialect: this.#dialect, direction, closed: true, ...(xml && { xml }) })
  }

  /** @returns the number of a schema of the importer's own. */
  add(schema: unknown): SchemaId {
    return this.#pool.add(schema, { dialect: '2020-12' })
  }

  /** Pointers of schemas of whose values unlisted properties are let through, see `SchemaPool.open`. */
  get open(): ReadonlySet<string> {
    return this.#pool.open
  }

  get nodes(): readonly SchemaNode[] {
    return this.#pool.nodes
  }
}
