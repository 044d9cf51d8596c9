import type { Draw } from './draw.ts'
import { NAMES, VALUES, type Written } from './draw-schema.ts'

const MAX_DEPTH = 4

/** A value that was made to fit a schema, more or less: with the schema's own names and constants, and sometimes with something else. */
export function drawInstance(draw: Draw, schema: Written): unknown {
  const root = typeof schema === 'boolean' ? {} : schema
  return suited(draw, schema, (root.$defs ?? {}) as Readonly<Record<string, Written>>, 0)
}

type Definitions = Readonly<Record<string, Written>>
type Schema = Readonly<Record<string, unknown>>

function suited(draw: Draw, written: Written, definitions: Definitions, depth: number): unknown {
  if (typeof written === 'boolean' || depth > MAX_DEPTH || draw.chance(6)) return draw.of(VALUES)
  const schema = flatten(draw, written, definitions, 0)
  if ('const' in schema) return schema.const
  if (schema.enum !== undefined) return draw.of(schema.enum as readonly unknown[])
  const inside = (part: unknown) => suited(draw, (part ?? true) as Written, definitions, depth + 1)
  switch (kind(draw, schema)) {
    case 'object':
      return object(draw, schema, inside)
    case 'array':
      return array(draw, schema, inside)
    case 'integer':
    case 'number':
      return draw.of([0, 1, 2, 3, -1, 0.5, 1.5])
    case 'string':
      return draw.of(['', 'a', 'ab', 'b', '💩', 'foo', 'x1'])
    case 'boolean':
      return draw.chance(50)
    default:
      return null
  }
}

/** One of the ways to satisfy what applies to the same value, all keywords side by side. */
function flatten(draw: Draw, written: Written, definitions: Definitions, depth: number): Schema {
  if (typeof written === 'boolean' || depth > 3) return {}
  const chosen: Written[] = [...((written.allOf ?? []) as readonly Written[])]
  for (const name of ['anyOf', 'oneOf']) if (written[name] !== undefined) chosen.push(draw.of(written[name] as readonly Written[]))
  if (written.if !== undefined) chosen.push(...(draw.chance(50) ? [written.if, written.then ?? true] : [written.else ?? true]).map((part) => part as Written))
  if (typeof written.$ref === 'string') chosen.push(definitions[written.$ref.slice('#/$defs/'.length)] ?? true)
  let result: Record<string, unknown> = { ...written }
  for (const part of chosen) {
    const more = flatten(draw, part, definitions, depth + 1)
    result = {
      ...more,
      ...result,
      properties: { ...(more.properties as object), ...(result.properties as object) },
      required: [...list(more.required), ...list(result.required)],
    }
  }
  return result
}

const list = (value: unknown) => (value ?? []) as readonly string[]

/** The type that a schema asks for, or the one that its keywords are about. */
function kind(draw: Draw, schema: Schema): string {
  if (schema.type !== undefined) return typeof schema.type === 'string' ? schema.type : draw.of(schema.type as readonly string[])
  if (schema.properties !== undefined && draw.chance(80)) return 'object'
  const about: readonly (readonly [string, readonly string[]])[] = [
    ['object', ['patternProperties', 'propertyNames', 'dependentRequired', 'dependentSchemas', 'minProperties', 'required']],
    ['array', ['items', 'prefixItems', 'contains', 'minItems', 'uniqueItems', 'unevaluatedItems']],
    ['string', ['pattern', 'minLength']],
    ['number', ['multipleOf', 'minimum']],
  ]
  const found = about.find(([, keywords]) => keywords.some((keyword) => schema[keyword] !== undefined))
  return found !== undefined && draw.chance(80) ? found[0] : draw.of(['object', 'array', 'string', 'number', 'null', 'boolean'])
}

function object(draw: Draw, schema: Schema, inside: (part: unknown) => unknown): unknown {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, unknown>>
  const names = new Set([...list(schema.required), ...draw.some(Object.keys(properties), 60), ...draw.some(NAMES, 8)])
  return Object.fromEntries([...names].map((name) => [name, inside(Object.hasOwn(properties, name) ? properties[name] : schema.additionalProperties)]))
}

function array(draw: Draw, schema: Schema, inside: (part: unknown) => unknown): unknown {
  const prefix = (schema.prefixItems ?? []) as readonly unknown[]
  const length = draw.below(4)
  return Array.from({ length }, (_, i) => inside(draw.chance(40) && schema.contains !== undefined ? schema.contains : (prefix[i] ?? schema.items)))
}
