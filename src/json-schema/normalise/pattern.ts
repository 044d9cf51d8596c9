/** Characters whose escape means the character itself, with the `u` flag as without. */
const SYNTAX = /[\^$\\.*+?()[\]{}|/]/
/** Of other programs: without the `u` flag they would quietly mean something else. */
const FOREIGN = /\[\[:|\(\?[a-z]*\)|\\[AZzGQEh]/

/**
 * Makes a pattern into one that the `u` flag takes (JSON Schema 2020-12 Core §6.4). What only that flag refuses, and what can mean but one thing, is rewritten:
 * needless escapes (`\-`, `\_`), `{`, `}` and `]` as themselves, a class such as `\w` before a dash in brackets.
 * @returns undefined for what is no pattern of ECMA-262, or means something else there than its author thought.
 */
export function unicodePattern(pattern: string): string | undefined {
  if (compiles(pattern, 'u')) return pattern
  if (FOREIGN.test(pattern) || !compiles(pattern, '')) return undefined
  const rewritten = rewrite(pattern)
  return rewritten !== undefined && compiles(rewritten, 'u') ? rewritten : undefined
}

function compiles(pattern: string, flags: string): boolean {
  try {
    new RegExp(pattern, flags)
    return true
  } catch {
    return false
  }
}

function rewrite(pattern: string): string | undefined {
  let written = ''
  let inClass = false
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i] as string
    if (char === '\\') {
      const escaped = pattern[++i] ?? ''
      // Letters and digits mean something; a needless escape of one may have been meant as something else.
      written += SYNTAX.test(escaped) || /[A-Za-z0-9]/.test(escaped) ? `\\${escaped}` : escaped === '-' ? (inClass ? '\\-' : '-') : escaped
    } else if (inClass) {
      if (char === ']') inClass = false
      written += char === '-' && isBesideClass(pattern, i) ? '\\-' : char
    } else if (char === '[') {
      inClass = true
      written += char
    } else if (char === '{') {
      const quantifier = /^\{\d+(?:,\d*)?\}/.exec(pattern.slice(i))?.[0]
      written += quantifier ?? '\\{'
      i += (quantifier?.length ?? 1) - 1
    } else written += char === '}' || char === ']' ? `\\${char}` : char
  }
  return written
}

/** Whether a dash in brackets stands behind or before a class such as `\w`: it cannot mean a range. */
function isBesideClass(pattern: string, dash: number): boolean {
  return /\\[dDsSwW]$/.test(pattern.slice(0, dash)) || /^\\[dDsSwW]/.test(pattern.slice(dash + 1))
}
