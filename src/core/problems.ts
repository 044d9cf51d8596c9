import type { BaseIssue } from 'valibot'
import { isAboutName, type Words, wordsOf } from './setting-words.ts'

/** A place in the configuration: `['zones', 'api', 'policies', 0]`. */
export type Path = readonly (string | number)[]

/** One thing wrong with a configuration, and what to do about it. */
export interface ConfigurationProblem extends Words {
  /** Dotted, as one would write it in the configuration: `zones.api.policies[0].limit`. */
  readonly path: string
}

/** Collects every problem, so that none hides behind another. */
export class Problems {
  readonly all: ConfigurationProblem[] = []

  add(path: Path, problem: Words): void {
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

/** Adds what valibot found, at the place where it found it. Of several forms that one setting may have, it is the member that stands there and is wrong, where one is. */
export function problemsOfIssues(issues: readonly BaseIssue<unknown>[], path: Path, problems: Problems): void {
  const seen = new Set<string>()
  for (const { issue, at } of issues.flatMap((issue) => pointedAt(issue, []))) {
    const words = wordsOf(issue, String(at.findLast((part) => typeof part === 'string') ?? ''))
    const key = JSON.stringify([at, words])
    if (seen.has(key)) continue
    seen.add(key)
    problems.add([...path, ...at], words)
  }
}

interface PointedIssue {
  readonly issue: BaseIssue<unknown>
  readonly at: Path
}

function pointedAt(issue: BaseIssue<unknown>, from: Path): readonly PointedIssue[] {
  const at = [...from, ...(issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)))]
  const ofMembers = issue.type === 'union' ? (issue.issues ?? []).filter(isOfMember) : []
  return ofMembers.length === 0 ? [{ issue, at }] : ofMembers.flatMap((inner) => pointedAt(inner, at))
}

/** Each form misses the names of the others, so that says nothing; what stands in a member does. */
function isOfMember(issue: BaseIssue<unknown>): boolean {
  const depth = issue.path?.length ?? 0
  return depth > 1 || (depth === 1 && !isAboutName(issue))
}
