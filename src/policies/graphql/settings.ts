import * as v from 'valibot'

const upTo = (most: number, otherwise: number, description: string) =>
  v.pipe(
    v.optional(v.pipe(v.number(), v.integer('write a whole number'), v.minValue(1), v.maxValue(most)), otherwise),
    v.description(`${description} Default: ${otherwise}.`),
  )

const name = v.pipe(v.string(), v.regex(/^[_A-Za-z]\w{0,127}$/, 'write a name of GraphQL: letters, digits and underscores'))
const field = v.pipe(v.string(), v.regex(/^(?:[_A-Za-z]\w{0,127}\.)?[_A-Za-z]\w{0,127}$/, 'write a field, like search, or with its type, like Mutation.login'))
const count = (most: number) => v.pipe(v.number(), v.integer('write a whole number'), v.minValue(0), v.maxValue(most))

/** The settings of `graphql`. */
export const graphqlSettings = v.strictObject({
  kinds: v.pipe(
    v.optional(v.pipe(v.array(v.picklist(['query', 'mutation', 'subscription'])), v.minLength(1, 'allow at least one kind')), ['query', 'mutation']),
    v.description(
      'Kinds of operations that may stand in a document. Subscriptions are judged when they come by POST; over a WebSocket nothing is. Default: queries and mutations.',
    ),
  ),
  get: v.pipe(
    v.optional(v.boolean(), false),
    v.description('Lets queries come by GET, in the parameters `query`, `operationName`, `variables` and `extensions`; never mutations. Default: false.'),
  ),
  introspection: v.pipe(
    v.optional(v.boolean(), false),
    v.description('Lets clients read the schema: `__schema`, `__type`, and `_service` of a subgraph. `__typename` is always allowed. Default: false.'),
  ),
  allow: v.pipe(
    v.optional(v.picklist(['any', 'listed']), 'any'),
    v.description('`listed`: only the texts of `documents`, character for character, or their ids. `any`: other documents too. Default: `any`.'),
  ),
  documents: v.pipe(
    v.optional(
      v.pipe(
        v.record(
          v.pipe(v.string(), v.regex(/^[\w.:-]{1,128}$/, 'write an id of 1 to 128 letters, digits and `_.:-`')),
          v.pipe(v.string(), v.nonEmpty('write a GraphQL document')),
        ),
        v.check((documents) => Object.keys(documents).length > 0, 'list at least one document, or leave it out'),
      ),
    ),
    v.description(
      'Documents that are known, by id, as code generators write them. A client may send an id as `documentId`, or the SHA-256 of a text (`documentId: "sha256:…"`, `extensions.persistedQuery.sha256Hash`) instead of the text; the origin gets the text.',
    ),
  ),
  directives: v.pipe(
    v.optional(v.array(name), ['include', 'skip']),
    v.description('Names of directives that a document may use. `defer`, `stream` and `live` change how an answer comes. Default: `include` and `skip`.'),
  ),
  extensions: v.pipe(
    v.optional(v.array(v.pipe(v.string(), v.regex(/^[\w.-]{1,64}$/, 'write the name of an extension'))), []),
    v.description('Names that `extensions` of a request may have beside `persistedQuery`; what they hold is not judged. Default: none.'),
  ),
  maxBytes: upTo(10_000_000, 65_536, 'Longest body in bytes, enforced while it is read.'),
  maxQueryBytes: upTo(16_384, 8192, 'Longest query string of a GET in bytes, as it was sent.'),
  maxBatch: upTo(
    100,
    1,
    'Most requests in one body: 1 means that a body is an object and never a list. All limits but that of depth and breadth hold for the whole batch.',
  ),
  maxVariablesDepth: upTo(64, 16, 'Deepest nesting of lists and objects in the JSON of a request, the envelope itself counted.'),
  maxOperations: upTo(100, 10, 'Most operations in one document, of which one runs.'),
  maxTokens: upTo(20_000, 2000, 'Most tokens of a document; comments do not count, but no more than a thousand of them may stand in one.'),
  maxDepth: upTo(64, 10, 'Deepest nesting of fields, with fragments in place.'),
  maxRootFields: upTo(1000, 10, 'Most fields at the root of an operation, with fragments in place.'),
  maxBreadth: upTo(1000, 200, 'Most fields in one selection set, with fragments in place.'),
  maxFields: upTo(100_000, 1000, 'Most fields of an operation, with fragments in place: one that is spread ten times counts ten times.'),
  maxAliases: upTo(1000, 20, 'Most aliases of an operation, with fragments in place.'),
  maxRepeats: upTo(1000, 5, 'How often one field may be asked for in one selection set, under whatever aliases, with fragments in place.'),
  maxDirectives: upTo(1000, 20, 'Most directives of an operation, with fragments in place.'),
  maxCost: upTo(
    1_000_000,
    1000,
    'Most that a request may cost, all of its batch together: each field its weight, and what is below a list as many times as the list is asked to be long.',
  ),
  weights: v.pipe(
    v.optional(v.record(field, count(1_000_000)), {}),
    v.description(
      'What fields cost, by `field` or `Type.field`; others cost 1. A type is only certain at the root (`Query`, `Mutation`, `Subscription`); below, a field costs the highest weight that its name has with any type.',
    ),
  ),
  listArguments: v.pipe(
    v.optional(v.array(name), ['first', 'last', 'limit']),
    v.description('Names of arguments, or of fields of input objects in them, that say how long a list is to be. Default: `first`, `last` and `limit`.'),
  ),
  listSizes: v.pipe(
    v.optional(v.record(name, v.pipe(count(1_000_000), v.minValue(1))), {}),
    v.description('How long the lists of fields are, by the field’s name, where no argument says it. Others count as one item.'),
  ),
  unknownListSize: upTo(
    1_000_000,
    100,
    'How long a list is taken to be whose argument is null, 0, or a variable without a value, where `listSizes` does not say it.',
  ),
})

/** What {@link graphqlSettings} gives. */
export type GraphqlSettings = v.InferOutput<typeof graphqlSettings>
