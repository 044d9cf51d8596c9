import * as v from 'valibot'

/** Writes an algorithm's state for a row. @param tag the algorithm and the version of its words, like `sliding-window/1`. */
export function writeState(tag: string, state: unknown): string {
  return `${tag} ${JSON.stringify(state)}`
}

/** @returns the state that a row keeps, or undefined when it is in another algorithm's words. */
export function readState<const S extends v.GenericSchema>(tag: string, schema: S, text: string): v.InferOutput<S> | undefined {
  if (!text.startsWith(`${tag} `)) return undefined
  const parsed = v.safeParse(schema, parseJson(text.slice(tag.length + 1)))
  return parsed.success ? parsed.output : undefined
}

/** A whole number from 0 that is still exact. */
export const WHOLE = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** @returns whether it is a whole number from 1 to the given one. */
export function isCount(value: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= most
}
