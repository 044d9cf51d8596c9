import type { GraphqlSettings } from './settings.ts'

/** The type at the root of an operation, by the name that the settings know it by. */
export type Root = 'Query' | 'Mutation' | 'Subscription'

/** What a field costs by itself, at a root, or below it (`undefined`). */
export type WeightOf = (field: string, root: Root | undefined) => number

const DEFAULT = 1

/**
 * Compiles what fields cost. Without a schema the type below a root is not known, and a client can name an interface in place of a type: there a field costs the highest weight that its
 * name has with any type.
 */
export function compileWeights(weights: GraphqlSettings['weights']): WeightOf {
  const own = new Map(Object.entries(weights))
  const highest = new Map<string, number>()
  for (const [key, weight] of own) {
    const name = key.slice(key.indexOf('.') + 1)
    highest.set(name, Math.max(highest.get(name) ?? own.get(name) ?? DEFAULT, weight))
  }
  return (field, root) => (root === undefined ? highest.get(field) : (own.get(`${root}.${field}`) ?? own.get(field))) ?? DEFAULT
}
