import { BodyAborted } from '../core/body.ts'
import { type Decision, type Deny, deny, type Reply } from '../core/decision.ts'
import type { Background, Ports } from '../core/ports.ts'
import { passOn, refuse, refuseBare, send } from './answer.ts'
import { arrive } from './arrive.ts'
import { noteDecision } from './audited.ts'
import type { CompiledGateway, Step } from './compiled.ts'
import { failure, failureReason } from './failure.ts'
import { type Ending, Journey } from './journey.ts'
import { OriginTimeout } from './origin.ts'
import type { EdgeRequest } from './passage.ts'
import { recordOf } from './record.ts'
import { whenSent } from './when-sent.ts'

/**
 * A request's whole way: match, the steps in the order of the stages, the origin, the way back, the record.
 * Whatever goes wrong on the way ends in a denial; it never throws.
 * @param refusal what to answer instead of asking anybody: a gateway that lacks a binding must not run.
 */
export function handle(gateway: CompiledGateway, request: EdgeRequest, ports: Ports, background: Background, refusal?: Deny): Response | Promise<Response> {
  const journey = new Journey(arrive(gateway, request, ports, background, refusal))
  const recorded = (ending: Ending): Response => {
    ports.recorder.record(recordOf(gateway, journey, ending), () => journey.trace.entries(), background)
    if (gateway.audit !== undefined) noteDecision(gateway.audit.decisions, journey, ending)
    return ending.response
  }
  const ending = travel(journey)
  if (!(ending instanceof Promise)) return recorded(ending)
  const answer = ending.then(recorded)
  // Where a client goes away the platform ends the request in the middle: without its record, its slots given back, or what its isolate asked for.
  background.waitUntil(answer)
  return answer
}

/** Runs a route's steps, the origin and the way back, and tells those who want to know how it ended. At once, if nothing had to be waited for. */
export function travel(journey: Journey): Ending | Promise<Ending> {
  const ending = end(journey)
  if (journey.route.enders.length === 0) return ending
  return ending instanceof Promise ? ending.then((late) => watch(journey, late)) : watch(journey, ending)
}

function end(journey: Journey): Ending | Promise<Ending> {
  let ending: Ending | Promise<Ending>
  try {
    ending = walk(journey, 0)
  } catch (error) {
    ending = broken(journey, error)
  }
  return ending instanceof Promise ? endLate(journey, ending) : settle(journey, ending)
}

async function endLate(journey: Journey, pending: Promise<Ending>): Promise<Ending> {
  let ending: Ending
  try {
    ending = await pending
  } catch (error) {
    ending = broken(journey, error)
  }
  return settle(journey, ending)
}

function broken(journey: Journey, error: unknown): Ending {
  journey.trace.conclude({ kind: 'error', error })
  return refuseBare(journey)
}

/** Goes from step to step, and then to the origin; a promise only where something gave one. */
function walk(journey: Journey, from: number): Ending | Promise<Ending> {
  const { arrival, route } = journey
  for (let i = from; i < arrival.stepCount; i++) {
    const step = route.steps[i] as Step
    const taken = take(step, journey)
    if (taken instanceof Promise) return taken.then((late) => (late === undefined ? walk(journey, i + 1) : leave(journey, step, late)))
    if (taken !== undefined) return leave(journey, step, taken)
  }
  return arrival.ending === undefined ? askOrigin(journey) : conclude(journey, arrival.ending)
}

/** Ends a request as a control wants it. */
function leave(journey: Journey, { policy }: Step, decision: Deny | Reply): Ending {
  return decision.kind === 'deny' ? refuse(journey, decision, policy) : send(journey, decision, policy)
}

/** Runs one step. @returns what ends the request, or nothing. */
function take(step: Step, journey: Journey): Deny | Reply | undefined | Promise<Deny | Reply | undefined> {
  let decision: Decision | Promise<Decision>
  try {
    decision = step.run(journey.viewOf(step))
  } catch (error) {
    return fail(step, journey, error)
  }
  return decision instanceof Promise ? wait(step, journey, decision) : apply(step, journey, decision)
}

async function wait(step: Step, journey: Journey, pending: Promise<Decision>): Promise<Deny | Reply | undefined> {
  const { clock } = journey.passage.ports
  const since = clock.now()
  let decision: Decision
  try {
    decision = await pending
  } catch (error) {
    return fail(step, journey, error)
  } finally {
    journey.trace.waited(clock.now() - since)
  }
  return apply(step, journey, decision)
}

function apply(step: Step, journey: Journey, decision: Decision): Deny | Reply | undefined {
  switch (decision?.kind) {
    case 'pass':
      journey.trace.add(decision)
      journey.learn(step, decision)
      return undefined
    case 'skip':
      if (step.stage !== 'authenticate') return fail(step, journey, new TypeError('only an authenticator may skip'))
      journey.trace.add(decision)
      return undefined
    case 'deny':
    case 'reply':
      journey.trace.add(decision)
      return step.reporting ? undefined : decision
    default:
      return fail(step, journey, new TypeError('a control answered with something that is no decision'))
  }
}

/** A control failed. Unless its `onError` says otherwise, the request ends here. */
function fail(step: Step, journey: Journey, error: unknown): Deny | Reply | undefined {
  if (step.onError === 'local' && !(error instanceof BodyAborted)) return fallBack(step, journey, error)
  journey.trace.add({ kind: 'error', error })
  // Whoever may send a body may break it off: that is no failure of ours.
  if (error instanceof BodyAborted && !step.reporting) return deny(400, 'request.aborted')
  return step.reporting || step.onError === 'pass' ? undefined : failure(step.policy)
}

/** A control failed and decides by itself, with less knowledge. */
function fallBack(step: Step, journey: Journey, error: unknown): Deny | Reply | undefined {
  let instead: Decision | undefined
  try {
    instead = step.local?.(journey.viewOf(step))
  } catch {
    // What is left is a denial, as for any other failure.
  }
  if (instead?.kind !== 'pass' && instead?.kind !== 'deny') {
    journey.trace.add({ kind: 'error', error })
    return step.reporting ? undefined : failure(step.policy)
  }
  journey.trace.add({ kind: 'error', error, instead })
  return instead.kind === 'deny' && !step.reporting ? instead : undefined
}

/** Ends a request that no control refused. */
function conclude(journey: Journey, denial: Deny): Ending {
  journey.trace.conclude(denial)
  return refuse(journey, denial)
}

async function askOrigin(journey: Journey): Promise<Ending> {
  const { passage, route, toOrigin } = journey
  const { clock } = passage.ports
  const since = clock.now()
  if (route.forward === undefined) throw new TypeError('a built-in route has no origin')
  let response: Response
  try {
    response = await route.forward(passage, toOrigin)
  } catch (error) {
    return conclude(journey, error instanceof OriginTimeout ? deny(504, 'origin.timeout') : deny(502, 'origin.unreachable', { detail: String(error) }))
  } finally {
    journey.originMs = clock.now() - since
  }
  journey.origin = response
  return response.status === 101 ? switched(journey, response) : passOn(journey, response)
}

/** Hands on a WebSocket, if one was asked for where one may be: nothing on it is seen by any control. Of its opening only what never leaves is taken off. */
function switched(journey: Journey, opened: Response): Ending {
  const { passage, route } = journey
  const asked = route.facts.websocketOrigins !== undefined && passage.headers.has('upgrade')
  if (!asked) return conclude(journey, deny(502, 'origin.switched-unasked'))
  const { webSocket = null } = opened
  const headers = new Headers(opened.headers)
  for (const name of route.strippedHeaders) headers.delete(name)
  return { response: new Response(null, { status: 101, headers, webSocket }), verdict: 'allow', reason: 'origin.switched', policy: '' }
}

/** Tells the controls that want to know what became of the request. A failure here changes nothing any more, but the operator hears of it. */
function settle(journey: Journey, ending: Ending): Ending {
  const { passage, route } = journey
  if (route.settlers.length === 0) return ending
  const { response, reason } = ending
  const { origin } = journey
  const outcome = { status: response.status, reason, reachedOrigin: journey.originMs >= 0, ...(origin !== undefined && { origin }) }
  for (const settler of route.settlers) {
    const failed = (error: unknown) => passage.ports.notice(failureReason(settler.policy), `after the response: ${String(error)}`)
    try {
      const settled = settler.run(outcome, journey.viewOf(settler))
      if (settled instanceof Promise) passage.background.waitUntil(settled.catch(failed))
    } catch (error) {
      failed(error)
    }
  }
  return ending
}

/** Tells the controls that want to know when the response's body is over. */
function watch(journey: Journey, ending: Ending): Ending {
  const { passage, route } = journey
  const over = () => {
    for (const ender of route.enders) {
      try {
        ender.run(journey.viewOf(ender))
      } catch (error) {
        passage.ports.notice(failureReason(ender.policy), `after the response: ${String(error)}`)
      }
    }
  }
  return { ...ending, response: whenSent(ending.response, passage.request.signal, passage.background, over) }
}
