import type { Background } from '../core/ports.ts'
import { declaredBytes } from './passage.ts'

/**
 * @returns the response, whose body is watched on its way without being read: `then` is called once, when it has been sent, broke off, or nobody wants it any more.
 * A response without a body is over at once; one that became a WebSocket never is, as far as anybody here sees.
 * @param gone the request's signal: it tells of a client that goes away, if the Worker has the compatibility flag `enable_request_signal`.
 */
export function whenSent(response: Response, gone: AbortSignal, background: Background, then: () => void): Response {
  const { body } = response
  if (response.webSocket != null) return response
  if (body === null) {
    then()
    return response
  }
  // A declared length stays declared; an encoded body has another one here than on the wire.
  const length = response.headers.has('content-encoding') ? -1 : declaredBytes(response.headers)
  const { readable, writable } = length < 0 ? new IdentityTransformStream() : new FixedLengthStream(length)
  background.waitUntil(body.pipeTo(writable, { signal: gone }).then(then, then))
  return new Response(readable, response)
}
