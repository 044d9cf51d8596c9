/** A time in which a zone's clocks keep one distance from UTC. */
export interface OffsetSpan {
  readonly fromMs: number
  /** The first millisecond that is no longer in it. */
  readonly toMs: number
  /** What the zone's clocks show more than UTC. */
  readonly offsetMs: number
}

/** One named zone of the IANA database, as the runtime knows it. */
export interface TimeZone {
  /** @returns the spans, in order and without gaps, that cover at least the given time; the outer ones may in truth be longer. */
  spansBetween(fromMs: number, toMs: number): readonly OffsetSpan[]
}

/** How closely changes of the clocks are looked for. No zone has changed its clocks twice within so short a time. */
const PROBE_MS = 3 * 3_600_000
/** What is looked up beyond the question, so that the next ones of the same days are answered from memory. */
const AHEAD_MS = 2 * 86_400_000

/** @returns the zone, or in one sentence why there is none of that name. */
export function timeZoneOf(name: string): TimeZone | { readonly fault: string } {
  const format = formatOf(name)
  if (format === undefined) return { fault: `Unknown time zone ${JSON.stringify(name)}: expected a name of the IANA database, like Europe/Berlin or UTC` }
  let known: readonly OffsetSpan[] = []
  return {
    spansBetween(fromMs, toMs) {
      const first = known[0]
      const last = known.at(-1)
      if (first === undefined || last === undefined || fromMs < first.fromMs || toMs > last.toMs) known = findSpans(format, fromMs, toMs + AHEAD_MS)
      return known
    },
  }
}

function formatOf(name: string): Intl.DateTimeFormat | undefined {
  // A fixed distance from UTC would be read too, and is never what a calendar means.
  if (/^[+-]/.test(name)) return undefined
  try {
    return new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch {
    return undefined
  }
}

function findSpans(format: Intl.DateTimeFormat, fromMs: number, toMs: number): OffsetSpan[] {
  const spans: OffsetSpan[] = []
  // Clocks change at whole seconds.
  let start = Math.floor(fromMs / 1000) * 1000
  let offsetMs = offsetAt(format, start)
  for (let probe = start; probe < toMs; ) {
    const next = probe + PROBE_MS
    const nextOffsetMs = offsetAt(format, next)
    if (nextOffsetMs !== offsetMs) {
      const change = findChange(format, probe, next, offsetMs)
      spans.push({ fromMs: start, toMs: change, offsetMs })
      start = change
      offsetMs = nextOffsetMs
    }
    probe = next
    if (probe >= toMs) spans.push({ fromMs: start, toMs: probe, offsetMs })
  }
  return spans
}

/** @returns the first second after `beforeMs` at which the offset is no longer the given one, as it is not at `afterMs`. */
function findChange(format: Intl.DateTimeFormat, beforeMs: number, afterMs: number, offsetMs: number): number {
  let before = beforeMs
  let after = afterMs
  while (after - before > 1000) {
    const middle = before + Math.floor((after - before) / 2000) * 1000
    if (offsetAt(format, middle) === offsetMs) before = middle
    else after = middle
  }
  return after
}

/** @param atMs a whole second. */
function offsetAt(format: Intl.DateTimeFormat, atMs: number): number {
  const shown: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {}
  for (const { type, value } of format.formatToParts(atMs)) shown[type] = Number(value)
  const { year = Number.NaN, month = Number.NaN, day, hour, minute, second } = shown
  return Date.UTC(year, month - 1, day, hour, minute, second) - atMs
}
