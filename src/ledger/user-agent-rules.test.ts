import fc from 'fast-check'
import { expect, it } from 'vitest'
import { UserAgentRules } from './user-agent-rules.ts'

const TEXT = fc.string({ unit: fc.constantFrom('a', 'B', 'b', '/', ' ', '1'), minLength: 1, maxLength: 6 })

it('find whatever concerns a user agent and holds, and nothing else', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(TEXT, fc.boolean(), fc.boolean())),
      fc.string({ unit: fc.constantFrom('a', 'B', 'b', '/', ' ', '1', 'K') }),
      (given, userAgent) => {
        const rules = new UserAgentRules<number>()
        for (const [i, [text, isBeginning]] of given.entries()) rules.add(isBeginning ? `${text}*` : text, i)
        const sent = userAgent.toLowerCase()
        const concerned = given.flatMap(([text, isBeginning, holds], i) => {
          const named = text.toLowerCase()
          return holds && (isBeginning ? sent.startsWith(named) : sent === named) ? [i] : []
        })
        const found = rules.find(userAgent, (i) => given[i]?.[2] === true)
        expect(found === undefined ? concerned.length === 0 : concerned.includes(found)).toBe(true)
      },
    ),
    { numRuns: 500 },
  )
})

it('compare a text with no more beginnings than begin it, however many lengths there are', () => {
  const rules = new UserAgentRules<number>()
  for (let i = 0; i < 10_000; i++) rules.add(`bot ${i} ${'x'.repeat(i % 240)}*`, i)
  let looked = 0
  expect(
    rules.find(`bot 7 ${'x'.repeat(5000)}`, () => {
      looked++
      return false
    }),
  ).toBeUndefined()
  expect(looked).toBe(1)
})
