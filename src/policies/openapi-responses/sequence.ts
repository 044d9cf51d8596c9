import { type RecordForm, readSequence, type SequenceFault } from '../../content/ndjson.ts'
import { MAX_VIOLATIONS, type Violation } from '../../core/problem.ts'
import type { Schemas } from '../../json-schema/schemas.ts'
import type { JsonLimits } from '../../lib/json-body.ts'
import type { MediaType } from '../../openapi/description.ts'

/** More would be a table of a million nulls. */
const MAX_RECORDS = 100_000

/** Judges JSON texts one behind the other: each by the schema of items, all together as a list by the schema of the whole (OpenAPI 3.2 §4.14.2). @returns what is wrong, or nothing */
export function judgeSequence(
  bytes: Uint8Array,
  form: RecordForm,
  { schema, itemSchema }: MediaType,
  schemas: Schemas,
  limits: JsonLimits,
): { readonly fault: SequenceFault } | { readonly violations: readonly Violation[] } | undefined {
  const read = readSequence(bytes, form, { ...limits, maxRecords: MAX_RECORDS, maxRecordBytes: bytes.byteLength })
  if (read.fault !== undefined) return { fault: read.fault }
  const violations: Violation[] = []
  if (itemSchema !== undefined) {
    const item = schemas.validator(itemSchema)
    for (const [i, record] of read.records.entries()) {
      if (item.test(record)) continue
      violations.push(...item.violations(record, `#/${i}`, MAX_VIOLATIONS - violations.length))
      if (violations.length >= MAX_VIOLATIONS) return { violations }
    }
  }
  if (schema !== undefined) {
    const whole = schemas.validator(schema)
    if (!whole.test(read.records)) violations.push(...whole.violations(read.records, '#', MAX_VIOLATIONS - violations.length))
  }
  return violations.length === 0 ? undefined : { violations }
}
