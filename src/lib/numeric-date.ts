/** The last second of the year 9999: a later date is milliseconds taken for seconds, or worse. */
const LATEST_SECONDS = 253_402_300_799

/** Whether a claim is a date in seconds (RFC 7519 §2). */
export function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= LATEST_SECONDS
}
