import * as v from 'valibot'
import { unprocessableAt } from './refusal.ts'

/** Rules in words that callers may read: none of them repeats what was sent. */
export const OWN_WORDS: ReadonlySet<string> = new Set()

/** Marks a message as constant, hence fit for callers. */
export function words(text: string): string {
  ;(OWN_WORDS as Set<string>).add(text)
  return text
}

/** A text of so many characters, without control characters and lone surrogates. */
export function text(least: number, most: number) {
  return v.pipe(
    v.string(),
    v.minLength(least),
    v.maxLength(most),
    v.check((given) => !/\p{Cc}/u.test(given), words('no control characters')),
    v.check((given) => given.isWellFormed(), words('no lone surrogates')),
  )
}

/** Why somebody does it, for people. */
export const REASON = v.pipe(
  text(3, 256),
  v.description('Why, for people. It is kept apart from the chain of the audit trail, and deleted after the retention.'),
)

/** Of no credential and no rule: what is earlier is taken for seconds by whoever keeps it, and what is later has no RFC 3339 text. */
const EARLIEST_MS = Date.UTC(1974, 0)
/** As {@link EARLIEST_MS}. */
export const LATEST_MS = Date.UTC(9999, 0)

/** A time, RFC 3339. */
export const TIME = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/, words('a time as in RFC 3339, like 2030-01-31T12:00:00Z')),
  v.check((given) => {
    const ms = Date.parse(given)
    return ms >= EARLIEST_MS && ms <= LATEST_MS && isDay(given.slice(0, 10))
  }, words('a time that there is, from 1974 to 9998')),
  v.metadata({ format: 'date-time' }),
)

/** The engine takes the 30th of February for a day of March. */
function isDay(date: string): boolean {
  const ms = Date.parse(`${date}T00:00:00Z`)
  return Number.isFinite(ms) && new Date(ms).toISOString().startsWith(date)
}

/** A time as it is answered: UTC. */
export const TIME_ANSWER = v.pipe(v.string(), v.isoTimestamp(), v.metadata({ format: 'date-time' }))

const DAY = 86_400

/** Until when something holds: one of the two, and nothing holds for ever. */
export const LASTING = {
  until: v.exactOptional(v.pipe(TIME, v.description('Until when. Either this or `forSeconds`.'))),
  forSeconds: v.exactOptional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(3660 * DAY), v.description('For how long, in seconds. Either this or `until`.')),
  ),
}

/** So long an action may come again, to hear its answer: what was a time to come then may be over now. */
export const REPEATED_WITHIN_MS = DAY * 1000

/** Finds what cannot have been right when the action may have come first. @throws {Refusal} as {@link untilMsOf} */
export function checkLasting(given: Parameters<typeof untilMsOf>[0], nowMs: number, fromMs?: number): void {
  const { until, forSeconds } = given
  if (until === undefined || forSeconds !== undefined) untilMsOf(given, nowMs, fromMs)
  else untilMsOf(given, nowMs - REPEATED_WITHIN_MS, fromMs)
}

/** @returns until when, in milliseconds since the epoch. @throws {Refusal} for both, neither, and what is over already. */
export function untilMsOf({ until, forSeconds }: { readonly until?: string; readonly forSeconds?: number }, nowMs: number, fromMs = nowMs): number {
  if ((until === undefined) === (forSeconds === undefined)) throw unprocessableAt('#/until', 'either until or forSeconds')
  const untilMs = until === undefined ? fromMs + (forSeconds as number) * 1000 : Date.parse(until)
  if (untilMs > LATEST_MS) throw unprocessableAt('#/until', 'a time before the year 9999')
  if (untilMs <= Math.max(nowMs, fromMs)) throw unprocessableAt('#/until', 'a time to come, after from')
  return untilMs
}

/** A page of a list. */
export const PAGE = {
  limit: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(/^[1-9]\d{0,3}$/, words('a whole number from 1 to 1000')),
      v.transform(Number),
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(1000),
    ),
    '100',
  ),
  cursor: v.exactOptional(v.pipe(v.string(), v.maxLength(16_384), v.regex(/^[\w.~-]*$/, words('what the page before gave as next')))),
}

/** A page of a list, as it is answered. */
export function pageOf<const S extends v.GenericSchema>(item: S) {
  return v.strictObject({ items: v.array(item), next: v.exactOptional(v.string()) })
}

/** @returns a time as it is answered. */
export function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}
