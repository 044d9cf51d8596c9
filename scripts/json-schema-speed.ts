import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { SchemaPool } from '../src/json-schema/normalise/schema-pool.ts'
import type { SchemaId, SchemaNode } from '../src/json-schema/schema-node.ts'
import { Schemas, type SchemaValidator } from '../src/json-schema/schemas.ts'

/**
 * What validating JSON costs: microseconds a value, against Ajv with `ownProperties` in the same process, small and big values first; and the first
 * validation of a large real schema in a fresh process. `node scripts/json-schema-speed.ts`
 */
const ROUNDS = 9

const ITEM = {
  type: 'object',
  required: ['id', 'name', 'status', 'price'],
  properties: {
    id: { type: 'string', pattern: '^[0-9a-f-]{36}$', maxLength: 36 },
    name: { type: 'string', minLength: 1, maxLength: 80 },
    status: { type: 'string', enum: ['open', 'paid', 'shipped', 'returned'] },
    price: { type: 'number', minimum: 0 },
    quantity: { type: 'integer', minimum: 1, maximum: 1000 },
    tags: { type: 'array', maxItems: 10, items: { type: 'string', maxLength: 20 } },
    address: {
      type: 'object',
      required: ['street', 'city'],
      properties: { street: { type: 'string', maxLength: 100 }, city: { type: 'string', maxLength: 60 }, zip: { type: 'string', maxLength: 12 } },
      additionalProperties: false,
    },
    note: { type: ['string', 'null'], maxLength: 200 },
  },
  additionalProperties: false,
}
const LIST = { type: 'object', required: ['items'], properties: { items: { type: 'array', maxItems: 1000, items: ITEM } }, additionalProperties: false }

function item(i: number) {
  return {
    id: `0000000${i % 10}-1111-2222-3333-444444444444`,
    name: `Thing number ${i}`,
    status: 'paid',
    price: 12.5 + i,
    quantity: 1 + (i % 9),
    tags: ['red', 'heavy', 'new'],
    address: { street: `${i} Long Street Name`, city: 'Springfield', zip: '12345' },
    note: i % 2 === 0 ? null : 'leave at the door',
  }
}

const copy = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

interface Case {
  readonly name: string
  readonly schema: unknown
  readonly value: unknown
  readonly wrong: unknown
}

function wrongItem(i: number): unknown {
  return { ...item(i), name: '', price: -1, address: { city: 'Springfield' } }
}

const SMALL: Case = { name: 'small', schema: ITEM, value: copy(item(1)), wrong: copy(wrongItem(1)) }
const BIG: Case = {
  name: 'big',
  schema: LIST,
  value: copy({ items: Array.from({ length: 26 }, (_, i) => item(i)) }),
  wrong: copy({ items: Array.from({ length: 26 }, (_, i) => (i % 4 === 0 ? wrongItem(i) : item(i))) }),
}

function compile(schema: unknown): SchemaValidator {
  const pool = new SchemaPool()
  const id = pool.add(schema, { dialect: '2020-12' })
  return new Schemas((i) => pool.nodes[i] as SchemaNode).validator(id)
}

/** CPU time of this thread: what else runs on the machine, and the compiler's own threads, are left out. */
function cpuMicroseconds(): number {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

/** The fastest of some rounds: what the code costs when nothing else runs. */
function microseconds(run: () => unknown): number {
  let best = Number.POSITIVE_INFINITY
  let times = 1
  for (let round = 0; round < ROUNDS; ) {
    const start = cpuMicroseconds()
    for (let i = 0; i < times; i++) run()
    const took = cpuMicroseconds() - start
    if (took < 20_000) times *= 2
    else {
      best = Math.min(best, took / times)
      round++
    }
  }
  return best
}

async function warm(order: readonly Case[]): Promise<void> {
  const { Ajv2020 } = await import('ajv/dist/2020.js')
  const ajv = new Ajv2020({ strict: false, ownProperties: true, allErrors: false, validateFormats: false })
  const ajvAll = new Ajv2020({ strict: false, ownProperties: true, allErrors: true, validateFormats: false })
  const rows: Record<string, unknown> = {}
  for (const one of order) {
    const ours = compile(one.schema)
    const [theirs, theirsAll] = [ajv.compile(one.schema as object), ajvAll.compile(one.schema as object)]
    if (!ours.test(one.value) || !theirs(one.value) || ours.test(one.wrong)) throw new Error(`${one.name}: wrong answer`)
    const text = JSON.stringify(one.value)
    rows[`${one.name}, ${text.length} bytes`] = {
      'JSON.parse': microseconds(() => JSON.parse(text)).toFixed(2),
      test: microseconds(() => ours.test(one.value)).toFixed(2),
      Ajv: microseconds(() => theirs(one.value)).toFixed(2),
      violations: microseconds(() => ours.test(one.wrong) || ours.violations(one.wrong, '#', 20)).toFixed(2),
      'Ajv, all errors': microseconds(() => theirsAll(one.wrong)).toFixed(2),
    }
  }
  console.table(rows)
}

/** Large responses of GitHub's description, with its own examples. */
const RESPONSES = [
  ['minimal-repository', 'minimal-repository'],
  ['projects-v2-item-with-content', 'projects-v2-item-with-content'],
  ['check-suite', 'check-suite'],
] as const

/** Packed texts, the first validation, and the second. */
function cold(schema: string, example: string): void {
  const path = createRequire(import.meta.url).resolve('@octokit/openapi/generated/api.github.com.json')
  const document = JSON.parse(readFileSync(path, 'utf8'))
  const pool = new SchemaPool({ documents: { 'urn:openapi': document } })
  const id = pool.addAt(`urn:openapi#/components/schemas/${schema}`, { dialect: 'openapi-3.0', direction: 'response' })
  const texts = pool.nodes.map((node) => JSON.stringify(node))
  const value = copy(document.components.examples[example].value)
  const started = cpuMicroseconds()
  const validator = new Schemas((i: SchemaId): SchemaNode => JSON.parse(texts[i] as string)).validator(id)
  const holds = validator.test(value)
  const first = (cpuMicroseconds() - started) / 1000
  const again = cpuMicroseconds()
  validator.test(value)
  const second = (cpuMicroseconds() - again) / 1000
  const size = `${texts.length} schemas, ${texts.join('').length} bytes; value ${JSON.stringify(value).length} bytes, ${holds ? 'valid' : 'invalid'}`
  console.log(`${schema} (${size}): first ${first.toFixed(2)} ms, second ${second.toFixed(3)} ms`)
}

const [, , mode, ...parts] = process.argv
if (mode === 'small-first') await warm([SMALL, BIG])
else if (mode === 'big-first') await warm([BIG, SMALL])
else if (mode === 'cold') cold(parts[0] as string, parts[1] as string)
else {
  const again = (...args: readonly string[]) => execFileSync(process.execPath, [import.meta.filename, ...args], { stdio: 'inherit' })
  for (const order of ['small-first', 'big-first']) {
    console.log(`warm, ${order}, microseconds a value`)
    again(order)
  }
  for (const response of RESPONSES) for (let i = 0; i < 3; i++) again('cold', ...response)
}
