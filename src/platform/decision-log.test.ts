import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { type DecisionLog, KEPT } from './decision-log.ts'

it('keeps the latest decisions and no more', async () => {
  const log = env.DECISION_LOG?.getByName('of-this-test')
  if (log === undefined) throw new Error('no binding')
  await runInDurableObject(log, (instance: DecisionLog) => {
    for (let i = 1; i <= KEPT + 5; i++) instance.append(`{"n":${i}}`, '[]')
  })
  const [first, ...rest] = await log.after(0, KEPT + 5)
  expect([first?.id, rest.length + 1]).toEqual([6, KEPT])
  expect((await log.latest(2)).map(({ record }) => record)).toEqual([`{"n":${KEPT + 4}}`, `{"n":${KEPT + 5}}`])
})
