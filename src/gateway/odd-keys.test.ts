import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Problems } from '../core/problems.ts'
import { oddKeys } from './odd-keys.ts'
import { parseRouteKey } from './route-key.ts'

const pieces = [
  'GET',
  'QUERY',
  'get',
  'HEAD',
  ' ',
  '/',
  ':',
  'a',
  'B',
  '1',
  '.',
  '-',
  '_',
  '~',
  '*',
  '%41',
  '\n',
  '\r',
  '\u2028',
  'constructor',
  '__proto__',
  '_portcullis',
]
const piece = fc.constantFrom(...pieces)
const segment = fc.oneof(
  fc.constantFrom('a', ':a', ':b', ':constructor', ':prototypes', '_portcullis', '_a', '.a', 'a.', '*', ''),
  fc.array(piece, { maxLength: 3 }).map((of) => of.join('')),
)
const key = fc.oneof(
  fc.array(segment, { minLength: 1, maxLength: 4 }).map((of) => `GET /${of.join('/')}`),
  fc.array(piece, { maxLength: 6 }).map((of) => of.join('')),
)

it('a key that is not odd has nothing wrong with it, and no other has its path', () => {
  fc.assert(
    fc.property(fc.uniqueArray(key, { minLength: 1, maxLength: 6 }), (keys) => {
      const isOdd = oddKeys(keys)
      const problems = new Problems()
      const shapes = keys.map((one) => {
        const pattern = parseRouteKey(one, [], new Problems())
        return pattern === undefined ? undefined : `${pattern.method} ${pattern.shape}`
      })
      for (const [i, one] of keys.entries()) {
        if (isOdd(i)) continue
        parseRouteKey(one, [], problems)
        expect(shapes.filter((shape) => shape === shapes[i])).toHaveLength(1)
      }
      expect(problems.all).toEqual([])
    }),
    { numRuns: 2000 },
  )
})

it.each([['GET /repos/:owner/:repo'], ['DELETE /a.json'], ['QUERY /a/:b1/c-d/:b_2'], ['GET /:a/:ab/:b']])('%s is not odd', (one) => {
  expect(oddKeys(['GET /*', one])(1)).toBe(false)
})
