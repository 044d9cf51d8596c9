import { Body } from './body.ts'
import type { Ports } from './ports.ts'

/** What to ask, and how much of an answer is waited for. */
export interface BytesRequest {
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

/** An answer, of whatever kind. */
export interface BytesAnswer {
  readonly status: number
  /** What the answer says of itself, or `null`. */
  readonly contentType: string | null
  readonly bytes: Uint8Array
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

const ONLY_OK = [200]

/**
 * Asks for a document in one attempt, bounded in size and time. Whoever redirects or caches it could put another in its place: no redirects, no cache.
 * @throws {UnexpectedStatus} for another status.
 * @throws for whatever is not there in time, or is too large.
 */
export async function fetchBytes(request: BytesRequest, ports: Pick<Ports, 'network' | 'service'>): Promise<BytesAnswer> {
  const { url, service, method = 'GET', headers, body, statuses = ONLY_OK, maxBytes, timeoutMs } = request
  const fetcher = service === undefined ? ports.network : ports.service(service)
  if (fetcher === undefined) throw new Error(`the service binding ${service} is missing`)
  const controller = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
  })
  const download = async (): Promise<BytesAnswer> => {
    const init: RequestInit = { method, headers, redirect: 'manual', cache: 'no-store', signal: controller.signal }
    const response = await fetcher.fetch(url, body === undefined ? init : { ...init, body })
    if (!statuses.includes(response.status)) throw new UnexpectedStatus(response.status)
    const bytes = await new Body(response.body, Number(response.headers.get('content-length') ?? -1)).bytes(maxBytes)
    return { status: response.status, contentType: response.headers.get('content-type'), bytes }
  }
  try {
    return await Promise.race([download(), expired])
  } finally {
    clearTimeout(timer)
    controller.abort()
  }
}
