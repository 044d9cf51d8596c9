import type { Deny } from '../../core/decision.ts'
import type { Exchange } from '../../core/exchange.ts'
import { bytesWithin } from '../../core/request-body.ts'
import { parseContentType } from '../../lib/content-type.ts'
import { readJson } from '../../lib/json-body.ts'
import { isJsonObject, type JsonObject } from '../../lib/json-object.ts'
import { parseQuery } from '../../lib/query.ts'
import { ENVELOPE, JSON_DENIALS } from './denials.ts'
import type { GraphqlSettings } from './settings.ts'

/** One request as it came (GraphQL over HTTP §5.2): what is null is left out. */
export interface Envelope {
  readonly query?: string
  readonly documentId?: string
  readonly operationName?: string
  readonly variables?: JsonObject
  /** Without `persistedQuery`. */
  readonly extensions?: JsonObject
  /** The SHA-256 of a document in `extensions.persistedQuery`, in hexadecimal digits. */
  readonly hash?: string
}

/** The requests of one body, in a list where they came in one. */
export interface Envelopes {
  readonly kind: 'envelopes'
  readonly all: readonly Envelope[]
  readonly isBatch: boolean
}

const MEMBERS: ReadonlySet<string> = new Set(['query', 'documentId', 'operationName', 'variables', 'extensions'])
const IN_URL = ['query', 'operationName', 'variables', 'extensions'] as const
const URL_RULES = { repeatable: new Set<string>(), maxParameters: IN_URL.length }
const HASH = /^[0-9a-f]{64}$/
const UTF8 = new TextEncoder()

/** Reads what a request asks for, or says why nobody could tell. */
export function readEnvelopes(x: Exchange, settings: GraphqlSettings): Envelopes | Deny | Promise<Envelopes | Deny> {
  if (x.url.fault !== undefined) return ENVELOPE.url
  if (x.method === 'GET' && settings.get) return fromUrl(x, settings)
  if (x.method !== 'POST') return ENVELOPE.method
  // Servers exist that prefer what stands in the URL.
  if (x.url.search !== '') return ENVELOPE.queryString
  return faultOfType(x) ?? fromBody(x, settings)
}

function faultOfType({ headers }: Exchange): Deny | undefined {
  const coding = headers.get('content-encoding')
  if (coding !== null && coding.toLowerCase() !== 'identity') return ENVELOPE.coded
  const type = parseContentType(headers.get('content-type') ?? '')
  const charset = type?.parameters.get('charset')?.toLowerCase() ?? 'utf-8'
  return type?.mediaType === 'application/json' && charset === 'utf-8' ? undefined : ENVELOPE.contentType
}

async function fromBody({ body }: Exchange, settings: GraphqlSettings): Promise<Envelopes | Deny> {
  const bytes = await bytesWithin(body, settings.maxBytes)
  if (bytes === undefined) return ENVELOPE.tooLarge
  const json = readJson(bytes, jsonLimits(settings))
  if (json.fault !== undefined) return JSON_DENIALS[json.fault]
  const isBatch = Array.isArray(json.value)
  const given: readonly unknown[] = isBatch ? (json.value as readonly unknown[]) : [json.value]
  if (isBatch && (settings.maxBatch === 1 || given.length === 0 || given.length > settings.maxBatch)) return ENVELOPE.batch
  const all: Envelope[] = []
  for (const one of given) {
    const envelope = envelopeOf(one, settings)
    if (envelope === undefined) return ENVELOPE.shape
    all.push(envelope)
  }
  return { kind: 'envelopes', all, isBatch }
}

function fromUrl({ url, body }: Exchange, settings: GraphqlSettings): Envelopes | Deny {
  if (body.present) return ENVELOPE.bodyOnGet
  if (url.search.length > settings.maxQueryBytes) return ENVELOPE.tooLarge
  const { parameters, fault } = parseQuery(url.search, URL_RULES)
  if (fault !== undefined) return ENVELOPE.queryString
  const given: Record<string, unknown> = Object.create(null)
  for (const [name, value] of Object.entries(parameters)) {
    if (!IN_URL.some((known) => known === name)) return ENVELOPE.queryString
    if (name === 'query' || name === 'operationName') given[name] = value
    else {
      const json = readJson(UTF8.encode(String(value)), jsonLimits(settings))
      if (json.fault !== undefined) return JSON_DENIALS[json.fault]
      given[name] = json.value
    }
  }
  const envelope = envelopeOf(given, settings)
  return envelope === undefined ? ENVELOPE.shape : { kind: 'envelopes', all: [envelope], isBatch: false }
}

function jsonLimits({ maxVariablesDepth }: GraphqlSettings) {
  return { maxDepth: maxVariablesDepth, largeNumbers: 'deny' } as const
}

/** @returns undefined for anything that is not exactly a request: what one reader takes for nothing is something to another. */
function envelopeOf(given: unknown, settings: GraphqlSettings): Envelope | undefined {
  if (!isJsonObject(given) || Object.keys(given).some((name) => !MEMBERS.has(name))) return undefined
  const { query, documentId, operationName, variables, extensions } = given
  for (const text of [query, documentId, operationName]) if (text != null && (typeof text !== 'string' || text === '')) return undefined
  for (const object of [variables, extensions]) if (object != null && !isJsonObject(object)) return undefined
  const { persistedQuery, ...others } = (extensions ?? {}) as JsonObject
  if (Object.keys(others).some((name) => !settings.extensions.includes(name))) return undefined
  const hash = persistedQuery === undefined ? undefined : hashOf(persistedQuery)
  if (persistedQuery !== undefined && hash === undefined) return undefined
  if (query == null && documentId == null && hash === undefined) return undefined
  return {
    ...(query != null && { query: query as string }),
    ...(documentId != null && { documentId: documentId as string }),
    ...(operationName != null && { operationName: operationName as string }),
    ...(variables != null && { variables: variables as JsonObject }),
    ...(Object.keys(others).length > 0 && { extensions: others }),
    ...(hash !== undefined && { hash }),
  }
}

/** As Apollo's clients write it: `{ version: 1, sha256Hash: '…' }`. */
function hashOf(persistedQuery: unknown): string | undefined {
  if (!isJsonObject(persistedQuery) || Object.keys(persistedQuery).length !== 2 || persistedQuery.version !== 1) return undefined
  const { sha256Hash } = persistedQuery
  return typeof sha256Hash === 'string' && HASH.test(sha256Hash) ? sha256Hash : undefined
}
