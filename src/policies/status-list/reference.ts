import { isJsonObject } from '../../lib/json-object.ts'

/** Where the status of a token stands (draft-ietf-oauth-status-list §6.2). */
export interface StatusReference {
  readonly idx: number
  readonly uri: string
}

/**
 * Reads the `status` claim of verified claims; allocates nothing.
 * @returns `missing` where the token names no status list, `malformed` where it says something that is no reference.
 */
export function statusReference({ status }: Readonly<Record<string, unknown>>): StatusReference | 'missing' | 'malformed' {
  if (status === undefined) return 'missing'
  if (!isJsonObject(status)) return 'malformed'
  const { status_list: list } = status
  if (list === undefined) return 'missing'
  return isReference(list) ? list : 'malformed'
}

function isReference(list: unknown): list is StatusReference {
  return isJsonObject(list) && Number.isSafeInteger(list.idx) && (list.idx as number) >= 0 && typeof list.uri === 'string' && list.uri !== ''
}
