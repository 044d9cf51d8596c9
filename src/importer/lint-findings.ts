import type { NormalizedProblem } from '@redocly/openapi-core'

/** What the parser says of a description. */
export interface LintFinding {
  readonly rule: string
  readonly severity: 'error' | 'warn'
  readonly pointer: string
  readonly message: string
}

/** @param fileOf names another file than the first; nothing for that one. */
export function lintFindings(problems: readonly NormalizedProblem[], fileOf: (path: string) => string): readonly LintFinding[] {
  return problems.map(({ ruleId, severity, message, location: [location] }) => ({
    rule: ruleId,
    severity,
    pointer: location === undefined ? '#' : `${fileOf(location.source.absoluteRef)}${location.pointer ?? '#'}`,
    message,
  }))
}
