import { describe, expect, it } from 'vitest'
import { defaultBurst, parseDuration, parseRate, type Rate } from './rate.ts'

const FORM = 'Expected a count, a slash and a period, without spaces: 600/min, 10/s, 1000/hour or 5/10s'
const COUNT = 'The count must be a whole number from 1 to 10000000'
const PERIOD = 'The period must be from 1 second to 31 days'

describe('rates', () => {
  it.each<[string, number, number, number]>([
    ['600/min', 600, 60_000, 60],
    ['10/s', 10, 1000, 1],
    ['1000/hour', 1000, 3_600_000, 100],
    ['5/10s', 5, 10_000, 1],
    ['19/day', 19, 86_400_000, 1],
    ['20/31day', 20, 31 * 86_400_000, 2],
    ['10000000/s', 10_000_000, 1000, 1_000_000],
  ])('%s', (text, tokens, periodMs, burst) => {
    expect(parseRate(text)).toMatchObject({ tokens, periodMs })
    expect(defaultBurst({ tokens })).toBe(burst)
  })

  it.each<[string, Rate]>([
    ['600/min', { tokens: 600, periodMs: 60_000, unit: 'minute' }],
    ['600/1hour', { tokens: 600, periodMs: 3_600_000, unit: 'hour' }],
    ['600/60min', { tokens: 600, periodMs: 3_600_000 }],
    ['10/s', { tokens: 10, periodMs: 1000 }],
    ['7/week', { tokens: 7, periodMs: 7 * 86_400_000, unit: 'week' }],
    ['10000/month', { tokens: 10_000, unit: 'month' }],
    ['10000/year', { tokens: 10_000, unit: 'year' }],
  ])('%s is a calendar window, or none', (text, rate) => {
    expect(parseRate(text)).toEqual(rate)
  })

  it.each<[string, string]>([
    ['', FORM],
    ['600', FORM],
    ['600/', FORM],
    ['/min', FORM],
    ['600 / min', FORM],
    ['600/min\n', FORM],
    ['-1/s', FORM],
    ['1.5/s', FORM],
    ['1e3/s', FORM],
    ['6/1.5s', FORM],
    ['600/m', 'Unknown unit "m": expected s, min, hour, day, week, month or year'],
    ['600/MIN', 'Unknown unit "MIN": expected s, min, hour, day, week, month or year'],
    ['600/constructor', 'Unknown unit "constructor": expected s, min, hour, day, week, month or year'],
    ['0/s', COUNT],
    ['010/s', COUNT],
    ['10000001/s', COUNT],
    ['99999999999999999999/s', COUNT],
    ['1/2month', 'Only one month can be counted by, as in 1/month'],
    ['1/0year', 'Only one year can be counted by, as in 1/year'],
    ['1/0s', PERIOD],
    ['1/032s', PERIOD],
    ['1/32day', PERIOD],
    ['1/99999999999999999999s', PERIOD],
  ])('%j is refused', (text, fault) => {
    expect(parseRate(text)).toEqual({ fault })
  })
})

describe('durations', () => {
  it.each<[string, number]>([
    ['30s', 30_000],
    ['10min', 600_000],
    ['1hour', 3_600_000],
    ['366day', 366 * 86_400_000],
    ['2week', 14 * 86_400_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  const DURATION = 'Expected a whole number and a unit, without a space: 30s, 10min, 1hour, 7day or 2week'
  it.each<[string, string]>([
    ['', DURATION],
    ['10', DURATION],
    ['min', DURATION],
    ['10 min', DURATION],
    ['0s', DURATION],
    ['1.5hour', DURATION],
    ['1month', DURATION],
    ['1fortnight', DURATION],
    ['367day', 'The time must be at most 366 days'],
  ])('%j is refused', (text, fault) => {
    expect(parseDuration(text)).toEqual({ fault })
  })
})
