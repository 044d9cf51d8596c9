import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { SchemaPool } from '../../src/json-schema/normalise/schema-pool.ts'
import type { SchemaNode } from '../../src/json-schema/schema-node.ts'
import { Schemas, type SchemaValidator } from '../../src/json-schema/schemas.ts'

/** JSON-Schema-Test-Suite, one case a line, and the documents that it refers to. `PORTCULLIS_VECTORS` names the directory that holds both. */
const DIRECTORY = process.env.PORTCULLIS_VECTORS ?? '../shared/vectors'
const FILE = join(DIRECTORY, 'json-schema.jsonl')
const REMOTES = join(DIRECTORY, 'json-schema-remotes.json')

const CASE = v.object({
  id: v.string(),
  kind: v.picklist(['draft7', 'draft2020-12'].flatMap((draft) => ['required', 'optional', 'format'].map((part) => `schema-${draft}-${part}`))),
  input: v.object({ draft: v.picklist(['draft7', 'draft2020-12']), schema: v.unknown(), instance: v.unknown() }),
  expected: v.picklist(['valid', 'invalid']),
})
type Case = v.InferOutput<typeof CASE>

/** Cases by kind, and how many of them are judged as expected. Those of `required` are all. */
const FIGURES: Readonly<Record<string, readonly [passed: number, all: number]>> = {
  'schema-draft7-required': [927, 927],
  'schema-draft2020-12-required': [1299, 1299],
  'schema-draft7-optional': [114, 118],
  'schema-draft2020-12-optional': [162, 162],
  'schema-draft7-format': [676, 676],
  'schema-draft2020-12-format': [764, 764],
}

/** Cases that are judged otherwise than expected, by file: docs/json-schema.md says why. */
const OTHERWISE: Readonly<Record<string, number>> = { 'draft7/optional/content': 4 }

/** The metaschemas, from a package that ships them: nothing is fetched. */
const METASCHEMAS = [
  'json-schema-draft-07.json',
  ...['schema', ...['core', 'applicator', 'unevaluated', 'validation', 'meta-data', 'format-annotation', 'content'].map((name) => `meta/${name}`)].map(
    (name) => `json-schema-2020-12/${name}.json`,
  ),
]

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'))

function documents(): Readonly<Record<string, unknown>> {
  const require = createRequire(import.meta.url)
  const metaschemas = METASCHEMAS.map((name) => v.parse(v.looseObject({ $id: v.string() }), readJson(require.resolve(`ajv/dist/refs/${name}`))))
  return {
    ...v.parse(v.record(v.string(), v.unknown()), readJson(REMOTES)),
    ...Object.fromEntries(metaschemas.map((schema) => [schema.$id.replace(/#$/, ''), schema])),
  }
}

/** Formats are annotations where the suite requires nothing of them. */
function validatorOf({ kind, input }: Case, documents: Readonly<Record<string, unknown>>): SchemaValidator {
  const pool = new SchemaPool({ documents })
  const id = pool.add(input.schema, { dialect: input.draft === 'draft7' ? 'draft-07' : '2020-12' })
  const { nodes } = pool
  return new Schemas((id) => nodes[id] as SchemaNode, { formats: kind.endsWith('required') ? 'annotate' : 'assert' }).validator(id)
}

/** The file of the suite in which a case stands. */
const fileOf = ({ id }: Case): string => id.split('/').slice(1, -2).join('/')

const present = existsSync(FILE) && existsSync(REMOTES)

describe('JSON-Schema-Test-Suite', () => {
  if (!present) {
    it(`NOT RUN: there is no ${FILE} with ${REMOTES} (set PORTCULLIS_VECTORS to the directory that holds both)`, () => {
      console.warn(`JSON-Schema-Test-Suite NOT RUN: there is no ${FILE} with ${REMOTES}`)
      expect(present).toBe(false)
    })
    return
  }

  const cases = readFileSync(FILE, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => v.parse(CASE, JSON.parse(line)))
  const known = documents()
  const validators = new Map<string, SchemaValidator>()
  const isAsExpected = (one: Case): boolean => {
    const schema = one.id.slice(0, one.id.lastIndexOf('/'))
    const validator = validators.get(schema) ?? validatorOf(one, known)
    validators.set(schema, validator)
    const valid = validator.test(one.input.instance)
    if (!valid) expect(validator.violations(one.input.instance, '#', 20), one.id).not.toEqual([])
    return valid === (one.expected === 'valid')
  }
  const failed = cases.filter((one) => !isAsExpected(one))

  it.each(Object.entries(FIGURES))('%s', (kind, figures) => {
    const all = cases.filter((one) => one.kind === kind).length
    const passed = all - failed.filter((one) => one.kind === kind).length
    console.log(`${kind}: ${passed} of ${all}, ${((100 * passed) / all).toFixed(2)} %`)
    expect([passed, all]).toEqual(figures)
  })

  it('judges no required case otherwise', () => {
    expect(failed.filter(({ kind }) => kind.endsWith('required')).map(({ id }) => id)).toEqual([])
  })

  it('judges otherwise what docs/json-schema.md explains, and nothing else', () => {
    const counts = Map.groupBy(failed, fileOf)
    expect(Object.fromEntries([...counts].map(([file, some]) => [file, some.length]))).toEqual(OTHERWISE)
    const docs = readFileSync('docs/json-schema.md', 'utf8')
    for (const [file, count] of Object.entries(OTHERWISE)) expect(docs).toContain(`| \`${file}\` | ${count} |`)
  })
})
