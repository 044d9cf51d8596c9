import type { KeyLimit } from '../../core/api-key.ts'
import type { Exchange } from '../../core/exchange.ts'
import { compileCost } from './cost.ts'
import { ceilingFactorOf, checkCountable, type Figures, figuresOf, ownFigures, timesAsMuch } from './figures.ts'
import { partsOf, type RateLimitSettings, readSettings } from './settings.ts'

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
  if (!countsCallers(settings)) return undefined
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
    const inForce = replaced(settings, own, plan.figures, most, factor)
    ofPlan.set(own, inForce)
    return inForce
  }
}

/** What is wrong with figures of a key's own for a limit that counts by something else: they would do nothing. */
export const NOT_BY_CALLER = 'it does not count by principal or credential'

/**
 * @param given the settings of a `rate-limit` that were found sound.
 * @returns why figures of a key's own would do nothing for a limit, or would let none of its requests be counted; undefined where they hold.
 */
export function faultOfOwnFigures(given: unknown, own: KeyLimit): string | undefined {
  const settings = readSettings(given)
  if (!countsCallers(settings)) return NOT_BY_CALLER
  const { most } = compileCost(settings.cost)
  for (const { limit, burst } of [settings, ...Object.values(settings.plans?.limits ?? {})]) {
    const configured = figuresOf(settings, limit, burst)
    if ('fix' in configured) continue
    try {
      replaced(settings, own, configured, most, ceilingFactorOf(settings))
    } catch (error) {
      if (error instanceof RangeError) return 'it cannot be counted exactly, or is less than one request may cost'
      throw error
    }
  }
  return undefined
}

function countsCallers(settings: RateLimitSettings): boolean {
  const parts = partsOf(settings)
  return parts.includes('principal') || parts.includes('credential')
}

/** @throws {RangeError} for figures that cannot be counted. */
function replaced(settings: RateLimitSettings, own: KeyLimit, configured: Figures, most: number, factor: number): FiguresInForce {
  const figures = ownFigures(configured, own, most)
  const ceiling = timesAsMuch(figures, factor)
  if (partsOf(settings).includes('ip')) checkCountable(ceiling)
  return { figures, ceiling }
}
