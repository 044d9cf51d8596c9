import { isObject, type SchemaTarget, type Site, saysNothing, type Usage, type Written, type WrittenObject } from './keyword.ts'
import { child, faultAt, MAX_NESTING, type Place, type SchemaDocuments } from './schema-documents.ts'

/** What a schema's normalised form depends on besides what stands in it. */
export interface SchemaContext {
  readonly direction: 'request' | 'response' | undefined
  readonly closed: boolean
  readonly xml: boolean
}

/** Whoever gives schemas their numbers. */
export interface Targets {
  /** @returns what stands for the schema at that place, used in place. */
  target(place: Place, context: SchemaContext): SchemaTarget
}

/** Writes schemas in their normalised form, one place after the other; those that are referred to are only named. */
export class SchemaWriter {
  readonly #documents: SchemaDocuments
  readonly #targets: Targets

  constructor(documents: SchemaDocuments, targets: Targets) {
    this.#documents = documents
    this.#targets = targets
  }

  /** @throws {SchemaFault} for what is no schema */
  write(place: Place, context: SchemaContext, _usage: Usage, depth = 0): Written {
    const { value, resource } = place
    if (typeof value === 'boolean') return value
    if (!isObject(value)) throw faultAt(place, [], value, 'a schema: an object, true or false', 'correct it')
    if (depth > MAX_NESTING) throw faultAt(place, [], 'a schema nested deeper than any', `at most ${MAX_NESTING} levels`, 'put inner schemas into $defs')
    const site = this.#site(place, value, context, depth)
    const out: WrittenObject = {}
    for (const [name, { write }] of resource.rules.keywords) {
      if (write === undefined || !Object.hasOwn(value, name) || value[name] === undefined) continue
      if (name !== '$ref' && resource.rules.refAlone && Object.hasOwn(value, '$ref')) continue
      write(out, value[name], site)
    }
    return saysNothing(out) ? true : out
  }

  #site(place: Place, schema: Readonly<Record<string, unknown>>, context: SchemaContext, depth: number): Site {
    const fault: Site['fault'] = (path, found, expected, fix) => faultAt(place, path, found, expected, fix)
    return {
      schema,
      fault,
      inner: (usage, ...path) => {
        const at = child(place, ...path)
        if (at === undefined) throw fault(path, 'nothing', 'a schema', 'correct or remove it')
        return this.write(at, context, usage, depth + 1)
      },
      target: (reference, keyword) => {
        const at = this.#documents.resolve(place, reference)
        if (at === undefined) throw fault([keyword], reference, 'a reference to a schema that exists', 'correct the reference, or add what it names')
        return this.#targets.target(at, context)
      },
    }
  }
}
