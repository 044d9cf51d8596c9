import * as v from 'valibot'

/** Reads what was kept as JSON, by whatever version of this gateway. Never throws. @returns nothing for what is not there, or is something else. */
export function readKept<const S extends v.GenericSchema>(schema: S, text: string | undefined): v.InferOutput<S> | undefined {
  if (text === undefined) return undefined
  try {
    const parsed = v.safeParse(schema, JSON.parse(text))
    return parsed.success ? parsed.output : undefined
  } catch {
    return undefined
  }
}
