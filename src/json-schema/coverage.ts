import type { Build } from './closure.ts'
import type { SchemaNode, SchemaObject } from './schema-node.ts'

/** Properties and items that a schema and all that applies to the same value evaluate (2020-12 Core §11), as far as that is known without the value. */
export class Coverage {
  readonly names = new Set<string>()
  readonly patterns: RegExp[] = []
  allNames = false
  prefix = 0
  allItems = false
  /** Something applies to items whose reach depends on the value. */
  dependsOnItems = false
  readonly #build: Build
  readonly #visited = new Set<SchemaNode>()

  constructor(build: Build) {
    this.#build = build
  }

  lists(name: string): boolean {
    if (this.allNames || this.names.has(name)) return true
    for (const pattern of this.patterns) if (pattern.test(name)) return true
    return false
  }

  get isEmpty(): boolean {
    return !this.allNames && this.names.size === 0 && this.patterns.length === 0
  }

  /** @param maybe gets what only counts when its schema turns out to hold. */
  visit(node: SchemaNode, maybe: Coverage): void {
    if (typeof node === 'boolean' || this.#visited.has(node)) return
    this.#visited.add(node)
    if (node.unevaluatedProperties !== undefined || node.closed === true) this.allNames = true
    if (node.unevaluatedItems !== undefined) this.allItems = true
    this.visitInner(node, maybe)
  }

  /** As {@link visit}, without the `unevaluated…` of the schema itself. */
  visitInner(node: SchemaObject, maybe: Coverage): void {
    for (const name of Object.keys(node.properties ?? {})) this.names.add(name)
    for (const source of Object.keys(node.patternProperties ?? {})) this.patterns.push(this.#build.pattern(source))
    if (node.additionalProperties !== undefined) this.allNames = true
    this.prefix = Math.max(this.prefix, node.prefixItems?.length ?? 0)
    if (node.items !== undefined) this.allItems = true
    if (node.contains !== undefined) maybe.dependsOnItems = true
    for (const part of unconditional(node, this.#build)) this.visit(part, maybe)
    for (const part of conditional(node, this.#build)) maybe.#visitMaybe(part)
    if (node.$dynamicRef !== undefined) {
      maybe.allNames = true
      maybe.dependsOnItems = true
    }
  }

  #visitMaybe(node: SchemaNode): void {
    this.visit(node, this)
    if (this.allItems || this.prefix > 0) this.dependsOnItems = true
  }
}

/** What is evaluated of every value, and what else may be. */
export interface Covered {
  readonly sure: Coverage
  readonly maybe: Coverage
}

/** What the parts of a schema evaluate, its own `unevaluated…` and `closed` apart. */
export function coveredBy(node: SchemaObject, build: Build): Covered {
  const sure = new Coverage(build)
  const maybe = new Coverage(build)
  sure.visitInner(node, maybe)
  return { sure, maybe }
}

/** Whether any other schema evaluates something of the same value. */
export function appliesOthers(node: SchemaObject): boolean {
  return (
    node.$ref !== undefined ||
    node.allOf !== undefined ||
    node.anyOf !== undefined ||
    node.oneOf !== undefined ||
    node.if !== undefined ||
    node.$dynamicRef !== undefined ||
    node.dependentSchemas !== undefined ||
    node.discriminator !== undefined
  )
}

/** Schemas that hold for the same value wherever this one does. */
export function unconditional(node: SchemaObject, build: Pick<Build, 'node'>): readonly SchemaNode[] {
  const parts: SchemaNode[] = [...(node.allOf ?? [])]
  if (node.$ref !== undefined) parts.push(build.node(node.$ref))
  return parts
}

/** Schemas that may hold for the same value where this one does; `not` tells nothing about what it holds. */
export function conditional(node: SchemaObject, build: Pick<Build, 'node'>): readonly SchemaNode[] {
  const parts: SchemaNode[] = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...Object.values(node.dependentSchemas ?? {})]
  if (node.if !== undefined) for (const part of [node.if, node.then, node.else]) if (part !== undefined) parts.push(part)
  for (const id of Object.values(node.discriminator?.mapping ?? {})) parts.push(build.node(id))
  return parts
}
