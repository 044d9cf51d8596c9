import { expect, it } from 'vitest'
import { REVOCATION_KINDS, revocationName } from './revocation.ts'

it('names no two subjects alike, whatever characters they hold that storage can tell apart', () => {
  const texts = [
    '',
    'a',
    'b',
    'a|1:b',
    '|',
    '1:a',
    '#',
    'ü',
    'u\u0308',
    '\ud800',
    'a'.repeat(128),
    'a'.repeat(129),
    'a'.repeat(130),
    '#47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU',
  ]
  const names = REVOCATION_KINDS.flatMap((kind) => texts.flatMap((issuer) => texts.map((value) => revocationName({ kind, issuer, value }))))
  expect(new Set(names).size).toBe(names.length)
})

it('has a bound, however long a subject is', () => {
  expect(revocationName({ kind: 'session', issuer: 'i'.repeat(100_000), value: 'v'.repeat(100_000) }).length).toBeLessThan(300)
})
