import { MAX_VIOLATIONS, type Violation } from '../../core/problem.ts'
import { type Place, unlistedAt } from './violations.ts'

/**
 * Finds what was sent and did not come out of the schema: keys that it strips, items beyond a tuple's end. The received bytes are forwarded, so
 * what the schema would have dropped must not be there. Recurses: only for input of bounded depth.
 */
export function unlisted(input: unknown, output: unknown, place: Place): readonly Violation[] {
  const found: Violation[] = []
  compare(input, output, place, [], found)
  return found
}

function compare(input: unknown, output: unknown, place: Place, path: PropertyKey[], found: Violation[]): void {
  if (input === output || typeof input !== 'object' || input === null) return
  if (Array.isArray(input)) compareItems(input, output, place, path, found)
  else compareKeys(input, output, place, path, found)
}

function compareItems(input: readonly unknown[], output: unknown, place: Place, path: PropertyKey[], found: Violation[]): void {
  // A list that became something else (a Set, a sum) has no items to compare with: its plain items pass, keys inside of it do not.
  const items = Array.isArray(output) ? output : undefined
  for (let i = 0; i < input.length && found.length < MAX_VIOLATIONS; i++) {
    path.push(i)
    if (items !== undefined && i >= items.length) found.push(unlistedAt(place, path))
    else compare(input[i], items?.[i], place, path, found)
    path.pop()
  }
}

function compareKeys(input: object, output: unknown, place: Place, path: PropertyKey[], found: Violation[]): void {
  const listed = typeof output === 'object' ? (output as Readonly<Record<string, unknown>> | null) : null
  for (const [key, value] of Object.entries(input)) {
    if (found.length >= MAX_VIOLATIONS) return
    path.push(key)
    if (listed === null || !Object.hasOwn(listed, key)) found.push(unlistedAt(place, path))
    else compare(value, listed[key], place, path, found)
    path.pop()
  }
}
