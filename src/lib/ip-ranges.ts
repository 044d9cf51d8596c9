import { type CidrFault, readCidr } from './cidr.ts'
import { readIp } from './ip.ts'

/** Answers whether an address lies in any of many networks: sorted typed arrays, 8 bytes an IPv4 range and 32 an IPv6 range. */
export class IpRanges {
  /** A row is the words of the first address, then those of the last; rows are sorted and do not overlap. */
  readonly #v4: Uint32Array
  readonly #v6: Uint32Array

  constructor(v4: Uint32Array, v6: Uint32Array) {
    this.#v4 = v4
    this.#v6 = v6
  }

  /** How many ranges there are, overlapping ones counted as one. */
  get size(): number {
    return this.#v4.length / 2 + this.#v6.length / 8
  }

  /** The sorted rows, IPv4 then IPv6, for whoever stores them. */
  rows(): readonly [Uint32Array, Uint32Array] {
    return [this.#v4, this.#v6]
  }

  /** Whether the address lies in one of the ranges; undefined when it is no address. */
  has(ip: string): boolean | undefined {
    const family = readIp(ip, ip.length, key)
    if (family === undefined) return undefined
    return family === 4 ? holds(this.#v4, 1) : holds(this.#v6, 4)
  }
}

/**
 * Reads networks once, at start.
 * @param refuse is told of every entry that is none, by its index.
 */
export function ipRanges(networks: readonly string[], refuse: (index: number, fault: CidrFault) => void): IpRanges {
  const v4 = new Uint32Array(networks.length * 2)
  let v6 = new Uint32Array(0)
  let v4Rows = 0
  let v6Rows = 0
  for (let i = 0; i < networks.length; i++) {
    const family = readCidr(networks[i] ?? '', first, last)
    if (family === 4) {
      v4[2 * v4Rows] = first[0] ?? 0
      v4[2 * v4Rows++ + 1] = last[0] ?? 0
    } else if (family === 6) {
      // Most lists have no IPv6 networks at all, and a row of them is large.
      if (v6Rows === 0) v6 = new Uint32Array((networks.length - i) * 8)
      v6.set(first, 8 * v6Rows)
      v6.set(last, 8 * v6Rows++ + 4)
    } else refuse(i, family)
  }
  return new IpRanges(merged(v4, v4Rows, 1), merged(v6, v6Rows, 4))
}

const key = new Uint32Array(4)
const first = new Uint32Array(4)
const last = new Uint32Array(4)

/** Binary search for the last row that begins at or before {@link key}. */
function holds(rows: Uint32Array, width: number): boolean {
  const stride = 2 * width
  let low = 0
  let high = rows.length / stride
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(rows, middle * stride, key, 0, width) <= 0) low = middle + 1
    else high = middle
  }
  return low > 0 && compare(rows, (low - 1) * stride + width, key, 0, width) >= 0
}

/** Compares two addresses of `width` words: below, at or above 0. */
function compare(a: Uint32Array, atA: number, b: Uint32Array, atB: number, width: number): number {
  for (let i = 0; i < width; i++) {
    const difference = (a[atA + i] ?? 0) - (b[atB + i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** @returns the rows in order, those that overlap made one. */
function merged(unsorted: Uint32Array, count: number, width: number): Uint32Array {
  const stride = 2 * width
  const rows = isSorted(unsorted, count, width) ? unsorted : sorted(unsorted, count, width)
  let length = 0
  for (let at = 0; at < count * stride; at += stride) {
    const end = length - width
    const overlaps = length > 0 && compare(rows, at, rows, end, width) <= 0
    if (!overlaps) {
      rows.copyWithin(length, at, at + stride)
      length += stride
    } else if (compare(rows, at + width, rows, end, width) > 0) rows.copyWithin(end, at + width, at + stride)
  }
  return rows.slice(0, length)
}

function isSorted(rows: Uint32Array, count: number, width: number): boolean {
  const stride = 2 * width
  for (let at = stride; at < count * stride; at += stride) if (compare(rows, at - stride, rows, at, width) > 0) return false
  return true
}

/** Radix sort by first address, byte by byte from the least significant: a comparing sort takes several times as long at start. */
function sorted(rows: Uint32Array, count: number, width: number): Uint32Array {
  const stride = 2 * width
  let order = new Uint32Array(count)
  let next = new Uint32Array(count)
  for (let i = 0; i < count; i++) order[i] = i * stride
  for (let word = width - 1; word >= 0; word--) {
    for (let shift = 0; shift < 32; shift += 8) {
      const starts = byteStarts(rows, count * stride, stride, word, shift)
      for (let i = 0; i < count; i++) {
        const at = order[i] ?? 0
        const byte = ((rows[at + word] ?? 0) >>> shift) & 255
        const place = starts[byte] ?? 0
        next[place] = at
        starts[byte] = place + 1
      }
      ;[order, next] = [next, order]
    }
  }
  const out = new Uint32Array(count * stride)
  for (let i = 0; i < count; i++) {
    const at = order[i] ?? 0
    for (let k = 0; k < stride; k++) out[i * stride + k] = rows[at + k] ?? 0
  }
  return out
}

/** For each value of a byte, how many rows have a smaller one. */
function byteStarts(rows: Uint32Array, end: number, stride: number, word: number, shift: number): Uint32Array {
  const starts = new Uint32Array(257)
  for (let at = word; at < end; at += stride) {
    const byte = ((rows[at] ?? 0) >>> shift) & 255
    starts[byte + 1] = (starts[byte + 1] ?? 0) + 1
  }
  for (let i = 1; i < 257; i++) starts[i] = (starts[i] ?? 0) + (starts[i - 1] ?? 0)
  return starts
}
