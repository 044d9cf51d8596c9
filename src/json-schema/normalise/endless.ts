import { isJsonObject } from '../../lib/json-object.ts'
import { Draft } from './draft.ts'
import { groupsOf } from './groups.ts'

const ONE = ['not', 'if', 'then', 'else'] as const
const LIST = ['allOf', 'anyOf', 'oneOf'] as const

/** @returns a schema that must hold for a value before it can be said whether it holds: judging any value would never end. */
export function endlessAmong(drafts: readonly Draft[]): Draft | undefined {
  const applied = new Map(drafts.map((draft) => [draft, appliedBy(draft.node)]))
  const group = groupsOf(applied).find((group) => group.length > 1 || applied.get(group[0] as Draft)?.includes(group[0] as Draft))
  return group?.[0]
}

/** The schemas that a written one applies to the same value. */
function appliedBy(node: unknown): readonly Draft[] {
  if (!isJsonObject(node)) return []
  const { $ref, $dynamicRef, discriminator, dependentSchemas } = node
  const named = [
    $ref,
    isJsonObject($dynamicRef) ? $dynamicRef.initial : undefined,
    ...valuesOf(isJsonObject(discriminator) ? discriminator.mapping : undefined),
  ]
  const inner = [...ONE.map((name) => node[name]), ...LIST.flatMap((name) => node[name] ?? []), ...valuesOf(dependentSchemas)]
  return [...named.filter((target) => target instanceof Draft), ...inner.flatMap(appliedBy)]
}

function valuesOf(map: unknown): readonly unknown[] {
  return isJsonObject(map) ? Object.values(map) : []
}
