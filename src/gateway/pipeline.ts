import { BodyAborted } from '../core/body.ts'
import { type Decision, type Deny, deny, type Reply } from '../core/decision.ts'
import type { Background, Ports } from '../core/ports.ts'
import { passOn, refuse, refuseBare, send } from './answer.ts'
import { arrive } from './arrive.ts'
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
export async function handle(gateway: CompiledGateway, request: EdgeRequest, ports: Ports, background: Background, refusal?: Deny): Promise<Response> {
  const journey = new Journey(arrive(gateway, request, ports, background, refusal))
  const ending = await travel(journey)
  ports.recorder.record(recordOf(gateway, journey, ending), () => journey.trace.entries(), background)
  return ending.response
}

/** Runs a route's steps, the origin and the way back, and tells those who want to know how it ended. */
export function travel(journey: Journey): Promise<Ending> {
  const { route, passage } = journey
  if (route.enders.length === 0) return conclusion(journey)
  const watched = conclusion(journey).then((ending) => watch(journey, ending))
  // A client that goes away would end the request here, and nobody would hear of its end.
  passage.background.waitUntil(watched)
  return watched
}

async function conclusion(journey: Journey): Promise<Ending> {
  const ending = await end(journey)
  settle(journey, ending)
  return ending
}

async function end(journey: Journey): Promise<Ending> {
  try {
    const { stepCount, ending } = journey.arrival
    for (let i = 0; i < stepCount; i++) {
      const step = journey.route.steps[i] as Step
      const taken = take(step, journey)
      const decision = taken instanceof Promise ? await taken : taken
      if (decision !== undefined) return decision.kind === 'deny' ? refuse(journey, decision, step.policy) : send(journey, decision, step.policy)
    }
    return ending === undefined ? await askOrigin(journey) : conclude(journey, ending)
  } catch (error) {
    journey.trace.conclude({ kind: 'error', error })
    return refuseBare(journey)
  }
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
  if (response.status === 101) return switched(journey, response)
  return await passOn(journey, response)
}

/** Hands on a WebSocket untouched, if one was asked for where one may be: nothing on it is seen by any control. */
function switched(journey: Journey, response: Response): Ending {
  const { passage, route } = journey
  const asked = route.facts.websocketOrigins !== undefined && passage.headers.has('upgrade')
  return asked ? { response, verdict: 'allow', reason: 'origin.switched', policy: '' } : conclude(journey, deny(502, 'origin.switched-unasked'))
}

/** Tells the controls that want to know what became of the request. A failure here changes nothing any more, but the operator hears of it. */
function settle(journey: Journey, { response, reason }: Ending): void {
  const { passage, route } = journey
  if (route.settlers.length === 0) return
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
  return { ...ending, response: whenSent(ending.response, passage.background, over) }
}
