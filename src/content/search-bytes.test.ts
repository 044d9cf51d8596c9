import fc from 'fast-check'
import { expect, it } from 'vitest'
import { searchFor } from './search-bytes.ts'

it('finds what a text search finds', () => {
  const few = fc.string({ unit: fc.constantFrom('-', 'a', 'b'), maxLength: 40 })
  const sought = fc.string({ unit: fc.constantFrom('-', 'a', 'b'), minLength: 1, maxLength: 6 })
  const bytes = (text: string) => new TextEncoder().encode(text)
  fc.assert(
    fc.property(few, sought, fc.nat(10), (text, part, from) => {
      expect(searchFor(bytes(part))(bytes(text), from)).toBe(from > text.length ? -1 : text.indexOf(part, from))
    }),
    { numRuns: 2000 },
  )
})
