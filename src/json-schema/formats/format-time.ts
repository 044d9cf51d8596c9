const DASH = 0x2d
const COLON = 0x3a
const DOT = 0x2e

/** RFC 3339 §5.6 `full-date`: a day that the calendar has. */
export function isDate(text: string): boolean {
  return text.length === 10 && isDateAt(text)
}

/** RFC 3339 §5.6 `full-time`, with an offset. */
export function isTime(text: string): boolean {
  return isTimeAt(text, 0)
}

/** RFC 3339 §5.6 `date-time`; `t` and `z` may be small. */
export function isDateTime(text: string): boolean {
  return isDateAt(text) && (text.charCodeAt(10) | 0x20) === 0x74 && isTimeAt(text, 11)
}

const DURATION_TIME = String.raw`T(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S)`
const DURATION = new RegExp(String.raw`^P(?:\d+W|(?:\d+Y(?:\d+M(?:\d+D)?)?|\d+M(?:\d+D)?|\d+D)(?:${DURATION_TIME})?|${DURATION_TIME})$`)

/** RFC 3339 appendix A `duration`: no sign, no fraction, no unit left out between two others. */
export function isDuration(text: string): boolean {
  return DURATION.test(text)
}

function isDateAt(text: string): boolean {
  if (text.charCodeAt(4) !== DASH || text.charCodeAt(7) !== DASH) return false
  const year = 100 * twoDigits(text, 0) + twoDigits(text, 2)
  const month = twoDigits(text, 5)
  const day = twoDigits(text, 8)
  return year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month)
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

function isTimeAt(text: string, at: number): boolean {
  const hour = twoDigits(text, at)
  const minute = twoDigits(text, at + 3)
  const second = twoDigits(text, at + 6)
  if (!(hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 60)) return false
  if (text.charCodeAt(at + 2) !== COLON || text.charCodeAt(at + 5) !== COLON) return false
  const offset = offsetAt(text, afterFraction(text, at + 8))
  if (offset === undefined) return false
  // A leap second is the last of a day in UTC (RFC 3339 §5.7).
  return second < 60 || (hour * 60 + minute - offset + 1440) % 1440 === 1439
}

/** @returns where the fraction ends that may begin there; the end of the text if it is none. */
function afterFraction(text: string, at: number): number {
  if (text.charCodeAt(at) !== DOT) return at
  let end = at + 1
  while (isDigit(text.charCodeAt(end))) end++
  return end === at + 1 ? text.length : end
}

/** @returns minutes; undefined where the text ends in no offset. */
function offsetAt(text: string, at: number): number | undefined {
  const sign = text.charCodeAt(at)
  if ((sign | 0x20) === 0x7a) return text.length === at + 1 ? 0 : undefined
  if ((sign !== 0x2b && sign !== DASH) || text.length !== at + 6 || text.charCodeAt(at + 3) !== COLON) return undefined
  const hour = twoDigits(text, at + 1)
  const minute = twoDigits(text, at + 4)
  if (!(hour >= 0 && hour < 24 && minute >= 0 && minute < 60)) return undefined
  return (sign === DASH ? -1 : 1) * (hour * 60 + minute)
}

/** NaN for what is no two digits: every comparison with it is false. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at)
  const ones = text.charCodeAt(at + 1)
  return isDigit(tens) && isDigit(ones) ? (tens - 0x30) * 10 + ones - 0x30 : Number.NaN
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}
