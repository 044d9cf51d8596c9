import { describe, expect, it } from 'vitest'
import { codingOf, decompress } from './compressed.ts'

const compress = async (bytes: Uint8Array<ArrayBuffer>, format: 'gzip' | 'deflate') =>
  new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream(format))).arrayBuffer())
const LIMITS = { maxBytes: 100_000, maxRatio: 20 }

it.each([
  [null, undefined],
  ['identity', undefined],
  ['gzip', 'gzip'],
  [' GZIP', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['br', 'unknown'],
  ['zstd', 'unknown'],
  ['gzip, gzip', 'unknown'],
  ['identity, gzip', 'unknown'],
  ['', 'unknown'],
] as const)('%j is %s', (field, coding) => expect(codingOf(field)).toBe(coding))

describe('decompress', () => {
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))

  it.each(['gzip', 'deflate'] as const)('%s', async (coding) => {
    const bytes = random(50_000)
    expect(await decompress(await compress(bytes, coding), coding, LIMITS)).toEqual({ bytes })
  })

  it('lets a short text repeat itself', async () => {
    const bytes = new Uint8Array(4000)
    expect(await decompress(await compress(bytes, 'gzip'), 'gzip', LIMITS)).toEqual({ bytes })
  })

  it.each<[string, () => Promise<Uint8Array>, 'gzip' | 'deflate' | 'unknown', string]>([
    ['a bomb', () => compress(new Uint8Array(1_000_000), 'gzip'), 'gzip', 'ratio'],
    ['a bomb of ZLIB', () => compress(new Uint8Array(1_000_000), 'deflate'), 'deflate', 'ratio'],
    ['more than is let in', async () => await compress(new Uint8Array([...random(60_000), ...random(60_000)]), 'gzip'), 'gzip', 'too-large'],
    ['nothing', async () => await Promise.resolve(new Uint8Array()), 'gzip', 'broken'],
    ['a text', async () => await Promise.resolve(new TextEncoder().encode('{"a":1}')), 'gzip', 'broken'],
    ['another coding', () => compress(random(9), 'deflate'), 'gzip', 'broken'],
    ['an unknown coding', () => compress(random(9), 'gzip'), 'unknown', 'coding'],
  ])('refuses %s', async (_, make, coding, fault) => {
    expect(await decompress(await make(), coding, LIMITS)).toEqual({ fault })
  })
})
