import { importFault } from './import-fault.ts'
import type { Place } from './place.ts'

/** The fixed fields of a path item that are operations (OpenAPI 3.2 §4.8.9.1). */
const FIXED = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query'] as const

/** @returns the operations of a path item, with their methods as requests have them. @throws {ImportFault} where it is not said who may call one */
export function operationsOf(pathItem: Place): readonly { readonly method: string; readonly place: Place }[] {
  const fixed = FIXED.flatMap((field) => {
    const given = pathItem.child(field)
    const place = given === undefined ? undefined : resolved(given)
    return place === undefined || !place.isObject() ? [] : [{ method: field.toUpperCase(), place }]
  })
  const further = pathItem.child('additionalOperations')?.entries() ?? []
  return [...fixed, ...further.map(([method, place]) => ({ method, place: resolved(place) }))]
}

/** What stands beside a reference does not count: of who may call, one who wrote it there must hear. */
function resolved(operation: Place): Place {
  if (!operation.has('$ref') || !operation.has('security')) return operation.resolved()
  throw importFault(`${operation.pointer}/security`, {
    found: 'security beside a $ref',
    expected: 'one place that says who may call',
    fix: 'write the operation out, or leave it to what is referred to',
  })
}
