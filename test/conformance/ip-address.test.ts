import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readCidr } from '../../src/lib/cidr.ts'

interface Vector {
  readonly id: string
  readonly kind: 'ipv4-or-cidr' | 'ipv6-or-cidr'
  readonly input: string
  readonly expected: 'valid' | 'invalid'
}

/** Where Portcullis is stricter than the suite, on purpose. */
const STRICTER: ReadonlyMap<string, string> = new Map([
  ['127.0.0.1/02', 'a leading zero in a prefix'],
  ['0:1:2:3:4:5:6:7/001', 'a leading zero in a prefix'],
  ['2001:db8::%1', 'a zone: it means something on one host only (RFC 4007 §6)'],
])

const file = join(process.env.PORTCULLIS_VECTORS ?? join(import.meta.dirname, '../../../shared/vectors'), 'ip-address.jsonl')

describe('the address lists of the ip-address suite', () => {
  if (!existsSync(file)) {
    it('WAS NOT RUN: the vectors are not there; set PORTCULLIS_VECTORS to their directory', () => {
      console.warn('conformance: ip-address.jsonl is not there, nothing was compared; set PORTCULLIS_VECTORS to the directory of the vectors')
    })
    return
  }
  const vectors = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line): Vector => JSON.parse(line))

  it('holds enough of them to mean something', () => {
    expect(vectors.length).toBeGreaterThan(1_000)
  })

  it.each(vectors)('$id $input is $expected', ({ kind, input, expected }) => {
    const read = readCidr(input, new Uint32Array(4), new Uint32Array(4))
    // Host bits are sound syntax: the suite takes them, a list of networks does not.
    const sound = typeof read === 'number' || read === 'host-bits'
    const inFamily = input.includes(':') === (kind === 'ipv6-or-cidr')
    expect(sound && inFamily ? 'valid' : 'invalid').toBe(STRICTER.has(input) ? 'invalid' : expected)
  })
})
