import { isJsonObject, type JsonObject } from '../lib/json-object.ts'
import type { Test } from './closure.ts'
import { never } from './closure.ts'
import type { Collect } from './collect.ts'
import { Evaluated } from './collect.ts'
import type { Coverage, Covered } from './coverage.ts'

/** The tests for what is left over, for the two kinds of values that can have something left over. */
export interface Leftover {
  readonly properties?: Test | undefined
  readonly items?: Test | undefined
}

/**
 * The test of a schema with `unevaluatedProperties`, `unevaluatedItems` or `closed`. Which names its parts list is worked out here, once; only for a value
 * that has others, which a part may list that applies under a condition, is kept account of what each part evaluated.
 * @param plain the schema without these keywords.
 * @param collect the same, keeping account.
 */
export function unevaluatedTest({ sure, maybe }: Covered, leftover: Leftover, plain: Test, collect: Collect): Test {
  const account: Test = (value) => {
    const evaluated = new Evaluated()
    return collect(value, evaluated) && nothingLeft(value, evaluated, leftover)
  }
  const { properties, items } = leftover
  const objectTest = properties === undefined || sure.allNames ? undefined : unlistedTest(sure, maybe, properties)
  const dependsOnItems = maybe.dependsOnItems || maybe.allItems
  return (value) => {
    if (Array.isArray(value)) {
      if (items === undefined || sure.allItems || value.length <= sure.prefix) return plain(value)
      if (dependsOnItems) return account(value)
      return plain(value) && value.every((item, i) => i < sure.prefix || items(item))
    }
    if (objectTest === undefined || !isJsonObject(value)) return plain(value)
    const answer = objectTest(value)
    return answer === undefined ? account(value) : answer && plain(value)
  }
}

/** @returns undefined where only keeping account tells. */
function unlistedTest(sure: Coverage, maybe: Coverage, test: Test): (value: JsonObject) => boolean | undefined {
  const isCertain = maybe.isEmpty
  return (value) => {
    let isOpen = false
    for (const name of Object.keys(value)) {
      if (sure.lists(name)) continue
      if (!isCertain && maybe.lists(name)) isOpen = true
      else if (test === never || !test(value[name])) return false
    }
    return isOpen ? undefined : true
  }
}

function nothingLeft(value: unknown, evaluated: Evaluated, { properties, items }: Leftover): boolean {
  if (evaluated.all) return true
  if (Array.isArray(value)) {
    if (items === undefined) return true
    const indexes = new Set(evaluated.keys)
    return value.every((item, i) => i < evaluated.upTo || indexes.has(i) || items(item))
  }
  if (properties === undefined || !isJsonObject(value)) return true
  const names = new Set(evaluated.keys)
  return Object.keys(value).every((name) => names.has(name) || properties(value[name]))
}
