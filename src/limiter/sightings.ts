/** How many names are remembered at most: a power of two. */
const PLACES = 1024

/** Tells names that come again from those that come once, in constant space. It may forget, and very rarely mistake one name for another. */
export class Sightings {
  #hashes: Uint32Array | undefined

  /** @returns whether this name was seen before. */
  isSeenAgain(name: string): boolean {
    this.#hashes ??= new Uint32Array(PLACES)
    const hash = hashOf(name)
    const place = hash & (PLACES - 1)
    if (this.#hashes[place] === hash) return true
    this.#hashes[place] = hash
    return false
  }
}

/** FNV-1a over UTF-16 code units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
