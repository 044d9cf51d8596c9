import { TrailFault } from './trail-fault.ts'

/** The longest line of a trail, in UTF-16 code units: more than the longest entry. */
const MAX_LINE_LENGTH = 1_048_576

/**
 * Cuts a file into its lines, and holds one at a time. A line ends with a line feed and nothing else.
 * @throws {TrailFault} for a line that is longer than any entry, and for what is no UTF-8.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<string, void> {
  // A byte-order mark and a replaced character would hide that a byte was changed.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let rest = ''
  for await (const chunk of chunks) {
    rest += decode(() => decoder.decode(chunk, { stream: true }))
    let from = 0
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', from)) {
      yield rest.slice(from, end)
      from = end + 1
    }
    rest = rest.slice(from)
    if (rest.length > MAX_LINE_LENGTH) throw new TrailFault('shape', 'the line is longer than any entry can be')
  }
  rest += decode(() => decoder.decode())
  if (rest !== '') yield rest
}

function decode(run: () => string): string {
  try {
    return run()
  } catch {
    throw new TrailFault('encoding', 'there are bytes that are no UTF-8')
  }
}
