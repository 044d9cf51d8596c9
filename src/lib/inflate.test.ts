import { describe, expect, it } from 'vitest'
import { InflatedTooLarge, inflate } from './inflate.ts'

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
