import type { Path, Problems } from '../core/problems.ts'

/**
 * Thousands of routes share a handful of controls: what was found sound is not looked at again, what has a problem is told at each of its places.
 * @param check adds what it finds to `problems`; what it finds depends on the thing alone, and not on its place.
 */
export function checkedOnce<T extends object>(check: (thing: T, at: Path) => void, problems: Problems): (thing: T, at: Path) => void {
  const sound = new Set<T>()
  return (thing, at) => {
    if (sound.has(thing)) return
    const before = problems.all.length
    check(thing, at)
    if (problems.all.length === before) sound.add(thing)
  }
}
