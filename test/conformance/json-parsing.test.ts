import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { validate } from '../../src/policies/validate/validate.ts'
import { exchange } from '../exchange.ts'

/** JSONTestSuite, one case a line. `PORTCULLIS_VECTORS` names the directory that holds it. */
const FILE = join(process.env.PORTCULLIS_VECTORS ?? '../shared/vectors', 'json-parsing.jsonl')

const CASE = v.object({ id: v.string(), input: v.object({ body_b64: v.string() }), expected: v.picklist(['accept', 'reject', 'either']) })

/** JSON allows a key twice (RFC 8259 §4 calls what comes of it unpredictable); the gateway does not. */
const REFUSED_BY_DESIGN = ['json/y_object_duplicated_key.json', 'json/y_object_duplicated_key_and_value.json']

const cases = existsSync(FILE)
  ? readFileSync(FILE, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => v.parse(CASE, JSON.parse(line)))
  : undefined

/** Room for the longest case, so that each is judged as JSON and none by its size. */
const handlers = validate({ body: v.unknown(), maxBytes: 1_000_000 }).compile()

/** @returns whether the gateway lets the bytes through as a JSON body; a throw is neither yes nor no and fails the test. */
async function accepts(body: Buffer): Promise<boolean> {
  const decision = await handlers.request?.(exchange({ method: 'POST', headers: { 'content-type': 'application/json' }, body: new Uint8Array(body) }))
  if (decision?.kind === 'pass') return true
  expect(decision).toMatchObject({ kind: 'deny', status: 400 })
  return false
}

describe('JSON parsing vectors', () => {
  if (cases === undefined) {
    it(`NOT RUN: there is no ${FILE} (set PORTCULLIS_VECTORS to the directory that holds json-parsing.jsonl)`, () => {
      console.warn(`JSON parsing vectors NOT RUN: there is no ${FILE}`)
      expect(cases).toBe(undefined)
    })
    return
  }

  it(`are all there: ${cases.length}`, () => {
    expect(cases.length).toBeGreaterThanOrEqual(318)
    expect(REFUSED_BY_DESIGN.filter((id) => cases.some((one) => one.id === id))).toEqual(REFUSED_BY_DESIGN)
  })

  it.each(cases.filter(({ expected }) => expected === 'reject'))('refuses $id', async ({ input }) => {
    expect(await accepts(Buffer.from(input.body_b64, 'base64'))).toBe(false)
  })

  it.each(cases.filter(({ expected }) => expected === 'accept'))('judges $id', async ({ id, input }) => {
    expect(await accepts(Buffer.from(input.body_b64, 'base64'))).toBe(!REFUSED_BY_DESIGN.includes(id))
  })

  it.each(cases.filter(({ expected }) => expected === 'either'))('decides on $id', async ({ input }) => {
    expect(await accepts(Buffer.from(input.body_b64, 'base64'))).toBeTypeOf('boolean')
  })
})
