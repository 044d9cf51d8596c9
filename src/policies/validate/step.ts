import type { Deny } from '../../core/decision.ts'
import type { Exchange, Validated } from '../../core/exchange.ts'
import type { Verdict } from './validator.ts'

/** What a step found sound; without `value` there was nothing to judge. */
export interface Sound {
  readonly kind: 'sound'
  readonly value?: unknown
  /** The body as it was judged, where what came was compressed: it goes on in its place. */
  readonly inflated?: Uint8Array<ArrayBuffer>
}

/** One part of the request and how it is judged. */
export interface Step {
  readonly part: keyof Validated
  judge(x: Exchange): Deny | Sound | Promise<Deny | Sound>
}

/** Nothing was there to judge. */
export const NOTHING: Sound = Object.freeze({ kind: 'sound' })

/** Turns a verdict, now or later, into what the step says. */
export function conclude(
  verdict: Verdict | Promise<Verdict>,
  refuse: (violations: NonNullable<Verdict['violations']>) => Deny,
): Deny | Sound | Promise<Deny | Sound> {
  if (verdict instanceof Promise) return verdict.then((settled) => say(settled, refuse))
  return say(verdict, refuse)
}

function say(verdict: Verdict, refuse: (violations: NonNullable<Verdict['violations']>) => Deny): Deny | Sound {
  return verdict.violations === undefined ? { kind: 'sound', value: verdict.value } : refuse(verdict.violations)
}
