import { codingOf, decompress } from '../../content/compressed.ts'
import { type Decision, pass } from '../../core/decision.ts'
import type { Exchange, Validated } from '../../core/exchange.ts'
import { MAX_VIOLATIONS, type Violation } from '../../core/problem.ts'
import { bytesWithin, hasBody } from '../../core/request-body.ts'
import type { Accepted, BodyPlan } from './body-plan.ts'
import { BODY_MISSING, BODY_TOO_LARGE, BODY_UNEXPECTED, badBody, badCompression, badContent, badParameters, CODED, UNSUPPORTED_TYPE } from './denials.ts'

/** How long bodies may be, in bytes. */
export interface BodySizes {
  readonly maxBytes: number
  readonly maxUnreadBytes: number
  /** How many times larger a compressed body may become; undefined: none may be compressed. */
  readonly maxRatio: number | undefined
}

/** What is known before the body is looked at. */
interface Before {
  /** What is wrong with the parameters. */
  readonly found: readonly Violation[]
  /** What they say. */
  readonly learned: Validated
}

/**
 * Judges a body, and at the end the whole request. What is wrong with the parameters is told first: a body is then looked at only for what its schema would say beside that.
 * @returns undefined where there is no body and need not be any
 */
export function judgeBody(x: Exchange, plan: BodyPlan | undefined, sizes: BodySizes, before: Before): Decision | Promise<Decision> | undefined {
  const { found } = before
  if (!hasBody(x)) return plan?.isRequired === true && found.length === 0 ? BODY_MISSING : undefined
  if (plan === undefined) return found.length > 0 ? badParameters(found) : expectNothing(x, before)
  const accepted = plan.accept(x.headers.get('content-type') ?? '')
  const isCoded = codingOf(x.headers.get('content-encoding')) !== undefined
  const refusal = isCoded && sizes.maxRatio === undefined ? CODED : accepted === undefined ? UNSUPPORTED_TYPE : undefined
  if (refusal !== undefined) return found.length > 0 ? badParameters(found) : refusal
  const judged = read(x, plan, accepted as Accepted, sizes, before)
  return found.length > 0 ? judged.then((decision) => withParameters(found, decision)) : judged
}

/** Chunks may carry nothing: that is known when they are read. */
async function expectNothing(x: Exchange, { learned }: Before): Promise<Decision> {
  return (await bytesWithin(x.body, 0)) === undefined ? BODY_UNEXPECTED : pass({ validated: learned })
}

/** What is wrong with the parameters, and with the body as far as its schema says it. */
function withParameters(found: readonly Violation[], decision: Decision): Decision {
  const more = decision.kind === 'deny' && decision.status === 422 ? (decision.problem?.errors ?? []) : []
  return badParameters([...found, ...more].slice(0, MAX_VIOLATIONS))
}

async function read(x: Exchange, plan: BodyPlan, { read: reader, contentType }: Accepted, sizes: BodySizes, { learned }: Before): Promise<Decision> {
  const coding = codingOf(x.headers.get('content-encoding'))
  const maxBytes = reader === 'unread' ? sizes.maxUnreadBytes : sizes.maxBytes
  // The platform holds a client to the length that it declared.
  if (reader === 'unread' && coding === undefined && x.body.declaredBytes > 0 && x.body.declaredBytes <= maxBytes) return pass({ validated: learned })
  let bytes = await bytesWithin(x.body, maxBytes)
  if (bytes === undefined) return BODY_TOO_LARGE
  if (coding !== undefined && bytes.byteLength > 0) {
    const inflated = await decompress(bytes, coding, { maxBytes, maxRatio: sizes.maxRatio ?? 0 })
    if (inflated.fault !== undefined) return badCompression(inflated.fault)
    bytes = inflated.bytes
  }
  if (bytes.byteLength === 0) return plan.isRequired ? BODY_MISSING : forwarding({ validated: learned }, bytes, coding !== undefined)
  if (reader === 'unread') return forwarding({ validated: learned }, bytes, coding !== undefined)
  const pending = reader(bytes, contentType)
  const reading = pending instanceof Promise ? await pending : pending
  if (reading.kind === 'violations') return badBody(reading.violations)
  if (reading.kind === 'fault') return badContent(reading.fault)
  const validated = { ...learned, body: reading.value }
  return forwarding({ validated }, reading.instead ?? bytes, coding !== undefined || reading.instead !== undefined)
}

/** What goes on was decompressed, or written anew, here. */
function forwarding(sound: { readonly validated: Validated }, bytes: Uint8Array<ArrayBuffer>, isOther: boolean): Decision {
  return isOther ? pass({ ...sound, body: bytes, toOrigin: UNCOMPRESSED }) : pass(sound)
}

const UNCOMPRESSED = Object.freeze({ 'content-encoding': null })
