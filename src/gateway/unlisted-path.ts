/** Which segments of an unlisted path are written down as they came: those that the zone's own routes have, or short lower-case words too. */
export type UnlistedPaths = 'known' | 'words'

/** The most segments that are written down; what follows is `…`. */
const MAX_SEGMENTS = 8
/** The most characters of a shape: literals of a configuration may be long. */
const MAX_CHARACTERS = 200
const HIDDEN = '{}'
const VERSION = /^v\d{1,2}$/
const WORD = /^[a-z]{1,24}$/

/**
 * Makes paths that no route has into something that may be recorded and counted: segments that stand as literals in some route stay, and versions like `v2`;
 * every other one becomes `{}`. So nothing of an identifier, a name or a secret is kept, and a client chooses among few shapes only.
 * @param literals the segments that stand in the zone's routes.
 * @returns the shape of a path in its canonical form: `/v1/users/{}/{}`.
 */
export function unlistedShapes(literals: () => ReadonlySet<string>, kept: UnlistedPaths): (path: string) => string {
  // Thousands of routes are not gone through at start.
  let found: ReadonlySet<string> | undefined
  const isLiteral = (segment: string) => {
    found ??= literals()
    return found.has(segment)
  }
  // The empty segment behind a slash at the end: what differs from a listed path by that alone is not listed.
  const stays = (segment: string) => segment === '' || isLiteral(segment) || VERSION.test(segment) || (kept === 'words' && WORD.test(segment))
  return (path) => {
    let shape = ''
    let at = 1
    for (let count = 0; count < MAX_SEGMENTS; count++) {
      const slash = path.indexOf('/', at)
      const segment = path.slice(at, slash < 0 ? path.length : slash)
      shape += `/${stays(segment) ? segment : HIDDEN}`
      if (slash < 0) return cut(shape)
      at = slash + 1
    }
    return cut(`${shape}/…`)
  }
}

function cut(shape: string): string {
  return shape.length > MAX_CHARACTERS ? `${shape.slice(0, MAX_CHARACTERS)}…` : shape
}
