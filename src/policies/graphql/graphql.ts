import { type Decision, type Deny, pass } from '../../core/decision.ts'
import type { Exchange, GraphqlFacts } from '../../core/exchange.ts'
import { definePolicy } from '../../core/policy.ts'
import { checkSettings } from './check.ts'
import { type DocumentFault, documentDenials, ENVELOPE } from './denials.ts'
import { operationOf } from './document.ts'
import { DocumentRefused } from './document-refused.ts'
import { type Envelope, type Envelopes, readEnvelopes } from './envelope.ts'
import { KnownDocuments } from './known-documents.ts'
import { costOf } from './measure.ts'
import { type GraphqlSettings, graphqlSettings } from './settings.ts'
import { compileWeights } from './weights.ts'

/** Lets GraphQL requests through only if they are small enough to answer: depth, breadth, aliases, cost, kinds of operations, known documents, no introspection. */
export const graphql = definePolicy({
  name: 'graphql',
  stage: 'validate',
  settings: graphqlSettings,
  single: true,
  validates: () => ['graphql', 'body'],
  check: checkSettings,
  compile(settings) {
    const judge = compileJudge(settings)
    return {
      request(x) {
        const envelopes = readEnvelopes(x, settings)
        return envelopes instanceof Promise ? envelopes.then((late) => judge(x, late)) : judge(x, envelopes)
      },
    }
  },
})

const UTF8 = new TextEncoder()

/** One request that was found sound, and what goes to the origin of it. */
interface Judged extends GraphqlFacts {
  readonly sent: Readonly<Record<string, unknown>>
  readonly isFilledIn: boolean
}

function compileJudge(settings: GraphqlSettings): (x: Exchange, envelopes: Envelopes | Deny) => Decision {
  const documents = new KnownDocuments(settings)
  const denials = documentDenials(settings)
  const weightOf = compileWeights(settings.weights)

  const judgeOne = (envelope: Envelope, isGet: boolean): Judged | Deny => {
    const meant = documents.find(envelope)
    if (meant.kind === 'deny') return meant
    const document = meant.read()
    // Whichever of them the origin runs: none of them changes anything.
    if (isGet && document.operations.some(({ operation }) => operation !== 'query')) throw new DocumentRefused('get')
    const operation = operationOf(document, envelope.operationName)
    let cost = 0
    for (const each of document.operations) {
      const own = costOf(document, each, envelope.variables ?? {}, settings, weightOf)
      if (each === operation) cost = own
    }
    return {
      operation: operation.name?.value,
      kind: operation.operation,
      cost,
      sent: sentOf(envelope, meant.text),
      isFilledIn: meant.byId || envelope.documentId !== undefined,
    }
  }

  return (x, envelopes) => {
    if (envelopes.kind === 'deny') return envelopes
    const isGet = x.method === 'GET'
    try {
      const judged: Judged[] = []
      for (const envelope of envelopes.all) {
        const one = judgeOne(envelope, isGet)
        if ('reason' in one) return one
        judged.push(one)
      }
      return conclude(judged, envelopes, isGet, settings)
    } catch (error) {
      return denials[faultOf(error)]
    }
  }
}

/** Whatever goes wrong while a document is read is the document's fault: of the client's choosing is nothing else here. */
function faultOf(error: unknown): DocumentFault {
  if (error instanceof DocumentRefused) return error.fault
  return error instanceof RangeError ? 'depth' : 'syntax'
}

/** The members in their own order, without ids: the origin gets the document itself. */
function sentOf({ operationName, variables, extensions }: Envelope, query: string): Judged['sent'] {
  return {
    query,
    ...(operationName !== undefined && { operationName }),
    ...(variables !== undefined && { variables }),
    ...(extensions !== undefined && { extensions }),
  }
}

function conclude(judged: readonly Judged[], { isBatch }: Envelopes, isGet: boolean, { maxCost }: GraphqlSettings): Decision {
  const cost = judged.reduce((sum, one) => sum + one.cost, 0)
  if (cost > maxCost) throw new DocumentRefused('cost')
  const [first] = judged
  if (first === undefined) return ENVELOPE.batch
  const facts: GraphqlFacts = isBatch
    ? { operation: undefined, kind: judged.find(({ kind }) => kind !== 'query')?.kind ?? 'query', cost }
    : { operation: first.operation, kind: first.kind, cost }
  const body = isBatch ? judged.map(({ sent }) => sent) : first.sent
  // A URL is forwarded as it came: what the origin knows by that hash has that text.
  const isFilledIn = !isGet && judged.some((one) => one.isFilledIn)
  return pass({ validated: { graphql: facts, body }, ...(isFilledIn && { body: new Uint8Array(UTF8.encode(JSON.stringify(body))) }) })
}
