import { expect, it } from 'vitest'
import { Outage } from './outage.ts'

it.each<[string, (outage: Outage) => unknown, number, boolean, boolean]>([
  ['never tried in vain', () => {}, 0, false, false],
  ['failed now', (outage) => outage.fail(0), 0, true, true],
  ['failed a cooldown ago', (outage) => outage.fail(0), 1000, true, false],
  ['failed five cooldowns ago', (outage) => outage.fail(0), 5000, false, false],
  ['answered since', (outage) => [outage.fail(0), outage.answered()], 0, false, false],
  ['failed, and the clock was set back', (outage) => outage.fail(1), 0, false, false],
])('%s', (_name, meet, nowMs, isOut, isCooling) => {
  const outage = new Outage(1000)
  meet(outage)
  expect([outage.isOut(nowMs), outage.isCooling(nowMs)]).toEqual([isOut, isCooling])
})
