import { describe, expect, it } from 'vitest'
import { defaultBurst, parseRate } from './rate.ts'

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
    const rate = parseRate(text)
    expect(rate).toEqual({ tokens, periodMs })
    expect(defaultBurst({ tokens, periodMs })).toBe(burst)
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
    ['600/m', 'Unknown unit "m": expected s, min, hour or day'],
    ['600/MIN', 'Unknown unit "MIN": expected s, min, hour or day'],
    ['600/constructor', 'Unknown unit "constructor": expected s, min, hour or day'],
    ['0/s', COUNT],
    ['010/s', COUNT],
    ['10000001/s', COUNT],
    ['99999999999999999999/s', COUNT],
    ['1/0s', PERIOD],
    ['1/032s', PERIOD],
    ['1/32day', PERIOD],
    ['1/99999999999999999999s', PERIOD],
  ])('%j is refused', (text, fault) => {
    expect(parseRate(text)).toEqual({ fault })
  })
})
