import { registerSchema, type SchemaObject, unregisterSchema, validate } from '@hyperjump/json-schema/draft-2020-12'
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SchemaPool } from '../src/json-schema/normalise/schema-pool.ts'
import type { SchemaNode } from '../src/json-schema/schema-node.ts'
import { Schemas } from '../src/json-schema/schemas.ts'
import { Draw } from './json-schema/draw.ts'
import { drawInstance } from './json-schema/draw-instance.ts'
import { drawSchema, type Written } from './json-schema/draw-schema.ts'

/** Schemas, each with some instances. */
const SCHEMAS = 400
const INSTANCES = 6
const DIALECT = 'https://json-schema.org/draft/2020-12/schema'

const ajv = new Ajv2020({ strict: false, ownProperties: true, validateFormats: false, validateSchema: false, logger: false, addUsedSchema: false })

function ours(schema: unknown) {
  const pool = new SchemaPool()
  const id = pool.add(schema, { dialect: '2020-12' })
  return new Schemas((i) => pool.nodes[i] as SchemaNode, { formats: 'annotate' }).validator(id)
}

let number = 0
/** @returns what both say; undefined where they do not agree, or Ajv stumbles over a name of `Object.prototype`. */
async function theirs(schema: Written): Promise<(value: unknown) => boolean | undefined> {
  const uri = `https://example.com/${number++}`
  registerSchema(schema as SchemaObject, uri, DIALECT)
  const hyperjump = await validate(uri)
  unregisterSchema(uri)
  const compiled = ajv.compile(schema)
  return (value) => {
    const { valid } = hyperjump(value as never)
    try {
      return (compiled(value) === true) === valid ? valid : undefined
    } catch (error) {
      if (error instanceof TypeError) return undefined
      throw error
    }
  }
}

/** Whether nothing was done to a value but leaving out properties. */
function isPartOf(part: unknown, whole: unknown): boolean {
  if (typeof part !== 'object' || part === null || typeof whole !== 'object' || whole === null) return part === whole
  if (Array.isArray(part) && part.length !== (whole as readonly unknown[]).length) return false
  return Object.entries(part).every(([name, value]) => Object.hasOwn(whole, name) && isPartOf(value, (whole as Record<string, unknown>)[name]))
}

describe('for generated schemas and instances', () => {
  it('the gateway agrees with the references wherever they agree with each other', async () => {
    const tally = { judged: 0, valid: 0, references: 0 }
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const draw = new Draw(seed)
        const schema = drawSchema(draw)
        const judge = await theirs(schema)
        const validator = ours(schema)
        for (let i = 0; i < INSTANCES; i++) {
          const value: unknown = JSON.parse(JSON.stringify(drawInstance(draw, schema)))
          const expected = judge(value)
          if (expected === undefined) {
            tally.references++
            continue
          }
          const text = `${JSON.stringify(schema)}\n${JSON.stringify(value)}`
          tally.judged++
          if (expected) tally.valid++
          expect(validator.test(value), text).toBe(expected)
          if (expected) expect(validator.strip(value), text).toBe(value)
          else {
            const violations = validator.violations(value, '#', 20)
            expect(violations.length, text).toBeGreaterThan(0)
            expect(violations[0]?.detail, text).not.toBe('does not match the schema')
          }
        }
      }),
      { numRuns: SCHEMAS },
    )
    console.log(`${tally.judged} judged, ${Math.round((100 * tally.valid) / tally.judged)} % valid; the references differ on ${tally.references} more`)
    expect(tally.valid / tally.judged).toBeGreaterThan(0.2)
  }, 120_000)

  it('what is stripped of a closed schema is what it would have refused for being unlisted', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const draw = new Draw(seed)
        const schema = drawSchema(draw)
        const pool = new SchemaPool()
        const ids = [pool.add(schema, { dialect: '2020-12' }), pool.add(schema, { dialect: '2020-12', closed: true })] as const
        const schemas = new Schemas((i) => pool.nodes[i] as SchemaNode)
        const [open, closed] = [schemas.validator(ids[0]), schemas.validator(ids[1])]
        for (let i = 0; i < INSTANCES; i++) {
          const value: unknown = JSON.parse(JSON.stringify(drawInstance(draw, schema)))
          const text = `${JSON.stringify(schema)}\n${JSON.stringify(value)}`
          if (closed.test(value)) expect(closed.strip(value), text).toBe(value)
          else if (open.test(value)) expect(closed.violations(value, '#', 20).length, text).toBeGreaterThan(0)
          const stripped = closed.strip(value)
          if (closed.test(stripped)) expect(closed.strip(stripped), text).toBe(stripped)
          expect(isPartOf(stripped, value), text).toBe(true)
        }
      }),
      { numRuns: SCHEMAS },
    )
  }, 60_000)
})
