import type { Ports } from '../../core/ports.ts'
import { isJsonObject } from '../../lib/json-object.ts'
import { MAX_LIST_TOKEN_BYTES } from './list-token.ts'

/** How far the clocks of a location may differ: what is from further in the future is by a clock that nobody can go by. */
export const MAX_SKEW_MS = 1000

/** A longer text is no copy. */
const MAX_COPY_LENGTH = MAX_LIST_TOKEN_BYTES + 8192

const VERSION = 1

/** A status list token as it was signed, and when its host was asked for it: whatever tiers it came through, its age counts from there. */
export interface ListCopy {
  readonly fetchedAtMs: number
  readonly compact: string
}

/** What a location's copies are known by: equal for equal lists, whoever asks. */
export interface ListPlace {
  readonly issuer: string
  readonly service: string | undefined
  readonly uri: string
}

/** @returns what the location remembers of that list, unless it is `maxAgeMs` old or of another place. It must be verified anew. */
export async function readCopy(place: ListPlace, maxAgeMs: number, { location, clock }: Pick<Ports, 'location' | 'clock'>): Promise<ListCopy | undefined> {
  const text = await location.get(keyOf(place))
  if (text === undefined || text.length > MAX_COPY_LENGTH) return undefined
  const copy = parse(text)
  if (!isJsonObject(copy) || copy.v !== VERSION) return undefined
  const { fetchedAtMs, compact } = copy
  if (typeof fetchedAtMs !== 'number' || typeof compact !== 'string') return undefined
  const now = clock.now()
  const ageMs = now - fetchedAtMs
  return ageMs >= -MAX_SKEW_MS && ageMs < maxAgeMs ? { fetchedAtMs: Math.min(fetchedAtMs, now), compact } : undefined
}

/** Lets the other isolates of the location have it. */
export async function writeCopy(place: ListPlace, maxAgeMs: number, { fetchedAtMs, compact }: ListCopy, { location }: Pick<Ports, 'location'>): Promise<void> {
  await location.put(keyOf(place), JSON.stringify({ v: VERSION, fetchedAtMs, compact }), maxAgeMs / 1000)
}

function keyOf({ issuer, service = '', uri }: ListPlace): string {
  return `status-list/${JSON.stringify([issuer, service, uri])}`
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
