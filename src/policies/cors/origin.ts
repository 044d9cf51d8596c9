const ORIGIN = /^([a-z][a-z0-9+.-]*):\/\/((?:[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)|\[[0-9a-f:.]+\])(?::[1-9]\d{0,4})?$/

/** Whether the text is an origin as browsers serialise it (RFC 6454 §6.2), so that comparing it byte for byte is enough. */
export function isOrigin(text: string): boolean {
  const scheme = ORIGIN.exec(text)?.[1]
  if (scheme === undefined || scheme === 'file') return false
  if (scheme !== 'http' && scheme !== 'https') return true
  return URL.canParse(text) && new URL(text).origin === text
}

/** Whether anybody on the network's way can speak for this origin: plain http, and not to the machine itself. */
export function isInsecureOrigin(text: string): boolean {
  if (!text.startsWith('http://')) return false
  const host = new URL(text).hostname
  return !(host === 'localhost' || host.endsWith('.localhost') || host === '127.0.0.1' || host === '[::1]')
}
