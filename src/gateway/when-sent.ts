import type { Background } from '../core/ports.ts'
import { declaredBytes } from './passage.ts'

/**
 * @returns the response, whose body is watched on its way without being read: `then` is called once, when it has been sent, broke off, or nobody wants it any more.
 * A response without a body, or that became a WebSocket, is over at once for this purpose: what happens on a socket nobody sees.
 */
export function whenSent(response: Response, background: Background, then: () => void): Response {
  const { body } = response
  if (body === null) {
    then()
    return response
  }
  // A declared length stays declared; an encoded body has another one here than on the wire.
  const length = response.headers.has('content-encoding') ? -1 : declaredBytes(response.headers)
  const { readable, writable } = length < 0 ? new IdentityTransformStream() : new FixedLengthStream(length)
  background.waitUntil(body.pipeTo(writable).then(then, then))
  return new Response(readable, response)
}
