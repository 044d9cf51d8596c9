import { describe, expect, it } from 'vitest'
import { readSequence, recordForm, type SequenceReading } from './ndjson.ts'

const LIMITS = { maxDepth: 4, largeNumbers: 'deny', maxRecords: 3, maxRecordBytes: 20 } as const
const lines = (text: string) => readSequence(new TextEncoder().encode(text), 'lines', LIMITS)
const sequence = (text: string) => readSequence(new TextEncoder().encode(text), 'sequence', LIMITS)

it.each([
  ['application/x-ndjson', 'lines'],
  ['application/jsonl', 'lines'],
  ['application/json-seq', 'sequence'],
  ['application/geo+json-seq', 'sequence'],
  ['application/json', undefined],
])('%s', (type, form) => expect(recordForm(type)).toBe(form))

describe('lines', () => {
  it.each<[string, string, SequenceReading]>([
    ['nothing', '', { records: [] }],
    ['one', '{"a":1}', { records: [{ a: 1 }] }],
    ['several', '{"a":1}\n2\n', { records: [{ a: 1 }, 2] }],
    ['with CRLF', '{"a":1}\r\n2\r\n', { records: [{ a: 1 }, 2] }],
    ['an empty line', '1\n\n2', { fault: 'framing' }],
    ['an empty line at the end', '1\n\n', { fault: 'framing' }],
    ['a line of spaces', '1\n  \n2', { fault: 'syntax' }],
    ['two on a line', '{}{}\n', { fault: 'syntax' }],
    ['a carriage return between', '1\r2\n', { fault: 'syntax' }],
    ['a line separator in a text', '"a\u{2028}1"', { fault: 'framing' }],
    ['a next line in a text', '"a\u{85}1"', { fault: 'framing' }],
    ['other characters near them', '"\u{2027}\u{2030}\u{86}"', { records: ['\u{2027}\u{2030}\u{86}'] }],
    ['one too many', '1\n2\n3\n4', { fault: 'too-many-records' }],
    ['one too long', `1\n"${'a'.repeat(20)}"`, { fault: 'record-length' }],
    ['a key twice', '1\n{"a":1,"a":1}', { fault: 'duplicate-key' }],
    ['one too deep', '[[[[[]]]]]', { fault: 'depth' }],
    ['a byte order mark', '\u{feff}1\n', { fault: 'encoding' }],
    ['a separator of another form', '\x1e1\n', { fault: 'syntax' }],
  ])('%s', (_, text, reading) => expect(lines(text)).toEqual(reading))
})

describe('a sequence', () => {
  it.each<[string, string, SequenceReading]>([
    ['several', '\x1e{"a":\n1}\n\x1e2\n', { records: [{ a: 1 }, 2] }],
    ['nothing', '', { records: [] }],
    ['without a separator', '1\n', { fault: 'framing' }],
    ['cut off', '\x1e1\n\x1e2', { fault: 'framing' }],
    ['a separator alone', '\x1e', { fault: 'framing' }],
    ['separators in a row', '\x1e\x1e1\n', { fault: 'framing' }],
    ['an empty record', '\x1e\n\x1e1\n', { fault: 'framing' }],
    ['two in one', '\x1e1\n2\n', { fault: 'syntax' }],
    ['one too many', '\x1e1\n'.repeat(4), { fault: 'too-many-records' }],
  ])('%s', (_, text, reading) => expect(sequence(text)).toEqual(reading))
})
