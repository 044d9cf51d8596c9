import type { GenericSchema, StrictObjectSchema } from 'valibot'
import { getDefault, getDescription } from 'valibot'

type AnySchema = GenericSchema & {
  readonly type: string
  readonly wrapped?: AnySchema
  readonly item?: AnySchema
  readonly key?: AnySchema
  readonly value?: AnySchema
  readonly options?: readonly (AnySchema | string)[]
  readonly literal?: unknown
  readonly entries?: Readonly<Record<string, AnySchema>>
  readonly pipe?: readonly AnySchema[]
}

/** @returns a Markdown table of a policy's settings: name, form, default and what it is for, from the schema itself. */
export function settingsTable(schema: Pick<StrictObjectSchema<Record<string, GenericSchema>, undefined>, 'entries'>): string {
  const rows = Object.entries(schema.entries as Readonly<Record<string, AnySchema>>).map(([name, entry]) => {
    const description = descriptionOf(entry)
    if (description === '') throw new Error(`the setting ${name} has no description`)
    return `| \`${name}\` | ${cell(formOf(entry))} | ${cell(defaultOf(entry))} | ${cell(description)} |`
  })
  return ['| setting | form | default | what it is for |', '|---|---|---|---|', ...rows].join('\n')
}

function descriptionOf(schema: AnySchema): string {
  const own = getDescription(schema as never)
  if (own !== undefined) return own
  const { wrapped } = inner(schema)
  return wrapped === undefined ? '' : descriptionOf(wrapped)
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

function inner(schema: AnySchema): AnySchema {
  return schema.pipe?.[0] !== undefined && schema.pipe[0] !== schema ? inner(schema.pipe[0]) : schema
}

function defaultOf(schema: AnySchema): string {
  const bare = inner(schema)
  if (bare.wrapped === undefined) return 'required'
  const value: unknown = getDefault(bare as never)
  return value === undefined ? '' : `\`${JSON.stringify(value)}\``
}

function formOf(given: AnySchema): string {
  const schema = inner(given)
  if (schema.wrapped !== undefined) return formOf(schema.wrapped)
  switch (schema.type) {
    case 'array':
      return `list of ${schema.item === undefined ? 'anything' : formOf(schema.item)}`
    case 'literal':
      return `\`${JSON.stringify(schema.literal)}\``
    case 'picklist':
      return (schema.options ?? []).map((option) => `\`${JSON.stringify(option)}\``).join(', ')
    case 'union':
    case 'variant':
      return (schema.options ?? []).map((option) => formOf(option as AnySchema)).join(' or ')
    case 'strict_object':
      return `{ ${Object.entries(schema.entries ?? {})
        .map(([name, entry]) => `${name}${inner(entry).wrapped === undefined ? '' : '?'}: ${formOf(entry)}`)
        .join('; ')} }`
    case 'record':
      return 'record'
    case 'custom':
      return 'see the description'
    default:
      return schema.type
  }
}
