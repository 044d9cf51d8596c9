import fc from 'fast-check'
import {
  buildSchema,
  type FragmentDefinitionNode,
  KnownFragmentNamesRule,
  LoneAnonymousOperationRule,
  NoFragmentCyclesRule,
  NoUnusedFragmentsRule,
  parse,
  type SelectionSetNode,
  UniqueArgumentNamesRule,
  UniqueFragmentNamesRule,
  UniqueInputFieldNamesRule,
  UniqueOperationNamesRule,
  UniqueVariableNamesRule,
  validate,
} from 'graphql'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { readDocument } from './document.ts'
import { DocumentRefused } from './document-refused.ts'
import { costOf } from './measure.ts'
import { graphqlSettings } from './settings.ts'
import { compileWeights } from './weights.ts'

const NO_LIMITS = {
  maxDepth: 64,
  maxRootFields: 1000,
  maxBreadth: 1000,
  maxFields: 100_000,
  maxAliases: 1000,
  maxRepeats: 1000,
  maxDirectives: 1000,
  maxCost: 1_000_000,
  maxOperations: 100,
}
const open = v.parse(graphqlSettings, NO_LIMITS)
const weightOf = compileWeights({})

/** Text of selections; fragments spread only those after them, so that there is no cycle. */
const selections = (fragments: number, from: number) =>
  fc.letrec<{ set: string; selection: string }>((tie) => ({
    set: fc.array(tie('selection'), { minLength: 1, maxLength: 3 }).map((all) => `{ ${all.join(' ')} }`),
    selection: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constantFrom('a', 'b', 'x: a', 'y: b', 'c(first: 3)', 'd @skip(if: true)'),
      ...(from < fragments ? [fc.integer({ min: from, max: fragments - 1 }).map((i) => `...F${i}`)] : []),
      fc.tuple(fc.constantFrom('a', 'z: b', 'c(first: 2)', 'd(page: { limit: 4 })', 'e(first: 0)'), tie('set')).map((parts) => parts.join(' ')),
      tie('set').map((set) => `... ${set}`),
    ),
  })).set

const documents = fc.integer({ min: 0, max: 4 }).chain((fragments) =>
  fc.tuple(selections(fragments, 0), ...Array.from({ length: fragments }, (_, i) => selections(fragments, i + 1))).map(([query, ...all]) => {
    // Every fragment is used: each is spread at the end of the query, too.
    const spreads = all.map((_, i) => `...F${i}`).join(' ')
    return [query.replace(/\}$/, `${spreads} }`), ...all.map((set, i) => `fragment F${i} on T ${set}`)].join('\n')
  }),
)

interface Counted {
  readonly cost: number
  readonly fields: number
  readonly depth: number
  readonly aliases: number
}

/** The same, the slow way: every fragment is walked each time it is spread. */
function countedSlowly(text: string): Counted {
  const { definitions } = parse(text)
  const fragments = new Map(
    definitions.filter((each): each is FragmentDefinitionNode => each.kind === 'FragmentDefinition').map((each) => [each.name.value, each]),
  )
  const none: Counted = { cost: 0, fields: 0, depth: 0, aliases: 0 }
  const plus = (a: Counted, b: Counted): Counted => ({
    cost: a.cost + b.cost,
    fields: a.fields + b.fields,
    depth: Math.max(a.depth, b.depth),
    aliases: a.aliases + b.aliases,
  })
  const walk = (set: SelectionSetNode): Counted =>
    set.selections.reduce((sum, selection): Counted => {
      if (selection.kind === 'InlineFragment') return plus(sum, walk(selection.selectionSet))
      if (selection.kind === 'FragmentSpread') return plus(sum, walk((fragments.get(selection.name.value) as FragmentDefinitionNode).selectionSet))
      const size = { c: Number(/first: (\d)/.exec(text.slice(selection.loc?.start, selection.loc?.end))?.[1] ?? 1), d: 4, e: 100 }[selection.name.value] ?? 1
      const items = selection.arguments?.length ? size : 1
      const below = selection.selectionSet === undefined ? none : walk(selection.selectionSet)
      return plus(sum, {
        cost: selection.selectionSet === undefined ? items : 1 + items * below.cost,
        fields: 1 + below.fields,
        depth: 1 + below.depth,
        aliases: (selection.alias === undefined ? 0 : 1) + below.aliases,
      })
    }, none)
  const [query] = definitions
  return walk((query as { readonly selectionSet: SelectionSetNode }).selectionSet)
}

describe('measuring', () => {
  it('says the same as walking every fragment each time, to the very limit', () => {
    fc.assert(
      fc.property(documents, (text) => {
        const slow = countedSlowly(text)
        fc.pre(slow.cost < 1_000_000 && slow.fields <= 1000 && slow.depth <= 64)
        const document = readDocument(text, open)
        const [query] = document.operations
        if (query === undefined) throw new Error('no query')
        expect(costOf(document, query, {}, open, weightOf)).toBe(slow.cost)
        const judged = (limits: Partial<typeof NO_LIMITS>) => costOf(document, query, {}, { ...open, ...limits }, weightOf)
        expect(judged({ maxCost: slow.cost, maxFields: slow.fields, maxDepth: slow.depth, maxAliases: slow.aliases })).toBe(slow.cost)
        for (const [limit, figure] of [
          ['maxCost', slow.cost],
          ['maxFields', slow.fields],
          ['maxDepth', slow.depth],
          ['maxAliases', slow.aliases],
        ] as const)
          if (figure > 0) expect(() => judged({ [limit]: figure - 1 }), limit).toThrow(DocumentRefused)
      }),
      { numRuns: 200 },
    )
  })
})

describe('the structure of documents', () => {
  const schema = buildSchema('type Query { a: Int }')
  const RULES = [
    KnownFragmentNamesRule,
    LoneAnonymousOperationRule,
    NoFragmentCyclesRule,
    NoUnusedFragmentsRule,
    UniqueArgumentNamesRule,
    UniqueFragmentNamesRule,
    UniqueInputFieldNamesRule,
    UniqueOperationNamesRule,
    UniqueVariableNamesRule,
  ]
  const piece = fc.constantFrom(
    '{ a }',
    'query A { a }',
    'query B { ...F }',
    'mutation A { a ...G }',
    'fragment F on T { a ...G }',
    'fragment G on T { b }',
    'fragment G on T { ...F }',
    'query C { a(x: 1, x: 2) }',
    'query D { a(x: { y: 1, y: [{ z: 1 }] }) }',
    'query E($a: Int, $a: Int) { a }',
    'query H($a: Int, $b: Int) { a(x: $a, y: { x: $b }) ...F ...F }',
    '#',
    '{',
    '"text"',
  )

  it('is held to what the reference holds it to', () => {
    const said = new Set<boolean>()
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), (pieces) => {
        const text = pieces.join('\n')
        const read = attempt(() => readDocument(text, open))
        const reference = attempt(() => validate(schema, parse(text), RULES).length === 0 || undefined)
        expect([text, read !== undefined]).toEqual([text, reference !== undefined && /query|mutation|\{ a \}/.test(text)])
        said.add(reference !== undefined)
      }),
      { numRuns: 1500 },
    )
    expect(said.size).toBe(2)
  })

  it('whatever the text, nothing but a refusal is thrown', () => {
    const odd = fc.constantFrom(
      '{',
      '}',
      '(',
      ')',
      '[',
      ']',
      ':',
      '$',
      '@',
      '...',
      '!',
      '|',
      '&',
      '=',
      '"',
      '"""',
      '#',
      '\\',
      '\u{feff}',
      '\ud800',
      '\u2028',
      'query',
      'fragment',
      'on',
      'F',
      'null',
      '1',
      '-1.5e9',
      ' ',
      '\n',
    )
    fc.assert(
      fc.property(fc.array(odd, { maxLength: 40 }), (pieces) => {
        try {
          readDocument(pieces.join(''), open)
        } catch (error) {
          expect(error).toBeInstanceOf(DocumentRefused)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}
