import { createHash } from 'node:crypto'
import type { AuditEvent } from '../core/audit.ts'
import { deny } from '../core/decision.ts'
import type { Exchange } from '../core/exchange.ts'
import type { DenyStatus, PublicProblem } from '../core/problem.ts'
import type { Reason } from '../core/reason.ts'
import type { Call, Change, Prepared } from './operation.ts'
import { Refusal, refusal } from './refusal.ts'

/** 16 to 128 visible characters: nobody meets another's by chance who takes random ones. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{16,128}$/

/** What was answered, as it is kept. */
interface Recorded {
  readonly status: number
  readonly body: string
  readonly seed: string
}

/** What to answer. */
export interface Performed {
  readonly status: number
  readonly answer: unknown
}

/** @returns what the caller calls this one action by (draft-ietf-httpapi-idempotency-key-header). @throws {Refusal} */
export function idempotencyKeyOf({ headers }: Exchange): string {
  const key = headers.get('idempotency-key')
  if (key === null || !IDEMPOTENCY_KEY.test(key))
    throw refusal(400, 'idempotency-key', 'Whatever changes something needs one Idempotency-Key of 16 to 128 visible ASCII characters.')
  return key
}

/**
 * Does something at most once: written down before, done, written down after. The same request again is the same operation: it is done where nobody knows whether it was,
 * and answered alike where it was. What the trail holds is what is answered, so that of two at the same time both get one answer.
 * @throws {Refusal} also one that was answered before.
 */
export async function perform(operation: Change, call: Call, prepared: Prepared, key: string, bytes: Uint8Array): Promise<Performed> {
  const { x } = call
  const id = x.ports.pseudonym(JSON.stringify(['admin operation', x.principal?.id, key]))
  const fingerprint = fingerprintOf(x, bytes)
  const eventOf = (outcome: string): AuditEvent => event(operation, call, prepared, outcome)
  const begin = () => x.ports.audit.begin({ id, fingerprint, event: eventOf('begun') })
  const start = await begin()
  if (start.kind === 'conflict') throw keyTaken()
  if (start.kind === 'done') return answerOf(start, prepared)
  try {
    const { answer, kept = answer } = await prepared.apply(start.seed, start.again === true)
    await x.ports.audit.end(id, { event: eventOf('done'), status: operation.status, body: JSON.stringify(kept) })
  } catch (error) {
    const refused = refusalOf(error)
    // Of anything else nobody knows whether it was done: the operation stays begun, and the same request does it again.
    if (refused === undefined) throw error
    // What was done before and is refused now may be refused because it was done.
    await x.ports.audit.end(id, {
      event: eventOf(start.again === true ? 'unknown' : 'refused'),
      status: refused.deny.status,
      body: JSON.stringify(keptOf(refused)),
    })
  }
  const recorded = await begin()
  if (recorded.kind !== 'done') throw new TypeError('the trail does not know what it was told')
  return answerOf(recorded, prepared)
}

function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error
  const isConflict = error instanceof Error && error.name === 'KeyConflict'
  return isConflict ? refusal(409, 'key-conflict', 'The key was changed meanwhile, or is being replaced: it cannot become what it was to become.') : undefined
}

function answerOf({ status, body, seed }: Recorded, { again }: Prepared): Performed {
  const kept: unknown = JSON.parse(body)
  if (status >= 400) {
    const { reason, problem } = kept as KeptRefusal
    throw new Refusal(deny(status as DenyStatus, reason, { problem }))
  }
  return { status, answer: again === undefined ? kept : again(kept, seed) }
}

interface KeptRefusal {
  readonly reason: Reason
  readonly problem: PublicProblem
}

function keptOf({ deny: { reason, problem = {} } }: Refusal): KeptRefusal {
  return { reason, problem }
}

function keyTaken(): Refusal {
  return refusal(422, 'idempotency-conflict', 'This Idempotency-Key was used for another request.')
}

/** Keyed, since a body may be guessed. */
function fingerprintOf({ method, url, ports }: Exchange, bytes: Uint8Array): string {
  const digest = createHash('sha256').update(bytes).digest('base64url')
  return ports.pseudonym(JSON.stringify(['admin request', method, url.host, url.path, url.search, digest]))
}

/** The longest personal fact. */
const MAX_PERSONAL = 1024

/** Nothing of it is secret: neither the idempotency key nor a key's text come near it. */
function event({ type }: Change, { x, role, by }: Call, { target, facts = {}, personal = {} }: Prepared, outcome: string): AuditEvent {
  const written = Object.entries({ actor: by, ...personal }).map(([name, value]) => [name, value.slice(0, MAX_PERSONAL)])
  return {
    type,
    actor: x.principal === undefined ? '' : x.ports.pseudonym(x.principal.id),
    target,
    outcome,
    facts: { ...facts, role, requestId: x.requestId },
    personal: Object.fromEntries(written) as Record<string, string>,
  }
}
