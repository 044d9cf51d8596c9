/** @returns a URI without its fragment, and the fragment decoded. */
export function splitUri(uri: string): readonly [string, string] {
  const hash = uri.indexOf('#')
  if (hash < 0) return [uri, '']
  const fragment = uri.slice(hash + 1)
  try {
    return [uri.slice(0, hash), decodeURIComponent(fragment)]
  } catch {
    return [uri.slice(0, hash), fragment]
  }
}

/** @returns an absolute URI as others are compared with it, without its fragment. */
export function canonicalUri(uri: string): string {
  return splitUri(resolveUri(uri, 'schema:///') ?? uri)[0]
}

/** @returns an absolute URI; undefined for what is no reference, or none that the base can complete. */
export function resolveUri(reference: string, base: string): string | undefined {
  if (reference.startsWith('#')) return base + reference
  try {
    return new URL(reference, base).href
  } catch {
    return undefined
  }
}
