import type { Violation } from '../core/problem.ts'
import type { SchemaId } from '../json-schema/schema-node.ts'
import type { Schemas } from '../json-schema/schemas.ts'
import type { Encoding } from './description.ts'
import { NOT_LISTED, note } from './parameter-value.ts'
import { textValue } from './text-value.ts'
import { Unread } from './unread.ts'

/** Judges the headers of one part: those that are described, and no others. A part's type and name are judged elsewhere (OpenAPI 3.2 §4.15). */
export function judgePartHeaders(
  headers: ReadonlyMap<string, string>,
  described: NonNullable<Encoding['headers']>,
  pointer: string,
  schemas: Schemas,
  found: Violation[],
): void {
  for (const name of headers.keys()) if (!Object.hasOwn(described, name)) note(found, { pointer, rule: 'headers', detail: NOT_LISTED })
  for (const [name, { required, schema }] of Object.entries(described)) {
    if (name === 'content-type' || name === 'content-disposition') continue
    const text = headers.get(name)
    if (text === undefined) {
      if (required) note(found, { pointer, rule: 'headers', detail: 'required: a header of this part' })
    } else if (schema !== undefined && !accepts(schemas, schema, text)) {
      note(found, { pointer, rule: 'headers', detail: 'a header of this part is not as it is described' })
    }
  }
}

function accepts(schemas: Schemas, schema: SchemaId, text: string): boolean {
  const value = textValue(text, schema, schemas)
  return !(value instanceof Unread) && schemas.validator(schema).test(value)
}
