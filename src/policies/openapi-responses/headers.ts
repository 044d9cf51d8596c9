import { MAX_VIOLATIONS, type Violation } from '../../core/problem.ts'
import type { Schemas } from '../../json-schema/schemas.ts'
import type { HeaderDescription } from '../../openapi/description.ts'
import { headerReader } from '../../openapi/parameter-style.ts'
import { ParameterValue } from '../../openapi/parameter-value.ts'
import { SchemaFacts } from '../../openapi/schema-facts.ts'

/** Judges an answer's headers. @param complete whether those that are required must be there: an answer to HEAD may leave some out (RFC 9110 §9.3.2) */
export type JudgeHeaders = (headers: Headers, complete: boolean) => readonly Violation[]

const NONE: readonly Violation[] = []

/** @returns what judges the headers that are described of an answer. Others are left alone: there are always some. */
export function describedHeaders(described: Readonly<Record<string, HeaderDescription>> = {}, schemas: Schemas): JudgeHeaders {
  const facts = SchemaFacts.of(schemas)
  // The body's forms say what that one is (OpenAPI 3.2 §4.17).
  const names = Object.keys(described).filter((name) => name !== 'content-type')
  if (names.length === 0) return () => NONE
  const readers = names.map((name) => {
    const { schema, required, explode = false } = described[name] as HeaderDescription
    const parameter = { name, in: 'header', style: 'simple', explode, ...(required && { required }), ...(schema !== undefined && { schema }) } as const
    const node = schema === undefined ? undefined : schemas.node(schema)
    return { name, value: new ParameterValue(parameter, schemas), read: headerReader({ explode, node }, facts) }
  })
  return (headers, complete) => {
    const found: Violation[] = []
    for (const { name, value, read } of readers) {
      const texts = textsOf(headers, name)
      if (texts.length === 0 && complete) value.miss(found)
      for (const text of texts) value.judge(read(text), found)
    }
    return found.slice(0, MAX_VIOLATIONS)
  }
}

/** `Set-Cookie` is the one field whose values are not one value when joined (RFC 9110 §5.3). */
function textsOf(headers: Headers, name: string): readonly string[] {
  if (name === 'set-cookie') return headers.getSetCookie()
  const text = headers.get(name)
  return text === null ? [] : [text]
}
