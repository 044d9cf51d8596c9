import type { BaseIssue } from 'valibot'

/** A place in the configuration: `['zones', 'api', 'policies', 0]`. */
export type Path = readonly (string | number)[]

/** One thing wrong with a configuration, and what to do about it. */
export interface ConfigurationProblem {
  /** Dotted, as one would write it in the configuration: `zones.api.policies[0].limit`. */
  readonly path: string
  readonly found: string
  readonly expected: string
  readonly fix: string
}

/** Collects every problem, so that none hides behind another. */
export class Problems {
  readonly all: ConfigurationProblem[] = []

  add(path: Path, problem: Omit<ConfigurationProblem, 'path'>): void {
    this.all.push({ path: formatPath(path), ...problem })
  }
}

/** A configuration that cannot run. The message lists every problem. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  readonly problems: readonly ConfigurationProblem[]

  constructor(problems: readonly ConfigurationProblem[]) {
    const lines = problems.map(({ path, found, expected, fix }) => `  ${path}\n    found: ${found}\n    expected: ${expected}\n    fix: ${fix}`)
    super(`${problems.length} problem${problems.length === 1 ? '' : 's'} in the gateway's configuration:\n${lines.join('\n')}`)
    this.problems = problems
  }
}

/** Writes a path as it would stand in code. */
export function formatPath(path: Path): string {
  let text = ''
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`
    else if (/^[A-Za-z_$][\w$]*$/.test(part)) text += text === '' ? part : `.${part}`
    else text += `[${JSON.stringify(part)}]`
  }
  return text
}

/** Adds what valibot found, at the place where it found it. */
export function problemsOfIssues(issues: readonly BaseIssue<unknown>[], path: Path, problems: Problems): void {
  for (const issue of issues) {
    const inside = (issue.path ?? []).map((item) => (typeof item.key === 'number' ? item.key : String(item.key)))
    problems.add([...path, ...inside], describe(issue, String(inside.at(-1) ?? '')))
  }
}

function describe(issue: BaseIssue<unknown>, key: string): Omit<ConfigurationProblem, 'path'> {
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    return { found: `an unknown setting ${JSON.stringify(key)}`, expected: 'no such setting', fix: 'remove it, or correct its name' }
  }
  if (issue.type === 'strict_object' && issue.received === 'undefined') {
    return { found: 'nothing', expected: `the setting ${JSON.stringify(key)}`, fix: `add ${JSON.stringify(key)}: it has no default` }
  }
  const found = issue.type === 'min_length' && issue.received === '0' ? 'none' : issue.received
  return { found, expected: issue.expected ?? issue.message, fix: issue.message }
}
