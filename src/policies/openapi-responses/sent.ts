/** Fields that say something of the bytes of a body (RFC 9110 §8, RFC 9530, RFC 1864): of others they say it no more. */
const OF_THE_BYTES = ['content-length', 'content-md5', 'digest', 'content-digest', 'repr-digest', 'accept-ranges']

/** The codings that the platform takes off a body when it is read, and puts on again when it is sent: written so, and alone. */
const DECODED: ReadonlySet<string> = new Set(['gzip', 'br'])

/** @returns whether a body comes compressed; `unknown` where what is read would still be. */
export function codingOf(headers: Headers): 'none' | 'decoded' | 'unknown' {
  const coding = headers.get('content-encoding') ?? ''
  if (coding === '' || coding.toLowerCase() === 'identity') return 'none'
  return DECODED.has(coding) ? 'decoded' : 'unknown'
}

/** Sends on what was read: the same bytes. Where they came compressed they are compressed again, into others; a strong validator would promise the same ones. */
export function unchanged(response: Response, body: BodyInit | null): Response {
  if (codingOf(response.headers) === 'none') return new Response(body, response)
  const sent = new Response(body, response)
  for (const name of OF_THE_BYTES) sent.headers.delete(name)
  const etag = sent.headers.get('etag')
  if (etag?.startsWith('"')) sent.headers.set('etag', `W/${etag}`)
  return sent
}

/** Sends another text in place of what was read, with nothing that was said of that. */
export function rewritten(response: Response, text: string): Response {
  const sent = new Response(text, response)
  for (const name of [...OF_THE_BYTES, 'content-encoding', 'etag']) sent.headers.delete(name)
  return sent
}
