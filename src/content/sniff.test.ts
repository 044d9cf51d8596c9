import { expect, it } from 'vitest'
import { mayBe, sniff } from './sniff.ts'

const bytes = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0))

it.each([
  ['\x89PNG\r\n\x1a\n...', 'image/png'],
  ['\x89PNG', undefined],
  ['\xff\xd8\xff\xe0', 'image/jpeg'],
  ['GIF89a..', 'image/gif'],
  ['RIFF1234WEBPVP8 ', 'image/webp'],
  ['RIFF1234WAVE', undefined],
  ['%PDF-1.7', 'application/pdf'],
  ['PK\x03\x04', 'application/zip'],
  ['\x1f\x8b\x08\x00', 'application/gzip'],
  ['\0\0\0\x18ftypmp42....', undefined],
  ['\0\0\0\x18ftypmp42\0\0\0\0isommp42', 'video/mp4'],
  ['\0\0\0\x18ftypisom\0\0\x02\0isommp41', 'video/mp4'],
  ['\0\0\0\x18ftypheic\0\0\0\0mif1heic', undefined],
  ['<!DOCTYPE HTML>', 'text/html'],
  [' \n<script>alert(1)</script>', 'text/html'],
  ['<!--', 'text/html'],
  ['<bold', undefined],
  ['<svg xmlns="http://www.w3.org/2000/svg">', 'image/svg+xml'],
  ['<?xml version="1.0"?><svg onload="x"/>', 'image/svg+xml'],
  ['<?xml version="1.0"?><a/>', 'text/xml'],
  ['\xef\xbb\xbf<html>', 'text/html'],
  ['{"a":"<svg>"}', undefined],
  ['a text', undefined],
  ['', undefined],
])('%j', (text, type) => expect(sniff(bytes(text))).toBe(type))

it.each([
  ['image/png', 'image/png', true],
  ['image/png', undefined, false],
  ['image/png', 'image/gif', false],
  ['image/jpg', 'image/jpeg', true],
  ['image/svg+xml', undefined, false],
  ['image/heic', undefined, true],
  ['image/heic', 'text/html', false],
  ['audio/mp4', 'video/mp4', true],
  ['audio/mpeg', 'application/zip', false],
  ['text/plain', undefined, true],
  ['text/plain', 'text/html', true],
  ['text/csv', 'application/zip', false],
  ['application/json', 'text/html', false],
  ['application/octet-stream', 'text/html', true],
  ['application/vnd.oasis.opendocument.text', 'application/zip', true],
] as const)('%s may be %s: %s', (declared, sniffed, may) => expect(mayBe(declared, sniffed)).toBe(may))
