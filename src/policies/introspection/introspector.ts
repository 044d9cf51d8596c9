import type { Decision } from '../../core/decision.ts'
import type { Caller } from '../../core/exchange.ts'
import type { Background, Ports } from '../../core/ports.ts'
import { isWithin } from '../../lib/age.ts'
import { pause } from '../../lib/pause.ts'
import { ClientRefused, type Endpoint, type EndpointPorts, type IssuerAnswer, TokenRefused } from './endpoint.ts'
import { type Blame, COOLDOWN_MS } from './failures.ts'
import { LOST_AFTER_MS, type OpenQuestion, Questions, type Restraint } from './questions.ts'

const WAIT_MS = 25
const MAX_WAITS = LOST_AFTER_MS / WAIT_MS

const WHY_NOT: Readonly<Record<Restraint, string>> = {
  failed: 'no answer about this token a moment ago',
  cooling: 'no answers a moment ago',
  full: 'too many questions are under way',
}

/** The issuer's word cannot be had: an outage, never the token's fault. */
export class IntrospectionUnavailable extends Error {
  override readonly name = 'IntrospectionUnavailable'
}

/** What asking needs of the request in whose name it is done; an exchange has it. */
export interface IntrospectionAccess {
  readonly ports: EndpointPorts & Pick<Ports, 'notice'>
  readonly background: Background
  readonly caller: Caller
}

/** Asks an issuer about tokens, and leaves it alone where that is better. */
export interface Introspector {
  /** @throws {IntrospectionUnavailable} when the issuer is out of reach, or is being asked too much. */
  ask(token: string, access: IntrospectionAccess): Promise<Decision>
  /** Asks behind the request, unless somebody does; nothing comes of it when that is not possible. */
  askAgain(token: string, access: IntrospectionAccess): void
}

/** What an {@link Introspector} works with. */
export interface IntrospectorOptions {
  readonly endpoint: Endpoint
  /** Names the endpoint to the operator. */
  readonly where: string
  /** Requests with one token wait for one answer, instead of asking each for itself. */
  readonly shares: boolean
  /** What an answer that has come by now made of the token. */
  known(token: string, now: number): Decision | undefined
  /** Whether the token was good when the issuer was last asked. */
  wasAccepted(token: string): boolean
  /** What an answer makes of the token, from now on. */
  judge(token: string, answer: IssuerAnswer, askedAtMs: number, now: number): Decision
}

/** Makes an {@link Introspector}. Requests share its data and never its promises. */
export function introspector({ endpoint, where, shares, known, wasAccepted, judge }: IntrospectorOptions): Introspector {
  const questions = new Questions()
  const noticedAtMs: Record<Blame, number> = { issuer: Number.NEGATIVE_INFINITY, client: Number.NEGATIVE_INFINITY, token: Number.NEGATIVE_INFINITY }

  /** Each kind of failure by itself: what a caller can bring about hides nothing else. */
  const notice = (error: unknown, blame: Blame, { ports }: IntrospectionAccess, now: number): void => {
    if (isWithin(noticedAtMs[blame], now, COOLDOWN_MS)) return
    noticedAtMs[blame] = now
    ports.notice(blame === 'client' ? 'introspection.client' : 'introspection.endpoint', `${where}: ${String(error)}`)
  }

  const put = async (question: OpenQuestion, access: IntrospectionAccess): Promise<Decision> => {
    const { token, sinceMs } = question
    const { clock } = access.ports
    try {
      const answer = await endpoint.ask(token, access.ports)
      questions.answered(question)
      return judge(token, answer, sinceMs, clock.now())
    } catch (cause) {
      const now = clock.now()
      const blame = blameOf(cause)
      questions.failed(question, blame, now)
      notice(cause, blame, access, now)
      throw new IntrospectionUnavailable(`${where} gave no answer: ${String(cause)}`)
    } finally {
      questions.close(question)
    }
  }

  /** The question goes on when its request is aborted: others may wait for what it brings. */
  const putInBackground = (question: OpenQuestion, access: IntrospectionAccess): Promise<Decision> => {
    const asking = put(question, access)
    access.background.waitUntil(asking.catch(() => {}))
    return asking
  }

  return {
    async ask(token, access) {
      const { clock } = access.ports
      for (let waits = 0; shares && questions.isOpen(token, clock.now()); waits++) {
        if (waits >= MAX_WAITS) throw new IntrospectionUnavailable('waited too long for an answer that another request asked for')
        await pause(WAIT_MS)
        const told = known(token, clock.now())
        if (told !== undefined) return told
      }
      const question = questions.open(token, wasAccepted(token) ? 'known' : 'unknown', access.caller, clock.now())
      if (typeof question === 'string') throw new IntrospectionUnavailable(`${where} is not asked: ${WHY_NOT[question]}`)
      return await putInBackground(question, access)
    },
    askAgain(token, access) {
      const now = access.ports.clock.now()
      if (questions.isOpen(token, now)) return
      const question = questions.open(token, 'known', access.caller, now)
      if (typeof question !== 'string') putInBackground(question, access).catch(() => {})
    },
  }
}

function blameOf(error: unknown): Blame {
  if (error instanceof ClientRefused) return 'client'
  return error instanceof TokenRefused ? 'token' : 'issuer'
}
