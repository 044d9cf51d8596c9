import type { SchemaNode } from './schema-node.ts'
import type { SchemaValidator } from './schemas.ts'
import { Schemas } from './schemas.ts'

/** For tests: the first of some nodes. Their numbers are their places. */
export function validatorOf(...nodes: readonly SchemaNode[]): SchemaValidator {
  return new Schemas((id) => nodes[id] as SchemaNode).validator(0)
}

/** For tests: as it comes out of a JSON text, where `__proto__` is an own property. */
export function json(text: string): unknown {
  return JSON.parse(text)
}
