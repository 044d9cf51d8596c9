import type { Place } from './place.ts'

/** The fixed fields of a path item that are operations (OpenAPI 3.2 §4.8.9.1). */
const FIXED = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query'] as const

/** @returns the operations of a path item, with their methods as requests have them. */
export function operationsOf(pathItem: Place): readonly { readonly method: string; readonly place: Place }[] {
  const fixed = FIXED.flatMap((field) => {
    const place = pathItem.at(field)
    return place === undefined || !place.isObject() ? [] : [{ method: field.toUpperCase(), place }]
  })
  const further = pathItem.child('additionalOperations')?.entries() ?? []
  return [...fixed, ...further.map(([method, place]) => ({ method, place: place.resolved() }))]
}
