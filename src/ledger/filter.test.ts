import { expect, it } from 'vitest'
import { Filter } from './filter.ts'

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `subject|22:https://issuer.example|8:${prefix}-${i}`)

it('never misses a name that was added', () => {
  for (const seed of [0, 1, 0xffffffff, 123_456_789]) {
    const filter = Filter.for(10, seed)
    const added = [...names('in', 30_000), '', 'ü', '\ud800', 'a'.repeat(5000)]
    for (const name of added) filter.add(name)
    expect(added.filter((name) => !filter.mayHave(name))).toEqual([])
  }
})

it('takes at most one name in a thousand for one that was added, when it is as full as it may be', () => {
  const filter = Filter.for(1, 42)
  for (const name of names('in', filter.capacity)) filter.add(name)
  expect(filter.isFull).toBe(true)
  const wrong = names('out', 100_000).filter((name) => filter.mayHave(name)).length
  expect(wrong).toBeLessThan(100)
  expect(wrong).toBeGreaterThan(0)
})

it('looks otherwise with another seed, so that nobody can prepare names', () => {
  const [one, two] = [Filter.for(1, 1), Filter.for(1, 2)]
  for (const name of names('in', 1000)) {
    one.add(name)
    two.add(name)
  }
  expect(one.bits).not.toEqual(two.bits)
})

it('goes through what it is made of', () => {
  const filter = Filter.for(1, 7)
  filter.add('a')
  const { seed, hashes, bits } = filter
  const copy = new Filter(structuredClone({ seed, hashes, bits }))
  expect([copy.mayHave('a'), copy.mayHave('b')]).toEqual([true, false])
})
