import type { BaseIssue } from 'valibot'
import { isSecretMember, kindOf, shown } from './shown.ts'

/** What a problem says beside its place. */
export interface Words {
  readonly found: string
  readonly expected: string
  readonly fix: string
}

/**
 * Puts a message of a schema together of what is expected and what to write instead. A message that is one phrase, such as `an https URL`, needs none of it.
 * @param whatIsNot where a secret may have been pasted: what the value is not, as in `that is no name of a secret`. Then nothing of the value is shown.
 */
export function asking(expected: string, fix: string, whatIsNot = ''): string {
  return [expected, fix, whatIsNot].join('\n')
}

/** Whether an issue says that a setting is missing, or that there is no such setting. */
export function isAboutName({ type, expected, received }: BaseIssue<unknown>): boolean {
  if (!type.endsWith('object')) return false
  return expected === 'never' || (received === 'undefined' && expected?.startsWith('"') === true)
}

/** Says in words what valibot found. `name`: of the setting, or of what stands in it. */
export function wordsOf(issue: BaseIssue<unknown>, name: string): Words {
  if (isAboutName(issue)) {
    if (issue.expected === 'never') {
      return { found: `an unknown setting ${JSON.stringify(name)}`, expected: 'no such setting', fix: 'remove it, or correct its name' }
    }
    return { found: 'nothing', expected: `the setting ${JSON.stringify(name)}`, fix: `add ${JSON.stringify(name)}: it has no default` }
  }
  if (issue.type.startsWith('raw_') && issue.expected !== null) return { found: issue.received, expected: issue.expected, fix: issue.message }
  const message = isLibrarys(issue) ? expectationOf(issue) : issue.message
  const [expected = '', fix, whatIsNot] = message.split('\n')
  if (whatIsNot) return { found: `${kindOf(issue.input)} ${whatIsNot}`, expected, fix: fix ?? '' }
  return { found: foundIn(issue, name), ...(fix === undefined ? phrased(expected) : { expected, fix }) }
}

/** The author's own words begin otherwise. */
function isLibrarys({ message }: BaseIssue<unknown>): boolean {
  return /^Invalid [a-z -]+: /i.test(message)
}

const IMPERATIVE = /^(?:write|name|use|say|list|give|count|add|remove|leave|end|merge) /

/** Of one phrase: what is expected, and to write it; a sentence is both as it stands. */
function phrased(message: string): Pick<Words, 'expected' | 'fix'> {
  if (message.startsWith('write ')) return { expected: message.slice('write '.length), fix: message }
  return { expected: message, fix: IMPERATIVE.test(message) || /^[A-Z].* /.test(message) ? message : `write ${message}` }
}

function foundIn({ type, input }: BaseIssue<unknown>, name: string): string {
  if (Array.isArray(input) && type === 'min_length' && input.length === 0) return 'none'
  if (Array.isArray(input) && type === 'max_length') return `${input.length} entries`
  if (typeof input === 'string' && type === 'max_length') return `a text of ${input.length} characters`
  return typeof input === 'string' && isSecretMember(name) ? kindOf(input) : shown(input)
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object with settings, { … }',
  strict_object: 'an object with settings, { … }',
  loose_object: 'an object, { … }',
  record: 'an object, { … }',
  integer: 'a whole number',
  non_empty: 'something that is not empty',
}

function expectationOf({ type, expected, requirement, input }: BaseIssue<unknown>): string {
  const kind = Object.hasOwn(KINDS, type) ? KINDS[type] : undefined
  if (kind !== undefined) return kind
  const entries = typeof input === 'string' ? 'characters' : 'entries'
  switch (type) {
    case 'picklist':
      return `one of ${alternativesOf(expected)}`
    case 'min_value':
      return `${String(requirement)} or more`
    case 'max_value':
      return `${String(requirement)} or less`
    case 'min_length':
      return `at least ${String(requirement)} ${entries}`
    case 'max_length':
      return `at most ${String(requirement)} ${entries}`
    default:
      return expected === null || expected === 'unknown' ? 'another value' : alternativesOf(expected)
  }
}

/** valibot writes `("a" | "b")`. */
function alternativesOf(expected: string | null): string {
  return (expected ?? '').replace(/^\((.*)\)$/, '$1').replaceAll(' | ', ', ')
}
