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
