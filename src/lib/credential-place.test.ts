import { describe, expect, it } from 'vitest'
import { cookieOf, cookiePlace, isPresented } from './credential-place.ts'
import { RequestHeaders } from './request-headers.ts'

describe('a place of credentials', () => {
  it.each<[string, string | undefined]>([
    ['authorization', undefined],
    ['cookie', undefined],
    [cookiePlace('__Host-token'), '__Host-token'],
  ])('%s is the cookie %s', (place, cookie) => expect(cookieOf(place)).toBe(cookie))

  it.each<[string, Record<string, string>, boolean]>([
    ['authorization', {}, false],
    ['authorization', { authorization: 'x' }, true],
    ['cookie', { cookie: 'a=1' }, true],
    ['cookie:__Host-token', {}, false],
    ['cookie:__Host-token', { cookie: 'a=1' }, false],
    ['cookie:__Host-token', { cookie: '__Host-token=' }, false],
    ['cookie:__Host-token', { cookie: 'a=1; __Host-token=x' }, true],
    ['cookie:__Host-token', { cookie: '__Host-token="x"' }, true],
    ['cookie:__Host-token', { cookie: '__Host-token=x; __Host-token=y' }, true],
  ])('%s in %j: %s', (place, headers, expected) => expect(isPresented(place, new RequestHeaders(new Headers(headers)))).toBe(expected))
})
