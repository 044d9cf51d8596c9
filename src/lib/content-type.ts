/** A media type as a `Content-Type` field says it (RFC 9110 §8.3.1). */
export interface ContentType {
  /** `type/subtype`, lower case. */
  readonly mediaType: string
  /** By lower-case name; values unquoted, in the case in which they came. */
  readonly parameters: ReadonlyMap<string, string>
}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+"
const MEDIA_TYPE = new RegExp(`^${TOKEN}/${TOKEN}`)
/** RFC 9110 §5.6.6: an empty parameter between semicolons is allowed. */
const PARAMETER = new RegExp(
  `[ \\t]*;[ \\t]*(?:(${TOKEN})=(?:(${TOKEN})|"((?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t \\x21-\\x7e\\x80-\\xff])*)"))?`,
  'y',
)
const NONE: ReadonlyMap<string, string> = new Map()

/** Longer fields are no media type that anybody sends. */
const MAX_LENGTH = 1024

/**
 * Reads a `Content-Type` field by its grammar.
 * @returns undefined for anything else: two fields joined by a comma, a parameter given twice, text after the last parameter.
 */
export function parseContentType(field: string): ContentType | undefined {
  if (field.length > MAX_LENGTH) return undefined
  const trimmed = field.replace(/^[ \t]+|[ \t]+$/g, '')
  const head = MEDIA_TYPE.exec(trimmed)?.[0]
  if (head === undefined) return undefined
  const mediaType = head.toLowerCase()
  if (head.length === trimmed.length) return { mediaType, parameters: NONE }
  const parameters = new Map<string, string>()
  PARAMETER.lastIndex = head.length
  while (PARAMETER.lastIndex < trimmed.length) {
    const match = PARAMETER.exec(trimmed)
    if (match === null) return undefined
    const [, name, token, quoted] = match
    if (name === undefined) continue
    const key = name.toLowerCase()
    if (parameters.has(key)) return undefined
    parameters.set(key, token ?? (quoted ?? '').replace(/\\(.)/g, '$1'))
  }
  return { mediaType, parameters }
}
