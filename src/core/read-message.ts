import * as v from 'valibot'

/**
 * Reads what the other side of a Durable Object says.
 * @param who whose protocol it is, for the error; what: `message` or `reply`; newest: the newest version that is understood.
 * @throws {RangeError} for another version, and for anything that nobody of a known version sends.
 */
export function readMessage<const S extends v.GenericSchema>(schema: S, value: unknown, who: string, what: string, newest: number): v.InferOutput<S> {
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return parsed.output
  const version = typeof value === 'object' && value !== null && 'v' in value ? value.v : undefined
  if (!Number.isSafeInteger(version) || (version as number) < 1 || (version as number) > newest) {
    throw new RangeError(`${who}: a ${what} of version ${String(version)} is not understood here; this is version ${newest}`)
  }
  // The place only: names hold what clients chose.
  throw new RangeError(`${who}: the ${what} is malformed at ${parsed.issues.map((issue) => v.getDotPath(issue) ?? 'its root').join(', ')}`)
}
