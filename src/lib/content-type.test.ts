import { describe, expect, it } from 'vitest'
import { parseContentType } from './content-type.ts'

describe('parseContentType', () => {
  it.each<[string, string, Record<string, string>]>([
    ['application/json', 'application/json', {}],
    [' Application/JSON ', 'application/json', {}],
    ['application/json; charset=utf-8', 'application/json', { charset: 'utf-8' }],
    ['application/json;Charset="UTF-8"', 'application/json', { charset: 'UTF-8' }],
    ['application/json ;\tcharset=utf-8 ; version=1', 'application/json', { charset: 'utf-8', version: '1' }],
    ['application/json;', 'application/json', {}],
    ['application/json;;charset=utf-8', 'application/json', { charset: 'utf-8' }],
    [String.raw`multipart/form-data; boundary="a;\"b, c"`, 'multipart/form-data', { boundary: 'a;"b, c' }],
    ['application/vnd.api+json', 'application/vnd.api+json', {}],
  ])('%s', (field, mediaType, parameters) => {
    const type = parseContentType(field)
    expect(type?.mediaType).toBe(mediaType)
    expect(Object.fromEntries(type?.parameters ?? [])).toEqual(parameters)
  })

  it.each([
    '',
    'json',
    'application/',
    '/json',
    'application/json/x',
    'application / json',
    'application/json, text/plain',
    'text/plain;a=application/json,application/json',
    'application/json charset=utf-8',
    'application/json; charset',
    'application/json; charset=',
    'application/json; charset =utf-8',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json; charset=utf-8; CHARSET=utf-8',
    'application/json; charset="utf-8',
    'application/json; charset="utf-8"x',
    "application/json; charset='utf 8'",
    'application/json\0',
    `application/${'j'.repeat(2000)}`,
  ])('refuses %j', (field) => {
    expect(parseContentType(field)).toBe(undefined)
  })

  it('takes linear time', () => {
    expect(parseContentType(`a/b${' ;'.repeat(500)}x`)).toBe(undefined)
    expect(parseContentType(`a/b;c="${'\\"'.repeat(500)}`)).toBe(undefined)
  })
})
