import type { Gaps } from './gap.ts'
import type { Place } from './place.ts'

/** Dialects that schemas of 3.1 and 3.2 are read as. */
const KNOWN_DIALECT = /^https:\/\/(?:spec\.openapis\.org\/oas\/3\.[12]\/dialect\/|json-schema\.org\/draft\/2020-12\/schema)/

/** Notes what a description says as a whole that no gateway before the API holds anything to. */
export function noteRoot(root: Place, gaps: Gaps): void {
  const webhooks = root.child('webhooks')
  if (webhooks !== undefined)
    gaps.add('unchecked', webhooks.pointer, `${webhooks.entries().length} webhooks: requests that the API sends, which do not come by here`)
  const dialect = root.child('jsonSchemaDialect')
  if (dialect !== undefined && !KNOWN_DIALECT.test(String(dialect.value))) {
    gaps.add('unchecked', dialect.pointer, 'a dialect of JSON Schema of its own: schemas are read as 2020-12, where they do not say another themselves')
  }
}
