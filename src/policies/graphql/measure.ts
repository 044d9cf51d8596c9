import type { FieldNode, FragmentDefinitionNode, OperationDefinitionNode, SelectionNode, SelectionSetNode } from 'graphql'
import type { JsonObject } from '../../lib/json-object.ts'
import { DocumentRefused } from './document-refused.ts'
import { ListSizes } from './list-size.ts'
import type { GraphqlSettings } from './settings.ts'
import type { Document } from './structure.ts'
import type { Root, WeightOf } from './weights.ts'

/** A selection set with its fragments in place. */
interface Size {
  /** Fields in one another. */
  depth: number
  /** Fields of this very set. */
  breadth: number
  fields: number
  aliases: number
  directives: number
  cost: number
  /** Under which names fields of this very set are asked for. */
  readonly names: Map<string, Set<string>>
}

const ROOTS = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' } as const satisfies Readonly<Record<string, Root>>

/**
 * Measures one operation and holds it to the limits. Fragments are measured once for each kind of place, so that those which spread each other many times cost no more time than their text,
 * and figures never overflow. Everything counts, also what `@skip` and `@include` may leave out.
 * @returns what the operation costs.
 * @throws {DocumentRefused}
 */
export function costOf(document: Document, operation: OperationDefinitionNode, variables: JsonObject, settings: GraphqlSettings, weightOf: WeightOf): number {
  const size = new Measure(document, new ListSizes(settings, operation, variables), settings, weightOf).operation(operation)
  return size.cost
}

/** The measuring of one operation. */
class Measure {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly #sizes: ListSizes
  readonly #limits: GraphqlSettings
  readonly #weightOf: WeightOf
  readonly #known = new Map<string, Size>()

  constructor({ fragments }: Document, sizes: ListSizes, limits: GraphqlSettings, weightOf: WeightOf) {
    this.#fragments = fragments
    this.#sizes = sizes
    this.#limits = limits
    this.#weightOf = weightOf
  }

  operation({ operation, selectionSet, directives = [], variableDefinitions = [] }: OperationDefinitionNode): Size {
    const size = this.#set(selectionSet, ROOTS[operation])
    size.directives = variableDefinitions.reduce((sum, variable) => sum + (variable.directives?.length ?? 0), size.directives + directives.length)
    if (size.depth > this.#limits.maxDepth) throw new DocumentRefused('depth')
    if (size.breadth > this.#limits.maxRootFields) throw new DocumentRefused('root-fields')
    if (size.directives > this.#limits.maxDirectives) throw new DocumentRefused('directives')
    if (size.aliases > this.#limits.maxAliases) throw new DocumentRefused('aliases')
    if (size.fields > this.#limits.maxFields) throw new DocumentRefused('fields')
    if (size.cost > this.#limits.maxCost) throw new DocumentRefused('cost')
    return size
  }

  #set({ selections }: SelectionSetNode, root: Root | undefined): Size {
    const size: Size = { depth: 0, breadth: 0, fields: 0, aliases: 0, directives: 0, cost: 0, names: new Map() }
    for (const selection of selections) {
      size.directives = sum(size.directives, selection.directives?.length ?? 0)
      if (selection.kind === 'Field') this.#field(selection, root, size)
      else this.#inPlace(selection, root, size)
    }
    if (size.breadth > this.#limits.maxBreadth) throw new DocumentRefused('breadth')
    return size
  }

  #field(field: FieldNode, root: Root | undefined, size: Size): void {
    const name = field.name.value
    const answeredAs = field.alias?.value ?? name
    size.breadth = sum(size.breadth, 1)
    size.fields = sum(size.fields, 1)
    if (answeredAs !== name) size.aliases = sum(size.aliases, 1)
    this.#name(size, name, answeredAs)
    size.depth = Math.max(size.depth, 1)
    const weight = this.#weightOf(name, root)
    const items = this.#sizes.of(field)
    // A list of texts or numbers is as long as any other.
    size.cost = sum(size.cost, field.selectionSet === undefined ? product(weight, items) : weight)
    if (field.selectionSet === undefined) return
    const below = this.#set(field.selectionSet, undefined)
    size.depth = Math.max(size.depth, below.depth + 1)
    size.fields = sum(size.fields, below.fields)
    size.aliases = sum(size.aliases, below.aliases)
    size.directives = sum(size.directives, below.directives)
    size.cost = sum(size.cost, product(items, below.cost))
  }

  #inPlace(selection: Exclude<SelectionNode, FieldNode>, root: Root | undefined, size: Size): void {
    const put = selection.kind === 'InlineFragment' ? this.#set(selection.selectionSet, root) : this.#fragment(selection.name.value, root)
    size.depth = Math.max(size.depth, put.depth)
    size.breadth = sum(size.breadth, put.breadth)
    size.fields = sum(size.fields, put.fields)
    size.aliases = sum(size.aliases, put.aliases)
    size.directives = sum(size.directives, put.directives)
    size.cost = sum(size.cost, put.cost)
    for (const [name, all] of put.names) for (const answeredAs of all) this.#name(size, name, answeredAs)
  }

  #fragment(name: string, root: Root | undefined): Size {
    const key = `${root ?? ''} ${name}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const { selectionSet, directives = [] } = this.#fragments.get(name) as FragmentDefinitionNode
    const size = this.#set(selectionSet, root)
    size.directives = sum(size.directives, directives.length)
    this.#known.set(key, size)
    return size
  }

  #name({ names }: Size, name: string, answeredAs: string): void {
    const all = names.get(name) ?? new Set<string>()
    all.add(answeredAs)
    if (all.size > this.#limits.maxRepeats) throw new DocumentRefused('repeats')
    names.set(name, all)
  }
}

function sum(a: number, b: number): number {
  return Math.min(a + b, Number.MAX_SAFE_INTEGER)
}

function product(a: number, b: number): number {
  return Math.min(a * b, Number.MAX_SAFE_INTEGER)
}
