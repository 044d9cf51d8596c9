import { expect, it } from 'vitest'
import { jsonPointer } from './json-pointer.ts'

it.each<[string, string, readonly PropertyKey[], string]>([
  ['the whole', '#', [], '#'],
  ['keys and indexes', '#', ['items', 0, 'id'], '#/items/0/id'],
  ['a prefix in words', 'query', ['limit'], 'query/limit'],
  ['tilde and slash', '#', ['a/b', 'm~n', '~1'], '#/a~1b/m~0n/~01'],
  ['what a fragment cannot hold', '#', ['a b', 'ü', '<script>', '"', '%'], '#/a%20b/%C3%BC/%3Cscript%3E/%22/%25'],
  ['line breaks', 'query', ['a\r\nb\0'], 'query/a%0D%0Ab%00'],
  ['the empty key', '#', [''], '#/'],
  ['a lone surrogate', '#', ['\ud800'], '#/%EF%BF%BD'],
  ['a long key is cut', '#', ['k'.repeat(65)], `#/${'k'.repeat(64)}%E2%80%A6`],
  ['a key as long as allowed is not', '#', ['k'.repeat(64)], `#/${'k'.repeat(64)}`],
  ['a cut between surrogates stays well-formed', '#', [`${'k'.repeat(63)}\u{1f600}`], `#/${'k'.repeat(63)}%EF%BF%BD%E2%80%A6`],
])('%s', (_name, prefix, path, pointer) => {
  expect(jsonPointer(prefix, path)).toBe(pointer)
})

it('cuts a long pointer', () => {
  const pointer = jsonPointer(
    '#',
    Array.from({ length: 256 }, () => 'kkkkkkkk'),
  )
  expect(pointer.length).toBeLessThan(540)
  expect(pointer.endsWith('/%E2%80%A6')).toBe(true)
})
