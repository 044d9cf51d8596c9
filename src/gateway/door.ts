import { authenticatorsOf } from '../core/authentication.ts'
import { type Decision, type Deny, deny, type Pass, pass } from '../core/decision.ts'
import type { Exchange } from '../core/exchange.ts'
import type { Handlers, Judgement, Policy } from '../core/policy.ts'
import type { Reason } from '../core/reason.ts'
import { isPresented } from '../lib/credential-place.ts'
import type { Step } from './compiled.ts'
import type { Mount } from './mount.ts'

/** Controls that follow rules which operators change: they never shut out whoever may change them. */
const RULED: ReadonlySet<string> = new Set(['kill-switch', 'bans'])

/** Reasons of refusals that somebody tried for: the limit of attempts counts them. */
export const COUNTED_ATTEMPTS = ['admin.credential', 'admin.revoked', 'admin.error'] as const

/** What the door is made of. */
export interface DoorParts {
  readonly mount: Pick<Mount, 'authenticate'>
  /** Controls before authentication, ready to judge. */
  readonly before: readonly { readonly policy: Policy; readonly handlers: Handlers }[]
  readonly attempts: Handlers
  readonly authenticate: Judgement
  readonly revocation: Handlers
}

/** Finds out who is there, and tells nobody that it did: what it refuses is a 404, whatever the cause. A request is judged once, however often it is asked about. */
export function compileDoor(parts: DoorParts): Judgement {
  const judged = new WeakMap<Exchange, Decision | Promise<Decision>>()
  const places = [...new Set(authenticatorsOf(parts.mount.authenticate).flatMap(({ credentials }) => credentials))]
  return (x) => {
    const known = judged.get(x)
    if (known !== undefined) return known
    const decision = judge(parts, places, x)
    judged.set(x, decision)
    return decision
  }
}

async function judge({ before, attempts, authenticate, revocation }: DoorParts, places: readonly string[], x: Exchange): Promise<Decision> {
  // Another Worker acts for whoever asked it, with whatever it was given.
  if (x.caller.kind !== 'client') return refused('admin.caller', x.caller.kind)
  for (const { policy, handlers } of before) {
    const found = await judgeBy(handlers, x)
    if (found.kind !== 'pass') return refused('admin.policy', { policy: policy.label, by: wordsOf(found) })
  }
  // Nobody counts who tries nothing: scanners find out by no figure, and no wait, that something is here.
  if (!places.some((place) => isPresented(place, x.headers))) return refused('admin.missing')
  const counted = await judgeBy(attempts, x)
  if (counted.kind !== 'pass') return refused(counted.kind === 'error' ? 'admin.error' : 'admin.attempts', wordsOf(counted))
  const found = await judgeBy({ request: authenticate }, x)
  if (found.kind !== 'pass' || found.principal === undefined) return refused(found.kind === 'error' ? 'admin.error' : 'admin.credential', wordsOf(found))
  const revoked = await judgeBy(revocation, as(x, found.principal))
  // Whoever holds a credential that was good knows where this is; that nobody can say whether it still is, is an outage.
  if (revoked.kind === 'error') return deny(503, 'admin.error', { detail: wordsOf(revoked), headers: { 'retry-after': '5' } })
  return revoked.kind === 'pass' ? found : refused('admin.revoked', wordsOf(revoked))
}

interface Failed {
  readonly kind: 'error'
  readonly error: unknown
}

/** A failure is no answer that the public may see. */
async function judgeBy({ request, local }: Pick<Handlers, 'request' | 'local'>, x: Exchange): Promise<Decision | Failed> {
  try {
    return request === undefined ? pass() : await request(x)
  } catch (error) {
    try {
      return local === undefined ? { kind: 'error', error } : local(x)
    } catch {
      return { kind: 'error', error }
    }
  }
}

/** The exchange with the principal that only the pipeline may set on it. */
function as(x: Exchange, principal: Pass['principal']): Exchange {
  return Object.create(x, { principal: { value: principal } }) as Exchange
}

function refused(reason: Reason, detail?: unknown): Deny {
  return deny(404, reason, detail === undefined ? {} : { detail })
}

function wordsOf(decision: Decision | Failed): unknown {
  if (decision.kind === 'error') return String(decision.error)
  return decision.kind === 'deny' ? { reason: decision.reason, ...(decision.detail !== undefined && { detail: decision.detail }) } : decision.kind
}

/** @returns a step that judges as before, but for whoever the door knows: rules do not concern them, nor does it when nobody can read the rules. */
export function sparingWhoIsKnown(step: Step, door: Judgement): Step {
  if (step.reporting || !RULED.has(step.policy)) return step
  const spare = async (x: Exchange, otherwise: () => Decision): Promise<Decision> => {
    const opened = await door(x)
    return opened.kind === 'pass' ? pass({ reason: 'admin.spared' }) : otherwise()
  }
  const rethrow = (error: unknown) => (): never => {
    throw error
  }
  const judged = (decision: Decision, x: Exchange): Decision | Promise<Decision> => (decision.kind === 'deny' ? spare(x, () => decision) : decision)
  return {
    ...step,
    run(x) {
      let decision: Decision | Promise<Decision>
      try {
        decision = step.run(x)
      } catch (error) {
        return spare(x, rethrow(error))
      }
      if (!(decision instanceof Promise)) return judged(decision, x)
      return decision.then(
        (late) => judged(late, x),
        (error: unknown) => spare(x, rethrow(error)),
      )
    },
  }
}
