import * as v from 'valibot'
import { isHttpsAddress } from '../lib/https-url.ts'
import { asking } from './setting-words.ts'

/** A text that says something. */
export const text = v.pipe(v.string('a text that is not empty'), v.nonEmpty('a text that is not empty'))

const SOME_TEXT = 'a text, or a list of at least one text; none of them empty'

/** One text, or a list of some. */
export const oneOrMore = v.union([text, v.pipe(v.array(text), v.minLength(1, SOME_TEXT))], SOME_TEXT)

/** A time in whole seconds within bounds. */
export function wholeSeconds(least: number, most: number) {
  const words = inSeconds('whole seconds', least, most)
  return v.pipe(v.number(words), v.integer(words), v.minValue(least, words), v.maxValue(most, words))
}

/** A time in seconds within bounds; parts of a second are taken. */
export function seconds(least: number, most: number) {
  const words = inSeconds('seconds', least, most)
  return v.pipe(v.number(words), v.minValue(least, words), v.maxValue(most, words))
}

function inSeconds(unit: string, least: number, most: number): string {
  return asking(`${unit}, ${least} to ${most}`, `write a number from ${least} to ${most}, without a unit`)
}

const ADDRESS = 'an https URL without user information and fragment, like https://issuer.example/path'

/** The address of something that is asked over https. */
export const httpsAddress = v.pipe(v.string(ADDRESS), v.check(isHttpsAddress, ADDRESS))

/** How far two clocks may be apart, in seconds. */
export const clockTolerance = seconds(0, 60)

/** Names of claims that must be there beside those that always must. */
export const requiredClaims = v.pipe(
  v.array(text),
  v.minLength(1, asking('names of claims, at least one', 'write the name of a claim, or leave the setting out')),
)

/** The `realm` of a challenge: it stands between quotation marks. */
export const realm = v.pipe(v.string(), v.regex(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/, 'printable ASCII without quotation marks and backslashes, like my-api'))
