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

/** The answer had a status whose body is read, and the body is no JSON. */
export class UnreadableAnswer extends Error {
  override readonly name = 'UnreadableAnswer'
  readonly status: number

  /** @param status of the answer. */
  constructor(status: number) {
    super('the answer is not JSON')
    this.status = status
  }
}

/** A byte order mark in front is taken for what it is. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/**
 * Asks for a JSON document as `fetchBytes` does: once, bounded in size and time, without redirects and caches.
 * @throws {UnexpectedStatus} for another status.
 * @throws {UnreadableAnswer} for whatever is not JSON in strict UTF-8.
 * @throws for whatever is not there in time, or is too large.
 */
export async function fetchJson(request: JsonRequest, ports: Pick<Ports, 'network' | 'service'>): Promise<JsonAnswer> {
  const { status, bytes } = await fetchBytes(request, ports)
  return { status, value: parse(bytes, status), bytes: bytes.byteLength }
}

/** A parser's own message quotes what it read, and that may be somebody's secret. */
function parse(bytes: Uint8Array, status: number): unknown {
  try {
    return JSON.parse(UTF8.decode(bytes))
  } catch {
    throw new UnreadableAnswer(status)
  }
}
