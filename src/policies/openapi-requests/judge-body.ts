import { BodyTooLarge } from '../../core/body.ts'
import { type Decision, pass } from '../../core/decision.ts'
import type { Exchange, Validated } from '../../core/exchange.ts'
import type { Violation } from '../../core/problem.ts'
import { MAX_VIOLATIONS } from '../../openapi/parameter-value.ts'
import type { Accepted, BodyPlan } from './body-plan.ts'
import { BODY_DENIALS, BODY_MISSING, BODY_TOO_LARGE, BODY_UNEXPECTED, badBody, badParameters, CODED, UNSUPPORTED_TYPE } from './denials.ts'

/** How long bodies may be, in bytes. */
export interface BodySizes {
  readonly maxBytes: number
  readonly maxUnreadBytes: number
}

/**
 * Judges a body, and at the end the whole request.
 * @param found what is wrong with the parameters. @param learned what they say.
 * @returns undefined where there is no body and need not be any
 */
export function judgeBody(
  x: Exchange,
  plan: BodyPlan | undefined,
  found: readonly Violation[],
  sizes: BodySizes,
  learned: Validated,
): Decision | Promise<Decision> | undefined {
  const isThere = x.body.present && x.headers.get('content-length') !== '0'
  // Only the parameters can be blamed for what is not there.
  if (!isThere) return plan?.isRequired === true && found.length === 0 ? BODY_MISSING : undefined
  if (plan === undefined) return found.length > 0 ? badParameters(found) : expectNothing(x, learned)
  const coding = x.headers.get('content-encoding')
  const accepted = plan.accept(x.headers.get('content-type') ?? '')
  const refusal = coding !== null && coding.toLowerCase() !== 'identity' ? CODED : accepted === undefined ? UNSUPPORTED_TYPE : undefined
  if (refusal !== undefined) return found.length > 0 ? badParameters(found) : refusal
  return read(x, plan, accepted as Accepted, found, sizes, learned)
}

/** Chunks may carry nothing: that is known when they are read. */
async function expectNothing(x: Exchange, learned: Validated): Promise<Decision> {
  return (await bytesOf(x, 0)) === undefined ? BODY_UNEXPECTED : pass({ validated: learned })
}

async function read(
  x: Exchange,
  plan: BodyPlan,
  { read: reader, contentType }: Accepted,
  found: readonly Violation[],
  { maxBytes, maxUnreadBytes }: BodySizes,
  learned: Validated,
): Promise<Decision> {
  if (reader === 'unread') {
    if (found.length > 0) return badParameters(found)
    // The platform holds a client to the length that it declared.
    if (x.body.declaredBytes > 0 && x.body.declaredBytes <= maxUnreadBytes) return pass({ validated: learned })
    return (await bytesOf(x, maxUnreadBytes)) === undefined ? BODY_TOO_LARGE : pass({ validated: learned })
  }
  const bytes = await bytesOf(x, maxBytes)
  if (bytes === undefined) return found.length > 0 ? badParameters(found) : BODY_TOO_LARGE
  if (bytes.byteLength === 0) return found.length > 0 ? badParameters(found) : plan.isRequired ? BODY_MISSING : pass({ validated: learned })
  const pending = reader(bytes, contentType)
  const reading = pending instanceof Promise ? await pending : pending
  if (reading.kind === 'violations')
    return found.length > 0 ? badParameters([...found, ...reading.violations].slice(0, MAX_VIOLATIONS)) : badBody(reading.violations)
  if (found.length > 0) return badParameters(found)
  if (reading.kind === 'fault') return BODY_DENIALS[reading.fault]
  const validated = { ...learned, body: reading.value }
  return pass(reading.instead === undefined ? { validated } : { validated, body: reading.instead })
}

async function bytesOf({ body }: Exchange, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await body.bytes(maxBytes)
  } catch (error) {
    if (error instanceof BodyTooLarge) return undefined
    throw error
  }
}
