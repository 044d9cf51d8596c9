import { fetchBytes } from '../../core/fetch-bytes.ts'
import type { Ports } from '../../core/ports.ts'
import { parseContentType } from '../../lib/content-type.ts'
import { BadStatusList, MAX_LIST_TOKEN_BYTES } from './list-token.ts'

/** A slower answer counts as none. */
export const FETCH_TIMEOUT_MS = 5000

const MEDIA_TYPE = 'application/statuslist+jwt'
const HEADERS = { accept: MEDIA_TYPE }

/** A byte order mark stays, and is no part of any token. */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Fetches a status list token (draft-ietf-oauth-status-list §8.1, §8.2) in one attempt, without redirects, bounded in size and time.
 * @param service the binding to ask instead of the network.
 * @returns a text of whatever shape.
 * @throws for anything but a text of the right media type with status 200.
 */
export async function fetchList(uri: string, service: string | undefined, ports: Pick<Ports, 'network' | 'service'>): Promise<string> {
  const { contentType, bytes } = await fetchBytes({ url: uri, service, headers: HEADERS, maxBytes: MAX_LIST_TOKEN_BYTES, timeoutMs: FETCH_TIMEOUT_MS }, ports)
  if (contentType === null || parseContentType(contentType)?.mediaType !== MEDIA_TYPE) throw new BadStatusList(`the answer is not ${MEDIA_TYPE}`)
  try {
    return UTF8.decode(bytes)
  } catch {
    throw new BadStatusList('the answer is not UTF-8')
  }
}
