/** What the command line answers to whoever started it. */
export const EXIT = {
  /** What was asked for is done. */
  done: 0,
  /** A check found a problem, or an audit trail is not what it should be. */
  found: 1,
  /** It was asked wrongly, or a file cannot be read or written. */
  asked: 2,
  /** The gateway refused: 401, 403, 404 or a redirect. */
  refused: 3,
  /** Somebody else changed it meanwhile, or the idempotency key was used for something else. */
  conflict: 4,
  /** The gateway is out of reach, busy or broken. */
  unreachable: 5,
} as const

/** One of {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Why a command ends, in words for whoever called it. No secret stands in it. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: ExitCode

  constructor(code: ExitCode, message: string) {
    super(message)
    this.code = code
  }
}

/** @returns a failure of whoever asked. */
export function askedWrongly(message: string): Failure {
  return new Failure(EXIT.asked, message)
}
