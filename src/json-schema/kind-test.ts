import type { JsonObject } from '../lib/json-object.ts'
import type { Test } from './closure.ts'
import { always } from './closure.ts'
import { ANY_KIND, KIND } from './kinds.ts'

/** What is asked of values of one kind; undefined asks nothing. */
export interface KindTests {
  readonly number?: ((value: number) => boolean) | undefined
  readonly string?: ((value: string) => boolean) | undefined
  readonly array?: ((value: readonly unknown[]) => boolean) | undefined
  readonly object?: ((value: JsonObject) => boolean) | undefined
}

/** One closure for `type` and all that only concerns values of one kind; the kinds that most schemas are of have one of their own. */
export function kindTest(kinds: number, tests: KindTests): Test {
  const { number = always, string = always, array = always, object = always } = tests as Partial<Record<keyof KindTests, Test>>
  switch (kinds) {
    case KIND.string:
      return string === always ? (value) => typeof value === 'string' : (value) => typeof value === 'string' && string(value)
    case KIND.integer:
      return number === always ? Number.isInteger : (value) => Number.isInteger(value) && number(value)
    case KIND.number:
      return number === always ? (value) => typeof value === 'number' : (value) => typeof value === 'number' && number(value)
    case KIND.boolean:
      return (value) => typeof value === 'boolean'
    case KIND.null:
      return (value) => value === null
    case KIND.array:
      return (value) => Array.isArray(value) && array(value)
    case KIND.object:
      return (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && object(value)
    case KIND.string | KIND.null:
      return (value) => (typeof value === 'string' ? string(value) : value === null)
    case ANY_KIND:
      if (number === always && string === always && array === always && object === always) return always
  }
  return anyKindTest(kinds, number, string, array, object)
}

function anyKindTest(kinds: number, number: Test, string: Test, array: Test, object: Test): Test {
  return (value) => {
    switch (typeof value) {
      case 'string':
        return (kinds & KIND.string) !== 0 && string(value)
      case 'number':
        return (kinds & (Number.isInteger(value) ? KIND.integer : KIND.fraction)) !== 0 && number(value)
      case 'boolean':
        return (kinds & KIND.boolean) !== 0
      case 'object':
        if (value === null) return (kinds & KIND.null) !== 0
        return Array.isArray(value) ? (kinds & KIND.array) !== 0 && array(value) : (kinds & KIND.object) !== 0 && object(value)
      default:
        return (kinds & KIND.other) !== 0
    }
  }
}
