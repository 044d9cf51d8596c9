import { type Body, BodyTooLarge } from './body.ts'
import type { Exchange } from './exchange.ts'

/** Whether a request says that it has a body. One in chunks may still turn out to carry nothing. */
export function hasBody({ headers, body }: Exchange): boolean {
  return body.present && headers.get('content-length') !== '0'
}

/** @returns the whole body; undefined where it is longer than `maxBytes`, which is known before all of it is read. */
export async function bytesWithin(body: Body, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await body.bytes(maxBytes)
  } catch (error) {
    if (error instanceof BodyTooLarge) return undefined
    throw error
  }
}
