/** Names that are needed: every one, or one of them. */
export type Requirement = readonly string[] | { readonly all: readonly string[] } | { readonly any: readonly string[] }

/** @returns whether a set holds what is needed; built once, at start. */
export function compileRequirement(requirement: Requirement): (held: ReadonlySet<string>) => boolean {
  if ('any' in requirement) {
    const { any } = requirement
    return (held) => any.some((name) => held.has(name))
  }
  const all = namesIn(requirement)
  return (held) => all.every((name) => held.has(name))
}

/** @returns names that suffice together, and no more than needed: of alternatives the first. */
export function sufficient(requirement: Requirement): readonly string[] {
  return 'any' in requirement ? requirement.any.slice(0, 1) : namesIn(requirement)
}

/** @returns every name in it. */
export function namesIn(requirement: Requirement): readonly string[] {
  if ('any' in requirement) return requirement.any
  return 'all' in requirement ? requirement.all : requirement
}
