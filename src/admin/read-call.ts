import * as v from 'valibot'
import { BodyTooLarge } from '../core/body.ts'
import type { Exchange } from '../core/exchange.ts'
import { MAX_VIOLATIONS } from '../core/problem.ts'
import { parseContentType } from '../lib/content-type.ts'
import { type JsonFault, readJson } from '../lib/json-body.ts'
import { parseQuery } from '../lib/query.ts'
import { type Place, violationOf } from '../policies/validate/violations.ts'
import type { Operation } from './operation.ts'
import { nothingThere, refusal, unprocessable } from './refusal.ts'
import { OWN_WORDS } from './schema.ts'

/** The longest body, in bytes. */
export const MAX_BODY_BYTES = 65_536

const LIMITS = { maxDepth: 8, largeNumbers: 'deny' } as const
const NOTHING_REPEATABLE: ReadonlySet<string> = new Set()

/** A body as it came, and what it says. */
export interface BodyReading {
  readonly bytes: Uint8Array
  readonly value: unknown
}

/** Reads the body of an operation, or that there is none. @throws {Refusal} */
export async function readBody(x: Exchange, schema: v.GenericSchema | undefined): Promise<BodyReading> {
  const bytes = await bytesOf(x)
  if (schema === undefined) {
    if (bytes.byteLength > 0) throw refusal(400, 'body', 'There must be no body.')
    return { bytes, value: undefined }
  }
  checkType(x)
  if (bytes.byteLength === 0) throw refusal(400, 'body', 'A body is required.')
  const json = readJson(bytes, LIMITS)
  if (json.fault !== undefined) throw refusal(400, 'json', FAULTS[json.fault])
  return { bytes, value: sound(schema, json.value, '#') }
}

/** Reads the query. @throws {Refusal} */
export function readQuery({ url }: Exchange, schema: v.GenericSchema = v.strictObject({})): unknown {
  const { parameters, fault } = parseQuery(url.search, { repeatable: NOTHING_REPEATABLE, maxParameters: 16 })
  if (fault !== undefined) throw refusal(400, 'query', 'The query has no single reading.')
  return sound(schema, { ...parameters }, 'query')
}

/** Reads the parameters of the path; an id that can be none is of nothing. @throws {Refusal} */
export function readParams(schema: Operation['params'], params: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  if (schema === undefined) return {}
  const parsed = v.safeParse(schema, params)
  if (!parsed.success) throw nothingThere()
  return parsed.output
}

async function bytesOf({ body }: Exchange): Promise<Uint8Array> {
  try {
    return await body.bytes(MAX_BODY_BYTES)
  } catch (error) {
    if (error instanceof BodyTooLarge) throw refusal(413, 'too-large', 'The body is too large.')
    throw error
  }
}

function checkType({ headers }: Exchange): void {
  const coding = headers.get('content-encoding')
  const type = parseContentType(headers.get('content-type') ?? '')
  const charset = type?.parameters.get('charset')?.toLowerCase() ?? 'utf-8'
  if ((coding !== null && coding.toLowerCase() !== 'identity') || type?.mediaType !== 'application/json' || charset !== 'utf-8')
    throw refusal(415, 'content-type', 'The body must be application/json, not compressed.')
}

function sound(schema: v.GenericSchema, value: unknown, place: Place): unknown {
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return parsed.output
  throw unprocessable(parsed.issues.slice(0, MAX_VIOLATIONS).map((issue) => violationOf(issue, place, OWN_WORDS)))
}

const FAULTS: Readonly<Record<JsonFault, string>> = {
  encoding: 'The body is not UTF-8 without a byte order mark.',
  syntax: 'The body is not valid JSON.',
  depth: 'The body is nested too deeply.',
  'duplicate-key': 'An object in the body has a key more than once.',
  'forbidden-key': 'The body has a key that is not allowed.',
  'number-precision': 'The body has a number that is too large to be exact.',
  'too-many-keys': 'The body has too many keys.',
  'too-many-items': 'The body has a list with too many items.',
  'string-length': 'The body has a text that is too long.',
  'key-length': 'The body has a key that is too long.',
  'number-length': 'The body has a number with too many digits.',
}
