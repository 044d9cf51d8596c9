import type { HeaderEdits } from '../core/decision.ts'
import type { Fetcher, Ports } from '../core/ports.ts'
import type { OriginSettings, Timeouts } from './config.ts'
import { type OriginHeaderRules, originHeaders } from './origin-headers.ts'
import type { Passage } from './passage.ts'

/** The origin did not answer in time. */
export class OriginTimeout extends Error {
  override readonly name = 'OriginTimeout'
}

/** The origin could not be reached, or broke the connection before its headers. */
export class OriginUnreachable extends Error {
  override readonly name = 'OriginUnreachable'
}

/**
 * Sends a request on: exactly the method, path, query and body that were decided on.
 * @throws {OriginTimeout | OriginUnreachable}
 */
export type Forward = (passage: Passage, edits: readonly HeaderEdits[]) => Promise<Response>

/** Seconds that an origin has for its response's headers unless the route says otherwise. */
export const DEFAULT_HEADERS_SECONDS = 30

/** @returns the function that forwards a route's requests. */
export function compileForward(origin: OriginSettings, timeouts: Timeouts | undefined, headerRules: OriginHeaderRules): Forward {
  const headersMs = (timeouts?.headersSeconds ?? DEFAULT_HEADERS_SECONDS) * 1000
  const idleMs = timeouts?.idleSeconds === undefined ? undefined : timeouts.idleSeconds * 1000
  const { fetcher, base } = target(origin)
  const headersFor = originHeaders(headerRules)
  return (passage, edits) => {
    const { url, method, body } = passage
    const asked = fetcher(passage.ports).fetch(`${base ?? `https://${url.host}`}${url.path}${url.search}`, {
      method,
      headers: headersFor(passage, edits),
      // A GET may carry an empty body, and `fetch` refuses even that.
      body: method === 'GET' || method === 'HEAD' ? null : body.forward(),
      redirect: 'manual',
      cache: 'no-store',
    })
    const response = inTime(asked, headersMs)
    return idleMs === undefined ? response : response.then((answer) => (answer.body === null ? answer : withIdleTimeout(answer, idleMs, passage.ports)))
  }
}

/** An AbortController costs three times what this does; what comes too late is dropped, and its connection with the request that asked. */
function inTime(asked: Promise<Response>, withinMs: number): Promise<Response> {
  return new Promise((answered, failed) => {
    let isLate = false
    const timer = setTimeout(() => {
      isLate = true
      failed(new OriginTimeout())
    }, withinMs)
    asked.then(
      (response) => {
        if (isLate) return void response.body?.cancel()
        clearTimeout(timer)
        answered(response)
      },
      (cause: unknown) => {
        clearTimeout(timer)
        failed(new OriginUnreachable(String(cause), { cause }))
      },
    )
  })
}

function target(origin: OriginSettings): { readonly fetcher: (ports: Ports) => Fetcher; readonly base: string | undefined } {
  if (typeof origin === 'string') return { fetcher: (ports) => ports.network, base: origin.replace(/\/$/, '') }
  if ('zone' in origin) return { fetcher: (ports) => ports.network, base: undefined }
  return {
    fetcher(ports) {
      const service = ports.service(origin.service)
      if (service === undefined) throw new TypeError(`no service binding ${origin.service}`)
      return service
    },
    base: undefined,
  }
}

/** Ends a body that stands still, without holding back a single chunk. */
function withIdleTimeout(response: Response, idleMs: number, ports: Ports): Response {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      let timer: ReturnType<typeof setTimeout> | undefined
      const idle = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => {
          // The decision is recorded by now: nothing else tells of the cut.
          ports.notice('origin.idle', `a response's body stood still for ${idleMs} ms`)
          reject(new OriginTimeout())
        }, idleMs)
      })
      try {
        const { done, value } = await Promise.race([reader.read(), idle])
        if (done) controller.close()
        else controller.enqueue(value)
      } catch (error) {
        controller.error(error)
        await reader.cancel(error)
      } finally {
        clearTimeout(timer)
      }
    },
    cancel: (reason) => reader.cancel(reason),
  })
  return new Response(body, response)
}
