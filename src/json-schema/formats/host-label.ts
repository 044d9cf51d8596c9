import { decodePunycode, encodedLength } from './punycode.ts'

/** RFC 1035 §2.3.4. */
const MAX_LABEL = 63
const MAX_HOST = 253

/** Letters, digits and hyphens, no hyphen at either end; what begins with `xn--` has to stand for a label that IDNA 2008 allows. */
export function isHostLabel(label: string): boolean {
  if (label.length > MAX_LABEL || !/^[A-Za-z0-9-]+$/.test(label) || label.startsWith('-') || label.endsWith('-')) return false
  return !/^xn--/i.test(label) || isALabel(label)
}

/** A domain name with labels of any script (RFC 5891), between any of the dots of RFC 3490 §3.1. */
export function isWideDomain(text: string): boolean {
  if (text.length > MAX_HOST) return false
  const labels = text.split(/[.\u3002\uff0e\uff61]/u)
  let length = labels.length - 1
  for (const label of labels) {
    const isAscii = /^[ -~]*$/.test(label)
    if (isAscii ? !isHostLabel(label) : !isULabel(label)) return false
    length += isAscii ? label.length : encodedLength(label)
  }
  return length <= MAX_HOST && isBidiDomain(labels)
}

function isALabel(label: string): boolean {
  const decoded = decodePunycode(label.slice(4).toLowerCase())
  return decoded !== undefined && encodedLength(decoded) === label.length && isULabel(decoded) && isBidiDomain([decoded])
}

/** RFC 5892: letters, marks and digits that no normalisation changes, and the exceptions of §2.6. */
const LETTERS = /^[\p{Ll}\p{Lo}\p{Lm}\p{Mn}\p{Mc}\p{Nd}-]$/u
const EXCEPTIONS = new Set('\u00df\u03c2\u06fd\u06fe\u0f0b\u3007')
const DISALLOWED = new Set('\u0640\u07fa\u302e\u302f\u3031\u3032\u3033\u3034\u3035\u303b')

/** RFC 5891 §4.2. */
function isULabel(label: string): boolean {
  if (label.length > MAX_LABEL || encodedLength(label) > MAX_LABEL || label !== label.normalize('NFC')) return false
  if (label.startsWith('-') || label.endsWith('-') || label.slice(2, 4) === '--' || /^\p{M}/u.test(label)) return false
  const characters = Array.from(label)
  return characters.every((character, i) => contextual(characters, character, i) ?? isAllowed(character))
}

function isAllowed(character: string): boolean {
  if (DISALLOWED.has(character)) return false
  return EXCEPTIONS.has(character) || (LETTERS.test(character) && character.normalize('NFKC').toLowerCase().normalize('NFKC') === character)
}

const VIRAMA =
  /^[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca\u0e3a\u0f84\u1039\u103a\u1714\u1734\u17d2\u1a60\u1b44\u1baa\u1bab\u1bf2\u1bf3\u2d7f\ua806\ua8c4\ua953\ua9c0\uaaf6\uabed]$/u
const JOINING = /^[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Mongolian}\p{Script=Nko}]$/u

/** RFC 5892 appendix A: characters that are allowed beside certain others. @returns undefined for all other characters. */
function contextual(characters: readonly string[], character: string, i: number): boolean | undefined {
  const before = characters[i - 1] ?? ''
  const after = characters[i + 1] ?? ''
  switch (character) {
    case '\u00b7':
      return before === 'l' && after === 'l'
    case '\u0375':
      return /^\p{Script=Greek}$/u.test(after)
    case '\u05f3':
    case '\u05f4':
      return /^\p{Script=Hebrew}$/u.test(before)
    case '\u30fb':
      return characters.some((one) => one !== '\u30fb' && /^[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]$/u.test(one))
    case '\u200d':
      return VIRAMA.test(before)
    case '\u200c':
      return VIRAMA.test(before) || (JOINING.test(before) && JOINING.test(after))
  }
  if (/^[\u0660-\u0669]$/u.test(character)) return !characters.some((one) => /^[\u06f0-\u06f9]$/u.test(one))
  return undefined
}

const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Samaritan}\p{Script=Mandaic}]/u
const ARABIC_NUMBER = /[\u0660-\u0669]/u
const EUROPEAN_NUMBER = /[0-9\u06f0-\u06f9]/u

/** RFC 5893 §2, by scripts instead of bidirectional classes: if any label is written from right to left, each has to be of one direction. */
function isBidiDomain(labels: readonly string[]): boolean {
  if (!labels.some((label) => isRightToLeft(label) || ARABIC_NUMBER.test(label))) return true
  return labels.every((label) => {
    const first = Array.from(label)[0] ?? ''
    if (isRightToLeft(first)) return !/[a-z]/i.test(label) && !(ARABIC_NUMBER.test(label) && EUROPEAN_NUMBER.test(label))
    return /^\p{L}/u.test(first) && !isRightToLeft(label) && !ARABIC_NUMBER.test(label)
  })
}

/** Digits and marks of these scripts have no direction of their own. */
function isRightToLeft(text: string): boolean {
  return RIGHT_TO_LEFT.test(text.replaceAll(/[\p{N}\p{M}]/gu, ''))
}
