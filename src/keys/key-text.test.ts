import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BASE62, checksumOf, formatKey, keyStart, readKeyId } from './key-text.ts'
import { minted } from './test-keyring.ts'

const START = keyStart('acme', 'live')
const { id, text } = minted()
const base62 = (length: number) => fc.string({ unit: fc.constantFrom(...BASE62), minLength: length, maxLength: length })

describe('the text of a key', () => {
  it('is what secret scanners look for', () => expect(text).toMatch(/^acme_live_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/))

  it('gives its id back, whatever it is', () => {
    fc.assert(fc.property(base62(16), base62(43), (anId, secret) => readKeyId(formatKey(START, anId, secret), START) === anId))
  })

  it('has the checksum of RFC 1952: CRC-32 of "123456789" is cbf43926', () => expect(checksumOf('123456789')).toBe(base62Of(0xcbf43926)))

  it('has six digits of checksum, however small it is', () => expect(checksumOf('')).toBe('000000'))
})

describe('what is no key', () => {
  it.each<[string, string]>([
    ['nothing', ''],
    ['its beginning alone', START],
    ['another prefix', text.replace('acme', 'acne')],
    ['another environment', text.replace('live', 'test')],
    ['upper case', text.toUpperCase()],
    ['one character less', text.slice(0, -1)],
    ['one character more', `${text}0`],
    ['space before it', ` ${text}`],
    ['space behind it', `${text} `],
    ['no separator', text.replace(`${id}_`, `${id}0`)],
    ['another separator', text.replace(`${id}_`, `${id}-`)],
    ['letters that look alike', text.replace(id.charAt(3), 'а')],
    ['a character beyond ASCII with the same low bits', text.slice(0, 12) + String.fromCharCode(text.charCodeAt(12) + 256) + text.slice(13)],
    ['a zero byte', `${text.slice(0, 30)}\0${text.slice(31)}`],
  ])('%s', (_what, given) => expect(readKeyId(given, START)).toBe(undefined))

  it('any one character that is another: the checksum finds it', () => {
    for (let i = START.length; i < text.length; i++) {
      for (const character of ['0', 'z', '_', '~']) {
        if (text[i] !== character) expect(readKeyId(text.slice(0, i) + character + text.slice(i + 1), START), `at ${i}`).toBe(undefined)
      }
    }
  })

  it('two neighbours that changed places', () => {
    for (let i = START.length; i < text.length - 1; i++) {
      const swapped = text.slice(0, i) + text[i + 1] + text[i] + text.slice(i + 2)
      if (swapped !== text) expect(readKeyId(swapped, START), `at ${i}`).toBe(undefined)
    }
  })
})

function base62Of(value: number): string {
  let [rest, digits] = [value, '']
  for (let i = 0; i < 6; i++) {
    digits = BASE62.charAt(rest % 62) + digits
    rest = Math.floor(rest / 62)
  }
  return digits
}
