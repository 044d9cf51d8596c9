import type { Violation } from '../core/problem.ts'
import type { Schemas } from '../json-schema/schemas.ts'
import { withoutCookies } from '../lib/cookie.ts'
import { decodePercent, type FormPair } from '../lib/form-pairs.ts'
import type { JsonLimits } from '../lib/json-body.ts'
import type { RequestHeaders } from '../lib/request-headers.ts'
import type { Parameter } from './description.ts'
import { documentField } from './document-field.ts'
import { cookieField, headerReader } from './parameter-style.ts'
import { contentReader, ParameterValue } from './parameter-value.ts'
import { SchemaFacts } from './schema-facts.ts'
import { NOT_TEXT, REPEATED, Unread } from './unread.ts'

/** Reads described headers or cookies; others are left alone. What is wrong is added to `found`. */
export type ReadHeaders = (headers: RequestHeaders, found: Violation[]) => Readonly<Record<string, unknown>>

/** Described by other parts of an operation, so that parameters of these names are none (OpenAPI 3.2 §4.12.2.1). */
const NO_PARAMETERS: ReadonlySet<string> = new Set(['accept', 'content-type', 'authorization'])

/** @returns whether a parameter is judged: credentials are their authenticators' to judge. */
export function isJudged({ in: place, name }: Parameter, credentials: readonly string[]): boolean {
  if (place === 'header') return !NO_PARAMETERS.has(name.toLowerCase()) && !credentials.includes(name.toLowerCase())
  return place !== 'cookie' || !credentials.some((credential) => credential.toLowerCase() === `cookie:${name.toLowerCase()}`)
}

/** @returns a reader for the header parameters of one operation; values by lower-case name. */
export function headerParameters(parameters: readonly Parameter[], schemas: Schemas, limits: JsonLimits): ReadHeaders {
  const facts = SchemaFacts.of(schemas)
  const readers = parameters.map((parameter) => {
    const node = parameter.schema === undefined ? undefined : schemas.node(parameter.schema)
    const document = parameter.content === undefined ? undefined : contentReader(parameter.content, schemas, limits)
    const read =
      document === undefined ? headerReader({ explode: parameter.explode, node }, facts) : (raw: string) => (raw.includes('\ufffd') ? NOT_TEXT : document(raw))
    return { key: parameter.name.toLowerCase(), value: new ParameterValue(parameter, schemas), read }
  })
  return (headers, found) => {
    const values: Record<string, unknown> = Object.create(null)
    for (const { key, value, read } of readers) {
      const raw = headers.get(key)
      if (raw === null) {
        value.miss(found)
        continue
      }
      const one = read(raw)
      if (value.judge(one, found)) values[key] = one
    }
    return values
  }
}

/** @returns a reader for the cookie parameters of one operation. */
export function cookieParameters(parameters: readonly Parameter[], schemas: Schemas, limits: JsonLimits): ReadHeaders {
  const facts = SchemaFacts.of(schemas)
  const readers = parameters.map((parameter) => {
    const { name, style, explode, content } = parameter
    const node = parameter.schema === undefined ? undefined : schemas.node(parameter.schema)
    const field =
      content === undefined ? cookieField({ name, style, explode, node }, facts) : documentField(name, decodeCookie, contentReader(content, schemas, limits))
    const names = new Set([...(field.takesName ? [name] : []), ...(field.takesProperties && node !== undefined ? facts.names(node) : [])])
    return { value: new ParameterValue(parameter, schemas), field, names }
  })
  return (headers, found) => {
    const values: Record<string, unknown> = Object.create(null)
    const line = headers.get('cookie')
    const cookies = line === null ? [] : pairsOf(line)
    for (const { value, field, names } of readers) {
      const own = cookies.filter(({ name }) => names.has(name))
      if (own.length === 0 && (line === null || !isFolded(line, names, 0))) {
        value.miss(found)
        continue
      }
      const one = line !== null && isFolded(line, names, own.length) ? REPEATED : own.some(({ raw }) => raw.includes('"')) ? QUOTED : field.read(own)
      if (value.judge(one, found)) values[value.name] = one
    }
    return values
  }
}

const QUOTED = new Unread('a value without quotation marks')

/** Bytes that are no UTF-8 were replaced when the field became a text. */
function decodeCookie(raw: string): string | undefined {
  return raw.includes('\ufffd') ? undefined : decodePercent(raw)
}

/** Cookies as they were sent: neither names nor values are decoded. */
function pairsOf(line: string): readonly FormPair[] {
  return line.split(';').map((text) => {
    const equals = text.indexOf('=')
    return { name: text.slice(0, Math.max(equals, 0)).trim(), raw: text.slice(equals + 1).trim(), text }
  })
}

/** Whether more cookies than those would be taken for one of these names by a server that decodes names, or folds case, dots and brackets. */
function isFolded(line: string, names: ReadonlySet<string>, exact: number): boolean {
  const folded = new Set([...names].map((name) => name.toLowerCase()))
  let count = 0
  withoutCookies(line, (_name, readings) => {
    if (readings.some((reading) => folded.has(reading))) count++
    return false
  })
  return count > exact
}
