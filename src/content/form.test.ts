import { expect, it } from 'vitest'
import { readForm } from './form.ts'

const read = (text: string) => readForm(new TextEncoder().encode(text), 3)

it('takes a form apart', () => {
  expect(read('a=1&b=%C3%A9+x&a').pairs?.map(({ name, raw }) => [name, raw])).toEqual([
    ['a', '1'],
    ['b', '%C3%A9+x'],
    ['a', ''],
  ])
  expect(read('')).toEqual({ pairs: [] })
})

it.each([
  ['a raw character', 'a=é', 'encoding'],
  ['a space', 'a=b c', 'encoding'],
  ['a line end', 'a=b\r\n', 'encoding'],
  ['a semicolon', 'a=1;b=2', 'separator'],
  ['an empty pair', 'a=1&&b=2', 'empty-parameter'],
  ['a pair too many', 'a&b&c&d', 'too-many'],
  ['a name that is no UTF-8', '%ff=1', 'encoding'],
  ['the prototype', '__proto__=1', 'forbidden-name'],
  ['NUL', 'a=%00', 'nul'],
])('refuses %s', (_, text, fault) => expect(read(text)).toEqual({ fault }))

it('refuses bytes that are no text', () => expect(readForm(new Uint8Array([0x61, 0x3d, 0xff]), 3)).toEqual({ fault: 'encoding' }))
