import type { CompiledJsonSchema } from '../../json-schema/hand-written.ts'
import type { SchemaNode } from '../../json-schema/schema-node.ts'
import { SchemaFacts } from '../../openapi/schema-facts.ts'
import { textValueOf } from '../../openapi/text-value.ts'
import { Unread } from '../../openapi/unread.ts'

/** What texts say, and the names of those that are none of what their schema is about. */
export interface TextReading {
  readonly values: Readonly<Record<string, unknown>>
  readonly stray: readonly string[]
}

/**
 * Makes texts of parameters and headers into the values that a JSON Schema means: `5` is a number where it says number, `true` a boolean where it says boolean. What is none stays
 * a text, for the schema to refuse; where that would not, since it names no type, the text is stray.
 * @param everything whether names that the schema does not list are kept, too: it may refuse them.
 */
export function textReader({ schemas, id }: CompiledJsonSchema, everything: boolean): (texts: unknown) => TextReading {
  const facts = SchemaFacts.of(schemas)
  const root = schemas.node(id)
  const listed = facts.names(root)
  return (texts) => {
    const values: Record<string, unknown> = Object.create(null)
    const stray: string[] = []
    for (const [name, text] of Object.entries(texts as Readonly<Record<string, unknown>>)) {
      if (!everything && !listed.has(name)) continue
      const node = facts.property(root, name)
      const read = (one: unknown, under: SchemaNode | undefined) => {
        const value = typeof one === 'string' ? textValueOf(one, under, facts) : one
        if (value instanceof Unread) stray.push(name)
        return value
      }
      values[name] = Array.isArray(text) ? text.map((item, i) => read(item, node && facts.item(node, i))) : read(text, node)
    }
    return { values, stray }
  }
}

/** @returns the names that a JSON Schema lists for its outermost object, over all alternatives. */
export function listedNames({ schemas, id }: CompiledJsonSchema): readonly string[] {
  return [...SchemaFacts.of(schemas).names(schemas.node(id))]
}

/** Whether a JSON Schema lists no name. */
export function namesNothing(compiled: CompiledJsonSchema): boolean {
  return listedNames(compiled).length === 0
}

/** Whether a JSON Schema lets any name through because it says nothing about names. */
export function listsNothing(compiled: CompiledJsonSchema): boolean {
  const { schemas, id } = compiled
  return namesNothing(compiled) && !SchemaFacts.of(schemas).isOpen(schemas.node(id)) && schemas.validator(id).test({ unlisted: 'x' })
}
