import type { PublicProblem } from '../../core/problem.ts'

/** What the caller of an ambiguous URL may read. */
export const AMBIGUOUS: PublicProblem = { detail: 'The URL can be read in more than one way.' }
