import { isEmail, isIdnEmail } from './format-email.ts'
import { isHostname, isIdnHostname, isIpv4, isIpv6 } from './format-host.ts'
import { isDate, isDateTime, isDuration, isTime } from './format-time.ts'
import { isIri, isIriReference, isUri, isUriReference, isUriTemplate } from './format-uri.ts'

/** The tests of `format` by its name; undefined where a format asserts nothing. */
export interface FormatTests {
  string(format: string): ((value: string) => boolean) | undefined
  number(format: string): ((value: number) => boolean) | undefined
}

/** Characters, past which a text is no regular expression that anyone needs. */
const MAX_REGEX = 10_000

/** The formats of 2020-12 (Validation §7.3) and those of OpenAPI that say something about a text. Each takes time linear in the text. */
const STRINGS: ReadonlyMap<string, (value: string) => boolean> = new Map([
  ['date-time', isDateTime],
  ['date', isDate],
  ['time', isTime],
  ['duration', isDuration],
  ['email', isEmail],
  ['idn-email', isIdnEmail],
  ['hostname', isHostname],
  ['idn-hostname', isIdnHostname],
  ['ipv4', isIpv4],
  ['ipv6', isIpv6],
  ['uri', isUri],
  ['uri-reference', isUriReference],
  ['iri', isIri],
  ['iri-reference', isIriReference],
  ['uri-template', isUriTemplate],
  ['uuid', isUuid],
  ['json-pointer', isJsonPointer],
  ['relative-json-pointer', isRelativeJsonPointer],
  ['regex', isRegex],
  ['byte', isBase64],
])

/** OpenAPI's formats of numbers. `double` is what every finite number of JSON is. */
const NUMBERS: ReadonlyMap<string, (value: number) => boolean> = new Map([
  ['int32', (value: number) => Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31],
  ['int64', (value: number) => Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63],
  ['float', (value: number) => Number.isFinite(Math.fround(value))],
  ['double', Number.isFinite],
])

/** No format asserts anything (2020-12 Validation §7.2.1). */
export const ANNOTATED: FormatTests = { string: () => undefined, number: () => undefined }

/** Known formats assert; others, and OpenAPI's `binary` and `password`, do not. */
export const ASSERTED: FormatTests = { string: (format) => STRINGS.get(format), number: (format) => NUMBERS.get(format) }

/** RFC 9562 §4, of any version. */
function isUuid(text: string): boolean {
  return text.length === 36 && /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text)
}

/** RFC 6901 §3. */
function isJsonPointer(text: string): boolean {
  return text === '' || (text.startsWith('/') && !/~(?![01])/.test(text))
}

/** draft-bhutton-relative-json-pointer §3, without the index manipulation that 2020-12 does not know. */
function isRelativeJsonPointer(text: string): boolean {
  const steps = /^(?:0|[1-9]\d*)/.exec(text)?.[0]
  if (steps === undefined) return false
  const rest = text.slice(steps.length)
  return rest === '#' || isJsonPointer(rest)
}

/** ECMA-262 with the `u` flag, as patterns of schemas are. */
function isRegex(text: string): boolean {
  if (text.length > MAX_REGEX) return false
  try {
    new RegExp(text, 'u')
    return true
  } catch {
    return false
  }
}

/** RFC 4648 §4, with padding. */
function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
}
