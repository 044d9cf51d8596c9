const TOKEN = "[!#$%&'+\\-.^_`|~0-9A-Za-z]+"
const QUOTED = '"(?:[^"\\\\]|\\\\.)*"'
const PARAMETERS = `(?:[ \\t]*;[ \\t]*(?:${TOKEN}=(?:${TOKEN}|${QUOTED}))?)*`
const RANGE = new RegExp(`[ \\t]*(?:(${TOKEN}|\\*)/(${TOKEN}|\\*)(${PARAMETERS}))?[ \\t]*(?:,|$)`, 'y')
const WEIGHT = /;[ \t]*q=([^;]*)/i
const NO_WEIGHT = /^0(?:\.0{0,3})?[ \t]*$/

/** Longer fields are nobody's. */
const MAX_LENGTH = 2048

interface Range {
  readonly type: string
  readonly subtype: string
  /** A weight of 0 says that it is not wanted (RFC 9110 §12.4.2). */
  readonly isWanted: boolean
}

/**
 * Whether an `Accept` field (RFC 9110 §12.5.1) takes one of these media types. Of the ranges that match a type the most specific ones count; parameters other than the weight are left
 * aside. A name with a structured suffix (`application/vnd.github+json`) takes the type that it is built on, too: clients ask so for versions of what is described as `application/json`.
 * A field that does not follow its grammar takes nothing.
 * @param mediaTypes lower case, without parameters; ranges, too.
 */
export function accepts(field: string, mediaTypes: readonly string[]): boolean {
  if (field === '*/*') return true
  const ranges = parse(field)
  return ranges !== undefined && mediaTypes.some((mediaType) => takes(ranges, mediaType))
}

function takes(ranges: readonly Range[], mediaType: string): boolean {
  const slash = mediaType.indexOf('/')
  const type = mediaType.slice(0, slash)
  const subtype = mediaType.slice(slash + 1)
  // Of a range on our side something is wanted if any range that overlaps it is.
  if (subtype === '*') return ranges.some((range) => range.isWanted && (type === '*' || range.type === '*' || range.type === type))
  for (const level of [
    ranges.filter((range) => range.type === type && range.subtype === subtype),
    ranges.filter((range) => type === 'application' && range.isWanted && range.type === type && range.subtype.endsWith(`+${subtype}`)),
    ranges.filter((range) => range.type === type && range.subtype === '*'),
    ranges.filter((range) => range.type === '*'),
  ]) {
    if (level.length > 0) return level.some(({ isWanted }) => isWanted)
  }
  return false
}

function parse(field: string): readonly Range[] | undefined {
  if (field.length > MAX_LENGTH) return undefined
  const ranges: Range[] = []
  RANGE.lastIndex = 0
  while (RANGE.lastIndex < field.length) {
    const match = RANGE.exec(field)
    if (match === null) return undefined
    const [, type, subtype, parameters = ''] = match
    if (type === undefined || subtype === undefined) continue
    if (type === '*' && subtype !== '*') return undefined
    const weight = WEIGHT.exec(parameters)?.[1]
    ranges.push({ type: type.toLowerCase(), subtype: subtype.toLowerCase(), isWanted: weight === undefined || !NO_WEIGHT.test(weight) })
  }
  return ranges
}
