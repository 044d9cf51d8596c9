import type { KeyLimit } from '../../core/api-key.ts'
import type { BanFigures, Cell } from '../../core/limit.ts'
import { bucketOf } from '../../limiter/bucket.ts'
import { type Calendar, calendarOf } from '../../limiter/calendar.ts'
import { MAX_CONCURRENCY } from '../../limiter/concurrency.ts'
import { defaultBurst, MAX_RATE_TOKENS, type Rate } from '../../limiter/rate.ts'
import type { RateLimitSettings } from './settings.ts'

type Limit = Rate | number

/** What one plan's cells are counted with. */
export type Figures =
  | { readonly algorithm: 'token-bucket'; readonly tokens: number; readonly periodMs: number; readonly burst: number; readonly strict: boolean }
  | { readonly algorithm: 'sliding-window'; readonly limit: number; readonly windowMs: number }
  | { readonly algorithm: 'fixed-window'; readonly limit: number; readonly calendar: Calendar }
  | { readonly algorithm: 'concurrency'; readonly limit: number; readonly maxMs: number }

/** Why there are no figures of these settings, and where. */
export interface FiguresFault {
  readonly at: 'limit' | 'timeZone' | 'maxSeconds'
  readonly found: string
  readonly expected: string
  readonly fix: string
}

/** @returns the figures of a limit, by its algorithm. */
export function figuresOf(settings: RateLimitSettings, limit: Limit, burst: number | undefined): Figures | FiguresFault {
  const { algorithm, strict, timeZone, maxSeconds } = settings
  if (algorithm === 'concurrency') {
    if (typeof limit !== 'number') return fault('limit', 'a rate', 'how many at the same time', 'write a number, like 20')
    if (maxSeconds === undefined)
      return fault('maxSeconds', 'nothing', 'the longest life of a slot', 'say after how many seconds a slot that was lost is free again')
    return { algorithm, limit, maxMs: maxSeconds * 1000 }
  }
  if (typeof limit === 'number') return fault('limit', `${limit}`, 'a count and a period', "write a rate, like '600/min'")
  const { tokens, periodMs, unit } = limit
  if (algorithm === 'fixed-window') {
    if (unit === undefined)
      return fault('limit', 'a period that is no calendar window', 'one min, hour, day, week, month or year', "write it like '10000/month'")
    if (timeZone === undefined)
      return fault('timeZone', 'nothing', 'the time zone of the calendar', "say whose calendar is meant, like 'UTC' or 'Europe/Berlin'")
    const calendar = calendarOf(unit, timeZone)
    if ('fault' in calendar) return fault('timeZone', JSON.stringify(timeZone), 'a name of the IANA time zone database', calendar.fault)
    return { algorithm, limit: tokens, calendar }
  }
  if (periodMs === undefined) return fault('limit', `one ${unit}`, 'a period of fixed length', "write it in days, or use algorithm: 'fixed-window'")
  if (algorithm === 'sliding-window') return { algorithm, limit: tokens, windowMs: periodMs }
  return { algorithm, tokens, periodMs, burst: burst ?? defaultBurst(limit), strict }
}

const DEFAULT_IPV6_CEILING_FACTOR = 16

/** What all the /64s of one /48 may have together, as a multiple of what one may. */
export function ceilingFactorOf({ ipv6CeilingFactor }: RateLimitSettings): number {
  return ipv6CeilingFactor ?? DEFAULT_IPV6_CEILING_FACTOR
}

/**
 * Puts a key's own figures in the place of configured ones, in the limit's own period. A burst that the key does not say stays in proportion.
 * @param most that one request may cost.
 * @throws {RangeError} for figures that cannot be counted: such a key is not served, rather than served by figures that nobody meant.
 */
export function ownFigures(figures: Figures, { limit, burst }: KeyLimit, most: number): Figures {
  const own: Figures =
    figures.algorithm === 'token-bucket'
      ? { ...figures, tokens: limit, burst: Math.max(most, burst ?? Math.round((figures.burst * limit) / figures.tokens)) }
      : { ...figures, limit }
  if (most > capacityOf(own)) throw new RangeError(`rate-limit: a key's own figures are less than one request may cost, which is ${most}`)
  checkCountable(own)
  return own
}

/** @throws {RangeError} for figures that cannot be counted exactly. */
export function checkCountable(figures: Figures): void {
  const fault = uncountable(figures)
  if (fault !== undefined) throw new RangeError(`rate-limit: a key's own figures cannot be counted: ${fault}`)
}

/** @returns why figures cannot be counted exactly. */
export function uncountable(figures: Figures): string | undefined {
  if (figures.algorithm === 'token-bucket') {
    const bucket = bucketOf(figures)
    return 'fault' in bucket ? bucket.fault : undefined
  }
  const most = figures.algorithm === 'concurrency' ? MAX_CONCURRENCY : MAX_RATE_TOKENS
  return figures.limit > most ? `${figures.limit} in all, with the ceiling of an IPv6 /48, where ${most} can be counted` : undefined
}

/** @returns figures so many times as large: what all the /64s of one /48 may have together. */
export function timesAsMuch(figures: Figures, factor: number): Figures {
  if (figures.algorithm === 'token-bucket') return { ...figures, tokens: figures.tokens * factor, burst: figures.burst * factor }
  return { ...figures, limit: figures.limit * factor }
}

/** @returns the most that one request can ever take. */
export function capacityOf(figures: Figures): number {
  return figures.algorithm === 'token-bucket' ? figures.burst : figures.limit
}

/** @returns the figures of a ban, in milliseconds. */
export function banFiguresOf(ban: NonNullable<RateLimitSettings['ban']>): BanFigures {
  return { after: ban.after, withinMs: ban.within, forMs: ban.for, maxMs: ban.max }
}

/** @returns a cell that is counted with these figures now. */
export function cellOf(figures: Figures, id: string, ban: BanFigures | undefined, nowMs: number): Cell {
  const base = ban === undefined ? { id } : { id, ban }
  switch (figures.algorithm) {
    case 'token-bucket': {
      const { tokens, periodMs, burst, strict } = figures
      return strict ? { ...base, tokens, periodMs, burst, strict } : { ...base, tokens, periodMs, burst }
    }
    case 'sliding-window':
      return { ...base, algorithm: 'sliding-window', limit: figures.limit, windowMs: figures.windowMs }
    case 'fixed-window': {
      const { startMs, endMs } = figures.calendar.windowAt(nowMs)
      return { ...base, algorithm: 'fixed-window', limit: figures.limit, windowStartMs: startMs, windowEndMs: endMs }
    }
    case 'concurrency':
      return { ...base, algorithm: 'concurrency', limit: figures.limit, maxMs: figures.maxMs }
  }
}

function fault(at: FiguresFault['at'], found: string, expected: string, fix: string): FiguresFault {
  return { at, found, expected, fix }
}
