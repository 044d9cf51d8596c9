import { Lru } from '../lib/lru.ts'
import { type TimeZone, timeZoneOf } from './time-zone.ts'

/** The windows that a calendar has. A week begins on Monday (ISO 8601). */
export const CALENDAR_UNITS = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const
/** One of {@link CALENDAR_UNITS}. */
export type CalendarUnit = (typeof CALENDAR_UNITS)[number]

/** A window of time, in milliseconds since the epoch. */
export interface Window {
  readonly startMs: number
  /** The first millisecond that is no longer in it. */
  readonly endMs: number
}

/** Cuts all time into the windows that people of one zone see on their calendars and clocks, without gaps or overlaps. */
export interface Calendar {
  /** @returns the window that the time lies in. While it lasts, the answer comes from memory. */
  windowAt(ms: number): Window
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** The offset of no zone is as large. */
const FARTHEST_OFFSET_MS = 16 * HOUR_MS

/** The formats behind calendars are dear in memory, so only so many are kept. */
const calendars = new Lru<Calendar>({ maxEntries: 64, maxBytes: 64 })

/**
 * Makes the calendar of a unit and a zone, or finds it again.
 * A day, week, month or year lasts from the first instant that its zone's clocks show to the first of the next one, so the days on which clocks change have 23 or 25 hours;
 * an hour or minute ends too when the clocks change, so the hour that comes twice is two windows.
 * @param timeZone a name of the IANA database, like `Europe/Berlin`.
 * @returns the calendar, or in one sentence why there is none.
 */
export function calendarOf(unit: CalendarUnit, timeZone: string): Calendar | { readonly fault: string } {
  const key = `${unit} ${timeZone}`
  const known = calendars.get(key)
  if (known !== undefined) return known
  const zone = timeZoneOf(timeZone)
  if ('fault' in zone) return zone
  const calendar = remembering(unit === 'minute' || unit === 'hour' ? clockWindows(zone, unit === 'hour' ? HOUR_MS : 60_000) : dateWindows(zone, unit))
  calendars.set(key, calendar, 1)
  return calendar
}

function remembering(find: (ms: number) => Window): Calendar {
  let last: Window = { startMs: 0, endMs: 0 }
  return {
    windowAt(ms) {
      if (!(ms >= last.startMs && ms < last.endMs)) last = find(ms)
      return last
    },
  }
}

function clockWindows(zone: TimeZone, lengthMs: number): (ms: number) => Window {
  return (ms) => {
    const span = spanAt(zone, ms)
    const shown = ms + span.offsetMs
    const startMs = Math.floor(shown / lengthMs) * lengthMs - span.offsetMs
    return { startMs: Math.max(startMs, span.fromMs), endMs: Math.min(startMs + lengthMs, span.toMs) }
  }
}

/** Dates are counted as if the zone's clocks were UTC's, and only their edges are looked up. */
function dateWindows(zone: TimeZone, unit: Exclude<CalendarUnit, 'minute' | 'hour'>): (ms: number) => Window {
  return (ms) => {
    let label = nextDate(unit, ms + spanAt(zone, ms).offsetMs, 0)
    let startMs = firstInstant(zone, label)
    for (;;) {
      label = nextDate(unit, label, 1)
      const endMs = firstInstant(zone, label)
      // When clocks go back over midnight the old date is shown again; the new one has begun all the same, so that no window comes twice.
      if (endMs > ms) return { startMs, endMs }
      startMs = endMs
    }
  }
}

/** @returns midnight at the beginning of the unit that `shownMs` lies in, or of the one so many later, on the zone's clocks. */
function nextDate(unit: Exclude<CalendarUnit, 'minute' | 'hour'>, shownMs: number, later: number): number {
  const day = Math.floor(shownMs / DAY_MS)
  const shown = new Date(shownMs)
  switch (unit) {
    case 'day':
      return (day + later) * DAY_MS
    case 'week':
      // The epoch's first day was a Thursday.
      return (day - ((((day + 3) % 7) + 7) % 7) + 7 * later) * DAY_MS
    case 'month':
      return Date.UTC(shown.getUTCFullYear(), shown.getUTCMonth() + later, 1)
    case 'year':
      return Date.UTC(shown.getUTCFullYear() + later, 0, 1)
  }
}

/** @returns the first instant at which the zone's clocks show the given time or a later one: where clocks skip midnight, or a whole day, that is when they do. */
function firstInstant(zone: TimeZone, shownMs: number): number {
  for (const { fromMs, toMs, offsetMs } of zone.spansBetween(shownMs - FARTHEST_OFFSET_MS, shownMs + FARTHEST_OFFSET_MS)) {
    const ms = Math.max(fromMs, shownMs - offsetMs)
    if (ms < toMs) return ms
  }
  throw new RangeError('a time zone whose clocks never come to that date')
}

function spanAt(zone: TimeZone, ms: number): { readonly fromMs: number; readonly toMs: number; readonly offsetMs: number } {
  for (const span of zone.spansBetween(ms - 2 * HOUR_MS, ms + 2 * HOUR_MS)) if (ms >= span.fromMs && ms < span.toMs) return span
  throw new RangeError('a time that no calendar has')
}
