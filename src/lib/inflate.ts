/** More comes out than anybody wants. */
export class InflatedTooLarge extends Error {
  override readonly name = 'InflatedTooLarge'
}

/**
 * Decompresses DEFLATE in the ZLIB format (RFC 1950), and stops as soon as more than `maxBytes` come out.
 * Not by `DecompressionStream`: that one decompresses ahead of whoever reads, and a bomb is in memory before a byte of it is counted.
 * @throws {InflatedTooLarge}
 * @throws for anything that does not begin with a whole ZLIB stream; its words quote nothing.
 */
export async function inflate(compressed: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  // Only where it is needed: it would cost every Worker's start.
  const { inflateSync } = await import('node:zlib')
  try {
    return new Uint8Array(inflateSync(compressed, { maxOutputLength: maxBytes }))
  } catch (cause) {
    if (cause instanceof RangeError) throw new InflatedTooLarge(`more than ${maxBytes} bytes`)
    throw new Error('not a whole ZLIB stream')
  }
}

/** What HTTP calls `gzip` (RFC 1952) and `deflate` (RFC 1950). */
export type CompressedForm = 'gzip' | 'deflate'

/**
 * Decompresses one stream that is all there is: no second one behind it, which some readers add and others leave, and nothing else.
 * @throws {InflatedTooLarge} as soon as more than `maxBytes` come out.
 * @throws for anything else; its words quote nothing.
 */
export async function inflateAll(compressed: Uint8Array, form: CompressedForm, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const { crc32, inflateRawSync, inflateSync } = await import('node:zlib')
  const isGzip = form === 'gzip'
  const from = isGzip ? afterGzipHeader(compressed) : 0
  const read = isGzip ? inflateRawSync : inflateSync
  let result: Inflated
  try {
    // With `info` Node tells how much of the input was read; its types do not know.
    result = read(compressed.subarray(from), { maxOutputLength: maxBytes, info: true }) as unknown as Inflated
  } catch (cause) {
    if (cause instanceof RangeError) throw new InflatedTooLarge(`more than ${maxBytes} bytes`)
    throw new Error(NOT_WHOLE)
  }
  const end = from + result.engine.bytesWritten + (isGzip ? GZIP_TRAILER : 0)
  if (end !== compressed.byteLength) throw new Error(NOT_WHOLE)
  const bytes = new Uint8Array(result.buffer)
  if (isGzip) {
    const trailer = new DataView(compressed.buffer, compressed.byteOffset + end - GZIP_TRAILER, GZIP_TRAILER)
    if (trailer.getUint32(0, true) !== crc32(bytes) || trailer.getUint32(4, true) !== bytes.byteLength) throw new Error(NOT_WHOLE)
  }
  return bytes
}

interface Inflated {
  readonly buffer: Uint8Array
  readonly engine: { readonly bytesWritten: number }
}

const NOT_WHOLE = 'not one whole compressed stream'
const GZIP_HEADER = 10
/** CRC-32 and length (RFC 1952 §2.3.1). */
const GZIP_TRAILER = 8
/** The flag of a header that has a file's name; other flags are nobody's who sends over HTTP. */
const HAS_NAME = 8

/** @returns where the compressed data begin. */
function afterGzipHeader(bytes: Uint8Array): number {
  const flags = bytes[3]
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== 8 || (flags !== 0 && flags !== HAS_NAME)) throw new Error(NOT_WHOLE)
  if (flags === 0) return GZIP_HEADER
  const end = bytes.indexOf(0, GZIP_HEADER)
  if (end < 0) throw new Error(NOT_WHOLE)
  return end + 1
}
