import type { Exchange, Outcome } from '../../core/exchange.ts'
import type { RateLimitSettings } from './settings.ts'

/** What a request takes, and what of it turns out to have been needless. */
export interface Cost {
  /** The same for every request: such limits can be asked together. */
  readonly constant: number | undefined
  /** The most that any request takes. */
  readonly most: number
  /** @returns the tokens to take; why there is no such number: of a body that is larger than any cost or does not say how large it is, of a GraphQL request that costs more. */
  of(x: Exchange): number | 'too-large' | 'length-unknown' | 'too-costly'
  /** @returns the tokens to keep of those that were taken. */
  kept(taken: number, outcome: Outcome): number
  /** The lower-case name of a header of the origin's that is for the gateway alone. */
  readonly header: string | undefined
}

const WHOLE = /^(?:0|[1-9]\d{0,15})$/

/** Compiles what requests cost. */
export function compileCost(cost: RateLimitSettings['cost']): Cost {
  if (typeof cost === 'number') return { constant: cost, most: cost, of: () => cost, kept: (taken) => taken, header: undefined }
  const { max } = cost
  if ('perBytes' in cost) {
    const { perBytes } = cost
    return {
      constant: undefined,
      most: max,
      of({ body }) {
        if (!body.present) return 1
        if (body.declaredBytes < 0) return 'length-unknown'
        const tokens = Math.max(1, Math.ceil(body.declaredBytes / perBytes))
        return tokens > max ? 'too-large' : tokens
      },
      kept: (taken) => taken,
      header: undefined,
    }
  }
  if ('graphql' in cost) {
    return {
      constant: undefined,
      most: max,
      of({ validated: { graphql } }) {
        // A control that only reports may have found nothing sound: then nobody knows what it costs.
        const tokens = Math.max(1, graphql?.cost ?? max)
        return tokens > max ? 'too-costly' : tokens
      },
      kept: (taken) => taken,
      header: undefined,
    }
  }
  const { responseHeader } = cost
  return {
    constant: undefined,
    most: max,
    of: () => max,
    kept(taken, { origin, reachedOrigin }) {
      if (!reachedOrigin) return Math.min(1, taken)
      const text = origin?.headers.get(responseHeader)?.trim() ?? ''
      // Whatever says nothing clear leaves the whole of it charged.
      return WHOLE.test(text) ? Math.min(taken, Number(text)) : taken
    },
    header: responseHeader,
  }
}
