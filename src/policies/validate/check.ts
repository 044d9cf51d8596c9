import type { Path, Problems } from '../../core/problems.ts'
import { JsonSchema } from '../../json-schema/hand-written.ts'
import { parsePointer } from '../../lib/json-pointer.ts'
import { isReadable } from './read-body.ts'
import { outermostKeys, schemaTree } from './schema-tree.ts'
import type { Settings } from './settings.ts'
import { isValibot } from './standard-schema.ts'
import { loosenessOf } from './strictness.ts'
import { listsNothing, namesNothing } from './text-values.ts'

const PARTS = ['params', 'query', 'headers', 'body'] as const
const NEED_BODY = [
  'maxBytes',
  'bodyRequired',
  'maxDepth',
  'largeNumbers',
  'maxKeys',
  'maxItems',
  'maxStringLength',
  'maxKeyLength',
  'maxNumberLength',
  'repeatableFields',
  'maxFields',
  'maxPartBytes',
  'maxRecords',
  'maxElements',
  'compressed',
  'maxRatio',
] as const
const NEED_QUERY = ['repeatable', 'maxQueryParameters', 'maxQueryBytes'] as const

/** Adds what is wrong with settings that are well-formed one by one. */
export function checkSettings(settings: Settings, path: Path, problems: Problems): void {
  if (PARTS.every((part) => settings[part] === undefined) && settings.contentTypes === undefined) {
    problems.add(path, {
      found: 'nothing to validate',
      expected: 'params, query, headers, body or contentTypes',
      fix: 'say what is validated, or remove the policy',
    })
  }
  checkDependents(settings, path, problems)
  for (const part of PARTS) {
    checkSchema(settings[part], [...path, part], problems)
    if (part !== 'body') checkOutermost(settings[part], part, [...path, part], problems)
  }
  checkNames(settings, path, problems)
}

/** A setting that could do nothing is a mistake about what the policy does. */
function checkDependents(settings: Settings, path: Path, problems: Problems): void {
  const idle = (names: readonly (keyof Settings)[], needed: 'body' | 'query') => {
    if (settings[needed] !== undefined) return
    for (const name of names.filter((name) => settings[name] !== undefined)) {
      problems.add([...path, name], {
        found: `${name} without ${needed}`,
        expected: `a schema for ${needed}`,
        fix: `give ${needed} a schema, or remove ${name}`,
      })
    }
  }
  idle(NEED_BODY, 'body')
  idle(NEED_QUERY, 'query')
  if (settings.maxRatio !== undefined && settings.compressed !== 'accept') {
    problems.add([...path, 'maxRatio'], {
      found: 'maxRatio where nothing compressed is taken',
      expected: "compressed: 'accept'",
      fix: "set compressed to 'accept', or remove maxRatio",
    })
  }
  if (settings.body === undefined) return
  for (const [i, type] of (settings.contentTypes ?? []).entries()) {
    if (isReadable(type)) continue
    problems.add([...path, 'contentTypes', i], {
      found: JSON.stringify(type),
      expected: 'JSON, a form, a sequence of JSON texts or XML, since `body` is read',
      fix: 'remove it, or validate it on a route of its own without `body`',
    })
  }
}

function checkSchema(schema: unknown, path: Path, problems: Problems): void {
  if (schema instanceof JsonSchema) checkJsonSchema(schema, path, problems)
  const tree = schemaTree(schema)
  for (const { node, path: inside } of tree.placed) for (const looseness of loosenessOf(node)) problems.add([...path, ...inside], looseness)
  if (!tree.complete)
    problems.add(path, { found: 'a schema without end', expected: 'v.lazy with a schema that exists once', fix: 'declare the schema as a constant' })
}

function checkJsonSchema({ fault }: JsonSchema, path: Path, problems: Problems): void {
  if (fault === undefined) return
  const { pointer, found, expected, fix } = fault
  const hash = pointer.indexOf('#')
  const inside = hash === 0 && pointer !== '#' ? parsePointer(decodeURIComponent(pointer.slice(1))) : []
  problems.add([...path, ...inside], { found: hash === 0 ? found : `${found} in ${pointer}`, expected, fix })
}

/** These parts are always objects: a schema that lists no names lets every name through. */
function checkOutermost(schema: unknown, part: string, path: Path, problems: Problems): void {
  if (schema instanceof JsonSchema) {
    if (schema.fault !== undefined || !(part === 'query' ? listsNothing : namesNothing)(schema.compiled())) return
    problems.add(path, { found: 'a schema that lists no names', expected: 'a schema with properties', fix: 'list the names' })
    return
  }
  if (!isValibot(schema) || outermostKeys(schema).length > 0 || schema.type === 'object' || schema.type === 'strict_object') return
  if (schema.type === 'record' && part === 'query') return
  problems.add(path, { found: schema.type, expected: 'v.object({ … })', fix: 'list the names' })
}

function checkNames(settings: Settings, path: Path, problems: Problems): void {
  for (const name of outermostKeys(settings.headers)) {
    if (name === name.toLowerCase()) continue
    problems.add([...path, 'headers', name], {
      found: JSON.stringify(name),
      expected: JSON.stringify(name.toLowerCase()),
      fix: 'write header names in lower case',
    })
  }
  const listed = outermostKeys(settings.query)
  if (listed.length === 0) return
  for (const [i, name] of (settings.repeatable ?? []).entries()) {
    if (listed.includes(name)) continue
    problems.add([...path, 'repeatable', i], { found: JSON.stringify(name), expected: 'a name that the query schema lists', fix: 'correct or remove it' })
  }
}
