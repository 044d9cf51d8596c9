import { exchange, type Wanted } from '../../../test/exchange.ts'
import { MemoryRows } from '../../../test/limiter-memory.ts'
import type { Decision } from '../../core/decision.ts'
import type { Exchange, Outcome } from '../../core/exchange.ts'
import type { LimitRequest, LimitVerdict } from '../../core/limit.ts'
import type { OnError, Policy } from '../../core/policy.ts'
import type { Limiter, Ports } from '../../core/ports.ts'
import type { Principal } from '../../core/principal.ts'
import { Problems } from '../../core/problems.ts'
import { CellOwner } from '../../limiter/owner.ts'
import { type RateLimitOptions, rateLimit } from './rate-limit.ts'

/** When the tests begin: midnight, a Thursday. */
export const START = Date.UTC(2026, 0, 1)

/** 22 characters, as pseudonyms have. */
const PSEUDONYM = 'AAAAAAAAAAAAAAAAAAAAAA'
/** What of it callers see. */
export const PARTITION = 'pk=:AAAAAAAAAAAAAAAAAAAA:'

/** The settings of a limit whose failure denies, unless it says otherwise. */
export type Settings = RateLimitOptions<string>

/** The real counters over rows in memory, asked for every request; and all that they were asked. */
export class MemoryLimiter implements Limiter {
  readonly asked: LimitRequest[] = []
  readonly given: { readonly amount: number; readonly request: LimitRequest }[] = []
  readonly released: string[] = []
  readonly store = new MemoryRows()
  readonly #owner = new CellOwner(this.store)
  now = START

  take(request: LimitRequest): readonly LimitVerdict[] {
    const { cells, cost, slot, refundable } = request
    this.asked.push(request)
    const message = { v: 2, cells, cost, ...(slot !== undefined && { slot }), ...(refundable !== undefined && { refundable }) } as const
    return this.#owner.take(message, this.now).verdicts
  }

  giveBack(request: LimitRequest, [verdict]: readonly LimitVerdict[], amount: number): void {
    this.given.push({ amount, request })
    this.#owner.giveBack({ v: 2, cells: request.cells, count: amount, chargedMs: verdict?.chargedMs ?? 0 }, this.now)
  }

  release({ cells, slot = '' }: LimitRequest): void {
    this.released.push(slot)
    this.#owner.release({ v: 1, cells, slot }, this.now)
  }
}

/** One request's way through a limit. */
export interface Sent {
  readonly x: Exchange
  readonly decision: Decision | Promise<Decision> | undefined
  /** The fields that its response carries. */
  fields(): Record<string, string>
  /** Tells the limit how the request ended. */
  settle(outcome: Partial<Outcome> & { readonly originHeaders?: Record<string, string>; readonly originStatus?: number }): void
  end(): void
}

/** @returns what is wrong with the settings, a line each. */
export function problemsOf(settings: Settings): readonly string[] {
  const problems = new Problems()
  ruleOf(settings).check(['policies', 0], problems)
  return problems.all.map(({ path, found, expected, fix }) => `${path} | ${found} | ${expected} | ${fix}`)
}

/** Compiles the limit. @returns a function that sends one request through it. */
export function limited(settings: Settings, limiter: Pick<Limiter, 'take'> & Partial<Limiter>, ports: Partial<Ports> = {}): (wanted?: Wanted) => Sent {
  const problems = problemsOf(settings)
  if (problems.length > 0) throw new Error(problems.join('\n'))
  const handlers = ruleOf(settings).compile()
  return (wanted = {}) => {
    const x = exchangeOf(limiter, wanted, ports)
    const decision = handlers.request?.(x)
    return {
      x,
      decision,
      fields() {
        const headers = new Headers()
        handlers.finish?.(headers, x)
        return Object.fromEntries(headers)
      },
      settle({ originStatus, originHeaders, ...outcome }) {
        const origin = originStatus === undefined ? undefined : { status: originStatus, headers: new Headers(originHeaders) }
        const base = { status: originStatus ?? 403, reason: 'origin.answered', reachedOrigin: origin !== undefined }
        void handlers.settle?.({ ...base, ...outcome, ...(origin !== undefined && { origin }) }, x)
      },
      end: () => handlers.ended?.(x),
    }
  }
}

/** A request of a principal. */
export const someone = (more: Partial<Principal> = {}): Wanted => ({
  principal: {
    id: 'i|ada',
    issuer: 'i',
    subject: 'ada',
    method: 'jwt',
    scheme: 'Bearer',
    credentialHeader: 'authorization',
    scopes: new Set(),
    roles: new Set(),
    claims: {},
    ...more,
  },
})

/** An exchange whose limiter and clock are these. */
export function exchangeOf(limiter: Pick<Limiter, 'take'> & Partial<Limiter>, wanted: Wanted = {}, ports: Partial<Ports> = {}): Exchange {
  const whole: Limiter = {
    take: (request, caller) => limiter.take(request, caller),
    giveBack: (request, verdicts, amount, caller) => limiter.giveBack?.(request, verdicts, amount, caller),
    release: (request, caller) => limiter.release?.(request, caller),
  }
  const clock = { now: () => (limiter instanceof MemoryLimiter ? limiter.now : START) }
  return exchange({ ...wanted, ports: { limiter: whole, clock, pseudonym: () => PSEUDONYM, ...ports, ...wanted.ports } })
}

/** The limit, denying when its counter is out of reach: where that is not what a test is about. */
export function ruleOf(settings: Settings): Policy {
  const onError: OnError = 'deny'
  return rateLimit({ onError, ...settings })
}

/** A decision in a word or two. */
export function reasonOf(decision: Decision | Promise<Decision> | undefined): string {
  if (decision === undefined || decision instanceof Promise) return 'not decided'
  if (decision.kind === 'deny') return `${decision.status} ${decision.reason}`
  return decision.kind === 'pass' && decision.reason !== undefined ? `pass ${decision.reason}` : decision.kind
}
