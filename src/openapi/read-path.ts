import type { Violation } from '../core/problem.ts'
import type { Schemas } from '../json-schema/schemas.ts'
import { decodePercent } from '../lib/form-pairs.ts'
import type { JsonLimits } from '../lib/json-body.ts'
import type { Parameter } from './description.ts'
import { pathReader } from './parameter-style.ts'
import { contentReader, ParameterValue } from './parameter-value.ts'
import { SchemaFacts } from './schema-facts.ts'
import { NOT_TEXT, Unread } from './unread.ts'

/** Reads the path parameters of a canonical path, which matches the route. What is wrong is added to `found`. */
export type ReadPath = (path: string, found: Violation[]) => Readonly<Record<string, unknown>>

/** @returns a reader for the path parameters of one route; they are read where they stand, so that an encoded delimiter is data. */
export function pathParameters(parameters: readonly Parameter[], routeKey: string, schemas: Schemas, limits: JsonLimits): ReadPath {
  const pattern = routeKey.slice(routeKey.indexOf(' ') + 1).split('/')
  const facts = SchemaFacts.of(schemas)
  const readers = parameters.map((parameter) => {
    const { name, from, style, explode, content } = parameter
    const node = parameter.schema === undefined ? undefined : schemas.node(parameter.schema)
    const segment = pattern.indexOf(`:${from?.param ?? name}`)
    const document = content === undefined ? undefined : contentReader(content, schemas, limits)
    const read = document === undefined ? pathReader({ name, style, explode, node }, facts) : (raw: string) => decoded(raw, document)
    return { value: new ParameterValue(parameter, schemas), segment, parts: from?.parts, read }
  })
  return (path, found) => {
    const values: Record<string, unknown> = Object.create(null)
    const segments = path.split('/')
    for (const { value, segment, parts, read } of readers) {
      const whole = segments[segment]
      if (whole === undefined) {
        value.miss(found)
        continue
      }
      const raw = parts === undefined ? whole : partOf(whole, parts)
      const one = raw === undefined ? SPLIT : read(raw)
      if (value.judge(one, found)) values[value.name] = one
    }
    return values
  }
}

const SPLIT = new Unread('values that stand apart in one way only')

function decoded(raw: string, read: (text: string) => unknown): unknown {
  const text = decodePercent(raw)
  return text === undefined ? NOT_TEXT : read(text)
}

/**
 * Takes one value out of a segment that holds several between fixed texts.
 * @returns undefined where the texts are not there, where a value would be empty, or where they could stand in another place as well.
 */
function partOf(segment: string, { literals, index }: { readonly literals: readonly string[]; readonly index: number }): string | undefined {
  const first = literals[0] ?? ''
  const last = literals.length > 1 ? (literals.at(-1) as string) : ''
  if (segment.length < first.length + last.length || !segment.startsWith(first) || !segment.endsWith(last)) return undefined
  const text = segment.slice(first.length, segment.length - last.length)
  const between = literals.slice(1, -1)
  // The leftmost and the rightmost way to split: if they are one, there is no other.
  const ends: number[] = []
  let at = 0
  for (const literal of between) {
    const found = literal === '' ? -1 : text.indexOf(literal, at + 1)
    if (found < 0) return undefined
    ends.push(found)
    at = found + literal.length
  }
  if (at >= text.length) return undefined
  let until = text.length
  for (let i = between.length - 1; i >= 0; i--) {
    const literal = between[i] as string
    if (text.lastIndexOf(literal, until - 1 - literal.length) !== ends[i]) return undefined
    until = ends[i] as number
  }
  const start = index === 0 ? 0 : (ends[index - 1] as number) + (between[index - 1] as string).length
  return text.slice(start, ends[index] ?? text.length)
}
