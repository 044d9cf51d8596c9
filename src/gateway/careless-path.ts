/** Whether some server could read the path as another one: upper case, path parameters, percent-encoding, or a dot or slash at an end. */
export function mayBeFolded(path: string): boolean {
  return /[A-Z;%]|[./]$|\.\//.test(path)
}

/** Whether more than the case of its letters could differ. */
function mayLosePieces(path: string): boolean {
  return /[;%]|[./]$|\.\//.test(path)
}

/** The path as a careless server reads it: without case, path parameters, trailing dots, spaces around segments and a trailing slash. */
export function fold(path: string): string {
  if (!mayLosePieces(path)) return path.toLowerCase()
  const text = path.split('/').map(foldSegment).join('/')
  return text.length > 1 && text.endsWith('/') ? text.slice(0, -1) : text
}

/** Character by character: a regular expression for the dots at the end takes quadratic time when they stand before something else. */
function foldSegment(segment: string): string {
  const text = decodeLeniently(segment).toLowerCase()
  const semicolon = text.indexOf(';')
  let end = semicolon < 0 ? text.length : semicolon
  while (end > 0 && (text[end - 1] === '.' || text[end - 1] === ' ')) end--
  let start = 0
  while (start < end && text[start] === ' ') start++
  return text.slice(start, end)
}

function decodeLeniently(segment: string): string {
  return segment.includes('%') ? decodeURIComponent(segment) : segment
}
