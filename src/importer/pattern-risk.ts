/** Whether a pattern repeats, without end, something that repeats without end in itself: matching may then take time that grows without bound. A guess: not all that is slow is found. */
export function mayBacktrack(pattern: string): boolean {
  /** For each open group: whether something in it repeats without end. */
  const groups: boolean[] = [false]
  let repeats = false
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i] as string
    repeats = false
    if (character === '\\') i++
    else if (character === '[') i = endOfClass(pattern, i)
    else if (character === '(') {
      groups.push(false)
      continue
    } else if (character === ')') repeats = groups.length > 1 ? (groups.pop() as boolean) : false
    const length = endless(pattern, i + 1)
    const isEndless = length > 0
    if (isEndless && repeats) return true
    if (isEndless || repeats) groups[groups.length - 1] = true
    i += length
  }
  return false
}

/** @returns the length of `*`, `+` or `{n,}` at a place; 0 where there is none. */
function endless(pattern: string, at: number): number {
  const character = pattern[at]
  if (character === '*' || character === '+') return 1
  return /^\{\d+,\}/.exec(pattern.slice(at, at + 16))?.[0].length ?? 0
}

function endOfClass(pattern: string, from: number): number {
  for (let i = from + 1; i < pattern.length; i++) {
    if (pattern[i] === '\\') i++
    else if (pattern[i] === ']') return i
  }
  return pattern.length
}
