import { Body } from './body.ts'
import type { Ports } from './ports.ts'

/** What to ask, and how much of an answer is waited for. */
export interface JsonRequest {
  readonly url: string
  /** The service binding to ask instead of the network. */
  readonly service?: string | undefined
  /** Default GET, without a body. */
  readonly method?: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** The statuses whose body is read. Default 200 alone. */
  readonly statuses?: readonly number[]
  /** A larger answer is not read to its end. */
  readonly maxBytes: number
  /** A slower answer, body included, counts as none. */
  readonly timeoutMs: number
}

/** An answer that is JSON. */
export interface JsonAnswer {
  readonly status: number
  /** Of whatever shape. */
  readonly value: unknown
  /** The size of the text that it was parsed from. */
  readonly bytes: number
}

/** The answer had another status than those that are read. */
export class UnexpectedStatus extends Error {
  override readonly name = 'UnexpectedStatus'
  readonly status: number

  constructor(status: number) {
    super(`answered with status ${status}`)
    this.status = status
  }
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

const ONLY_OK = [200]

/** A byte order mark in front is taken for what it is. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/**
 * Asks for a JSON document in one attempt, bounded in size and time. Whoever redirects or caches it could put another in its place: no redirects, no cache.
 * @throws {UnexpectedStatus} for another status.
 * @throws {UnreadableAnswer} for whatever is not JSON in strict UTF-8.
 * @throws for whatever is not there in time, or is too large.
 */
export async function fetchJson(request: JsonRequest, ports: Pick<Ports, 'network' | 'service'>): Promise<JsonAnswer> {
  const { url, service, method = 'GET', headers, body, statuses = ONLY_OK, maxBytes, timeoutMs } = request
  const fetcher = service === undefined ? ports.network : ports.service(service)
  if (fetcher === undefined) throw new Error(`the service binding ${service} is missing`)
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
  })
  const download = async () => {
    const init: RequestInit = { method, headers, redirect: 'manual', cache: 'no-store', signal: controller.signal }
    const response = await fetcher.fetch(url, body === undefined ? init : { ...init, body })
    if (!statuses.includes(response.status)) throw new UnexpectedStatus(response.status)
    const bytes = await new Body(response.body, Number(response.headers.get('content-length') ?? -1)).bytes(maxBytes)
    return { status: response.status, bytes }
  }
  try {
    const { status, bytes } = await Promise.race([download(), expired])
    return { status, value: parse(bytes, status), bytes: bytes.byteLength }
  } finally {
    clearTimeout(timer)
    controller.abort()
  }
}

/** A parser's own message quotes what it read, and that may be somebody's secret. */
function parse(bytes: Uint8Array, status: number): unknown {
  try {
    return JSON.parse(UTF8.decode(bytes))
  } catch {
    throw new UnreadableAnswer(status)
  }
}
