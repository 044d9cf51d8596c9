import type { Build } from './closure.ts'
import { appliesOthers, conditional, unconditional } from './coverage.ts'
import type { SchemaId, SchemaNode } from './schema-node.ts'

/** A schema that judges a value by judging the same value by itself: no value could ever be judged. */
export class SchemaLoop extends Error {
  override readonly name = 'SchemaLoop'
  constructor(id: SchemaId) {
    super(`schema ${id} refers to itself without going into the value: found a loop of $ref, allOf or the like, expected a property or an item on the way`)
  }
}

/**
 * Refuses schemas whose references come back to where they began with the same value. A `discriminator` may: children that repeat their parent by
 * `allOf` are what OpenAPI uses it for, and it judges a value once.
 * Importers ask for every schema; the compiler for each that it compiles, so that none is missed.
 * @param done gets what was looked at.
 * @throws {SchemaLoop}
 */
export function assertProgress(id: SchemaId, build: Pick<Build, 'node'>, done: Set<SchemaNode>): void {
  const way = new Set<SchemaNode>()
  const visit = (node: SchemaNode): void => {
    if (typeof node === 'boolean' || (node.not === undefined && !appliesOthers(node)) || done.has(node)) return
    if (way.has(node)) throw new SchemaLoop(id)
    way.add(node)
    for (const part of unconditional(node, build)) visit(part)
    for (const part of conditional({ ...node, discriminator: undefined as never }, build)) visit(part)
    if (node.not !== undefined) visit(node.not)
    if (node.$dynamicRef !== undefined) visit(build.node(node.$dynamicRef.initial))
    way.delete(node)
    done.add(node)
  }
  visit(build.node(id))
}
