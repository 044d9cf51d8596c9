import { expect, it } from 'vitest'
import { partsOf } from './token-parts.ts'

it.each([
  ['', 1],
  ['opaque', 1],
  ['a.b', 2],
  ['a.b.c', 3],
  ['..', 3],
  ['a.b.c.d.e', 5],
  ['....', 5],
  ['.'.repeat(1000), 6],
])('%s has %i parts', (token, parts) => expect(partsOf(token)).toBe(parts))
