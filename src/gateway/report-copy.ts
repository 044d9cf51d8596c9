import { declaredBytes } from './passage.ts'

/** A response for a handler whose answer changes nothing. */
export interface ReportCopy {
  readonly response: Response
  /** Whether the handler wanted more than there may be. */
  isTooLarge(): boolean
  /** Ends it: what nobody reads must not be kept for as long as the original is sent. */
  drop(): void
}

/** Documents, which come at once. Whoever waits for the first bytes of anything else, such as events, might wait for ever. */
const DOCUMENT = /^[ \t]*(?:application\/(?:[a-z0-9!#$&^_.-]+\+)?json|text\/json)[ \t]*(?:;|$)/i

/**
 * Copies a response for a handler that only reports, if that costs little: a body of at most so many bytes by its own word; or a JSON document of unknown length, of which no more than that
 * is read before the caller gets it.
 * @returns nothing where it would cost more.
 */
export function reportCopy(origin: Response, maxBytes: number): ReportCopy | undefined {
  const length = origin.body === null ? 0 : declaredBytes(origin.headers)
  if (length > maxBytes || (length < 0 && !DOCUMENT.test(origin.headers.get('content-type') ?? ''))) return undefined
  const copy = origin.clone()
  if (copy.body === null) return { response: copy, isTooLarge: () => false, drop: () => {} }
  const reader = copy.body.getReader()
  let count = 0
  const drop = () => void reader.cancel().catch(() => {})
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read()
      if (done) return controller.close()
      count += value.byteLength
      // A compressed body is longer than its own word.
      if (count > maxBytes) return controller.error(new RangeError(`more than ${maxBytes} bytes`))
      controller.enqueue(value)
    },
    cancel: drop,
  })
  return { response: new Response(body, copy), isTooLarge: () => count > maxBytes, drop }
}
