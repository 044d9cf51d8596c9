import { askedWrongly } from './failure.ts'
import { durationSeconds, moment } from './time.ts'

/** How long something is to hold. */
export const SPAN_ARGS = {
  for: { type: 'string', valueHint: 'TIME', description: 'how long, like 2h, 15m, 7d or 1h30m' },
  until: { type: 'string', valueHint: 'MOMENT', description: 'until when, like 2027-01-31T18:00:00Z' },
} as const

/** Reads {@link SPAN_ARGS}: exactly one of them. @throws {Failure} */
export function spanOf(options: {
  readonly for?: string | undefined
  readonly until?: string | undefined
}): { readonly forSeconds: number } | { readonly until: string } {
  if ((options.for === undefined) === (options.until === undefined))
    throw askedWrongly('Until when? Give --for or --until, one of them: nothing of this kind holds for good.')
  return options.for === undefined ? { until: moment(options.until as string, 'until') } : { forSeconds: durationSeconds(options.for, 'for') }
}
