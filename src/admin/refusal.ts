import { type Deny, deny } from '../core/decision.ts'
import type { DenyStatus, Violation } from '../core/problem.ts'

/** The admin API refuses something, and says why to whoever is known. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly deny: Deny

  constructor(denial: Deny) {
    super(denial.reason)
    this.deny = denial
  }
}

/** @returns what to throw. @param cause becomes the reason `admin.cause`. @param detail one sentence for the caller, without anything that was sent. */
export function refusal(status: DenyStatus, cause: string, detail: string, more: Omit<Deny, 'kind' | 'status' | 'reason' | 'problem'> = {}): Refusal {
  return new Refusal(deny(status, `admin.${cause}`, { problem: { detail }, ...more }))
}

/** @returns what to throw where the input is understood and wrong. */
export function unprocessable(errors: readonly Violation[]): Refusal {
  return new Refusal(deny(422, 'admin.invalid', { detail: errors, problem: { detail: 'The request does not match the schema.', errors } }))
}

/** @returns what to throw for one wrong place: a JSON pointer behind `#`, or `query/name`. */
export function unprocessableAt(pointer: string, detail: string): Refusal {
  return unprocessable([{ pointer, detail }])
}

/** @returns what to throw where there is no such thing. */
export function nothingThere(): Refusal {
  return refusal(404, 'not-found', 'There is no such thing.')
}
