import type { CompiledJsonSchema } from '../../json-schema/json-schema.ts'
import { SchemaFacts } from '../../openapi/schema-facts.ts'
import { textValueOf } from '../../openapi/text-value.ts'

/**
 * Makes texts of parameters and headers into the values that a JSON Schema means: `5` is a number where it says number, `true` a boolean where it says boolean. What is none stays
 * a text, for the schema to refuse.
 * @param everything whether names that the schema does not list are kept, too: it may refuse them.
 */
export function textReader({ schemas, id }: CompiledJsonSchema, everything: boolean): (texts: unknown) => unknown {
  const facts = SchemaFacts.of(schemas)
  const root = schemas.node(id)
  const listed = facts.names(root)
  return (texts) => {
    const values: Record<string, unknown> = Object.create(null)
    for (const [name, text] of Object.entries(texts as Readonly<Record<string, unknown>>)) {
      if (!everything && !listed.has(name)) continue
      const node = facts.property(root, name)
      if (typeof text === 'string') values[name] = textValueOf(text, node, facts)
      else
        values[name] = Array.isArray(text)
          ? text.map((item, i) => (typeof item === 'string' ? textValueOf(item, node && facts.item(node, i), facts) : item))
          : text
    }
    return values
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
