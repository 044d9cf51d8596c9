import type { Violation } from '../core/problem.ts'
import type { Schemas } from '../json-schema/schemas.ts'
import { decodeFormText, type FormPair } from '../lib/form-pairs.ts'
import type { JsonLimits } from '../lib/json-body.ts'
import { deepRoot } from './deep-object.ts'
import type { Parameter } from './description.ts'
import { documentField } from './document-field.ts'
import { type Field, fieldOf } from './parameter-style.ts'
import { contentReader, note, ParameterValue, unlisted } from './parameter-value.ts'
import { SchemaFacts } from './schema-facts.ts'

/** Reads the parameters of a query. What is wrong is added to `found`. */
export type ReadQuery = (pairs: readonly FormPair[], found: Violation[]) => Readonly<Record<string, unknown>>

/** Which field a pair belongs to: by exact name first; then what stands before a bracket; then the one field that takes what nothing lists. */
export class FieldIndex {
  readonly #byName = new Map<string, number>()
  readonly #byRoot = new Map<string, number>()
  readonly #rest: number = -1

  constructor(fields: readonly Field[], propertiesOf: (index: number) => { readonly names: Iterable<string>; readonly isOpen: boolean }) {
    for (const [i, { name, takesName, takesBelow }] of fields.entries()) {
      if (takesName) this.#byName.set(name, i)
      if (takesBelow) this.#byRoot.set(name, i)
    }
    for (const [i, { takesProperties }] of fields.entries()) {
      if (!takesProperties) continue
      const { names, isOpen } = propertiesOf(i)
      for (const name of names) if (!this.#byName.has(name)) this.#byName.set(name, i)
      if (isOpen && this.#rest < 0) this.#rest = i
    }
  }

  /** @returns the number of the field, or -1 */
  find(name: string): number {
    const exact = this.#byName.get(name)
    if (exact !== undefined) return exact
    if (name.includes('[')) return this.#byRoot.get(deepRoot(name)) ?? -1
    return this.#rest >= 0 && isPlainName(name) ? this.#rest : -1
  }
}

/** Names that no framework folds into others, and that no server takes for the method. Where anything may come, these only. */
export function isPlainName(name: string): boolean {
  return /^[\w-]+$/.test(name) && name.toLowerCase() !== '_method'
}

/** @returns a reader for the query parameters of one operation. */
export function queryParameters(parameters: readonly Parameter[], schemas: Schemas, limits: JsonLimits): ReadQuery {
  const facts = SchemaFacts.of(schemas)
  const nodes = parameters.map(({ schema }) => (schema === undefined ? undefined : schemas.node(schema)))
  const fields = parameters.map(({ content, ...parameter }, i) =>
    content === undefined
      ? fieldOf({ ...parameter, node: nodes[i] }, facts)
      : documentField(parameter.name, decodeFormText, contentReader(content, schemas, limits)),
  )
  const values = parameters.map((parameter) => new ParameterValue(parameter, schemas))
  const index = new FieldIndex(fields, (i) => ({ names: facts.names(nodes[i] ?? true), isOpen: facts.isOpen(nodes[i] ?? true) }))
  return (pairs, found) => {
    const taken: (FormPair[] | undefined)[] = new Array(fields.length)
    const read: Record<string, unknown> = Object.create(null)
    for (const pair of pairs) {
      const i = index.find(pair.name)
      if (i < 0) note(found, unlisted('query', pair.name))
      else if (taken[i] === undefined) taken[i] = [pair]
      else taken[i].push(pair)
    }
    for (let i = 0; i < fields.length; i++) {
      const value = values[i] as ParameterValue
      const own = taken[i]
      if (own === undefined) {
        value.miss(found)
        continue
      }
      // The description lets it be empty whatever its schema says: then there is no value.
      if (value.allowsEmpty && own.length === 1 && own[0]?.raw === '' && own[0].name === value.name) continue
      const one = (fields[i] as Field).read(own)
      if (value.judge(one, found)) read[value.name] = one
    }
    return read
  }
}
