import { askedWrongly } from './failure.ts'

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }
/** Whoever means longer means for good, which no rule is. */
const MAX_SECONDS = 10 * 366 * 86_400

/** Reads `90s`, `15m`, `2h`, `7d`, `1w` or several of them, as in `1h30m`. @throws {Failure} */
export function durationSeconds(text: string, option: string): number {
  if (!/^(?:\d{1,9}[smhdw])+$/.test(text)) throw askedWrongly(`--${option} wants a time like 90s, 15m, 2h, 7d, 1w or 1h30m.`)
  let seconds = 0
  for (const [, count, unit] of text.matchAll(/(\d+)([smhdw])/g)) seconds += Number(count) * (UNIT_SECONDS[unit as string] as number)
  if (seconds > MAX_SECONDS) throw askedWrongly(`--${option} is longer than ten years.`)
  return seconds
}

const RFC3339 = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)([Zz]|[+-]\d{2}:\d{2})$/

/** Reads a moment (RFC 3339, with its offset). @returns it in UTC. @throws {Failure} */
export function moment(text: string, option: string): string {
  const parts = RFC3339.exec(text)
  const ms = parts === null ? Number.NaN : Date.parse(`${parts[1]}T${parts[2]}${parts[3]?.toUpperCase()}`)
  if (Number.isNaN(ms) || !isDay((parts as RegExpExecArray)[1] as string))
    throw askedWrongly(`--${option} wants a moment like 2027-01-31T18:00:00Z or 2027-01-31T18:00:00+01:00.`)
  return new Date(ms).toISOString()
}

/** The engine takes the 31st of February for a day of March. */
function isDay(text: string): boolean {
  return new Date(`${text}T00:00:00Z`).toISOString().startsWith(text)
}

/** Says a moment twice: when it is, in UTC, and how far that is. What is no moment is shown as it is. */
export function told(value: unknown, now: Date): string {
  if (typeof value !== 'string') return ''
  const ms = Date.parse(value)
  if (Number.isNaN(ms)) return value
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')}Z (${distance(ms - now.getTime())})`
}

const STEPS: readonly (readonly [most: number, seconds: number, unit: string])[] = [
  [90, 1, 's'],
  [90 * 60, 60, 'min'],
  [36 * 3600, 3600, 'h'],
  [60 * 86_400, 86_400, 'd'],
  [730 * 86_400, 30 * 86_400, 'months'],
  [Number.POSITIVE_INFINITY, 365 * 86_400, 'years'],
]

function distance(ms: number): string {
  const seconds = Math.abs(ms) / 1000
  const [, size, unit] = STEPS.find(([most]) => seconds < most) as (typeof STEPS)[number]
  const count = Math.round(seconds / size)
  if (count === 0) return 'now'
  return ms < 0 ? `${count} ${unit} ago` : `in ${count} ${unit}`
}
