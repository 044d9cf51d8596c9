import type { Violation } from '../../core/problem.ts'
import type { Schemas } from '../../json-schema/schemas.ts'
import type { HeaderDescription } from '../../openapi/description.ts'

/** Reads a header's text as the value that its schema judges. */
export type ReadHeader = (name: string, text: string, header: HeaderDescription) => unknown

/** The most violations that are written down. */
export const MAX_VIOLATIONS = 20

/**
 * Holds an answer's headers against those that are described. Others are left alone: there are always some.
 * @param complete whether those that are required must be there: an answer to HEAD may leave some out (RFC 9110 §9.3.2).
 */
export function headerViolations(
  headers: Headers,
  described: Readonly<Record<string, HeaderDescription>>,
  { schemas, read, complete }: { readonly schemas: Schemas; readonly read: ReadHeader; readonly complete: boolean },
): readonly Violation[] {
  const found: Violation[] = []
  for (const [name, header] of Object.entries(described)) {
    // The body's forms say what it is (OpenAPI 3.2 §4.17).
    if (name === 'content-type') continue
    const texts = textsOf(headers, name)
    if (texts.length === 0 && header.required === true && complete) found.push({ pointer: `header/${name}`, detail: 'required', rule: 'required' })
    if (header.schema === undefined) continue
    const validator = schemas.validator(header.schema)
    for (const text of texts) {
      const value = read(name, text, header)
      if (!validator.test(value)) found.push(...validator.violations(value, `header/${name}`, MAX_VIOLATIONS))
    }
  }
  return found.slice(0, MAX_VIOLATIONS)
}

/** `Set-Cookie` is the one field whose values are not one value when joined (RFC 9110 §5.3). */
function textsOf(headers: Headers, name: string): readonly string[] {
  if (name === 'set-cookie') return headers.getSetCookie()
  const text = headers.get(name)
  return text === null ? [] : [text]
}
