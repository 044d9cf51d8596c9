/** The stages of a request, in the order in which the pipeline walks them. This array is the only place where order is decided. */
export const STAGES = [
  'transport',
  'access',
  'shield',
  'preflight',
  'authenticate',
  'authorize',
  'limit',
  'validate',
  'decide',
  'transform',
  'respond',
  'finish',
] as const

/** One stage of {@link STAGES}. `respond` and `finish` belong to policies that only touch what comes back. */
export type Stage = (typeof STAGES)[number]

/** The stages that even a request which matches no route runs: they need neither a route nor an identity. */
export const ANONYMOUS_STAGES: ReadonlySet<Stage> = new Set<Stage>(['transport', 'access', 'shield'])
