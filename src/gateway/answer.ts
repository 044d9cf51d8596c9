import { challengeField } from '../core/challenge.ts'
import { type Deny, deny, type Reply } from '../core/decision.ts'
import type { HeaderWriter } from '../core/policy.ts'
import { problemDocument } from '../core/problem.ts'
import type { CompiledRoute, Responder } from './compiled.ts'
import { failure } from './failure.ts'
import type { Ending, Journey } from './journey.ts'
import { applyEdits } from './origin-headers.ts'
import { reportCopy } from './report-copy.ts'
import { pointing } from './resource.ts'
import { ResponseHeaders } from './response-headers.ts'

/** The longest body, in bytes, that is copied for a response handler that only reports. */
const REPORT_COPY_BYTES = 262_144

/** Writes a denial for the public. */
export function refuse(journey: Journey, denial: Deny, policy = ''): Ending {
  const response = problem(journey, denial)
  finish(journey, response.headers)
  return { response, verdict: denial.status >= 500 ? 'error' : 'deny', reason: denial.reason, policy }
}

/** Writes a denial when the gateway itself failed: no control has a say any more. */
export function refuseBare(journey: Journey): Ending {
  const denial = deny(500, 'gateway.internal')
  return { response: problem(journey, denial), verdict: 'error', reason: denial.reason, policy: '' }
}

function problem({ passage, guise: route }: Journey, denial: Deny): Response {
  const { document } = denial
  const body = passage.method === 'HEAD' ? null : (document?.text ?? problemDocument(denial.status, passage.requestId, denial.problem))
  const response = new Response(body, { status: denial.status, headers: route.denialHeaders })
  if (document !== undefined) response.headers.set('content-type', document.mediaType)
  response.headers.set('x-request-id', passage.requestId)
  if (denial.headers !== undefined) applyEdits(response.headers, denial.headers)
  if (denial.challenges !== undefined)
    response.headers.set(
      'www-authenticate',
      challengeField(route.resource === undefined ? denial.challenges : pointing(route.resource, denial.challenges, passage.url)),
    )
  return response
}

/** Sends a control's own answer. */
export function send(journey: Journey, { response: given, reason }: Reply, policy: string): Ending {
  const response = new Response(given.body, given)
  setConstants(journey.guise, response.headers)
  finish(journey, response.headers)
  return { response, verdict: 'reply', reason, policy }
}

/** Brings the origin's answer back: response handlers, then one copy that carries the gateway's headers. */
export function passOn(journey: Journey, answered: Response): Ending | Promise<Ending> {
  return journey.route.responders.length === 0 ? dress(journey, answered) : respond(journey, answered)
}

async function respond(journey: Journey, answered: Response): Promise<Ending> {
  const { route, passage } = journey
  let origin = answered
  for (const responder of route.responders) {
    if (responder.reporting) await observe(journey, responder, origin)
    else {
      try {
        const pending = responder.run(origin, passage)
        const result = pending instanceof Promise ? await pending : pending
        if (!('kind' in result)) origin = result
        else {
          journey.trace.answered(responder, result)
          if (result.kind === 'deny') {
            // Nobody will read it: its connection is wanted back. One that somebody reads is that one's to end.
            if (!origin.bodyUsed) void origin.body?.cancel().catch(() => {})
            return refuse(journey, result, responder.policy)
          }
          journey.reportedLate.push(`${responder.policy}:${result.reason}`)
          origin = result.response
        }
      } catch (error) {
        journey.trace.answered(responder, { kind: 'error', error })
        if (responder.onError !== 'pass' || origin.bodyUsed) return refuse(journey, failure(responder.policy, 502), responder.policy)
        journey.reportedLate.push(`${responder.policy}:error`)
      }
    }
  }
  return dress(journey, origin)
}

function dress(journey: Journey, origin: Response): Ending {
  const { route } = journey
  const response = new Response(origin.body, origin)
  const headers = new ResponseHeaders(origin.headers, route.passedHeaders, route.strippedHeaders)
  finish(journey, headers)
  headers.write(response.headers)
  return { response, verdict: 'allow', reason: 'origin.answered', policy: '' }
}

/** Lets a reporting handler see a copy, if that costs little: the caller gets the original whatever happens. */
async function observe(journey: Journey, responder: Responder, origin: Response): Promise<void> {
  const copy = reportCopy(origin, REPORT_COPY_BYTES)
  const late = (what: string) => void journey.reportedLate.push(`${responder.policy}:${what}`)
  if (copy === undefined) return late('report.too-large')
  try {
    const result = await responder.run(copy.response, journey.shadow)
    if (!('kind' in result)) return
    journey.trace.answered(responder, result)
    late(result.reason)
  } catch (error) {
    if (copy.isTooLarge()) return late('report.too-large')
    journey.trace.answered(responder, { kind: 'error', error })
    late('error')
  } finally {
    copy.drop()
  }
}

function setConstants(route: CompiledRoute, headers: Headers): void {
  for (const [name, value] of route.constantHeaders) headers.set(name, value)
}

function finish({ passage, guise: route, toClient }: Journey, headers: HeaderWriter): void {
  headers.set('x-request-id', passage.requestId)
  for (const edits of toClient) applyEdits(headers, edits)
  for (const run of route.finishers) run(headers, passage)
}
