/** What one pass over a request's headers finds. */
export interface HeaderFacts {
  /** Distinct names. */
  count: number
  /** Of all header lines, in UTF-16 units: a lower bound of the bytes. */
  length: number
  host: string | undefined
  connection: string | undefined
  contentLength: string | undefined
  contentType: string | undefined
  origin: string | undefined
  trailer: string | undefined
  transferEncoding: string | undefined
  upgrade: string | undefined
}

/** `: ` and the line's end. */
const SEPARATORS = 4
/** A UTF-16 unit stands for three bytes of UTF-8 at most. */
const MOST_BYTES_PER_UNIT = 3

/** Reads everything that `transport` wants to know of the headers. `forEach` is the cheapest way through them in workerd. */
export function readHeaders(headers: Headers): HeaderFacts {
  const facts: HeaderFacts = {
    count: 0,
    length: 0,
    host: undefined,
    connection: undefined,
    contentLength: undefined,
    contentType: undefined,
    origin: undefined,
    trailer: undefined,
    transferEncoding: undefined,
    upgrade: undefined,
  }
  headers.forEach((value, name) => {
    facts.count++
    facts.length += name.length + value.length + SEPARATORS
    switch (name) {
      case 'host':
        facts.host = value
        break
      case 'connection':
        facts.connection = value
        break
      case 'content-length':
        facts.contentLength = value
        break
      case 'content-type':
        facts.contentType = value
        break
      case 'origin':
        facts.origin = value
        break
      case 'trailer':
        facts.trailer = value
        break
      case 'transfer-encoding':
        facts.transferEncoding = value
        break
      case 'upgrade':
        facts.upgrade = value
        break
    }
  })
  return facts
}

/** Whether the header lines are longer than `maxBytes`. Workers see header values decoded from UTF-8: only near the cap are the bytes counted. */
export function exceeds(headers: Headers, facts: HeaderFacts, maxBytes: number): boolean {
  if (facts.length > maxBytes) return true
  if (facts.length * MOST_BYTES_PER_UNIT <= maxBytes) return false
  const encoder = new TextEncoder()
  let bytes = 0
  headers.forEach((value, name) => {
    bytes += name.length + encoder.encode(value).byteLength + SEPARATORS
  })
  return bytes > maxBytes
}
