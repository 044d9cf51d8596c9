/** How bad a finding is: a door that is open or a gateway that cannot run; something that will hurt; something to know. */
export const SEVERITIES = ['problem', 'warning', 'note'] as const

/** One thing that the doctor found, and what to do about it. */
export interface Finding {
  /** A stable name, for scripts. */
  readonly id: string
  readonly severity: (typeof SEVERITIES)[number]
  readonly found: string
  /** Why it matters. */
  readonly why: string
  readonly fix: string
}

/** Writes a finding. */
export function finding(severity: Finding['severity'], id: string, found: string, why: string, fix: string): Finding {
  return { id, severity, found, why, fix }
}

/** @returns findings, the worst first. */
export function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity))
}
