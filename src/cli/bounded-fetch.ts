/** One question over HTTP, and how much of an answer is waited for. */
export interface BoundedRequest {
  readonly url: URL
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Body included. */
  readonly timeoutMs: number
  /** After content decoding. */
  readonly maxBytes: number
}

/** A whole answer, whatever its status. */
export interface BoundedAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** There is no whole answer. The message says why, and nothing of the request. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
  /** Asking again gives the same. */
  readonly isFinal: boolean

  constructor(message: string, isFinal = false) {
    super(message)
    this.isFinal = isFinal
  }
}

/** Asks once, within bounds of time and size. A redirect is an answer like others and never followed: what was sent is for one place. @throws {NoAnswer} */
export async function boundedFetch({ url, method = 'GET', headers = {}, body, timeoutMs, maxBytes }: BoundedRequest): Promise<BoundedAnswer> {
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(url, { method, headers, redirect: 'manual', signal, ...(body !== undefined && { body }) })
    return { status: response.status, headers: response.headers, text: await bounded(response, maxBytes) }
  } catch (error) {
    if (error instanceof NoAnswer) throw error
    if (signal.aborted) throw new NoAnswer(`no answer within ${timeoutMs / 1000} s`)
    throw new NoAnswer(reasonOf(error))
  }
}

async function bounded(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let text = ''
  let bytes = 0
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength
    // Leaving the loop cancels the rest.
    if (bytes > maxBytes) throw new NoAnswer(`the answer is larger than ${maxBytes} bytes`, true)
    text += decoded(() => decoder.decode(chunk, { stream: true }))
  }
  return text + decoded(() => decoder.decode())
}

function decoded(decode: () => string): string {
  try {
    return decode()
  } catch {
    throw new NoAnswer('the answer is no text in UTF-8', true)
  }
}

/** Codes that people know. The message of the error itself may hold what was sent. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection broke off',
  UND_ERR_SOCKET: 'the connection broke off',
  ENOTFOUND: 'the host is unknown',
  EAI_AGAIN: 'the host cannot be looked up',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
}

function reasonOf(error: unknown): string {
  const code = codeOf(error) ?? codeOf((error as { readonly cause?: unknown } | undefined)?.cause)
  return code === undefined ? 'the request failed' : (REASONS[code] ?? code)
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | undefined)?.code
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : undefined
}
