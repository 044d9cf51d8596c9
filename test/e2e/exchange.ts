import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** How long anything in these tests may take before it counts as never. */
export const PATIENCE_MS = 15_000

/** Two isolates of one location run the same gateway, with the same objects. */
export type Isolate = 'main' | 'other'

/** How a client asks. What the edge would add is added. */
export interface Ask {
  readonly method?: string
  /** Default `api.example.com`. */
  readonly host?: string
  /** Which of the location's two isolates is asked. Default `main`. */
  readonly isolate?: Isolate
  readonly token?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** A whole answer. */
export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly requestId: string
}

/** @returns the response's head; its body is for the caller to read. */
export function head(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((answered, failed) => {
    request.on('response', answered)
    request.on('error', failed)
    request.on('timeout', () => request.destroy(new Error('no answer in time')))
  })
}

/** Sends the rest of a request and reads the whole response. */
export async function exchange(request: ClientRequest, body?: string | Buffer): Promise<Answered> {
  const answered = head(request)
  request.end(body)
  const response = await answered
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks), requestId: String(response.headers['x-request-id'] ?? '') }
}
