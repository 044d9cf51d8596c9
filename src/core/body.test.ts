import { describe, expect, it } from 'vitest'
import { Body, BodyAborted, BodyTooLarge } from './body.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const textOf = async (forwarded: BodyInit | null) => new Response(forwarded).text()

/** A stream of these pieces, which may break at its end. */
function streamOf(pieces: readonly string[], breaks = false): ReadableStream<Uint8Array> {
  const rest = pieces.values()
  return new ReadableStream({
    pull(controller) {
      const { done, value } = rest.next()
      if (done !== true) controller.enqueue(encode(value))
      else if (breaks) controller.error(new Error('gone'))
      else controller.close()
    },
  })
}

describe('a body', () => {
  it('is read once and forwarded as it was read', async () => {
    const body = new Body(streamOf(['ab', 'cd']), -1)
    expect(new TextDecoder().decode(await body.bytes(4))).toBe('abcd')
    expect(await body.bytes(10)).toBe(await body.bytes(4))
    expect(await textOf(body.forward())).toBe('abcd')
  })

  it('that nobody read is the untouched stream', () => {
    const stream = streamOf(['ab'])
    expect(new Body(stream, -1).forward()).toBe(stream)
  })

  it.each([
    ['by what it declares, unread', 5, 4],
    ['while it is read', -1, 3],
  ])('is too large %s, and still forwarded whole', async (_how, declared, maxBytes) => {
    const body = new Body(streamOf(['ab', 'cd', 'e']), declared)
    await expect(body.bytes(maxBytes)).rejects.toBeInstanceOf(BodyTooLarge)
    expect(await textOf(body.forward())).toBe('abcde')
  })

  it.each([5, 0])('whose declared length of %i is its own is read by the platform, once', async (declared) => {
    const text = 'abcde'.slice(0, declared)
    const body = new Body(streamOf(text === '' ? [] : [text.slice(0, 2), text.slice(2)]), declared)
    expect(new TextDecoder().decode(await body.bytes(5))).toBe(text)
    expect(await body.bytes(5)).toBe(await body.bytes(9))
    expect(await textOf(body.forward())).toBe(text)
  })

  it('is read by the request that it came with, where there is one', async () => {
    const request = new Request('https://api.example.com/', { method: 'POST', body: 'abcde' })
    const body = new Body(request.body, 5, request)
    await expect(body.bytes(4)).rejects.toBeInstanceOf(BodyTooLarge)
    expect(request.bodyUsed).toBe(false)
    expect(new TextDecoder().decode(await body.bytes(5))).toBe('abcde')
    expect(request.bodyUsed).toBe(true)
    expect(await textOf(body.forward())).toBe('abcde')
  })

  it('that is longer than its maker declared is too large all the same, and still forwarded whole', async () => {
    const body = new Body(streamOf(['abcd', 'efgh']), 2)
    await expect(body.bytes(4)).rejects.toBeInstanceOf(BodyTooLarge)
    await expect(body.bytes(4)).rejects.toBeInstanceOf(BodyTooLarge)
    expect(await textOf(body.forward())).toBe('abcdefgh')
    expect((await body.bytes(8)).byteLength).toBe(8)
  })

  it('of a declared length that its client breaks off is aborted, whoever asks again', async () => {
    const body = new Body(streamOf(['ab'], true), 5)
    await expect(body.bytes(9)).rejects.toBeInstanceOf(BodyAborted)
    await expect(body.bytes(9)).rejects.toBeInstanceOf(BodyAborted)
  })

  it('that was too large for one reader is there for one who takes more', async () => {
    const body = new Body(streamOf(['ab', 'cd', 'e']), -1)
    await expect(body.bytes(3)).rejects.toBeInstanceOf(BodyTooLarge)
    expect((await body.bytes(5)).byteLength).toBe(5)
    await expect(body.bytes(4)).rejects.toBeInstanceOf(BodyTooLarge)
  })

  it('in ten thousand pieces of a byte takes few pieces of memory, and stays what it is', async () => {
    const text = Array.from({ length: 10_000 }, (_, i) => 'abcdefg'[i % 7] as string)
    const body = new Body(streamOf(text), -1)
    await expect(body.bytes(9_999)).rejects.toBeInstanceOf(BodyTooLarge)
    const pieces: Uint8Array[] = []
    for await (const piece of body.forward() as ReadableStream<Uint8Array>) pieces.push(piece)
    expect(pieces.length).toBeLessThan(10_000 / 256 + 256)
    expect(await new Blob(pieces as Uint8Array<ArrayBuffer>[]).text()).toBe(text.join(''))
    expect((await new Body(streamOf(text), -1).bytes(10_000)).byteLength).toBe(10_000)
  })

  it('that its client breaks off is nobody else’s failure', async () => {
    await expect(new Body(streamOf(['ab'], true), -1).bytes(10)).rejects.toBeInstanceOf(BodyAborted)
  })

  it('that is not there is empty, and nothing is forwarded', async () => {
    const body = new Body(null, -1)
    expect([(await body.bytes(0)).byteLength, body.present, body.forward()]).toEqual([0, false, null])
  })
})
