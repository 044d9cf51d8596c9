/** The most values that a description may have once all aliases of YAML are written out. */
const MAX_VALUES = 8_000_000
/** The deepest nesting. */
const MAX_DEPTH = 400

/** Refuses what only looks small: aliases of YAML that stand for each other many times, or contain themselves. @throws {Error} */
export function checkSize(parsed: unknown): void {
  const sizes = new Map<object, number>()
  const open = new Set<object>()
  const sizeOf = (value: unknown, depth: number): number => {
    if (typeof value !== 'object' || value === null) return 1
    const known = sizes.get(value)
    if (known !== undefined) return known
    if (open.has(value)) throw new Error('an alias that contains itself')
    if (depth > MAX_DEPTH) throw new Error(`values nested more than ${MAX_DEPTH} deep`)
    open.add(value)
    let size = 1
    for (const member of Object.values(value)) {
      size += sizeOf(member, depth + 1)
      if (size > MAX_VALUES) throw new Error(`more than ${MAX_VALUES} values, aliases written out`)
    }
    open.delete(value)
    sizes.set(value, size)
    return size
  }
  sizeOf(parsed, 0)
}
