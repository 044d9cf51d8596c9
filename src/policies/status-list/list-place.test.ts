import { describe, expect, it } from 'vitest'
import { allowedPlaces } from './list-place.ts'

const isAllowed = allowedPlaces(['https://lists.example/status/', 'https://other.example/list', 'https://third.example/'])

describe('a list may be fetched from', () => {
  it.each([
    'https://lists.example/status/1',
    'https://lists.example/status/2026/a-b_c.jwt',
    'https://lists.example/status/1?part=2',
    'https://other.example/list',
    'https://third.example/anything',
  ])('%s', (uri) => expect(isAllowed(uri)).toBe(true))
})

describe('a list may not be fetched from', () => {
  it.each<[string, string]>([
    ['a host that begins like one', 'https://lists.example.evil/status/1'],
    ['a longer host', 'https://lists.exampleevil/status/1'],
    ['a host in the user information’s place', 'https://lists.example@evil.example/status/1'],
    ['user information', 'https://user@lists.example/status/1'],
    ['a password', 'https://u:p@lists.example/status/1'],
    ['an empty user', 'https://@lists.example/status/1'],
    ['another port', 'https://lists.example:8443/status/1'],
    ['a default port', 'https://lists.example:443/status/1'],
    ['http', 'http://lists.example/status/1'],
    ['another scheme', 'file:///status/1'],
    ['data', 'data:application/statuslist+jwt,a.b.c'],
    ['upper case', 'https://LISTS.example/status/1'],
    ['upper-case scheme', 'HTTPS://lists.example/status/1'],
    ['a dot behind the host', 'https://lists.example./status/1'],
    ['the folder itself', 'https://lists.example/status/'],
    ['above it', 'https://lists.example/status'],
    ['beside it', 'https://lists.example/status2/1'],
    ['dots', 'https://lists.example/status/../admin'],
    ['dots within', 'https://lists.example/status/a/../1'],
    ['a single dot', 'https://lists.example/status/./1'],
    ['encoded dots', 'https://lists.example/status/%2e%2e/admin'],
    ['half encoded dots', 'https://lists.example/status/.%2E/admin'],
    ['encoded slashes', 'https://lists.example/status/..%2fadmin'],
    ['encoded backslashes', 'https://lists.example/status/..%5Cadmin'],
    ['doubly encoded slashes', 'https://lists.example/status/..%252fadmin'],
    ['backslashes', 'https://lists.example\\status\\1'],
    ['a backslash', 'https://lists.example/status/..\\admin'],
    ['a missing slash', 'https:/lists.example/status/1'],
    ['a tab', 'https://lists.example/sta\ttus/1'],
    ['a space in front', ' https://lists.example/status/1'],
    ['a line', 'https://lists.example/status/1\n'],
    ['a fragment', 'https://lists.example/status/1#a'],
    ['an empty fragment', 'https://lists.example/status/1#'],
    ['characters that are not ASCII', 'https://lists.example/status/é'],
    ['more behind a single list', 'https://other.example/list/2'],
    ['a longer name than that of a single list', 'https://other.example/list2'],
    ['a query behind a single list', 'https://other.example/list?a'],
    ['the cloud’s metadata', 'http://169.254.169.254/latest/meta-data/'],
    ['a relative address', '/status/1'],
    ['nothing', ''],
    ['an address without end', `https://lists.example/status/${'a'.repeat(2048)}`],
  ])('%s', (_, uri) => expect(isAllowed(uri)).toBe(false))
})
