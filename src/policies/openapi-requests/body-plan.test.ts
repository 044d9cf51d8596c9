import { expect, it } from 'vitest'
import { Schemas } from '../../json-schema/schemas.ts'
import { BodyPlan } from './body-plan.ts'

const OPTIONS = { json: { maxDepth: 9, largeNumbers: 'deny' }, maxFields: 9, maxRecords: 9, maxElements: 9, maxPartBytes: 99, strip: false } as const

it('keeps the readers of honest clients however many media types others make up', () => {
  const plan = new BodyPlan({ content: { 'application/json': { schema: 0 }, '*/*': {} } }, new Schemas(() => true), OPTIONS)
  const madeUp = (prefix: string) => {
    for (let i = 0; i < 100; i++) expect(plan.accept(`application/${prefix}${i}+json`)).toBeDefined()
  }
  madeUp('before')
  const [named, ranged] = [plan.accept('application/json'), plan.accept('application/a+json')]
  // Each is another field, so that it is the reader that is kept.
  expect(plan.accept('application/json; charset=utf-8')?.read).toBe(named?.read)
  expect(plan.accept('application/a+json; charset=utf-8')?.read).toBe(ranged?.read)
  expect(plan.accept('application/json')).toBe(named)
  madeUp('behind')
  expect(plan.accept('application/json')?.read).toBe(named?.read)
})
