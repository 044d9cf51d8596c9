import { describe, expect, it } from 'vitest'
import { InflatedTooLarge, inflate, inflateAll } from './inflate.ts'

const MiB = 1024 * 1024
const deflate = async (bytes: Uint8Array<ArrayBuffer>, format: 'deflate' | 'deflate-raw' | 'gzip' = 'deflate') =>
  new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream(format))).arrayBuffer())
const zeros = (length: number) => deflate(new Uint8Array(length))

describe('inflate', () => {
  it.each([[0], [1], [1000], [MiB]])('gives back %i bytes', async (length) => {
    const bytes = crypto.getRandomValues(new Uint8Array(Math.min(length, 65_536)))
    const long = new Uint8Array(length)
    long.set(bytes)
    expect(await inflate(await deflate(long), MiB)).toEqual(long)
  })

  it('takes what is just large enough, and not a byte more', async () => {
    expect((await inflate(await zeros(MiB), MiB)).byteLength).toBe(MiB)
    await expect(inflate(await zeros(MiB + 1), MiB)).rejects.toThrow(InflatedTooLarge)
  })

  it('stops in the middle of a bomb: what comes after is not looked at', async () => {
    const bomb = await zeros(64 * MiB)
    // Broken from a quarter on: whoever reads that far says that it is no ZLIB stream.
    bomb.fill(0xff, bomb.byteLength / 4)
    await expect(inflate(bomb, MiB)).rejects.toThrow(InflatedTooLarge)
  })

  it.each<[string, () => Promise<Uint8Array>]>([
    ['nothing', async () => await Promise.resolve(new Uint8Array(0))],
    ['text', async () => await Promise.resolve(new TextEncoder().encode('a secret text'))],
    ['half a stream', async () => (await zeros(1000)).slice(0, -6)],
    ['a stream without its checksum', async () => (await zeros(1000)).slice(0, -4)],
    ['a wrong checksum', async () => (await zeros(1000)).map((byte, at, all) => (at === all.length - 1 ? byte ^ 1 : byte))],
    ['gzip', () => deflate(new Uint8Array(1000), 'gzip')],
    ['DEFLATE without ZLIB', () => deflate(new Uint8Array(1000), 'deflate-raw')],
  ])('refuses %s, and quotes nothing', async (_, make) => {
    await expect(inflate(await make(), MiB)).rejects.toThrow(/^not a whole ZLIB stream$/)
  })
})

describe('inflateAll', () => {
  const text = Uint8Array.from(new TextEncoder().encode('the same, the same, the same, the same'))
  const join = (...parts: readonly Uint8Array[]) => new Uint8Array(parts.flatMap((part) => [...part]))
  /** A header with a name and without (RFC 1952 §2.3). */
  const named = (gzip: Uint8Array) => join(new Uint8Array([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3, 0x61, 0]), gzip.slice(10))

  it.each(['gzip', 'deflate'] as const)('%s: gives back what was compressed, however long', async (form) => {
    for (const length of [0, 1, 1000, MiB]) {
      const long = new Uint8Array(length).fill(7)
      expect(await inflateAll(await deflate(long, form), form, MiB)).toEqual(long)
    }
    await expect(inflateAll(await deflate(new Uint8Array(MiB + 1), form), form, MiB)).rejects.toThrow(InflatedTooLarge)
  })

  it('takes the name of a file', async () => {
    expect(await inflateAll(named(await deflate(text, 'gzip')), 'gzip', 1000)).toEqual(text)
  })

  it.each<[string, 'gzip' | 'deflate', (whole: Uint8Array) => Uint8Array]>([
    ['nothing', 'gzip', () => new Uint8Array(0)],
    ['nothing', 'deflate', () => new Uint8Array(0)],
    ['a second stream', 'gzip', (whole) => join(whole, whole)],
    ['a second stream', 'deflate', (whole) => join(whole, whole)],
    ['something behind', 'gzip', (whole) => join(whole, new Uint8Array(9))],
    ['its own trailer again', 'gzip', (whole) => join(whole, whole.slice(-8))],
    ['something behind', 'deflate', (whole) => join(whole, new Uint8Array(1))],
    ['less', 'gzip', (whole) => whole.slice(0, -1)],
    ['no trailer', 'gzip', (whole) => whole.slice(0, -8)],
    ['less', 'deflate', (whole) => whole.slice(0, -1)],
    ['half of it', 'gzip', (whole) => whole.slice(0, whole.length / 2)],
    ['a header', 'gzip', (whole) => whole.slice(0, 10)],
    [
      'a name without end',
      'gzip',
      (whole) =>
        join(
          new Uint8Array([0x1f, 0x8b, 8, 8]),
          whole.slice(4).filter((byte) => byte !== 0),
        ),
    ],
    ['an extra field', 'gzip', (whole) => whole.map((byte, at) => (at === 3 ? 4 : byte))],
    ['another checksum', 'gzip', (whole) => whole.map((byte, at) => (at === whole.length - 8 ? byte ^ 1 : byte))],
    ['another length', 'gzip', (whole) => whole.map((byte, at) => (at === whole.length - 4 ? byte ^ 1 : byte))],
    ['another checksum', 'deflate', (whole) => whole.map((byte, at) => (at === whole.length - 1 ? byte ^ 1 : byte))],
  ])('refuses %s: %s', async (_, form, change) => {
    await expect(inflateAll(change(await deflate(text, form)), form, MiB)).rejects.toThrow(/^not one whole compressed stream$/)
  })

  it('takes one form for no other', async () => {
    await expect(inflateAll(await deflate(text, 'deflate'), 'gzip', MiB)).rejects.toThrow(/whole/)
    await expect(inflateAll(await deflate(text, 'gzip'), 'deflate', MiB)).rejects.toThrow(/whole/)
    await expect(inflateAll(await deflate(text, 'deflate-raw'), 'deflate', MiB)).rejects.toThrow(/whole/)
  })
})
