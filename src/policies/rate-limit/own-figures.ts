import type { KeyLimit } from '../../core/api-key.ts'
import type { Exchange } from '../../core/exchange.ts'
import { checkCountable, type Figures, ownFigures, timesAsMuch } from './figures.ts'
import { partsOf, type RateLimitSettings } from './settings.ts'

/** What a counter is counted with, and that of the whole /48. */
export interface FiguresInForce {
  readonly figures: Figures
  readonly ceiling: Figures
}

/**
 * A caller may have figures of its own for a limit, by the limit's name, where the limit counts by who calls: the counter stays, its figures are the caller's.
 * @param most that one request may cost.
 * @param factor how many times as much all of a /48 may have.
 * @returns a function that gives a caller's own figures; undefined where the limit counts by something else.
 */
export function compileOwnFigures(
  settings: RateLimitSettings,
  most: number,
  factor: number,
): ((x: Exchange, plan: FiguresInForce) => FiguresInForce | undefined) | undefined {
  const parts = partsOf(settings)
  if (!parts.includes('principal') && !parts.includes('credential')) return undefined
  /** By plan, for as long as the key stays the same. */
  const made = new WeakMap<FiguresInForce, WeakMap<KeyLimit, FiguresInForce>>()
  return ({ principal }, plan) => {
    const limits = principal?.limits
    if (limits === undefined || !Object.hasOwn(limits, settings.name)) return undefined
    const own = limits[settings.name] as KeyLimit
    const ofPlan = made.get(plan) ?? new WeakMap<KeyLimit, FiguresInForce>()
    made.set(plan, ofPlan)
    const known = ofPlan.get(own)
    if (known !== undefined) return known
    const figures = ownFigures(plan.figures, own, most)
    const inForce = { figures, ceiling: timesAsMuch(figures, factor) }
    if (parts.includes('ip')) checkCountable(inForce.ceiling)
    ofPlan.set(own, inForce)
    return inForce
  }
}
