import { type BytesRequest, fetchBytes } from './fetch-bytes.ts'
import type { Ports } from './ports.ts'

export { UnexpectedStatus } from './fetch-bytes.ts'

/** What to ask, and how much of an answer is waited for. */
export type JsonRequest = BytesRequest

/** An answer that is JSON. */
export interface JsonAnswer {
  readonly status: number
  /** Of whatever shape. */
  readonly value: unknown
  /** The size of the text that it was parsed from. */
  readonly bytes: number
}

/** A byte order mark in front is taken for what it is. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/**
 * Asks for a JSON document as `fetchBytes` does: once, bounded in size and time, without redirects and caches.
 * @throws {UnexpectedStatus} for another status.
 * @throws for whatever is not JSON in strict UTF-8, or is not there in time.
 */
export async function fetchJson(request: JsonRequest, ports: Pick<Ports, 'network' | 'service'>): Promise<JsonAnswer> {
  const { status, bytes } = await fetchBytes(request, ports)
  return { status, value: parse(bytes), bytes: bytes.byteLength }
}

/** A parser's own message quotes what it read, and that may be somebody's secret. */
function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(UTF8.decode(bytes))
  } catch {
    throw new Error('the answer is not JSON')
  }
}
