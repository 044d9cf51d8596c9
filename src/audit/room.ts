import { AUDITED_DECISIONS } from '../core/audit.ts'

/** The classes of decisions, as their events are called: no flood invents another. */
const CLASSES: ReadonlySet<string> = new Set(AUDITED_DECISIONS.map((decision) => `decision.${decision}`))

/** How many events there are, in all and of each class of decisions. */
export type Counts = Readonly<Record<string, number>>

/** @returns the counts with one event more of that type. */
export function counted(counts: Counts, type: string): Counts {
  return CLASSES.has(type) ? { ...counts, [type]: (counts[type] ?? 0) + 1 } : counts
}

/** Whether there is room for one more: for any up to `shared`, and beyond that for classes that have not had `own` yet. So nobody hides what is rare behind a flood of something else. */
export function hasRoom(total: number, counts: Counts, type: string, { shared, own }: { readonly shared: number; readonly own: number }): boolean {
  return total < shared || (CLASSES.has(type) && (counts[type] ?? 0) < own)
}
