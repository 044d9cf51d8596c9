import { type FragmentDefinitionNode, type OperationDefinitionNode, parse } from 'graphql'
import { DocumentRefused } from './document-refused.ts'
import { checkStructure, type Document, type DocumentRules } from './structure.ts'

/** Comments are no tokens, but they are kept while a document is read. */
const MAX_COMMENTS = 1000

/**
 * Reads a document (GraphQL, October 2021, §2) and judges what needs no variables.
 * @throws {DocumentRefused}
 */
export function readDocument(text: string, rules: DocumentRules): Document {
  const operations: OperationDefinitionNode[] = []
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of parsed(text, rules.maxTokens)) {
    if (definition.kind === 'OperationDefinition') operations.push(definition)
    else if (definition.kind === 'FragmentDefinition') {
      if (fragments.has(definition.name.value)) throw new DocumentRefused('fragment')
      fragments.set(definition.name.value, definition)
    } else throw new DocumentRefused('definition')
  }
  const document = { operations, fragments }
  checkOperations(operations, rules)
  checkStructure(document, rules)
  return document
}

function parsed(text: string, maxTokens: number) {
  if (CONTROL_CHARACTER.test(text)) throw new DocumentRefused('syntax')
  try {
    return parse(text, { noLocation: true, maxLexicalTokens: maxTokens, maxComments: MAX_COMMENTS }).definitions
  } catch (error) {
    // Nesting that is too deep for the parser's own recursion.
    if (error instanceof RangeError) throw new DocumentRefused('depth')
    throw new DocumentRefused(error instanceof Error && TOO_MANY_TOKENS.test(error.message) ? 'tokens' : 'syntax')
  }
}

/** None but tab and line ends is part of the language (§2.1.1); this parser takes them all in strings. */
const CONTROL_CHARACTER = /(?![\t\n\r])\p{Cc}/u

/** The parser's own words at their very beginning, before which nothing of a client's can stand. */
const TOO_MANY_TOKENS = /^Syntax Error: Document contains more than \d+ (?:tokens|comments)\b/

function checkOperations(operations: readonly OperationDefinitionNode[], { kinds, maxOperations }: DocumentRules): void {
  if (operations.length === 0) throw new DocumentRefused('definition')
  if (operations.length > maxOperations) throw new DocumentRefused('operations')
  const names = new Set<string>()
  for (const { name, operation } of operations) {
    if (!kinds.some((kind) => kind === operation)) throw new DocumentRefused('kind')
    if (operations.length > 1 && name === undefined) throw new DocumentRefused('operation-name')
    if (name !== undefined && names.has(name.value)) throw new DocumentRefused('operation-name')
    if (name !== undefined) names.add(name.value)
  }
}

/** @returns the operation that will run (§6.1). @throws {DocumentRefused} where none is meant, or more than one could be. */
export function operationOf({ operations }: Document, name: string | undefined): OperationDefinitionNode {
  const meant = name === undefined ? operations : operations.filter((operation) => operation.name?.value === name)
  if (meant.length !== 1) throw new DocumentRefused('operation-name')
  return meant[0] as OperationDefinitionNode
}
