import { describe, expect, it } from 'vitest'
import { readBearer } from './bearer.ts'

describe('readBearer', () => {
  it.each<[string, string | null, string]>([
    ['no field', null, 'absent'],
    ['empty', '', 'other'],
    ['another scheme', 'Basic dXNlcjpwYXNz', 'other'],
    ['a longer scheme', 'Bearerx abc', 'other'],
    ['a longer scheme by a hyphen', 'Bearer-Token abc', 'other'],
    ['a token without scheme', 'abc.def.ghi', 'other'],
    ['commas inside another scheme', 'Digest realm="a", nonce="b"', 'other'],
    ['scheme alone', 'Bearer', 'malformed'],
    ['scheme and a space', 'Bearer ', 'malformed'],
    ['two spaces', 'Bearer  abc', 'malformed'],
    ['a tab', 'Bearer\tabc', 'malformed'],
    ['a colon', 'Bearer:abc', 'malformed'],
    ['an equals sign', 'Bearer=abc', 'malformed'],
    ['trailing space', 'Bearer abc ', 'malformed'],
    ['two tokens by a space', 'Bearer abc def', 'malformed'],
    ['quoted', 'Bearer "abc"', 'malformed'],
    ['a parameter', 'Bearer token="abc"', 'malformed'],
    ['padding inside', 'Bearer ab=c', 'malformed'],
    ['padding alone', 'Bearer ==', 'malformed'],
    ['non-ASCII', 'Bearer ab\u00e9', 'malformed'],
    ['a full-width dot', 'Bearer ab\uff0ec', 'malformed'],
    ['a semicolon', 'Bearer abc;def', 'malformed'],
    ['a percent sign', 'Bearer abc%20', 'malformed'],
    ['two credentials', 'Bearer a, Bearer b', 'multiple'],
    ['the same credential twice', 'Bearer a, Bearer a', 'multiple'],
    ['two credentials without space', 'Bearer a,Bearer b', 'multiple'],
    ['another scheme second', 'Bearer a, Basic b', 'multiple'],
    ['another scheme first', 'Basic b, bearer a', 'multiple'],
    ['an empty second field', 'Bearer a, ', 'multiple'],
    ['a token', 'Bearer abc', 'token'],
    ['lower case', 'bearer abc', 'token'],
    ['mixed case', 'bEaReR abc', 'token'],
    ['trailing padding', 'Bearer abc==', 'token'],
    ['all of the alphabet', 'Bearer aZ09-._~+/', 'token'],
  ])('%s', (_name, value, kind) => {
    expect(readBearer(value).kind).toBe(kind)
  })

  it('gives the token as it stands', () => {
    expect(readBearer('BEARER aB.c=')).toEqual({ kind: 'token', token: 'aB.c=' })
  })
})
