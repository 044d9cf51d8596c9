/** A longer address is none of a list. */
const MAX_URI_LENGTH = 2048

/** Servers may read these as what they stand for, and then the path is another one. */
const ENCODED_DELIMITER = /%(?:25|2e|2f|5c)/i

/**
 * Whether a text is an https URL in its one form, by which it can be compared: as the parser writes it, without user information and fragment.
 * `..`, backslashes, upper-case hosts and default ports have another form.
 */
export function isCanonicalPlace(uri: string): boolean {
  if (uri.length > MAX_URI_LENGTH || !uri.startsWith('https://') || uri.includes('#') || ENCODED_DELIMITER.test(uri)) return false
  const url = URL.parse(uri)
  return url !== null && url.href === uri && url.username === '' && url.password === ''
}

/** Whether a place of the settings stands for all that lies below it, rather than for one list. */
export function isFolder(place: string): boolean {
  return place.endsWith('/')
}

/**
 * @param places checked by {@link isCanonicalPlace}. A folder ends in `/` after its host, so that no other host begins like it.
 * @returns whether a status list may be fetched from an address that a token names.
 */
export function allowedPlaces(places: readonly string[]): (uri: string) => boolean {
  const exact = new Set(places.filter((place) => !isFolder(place)))
  const folders = places.filter(isFolder)
  return (uri) => isCanonicalPlace(uri) && (exact.has(uri) || folders.some((folder) => uri.length > folder.length && uri.startsWith(folder)))
}
