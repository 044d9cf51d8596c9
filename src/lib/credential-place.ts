import { readCookie } from './cookie.ts'
import type { RequestHeaders } from './request-headers.ts'

const COOKIE = 'cookie:'

/** How a cookie is named among the places that credentials are read from. All others are lower-case names of headers; no header's name has a colon. */
export function cookiePlace(name: string): string {
  return COOKIE + name
}

/** @returns the cookie's name, or `undefined` for a header. */
export function cookieOf(place: string): string | undefined {
  return place.startsWith(COOKIE) ? place.slice(COOKIE.length) : undefined
}

/** Whether the request has anything in that place. A `Cookie` field without the one cookie is nothing. */
export function isPresented(place: string, headers: RequestHeaders): boolean {
  const cookie = cookieOf(place)
  return cookie === undefined ? headers.has(place) : readCookie(headers.get('cookie'), cookie).kind !== 'absent'
}
