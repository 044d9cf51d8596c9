/** @returns where the bytes begin that are sought, at `from` or behind it; -1 if nowhere. */
export type ByteSearch = (bytes: Uint8Array, from: number) => number

/** Makes a search that reads each byte once, whatever they are (Knuth, Morris, Pratt): others can be made to take as many times longer as the sought text has bytes. */
export function searchFor(sought: Uint8Array): ByteSearch {
  const fallback = fallbackOf(sought)
  return (bytes, from) => {
    let matched = 0
    for (let at = from; at < bytes.length; at++) {
      while (matched > 0 && bytes[at] !== sought[matched]) matched = fallback[matched - 1] as number
      if (bytes[at] === sought[matched]) matched++
      if (matched === sought.length) return at - matched + 1
    }
    return -1
  }
}

/** How much of the beginning is also the end of what matched so far. */
function fallbackOf(sought: Uint8Array): Uint8Array {
  const fallback = new Uint8Array(sought.length)
  for (let i = 1, matched = 0; i < sought.length; i++) {
    while (matched > 0 && sought[i] !== sought[matched]) matched = fallback[matched - 1] as number
    if (sought[i] === sought[matched]) matched++
    fallback[i] = matched
  }
  return fallback
}
