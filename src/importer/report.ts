import type { Gap } from './gap.ts'
import type { LintFinding } from './lint-findings.ts'
import type { RouteFacts } from './route-facts.ts'
import type { SchemeFacts } from './scheme-facts.ts'

/** What an import found. */
export interface ImportReport {
  readonly title: string
  readonly apiVersion: string
  /** The version of OpenAPI that the description names. */
  readonly openapi: string
  /** All files of the description. */
  readonly sources: readonly string[]
  readonly operations: { readonly served: number; readonly unserved: number }
  readonly routes: readonly RouteFacts[]
  readonly schemes: readonly SchemeFacts[]
  readonly gaps: readonly Gap[]
  /** What the parser says of the description. */
  readonly lint: readonly LintFinding[]
}
