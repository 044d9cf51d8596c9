import { describe, expect, it } from 'vitest'
import { readCookie, withoutCookies } from './cookie.ts'

const NAME = '__Host-token'

describe('readCookie', () => {
  it.each<[string, string | null, string]>([
    ['no field', null, 'absent'],
    ['an empty field', '', 'absent'],
    ['the one cookie', '__Host-token=a.b.c', 'a.b.c'],
    ['the first', '__Host-token=a.b.c; b=1', 'a.b.c'],
    ['the last', 'a=1; __Host-token=a.b.c', 'a.b.c'],
    ['without a space', 'a=1;__Host-token=a.b.c;b=2', 'a.b.c'],
    ['with spaces and tabs', 'a=1; \t __Host-token \t=\t a.b.c \t; b=2', 'a.b.c'],
    ['a value that ends in =', '__Host-token=YQ==', 'YQ=='],
    ['another', 'a=1; b=2', 'absent'],
    ['no value', '__Host-token=', 'absent'],
    ['no value and spaces', '__Host-token= ; a=1', 'absent'],
    ['no =', '__Host-token; a=1', 'absent'],
    ['another case', '__host-token=a; __HOST-TOKEN=b', 'absent'],
    ['a longer name', '__Host-token2=a; x__Host-token=b; __Host-token.x=c', 'absent'],
    ['a name with a character that others trim', '\u2000__Host-token=a; \u00a0__Host-token=b; \x0b__Host-token=c', 'absent'],
    ['its name as a value', 'a=__Host-token; b=__Host-token=a.b.c', 'absent'],
    ['percent-encoded', '%5F_Host-token=a', 'absent'],
    ['twice', '__Host-token=a; __Host-token=b', 'multiple'],
    ['twice the same', '__Host-token=a; __Host-token=a', 'multiple'],
    ['twice, far apart', `__Host-token=a; ${'b=1; '.repeat(100)}__Host-token=a`, 'multiple'],
    ['twice, one empty', '__Host-token=; __Host-token=a', 'multiple'],
    ['two fields that were joined', '__Host-token=a, __Host-token=b', 'multiple'],
    ['a field that was joined behind another', 'a=1, __Host-token=b', 'multiple'],
    ['a field that was joined before another', '__Host-token=b, a=1', 'multiple'],
    ['in quotation marks', '__Host-token="a.b.c"', 'malformed'],
    ['half in quotation marks', 'a="x; __Host-token=a.b.c"', 'malformed'],
    ['with a space within', '__Host-token=a b', 'malformed'],
    ['with characters that no token has', '__Host-token=a%2Eb', 'malformed'],
    ['with a backslash', '__Host-token=a\\b', 'malformed'],
  ])('%s', (_, field, expected) => {
    const reading = readCookie(field, NAME)
    expect(reading.kind === 'token' ? reading.token : reading.kind).toBe(expected)
  })

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is a name like others', (name) => {
    expect(readCookie(null, name).kind).toBe('absent')
    expect(readCookie('a=1', name).kind).toBe('absent')
    expect(readCookie(`${name}=a`, name)).toEqual({ kind: 'token', token: 'a' })
  })

  it('a field of a megabyte comes to an end', () => {
    const spaces = ' '.repeat(1_000_000)
    expect(readCookie(`${spaces}${NAME}${spaces}${NAME}=a`, NAME).kind).toBe('absent')
    expect(readCookie(`${NAME};`.repeat(80_000), NAME).kind).toBe('absent')
    expect(readCookie('a=1;'.repeat(250_000), NAME).kind).toBe('absent')
  })
})

describe('withoutCookies', () => {
  it.each<[string, string, string | undefined]>([
    ['the one cookie', '__Host-token=a', undefined],
    ['the first', '__Host-token=a; b=1', 'b=1'],
    ['the last', 'b=1; __Host-token=a', 'b=1'],
    ['in the middle', 'b=1; __Host-token=a; c=2', 'b=1; c=2'],
    ['all of them', '__Host-token=a;b=1; __Host-token=b', 'b=1'],
    ['without a value', 'b=1; __Host-token', 'b=1'],
    ['with spaces', 'b=1;\t__Host-token\t= a', 'b=1'],
    ['in quotation marks', '__Host-token="a"; b=1', 'b=1'],
    ['behind a comma', 'b=1, __Host-token=a; c=2', 'c=2'],
    ['before a comma', '__Host-token=a, b=1; c=2', 'c=2'],
    ['others, byte for byte', 'b="x, y";  c = 1 ;;d', 'b="x, y";  c = 1 ;;d'],
    ['others beside it, byte for byte', 'b="x, y";  c = 1 ;; __Host-token=a;d', 'b="x, y";  c = 1 ;;d'],
    ['with what some take for space', 'b=1;\f__Host-token=a;\v__Host-token =b;\u00a0__Host-token=c;\ufffd__Host-token=d', 'b=1'],
    ['in another case', '__host-token=a; __HOST-Token=b; b=1', 'b=1'],
    ['as PHP reads it', '..Host-token=a; _[Host-token=b; %5f_Host-token=c; $__Host-token=d; __Host-token[a]=e; =__Host-token=f; b=1', 'b=1'],
    ['lookalikes', '__Host-token2=b; x=__Host-token; Host-token=c', '__Host-token2=b; x=__Host-token; Host-token=c'],
  ])('%s', (_, field, expected) => {
    expect(withoutCookies(field, (_name, readings) => readings.includes(NAME.toLowerCase()))).toBe(expected)
  })
})
