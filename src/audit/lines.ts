import { Buffer } from 'node:buffer'
import { TrailFault } from './trail-fault.ts'

/** The longest line of a trail, in bytes: more than the longest entry. */
const MAX_LINE_BYTES = 1_048_576
const LINE_FEED = 0x0a

/**
 * Cuts a file into its lines, and holds one at a time. A line ends with a line feed and nothing else; in UTF-8 no other character has that byte.
 * @throws {TrailFault} for a line that is longer than any entry, and for what is no UTF-8.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<string, void> {
  let pieces: Uint8Array[] = []
  let length = 0
  const take = (piece: Uint8Array): void => {
    pieces.push(piece)
    length += piece.length
    if (length > MAX_LINE_BYTES) throw new TrailFault('shape', 'the line is longer than any entry can be')
  }
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      take(chunk.subarray(from, end))
      from = end + 1
      yield decoded(pieces)
      pieces = []
      length = 0
    }
    take(chunk.subarray(from))
  }
  if (length > 0) yield decoded(pieces)
}

function decoded(pieces: readonly Uint8Array[]): string {
  const bytes = pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces)
  try {
    // A byte-order mark and a replaced character would hide that a byte was changed.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new TrailFault('encoding', 'there are bytes that are no UTF-8')
  }
}
