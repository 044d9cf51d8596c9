import type { ArgumentNode, DirectiveNode, FragmentDefinitionNode, OperationDefinitionNode, SelectionSetNode, ValueNode } from 'graphql'
import { DocumentRefused } from './document-refused.ts'
import type { GraphqlSettings } from './settings.ts'

/** A document whose parts fit together: names are there once, fragments are defined, used and without cycles. */
export interface Document {
  readonly operations: readonly OperationDefinitionNode[]
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
}

/** What of the settings decides on a document alone, whatever comes with it. */
export type DocumentRules = Pick<GraphqlSettings, 'maxTokens' | 'maxOperations' | 'kinds' | 'directives' | 'introspection'>

/** Lists and objects in one value, selection sets in one another (inline fragments too), fragments in one another: deeper ones are for parsers to break on. */
const MAX_NESTING = 128

/** Looks at every part of a document once, and at how its fragments hang together. @throws {DocumentRefused} */
export function checkStructure({ operations, fragments }: Document, rules: DocumentRules): void {
  const look = new Look(rules)
  const spreads = new Map<string, ReadonlySet<string>>()
  for (const [name, fragment] of fragments) spreads.set(name, look.definition(fragment))
  const roots = operations.map((operation) => look.definition(operation))
  /** How many fragments hold each other below one; 'open' while that is being found out. */
  const heights = new Map<string, number | 'open'>()
  const follow = (names: ReadonlySet<string>, nesting: number): number => {
    if (nesting > MAX_NESTING) throw new DocumentRefused('depth')
    let highest = 0
    for (const name of names) {
      const known = heights.get(name)
      if (known === 'open') throw new DocumentRefused('fragment-cycle')
      const inner = spreads.get(name)
      if (inner === undefined) throw new DocumentRefused('fragment')
      if (known === undefined) heights.set(name, 'open')
      const height = known ?? 1 + follow(inner, nesting + 1)
      if (height > MAX_NESTING) throw new DocumentRefused('depth')
      heights.set(name, height)
      highest = Math.max(highest, height)
    }
    return highest
  }
  // A cycle that no operation reaches is one all the same.
  for (const names of [...roots, ...spreads.values()]) follow(names, 0)
  const used = new Set([...roots, ...spreads.values()].flatMap((names) => [...names]))
  // Without cycles, what nobody spreads is what no operation reaches, or leads to it.
  if (used.size !== fragments.size) throw new DocumentRefused('fragment')
}

/** One look at the parts of one document. */
class Look {
  readonly #directives: ReadonlySet<string>
  readonly #introspection: boolean

  constructor({ directives, introspection }: DocumentRules) {
    this.#directives = new Set(directives)
    this.#introspection = introspection
  }

  /** @returns the names of the fragments that it spreads. */
  definition(definition: OperationDefinitionNode | FragmentDefinitionNode): ReadonlySet<string> {
    const spreads = new Set<string>()
    const variables = definition.variableDefinitions ?? []
    this.#once(variables.map(({ variable }) => variable.name.value))
    for (const { defaultValue, directives } of variables) {
      if (defaultValue !== undefined) this.#value(defaultValue, 1)
      this.#directivesOf(directives)
    }
    this.#directivesOf(definition.directives)
    this.#selections(definition.selectionSet, spreads, 1)
    return spreads
  }

  #selections({ selections }: SelectionSetNode, spreads: Set<string>, nesting: number): void {
    if (nesting > MAX_NESTING) throw new DocumentRefused('depth')
    // The parser takes it; the specification does not.
    if (selections.length === 0) throw new DocumentRefused('syntax')
    for (const selection of selections) {
      this.#directivesOf(selection.directives)
      if (selection.kind === 'FragmentSpread') spreads.add(selection.name.value)
      else if (selection.kind === 'Field') {
        if (!this.#introspection && isIntrospection(selection.name.value)) throw new DocumentRefused('introspection')
        this.#arguments(selection.arguments)
        if (selection.selectionSet !== undefined) this.#selections(selection.selectionSet, spreads, nesting + 1)
      } else this.#selections(selection.selectionSet, spreads, nesting + 1)
    }
  }

  #directivesOf(directives: readonly DirectiveNode[] = []): void {
    for (const { name, arguments: given } of directives) {
      if (!this.#directives.has(name.value)) throw new DocumentRefused('directive')
      this.#arguments(given)
    }
  }

  #arguments(given: readonly ArgumentNode[] = []): void {
    this.#once(given.map(({ name }) => name.value))
    for (const { value } of given) this.#value(value, 1)
  }

  #value(value: ValueNode, nesting: number): void {
    if (nesting > MAX_NESTING) throw new DocumentRefused('depth')
    if (value.kind === 'ListValue') for (const item of value.values) this.#value(item, nesting + 1)
    if (value.kind !== 'ObjectValue') return
    this.#once(value.fields.map(({ name }) => name.value))
    for (const field of value.fields) this.#value(field.value, nesting + 1)
  }

  #once(names: readonly string[]): void {
    if (names.length > 1 && new Set(names).size !== names.length) throw new DocumentRefused('duplicate')
  }
}

/** Names that begin so are the language's own (§4): all but `__typename` say something of the schema, as does `_service` of a subgraph. */
function isIntrospection(name: string): boolean {
  return (name.startsWith('__') && name !== '__typename') || name === '_service'
}
