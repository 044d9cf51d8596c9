import { type PairsReading, readPairs } from '../lib/form-pairs.ts'

const VISIBLE_ASCII = /^[!-~]*$/
const ASCII = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Takes the body of a form apart (`application/x-www-form-urlencoded`, WHATWG URL §5). Whoever encodes by the standard writes visible ASCII alone, so other bytes are refused: servers
 * disagree on what they mean.
 */
export function readForm(bytes: Uint8Array, maxPairs: number): PairsReading {
  const text = decode(bytes)
  return text !== undefined && VISIBLE_ASCII.test(text) ? readPairs(text, maxPairs) : { fault: 'encoding' }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return ASCII.decode(bytes)
  } catch {
    return undefined
  }
}
