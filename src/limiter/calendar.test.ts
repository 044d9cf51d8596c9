import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { CALENDAR_UNITS, type Calendar, type CalendarUnit, calendarOf } from './calendar.ts'

const HOUR_MS = 3_600_000

/** Zones whose clocks go by half an hour, at midnight, a minute past it, over a whole day, twice a year apart from Ramadan, or never. */
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'America/Sao_Paulo',
  'America/Havana',
  'America/Caracas',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Africa/Monrovia',
  'Asia/Kathmandu',
  'Asia/Gaza',
  'Asia/Pyongyang',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kwajalein',
  'Pacific/Chatham',
  'Antarctica/Troll',
]

function calendar(unit: CalendarUnit, timeZone: string): Calendar {
  const made = calendarOf(unit, timeZone)
  if ('fault' in made) throw new Error(made.fault)
  return made
}

const iso = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z')

/** @returns what the zone's clocks show, as if it were UTC, by another way than the code under test. */
function shown(ms: number, timeZone: string): number {
  return Date.parse(`${new Date(Math.floor(ms / 1000) * 1000).toLocaleString('sv-SE', { timeZone }).replace(' ', 'T')}Z`)
}

describe('calendar windows', () => {
  it.each<[CalendarUnit, string, string, string, string]>([
    ['minute', 'UTC', '2026-05-05T10:20:30Z', '2026-05-05T10:20:00Z', '2026-05-05T10:21:00Z'],
    ['hour', 'Asia/Kathmandu', '2026-05-05T10:20:30Z', '2026-05-05T10:15:00Z', '2026-05-05T11:15:00Z'],
    ['day', 'Europe/Berlin', '2026-05-05T22:00:00Z', '2026-05-05T22:00:00Z', '2026-05-06T22:00:00Z'],
    ['day', 'Europe/Berlin', '2026-05-05T21:59:59Z', '2026-05-04T22:00:00Z', '2026-05-05T22:00:00Z'],
    ['week', 'UTC', '2026-05-05T10:20:30Z', '2026-05-04T00:00:00Z', '2026-05-11T00:00:00Z'],
    ['week', 'UTC', '2026-05-10T23:59:59Z', '2026-05-04T00:00:00Z', '2026-05-11T00:00:00Z'],
    ['month', 'America/New_York', '2026-03-15T10:00:00Z', '2026-03-01T05:00:00Z', '2026-04-01T04:00:00Z'],
    ['month', 'UTC', '2024-02-29T10:00:00Z', '2024-02-01T00:00:00Z', '2024-03-01T00:00:00Z'],
    ['month', 'UTC', '2026-12-31T23:59:59Z', '2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['year', 'Asia/Tokyo', '2026-12-31T15:00:00Z', '2026-12-31T15:00:00Z', '2027-12-31T15:00:00Z'],
    ['day of 23 hours', 'Europe/Berlin', '2026-03-29T10:00:00Z', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'],
    ['day of 25 hours', 'Europe/Berlin', '2026-10-25T10:00:00Z', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'],
    ['hour before the skipped one', 'Europe/Berlin', '2026-03-29T00:30:00Z', '2026-03-29T00:00:00Z', '2026-03-29T01:00:00Z'],
    ['hour that comes twice, first', 'Europe/Berlin', '2026-10-25T00:30:00Z', '2026-10-25T00:00:00Z', '2026-10-25T01:00:00Z'],
    ['hour that comes twice, second', 'Europe/Berlin', '2026-10-25T01:30:00Z', '2026-10-25T01:00:00Z', '2026-10-25T02:00:00Z'],
    ['hour of which half comes twice, first', 'Australia/Lord_Howe', '2026-04-04T14:45:00Z', '2026-04-04T14:00:00Z', '2026-04-04T15:00:00Z'],
    ['hour of which half comes twice, second', 'Australia/Lord_Howe', '2026-04-04T15:15:00Z', '2026-04-04T15:00:00Z', '2026-04-04T15:30:00Z'],
    ['hour cut short by the change', 'America/St_Johns', '2010-11-07T02:30:30Z', '2010-11-07T02:30:00Z', '2010-11-07T02:31:00Z'],
    ['hour begun by the change', 'America/St_Johns', '2010-11-07T02:31:30Z', '2010-11-07T02:31:00Z', '2010-11-07T03:30:00Z'],
    ['day without a midnight', 'America/Sao_Paulo', '2018-11-04T12:00:00Z', '2018-11-04T03:00:00Z', '2018-11-05T02:00:00Z'],
    ['day with two midnights', 'America/Havana', '2026-11-01T12:00:00Z', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z'],
    ['day before the one that was left out', 'Pacific/Apia', '2011-12-30T09:00:00Z', '2011-12-29T10:00:00Z', '2011-12-30T10:00:00Z'],
    ['day after the one that was left out', 'Pacific/Apia', '2011-12-30T10:00:00Z', '2011-12-30T10:00:00Z', '2011-12-31T10:00:00Z'],
    // At 00:01 on Sunday the clocks went back to 23:01 on Saturday: Sunday had begun.
    ['day that began twice, before', 'America/St_Johns', '2010-11-07T02:29:59Z', '2010-11-06T02:30:00Z', '2010-11-07T02:30:00Z'],
    ['day that began twice, the old date again', 'America/St_Johns', '2010-11-07T02:45:00Z', '2010-11-07T02:30:00Z', '2010-11-08T03:30:00Z'],
  ] as [CalendarUnit, string, string, string, string][])('%s in %s at %s', (unit, timeZone, at, start, end) => {
    const known = CALENDAR_UNITS.find((name) => unit.startsWith(name)) ?? 'day'
    const { startMs, endMs } = calendar(known, timeZone).windowAt(Date.parse(at))
    expect([iso(startMs), iso(endMs)]).toEqual([start, end])
  })

  it('cut all time without gaps or overlaps, and begin where the clocks first show it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CALENDAR_UNITS),
        fc.constantFrom(...ZONES),
        fc.integer({ min: Date.UTC(1990, 0, 3), max: Date.UTC(2037, 11, 1) }),
        (unit, timeZone, ms) => {
          const windows = calendar(unit, timeZone)
          const { startMs, endMs } = windows.windowAt(ms)
          expect(startMs).toBeLessThanOrEqual(ms)
          expect(endMs).toBeGreaterThan(ms)
          expect(windows.windowAt(startMs)).toEqual({ startMs, endMs })
          expect(windows.windowAt(endMs - 1)).toEqual({ startMs, endMs })
          expect(windows.windowAt(endMs).startMs).toBe(endMs)
          expect(windows.windowAt(startMs - 1).endMs).toBe(startMs)
          expect(windows.windowAt(ms)).toEqual({ startMs, endMs })
          if (unit === 'minute' || unit === 'hour') {
            const lengthMs = unit === 'hour' ? HOUR_MS : 60_000
            expect(endMs - startMs).toBeLessThanOrEqual(lengthMs)
            expect(Math.floor(shown(startMs, timeZone) / lengthMs)).toBe(Math.floor(shown(endMs - 1, timeZone) / lengthMs))
            return
          }
          const date = new Date(shown(startMs, timeZone))
          const day = Math.floor(date.getTime() / 86_400_000)
          expect(Math.floor(shown(startMs - 1, timeZone) / 86_400_000), 'another date just before').toBeLessThan(day)
          // A day that was left out may have been the first.
          if (timeZone === 'Pacific/Apia' || timeZone === 'Pacific/Kwajalein') return
          if (unit === 'week') expect(date.getUTCDay()).toBe(1)
          if (unit === 'month') expect(date.getUTCDate()).toBe(1)
          if (unit === 'year') expect([date.getUTCMonth(), date.getUTCDate()]).toEqual([0, 1])
        },
      ),
      { numRuns: 1500 },
    )
  })

  it('answer from memory while a window lasts, and minutes for as long as the clocks are known', () => {
    const formatToParts = vi.spyOn(Intl.DateTimeFormat.prototype, 'formatToParts')
    try {
      const from = Date.UTC(2031, 5, 1)
      const month = calendar('month', 'Europe/Paris')
      month.windowAt(from)
      formatToParts.mockClear()
      for (let i = 0; i < 1000; i++) month.windowAt(from + i * 60_000)
      expect(formatToParts).not.toHaveBeenCalled()
      const minute = calendar('minute', 'Europe/Paris')
      minute.windowAt(from)
      formatToParts.mockClear()
      for (let i = 0; i < 1440; i++) minute.windowAt(from + i * 60_000)
      expect(formatToParts).not.toHaveBeenCalled()
    } finally {
      formatToParts.mockRestore()
    }
  })

  it('are made once for a unit and a zone', () => {
    expect(calendarOf('day', 'Europe/Berlin')).toBe(calendarOf('day', 'Europe/Berlin'))
  })

  it.each(['', 'Nope/Nowhere', '+01:00', '-0300', 'Europe/Berlin\n', 'local'])('there is none of the zone %j', (timeZone) => {
    expect(calendarOf('day', timeZone)).toEqual({
      fault: `Unknown time zone ${JSON.stringify(timeZone)}: expected a name of the IANA database, like Europe/Berlin or UTC`,
    })
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 9e15])('there is none at %d', (ms) => {
    expect(() => calendar('day', 'UTC').windowAt(ms)).toThrow(RangeError)
  })
})
