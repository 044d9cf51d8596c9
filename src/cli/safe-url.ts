import { askedWrongly } from './failure.ts'

/** Reads where a token may be sent: https, or this machine. What else stands in a URL (a user, a query) is refused, and never repeated. @throws {Failure} */
export function safeUrl(text: string, what: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) throw askedWrongly(`${what} is no URL.`)
  if (url.username !== '' || url.password !== '')
    throw askedWrongly(`${what} holds a user or a password: no credential is taken from a URL. Replace it: it counts as known.`)
  if (url.search !== '' || url.hash !== '') throw askedWrongly(`${what} holds a query or a fragment: give the address alone.`)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    throw askedWrongly(`${what} must begin with https://: a token is sent there. Plain http is for this machine alone.`)
  return url
}

/** Whether a host is this machine whoever resolves it. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
}
