import type { Ports } from '../core/ports.ts'
import { isJsonObject } from '../lib/json-object.ts'
import type { KeyLocation } from './fetch-keys.ts'

/** Keys that could not be refreshed for this long are not trusted any more. */
export const MAX_STALE_MS = 60 * 60_000

/** A copy from further in the future is by a clock that nobody can go by. */
const MAX_SKEW_MS = 1000

const VERSION = 1

/** A key set's document, and when its issuer was asked for it: whatever tiers it came through, its age counts from there. */
export interface KeyCopy {
  readonly fetchedAtMs: number
  /** Parsed JSON, of whatever shape. */
  readonly document: unknown
}

/** @returns what the place is known by: equal for equal places, whoever asks. */
export function placeOf({ url, service = '', discoveryOf = '' }: KeyLocation): string {
  return JSON.stringify([url, service, discoveryOf])
}

/** @returns what the location remembers of that place's keys, unless it is too old or not of that place. */
export async function readCopy(place: string, { location, clock }: Pick<Ports, 'location' | 'clock'>): Promise<KeyCopy | undefined> {
  const text = await location.get(keyOf(place))
  if (text === undefined) return undefined
  const copy = parse(text)
  if (!isJsonObject(copy) || copy.v !== VERSION || copy.place !== place) return undefined
  const { fetchedAtMs, document } = copy
  const age = typeof fetchedAtMs === 'number' ? clock.now() - fetchedAtMs : Number.NaN
  return age >= -MAX_SKEW_MS && age < MAX_STALE_MS ? { fetchedAtMs: fetchedAtMs as number, document } : undefined
}

/** Lets the other isolates of the location have it. */
export async function writeCopy(place: string, { fetchedAtMs, document }: KeyCopy, { location }: Pick<Ports, 'location'>): Promise<void> {
  await location.put(keyOf(place), JSON.stringify({ v: VERSION, place, fetchedAtMs, document }), MAX_STALE_MS / 1000)
}

function keyOf(place: string): string {
  return `jwt-keys/${place}`
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
