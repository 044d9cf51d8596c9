import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { IpRanges } from './ip-ranges.ts'

/** Begins a packed list, and names its layout. */
const PREFIX = 'networks-1:'

/** Whether a text claims to be a packed list. */
export function isPacked(text: string): boolean {
  return text.startsWith(PREFIX)
}

/**
 * Writes ranges so that reading them again costs next to nothing at start: a digest, then base64 of the sorted rows, little-endian, IPv4 then IPv6.
 * The digest stands for the order of the rows too: to look at each again would cost more than all the rest.
 */
export function packRanges(ranges: IpRanges): string {
  const rows = ranges.rows().map(encode).join('.')
  return `${PREFIX}${digest(rows)}:${rows}`
}

/** @returns the ranges, or nothing when the text is not exactly what {@link packRanges} wrote: a list that is damaged must not be half a list. */
export function unpackRanges(text: string): IpRanges | undefined {
  const [, digestOfRows, rows] = text.split(':')
  if (!isPacked(text) || rows === undefined || digest(rows) !== digestOfRows) return undefined
  const [v4, v6] = rows.split('.')
  return new IpRanges(decode(v4 ?? ''), decode(v6 ?? ''))
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function encode(rows: Uint32Array): string {
  const bytes = Buffer.alloc(rows.length * 4)
  for (const [i, word] of rows.entries()) bytes.writeUInt32LE(word, i * 4)
  return bytes.toString('base64')
}

/** A copy, because a typed array must begin at a multiple of its word. Workers, and all machines that run them, are little-endian. */
function decode(base64: string): Uint32Array {
  const bytes = Buffer.from(base64, 'base64')
  return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
}
