import { isJsonObject, type JsonObject } from '../lib/json-object.ts'

/** Whether two JSON values are the same (2020-12 Core §4.2.2): 1 and 1.0 are, and the order of an object's properties says nothing. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => isEqual(item, b[i]))
  return isJsonObject(a) && isJsonObject(b) && sameProperties(a, b)
}

function sameProperties(a: JsonObject, b: JsonObject): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && isEqual(a[name], b[name]))
}

/** A test for `enum`, and for `const` as an `enum` of one. */
export function oneOfValues(values: readonly unknown[]): (value: unknown) => boolean {
  const plain = new Set(values.filter(isPlain))
  const rest = values.filter((value) => !isPlain(value))
  const [only] = plain
  if (rest.length > 0) return (value) => plain.has(value) || (!isPlain(value) && rest.some((one) => isEqual(one, value)))
  return plain.size === 1 ? (value) => value === only : (value) => plain.has(value)
}

/** No object and no array: what a Set can tell apart. */
export function isPlain(value: unknown): boolean {
  return typeof value !== 'object' || value === null
}

/** Whether no two items are the same. Linear in the text of the array, whatever its items are. */
export function areUnique(items: readonly unknown[]): boolean {
  if (items.length < 2) return true
  const plain = new Set<unknown>()
  const texts = new Set<string>()
  for (const item of items) {
    const seen: Set<unknown> = isPlain(item) ? plain : texts
    const key = isPlain(item) ? item : canonicalText(item)
    if (seen.has(key)) return false
    seen.add(key)
  }
  return true
}

/** One text for each JSON value: names sorted, numbers as JavaScript writes them. */
function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join()}]`
  if (!isJsonObject(value)) return JSON.stringify(value) ?? 'undefined'
  const names = Object.keys(value).sort()
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalText(value[name])}`).join()}}`
}
