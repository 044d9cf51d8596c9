import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseContentType } from '../lib/content-type.ts'
import { type MultipartFault, readMultipart } from './multipart.ts'

const LIMITS = { maxParts: 3, maxPartBytes: 80, maxHeaderBytes: 200, maxHeaders: 3, maxNameLength: 10 }
const TYPE = 'multipart/form-data; boundary=b'
const bytes = (text: string) => new TextEncoder().encode(text)
const read = (body: string | Uint8Array, type = TYPE) =>
  readMultipart(typeof body === 'string' ? bytes(body) : body, parseContentType(type) ?? expect.fail('no media type'), LIMITS)

const part = (head: string, content: string) => `--b\r\n${head}\r\n\r\n${content}\r\n`
const field = (name: string, content = '1') => part(`Content-Disposition: form-data; name="${name}"`, content)
const file = (name: string, type: string, content = 'x') =>
  part(`Content-Disposition: form-data; name="f"; filename="${name}"\r\nContent-Type: ${type}`, content)
const END = '--b--\r\n'

describe('what it reads', () => {
  it('fields and files in their order', () => {
    const { parts } = read(`${field('a', '')}${file('é.txt', 'text/plain; charset=UTF-8', 'b\r\nc\n--c')}${field('a', '--')}${END}`)
    expect(parts?.map(({ name, fileName, contentType, content }) => [name, fileName, contentType?.mediaType, new TextDecoder().decode(content)])).toEqual([
      ['a', undefined, undefined, ''],
      ['f', 'é.txt', 'text/plain', 'b\r\nc\n--c'],
      ['a', undefined, undefined, '--'],
    ])
  })

  it.each([
    ['without a last line end', `${field('a')}--b--`],
    ['a file that nobody chose', `${file('', 'application/octet-stream', '')}${END}`],
    ['a header in capitals', `${part('CONTENT-DISPOSITION: FORM-DATA; NAME="a"', '1')}${END}`],
    ['a picture', `${file('a.gif', 'image/gif', 'GIF89a')}${END}`],
  ])('%s', (_, body) => expect(read(body).fault).toBeUndefined())

  it('what the platform writes, whatever it holds', async () => {
    const name = fc.stringMatching(/^[a-z]{1,8}$/)
    const content = fc.string({ unit: fc.constantFrom('-', 'b', '\r\n', 'é', '"', ' '), maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, content), { minLength: 1, maxLength: 3 }), async (pairs) => {
        const form = new FormData()
        for (const [name, content] of pairs) form.append(name, content)
        const response = new Response(form)
        const { parts } = read(new Uint8Array(await response.arrayBuffer()), response.headers.get('content-type') ?? '')
        expect(parts?.map(({ name, content }) => [name, new TextDecoder().decode(content)])).toEqual(pairs)
      }),
    )
  })
})

describe('what it refuses', () => {
  it.each<[string, string]>([
    ['none', 'multipart/form-data'],
    ['an empty one', 'multipart/form-data; boundary=""'],
    ['a long one', `multipart/form-data; boundary=${'b'.repeat(71)}`],
    ['a space in it', 'multipart/form-data; boundary="b c"'],
    ['a semicolon in it', 'multipart/form-data; boundary="b;c"'],
    ['a comma in it, where Rack stops', 'multipart/form-data; boundary="b,c"'],
    ['the name of itself in it, behind which Rack begins', 'multipart/form-data; boundary="xBoundary=b"'],
    ['another parameter', 'multipart/form-data; boundary=b; charset=utf-16'],
    ['a continued one', 'multipart/form-data; boundary=b; boundary*0=c'],
  ])('boundary: %s', (_, type) => expect(read(`${field('a')}${END}`, type)).toEqual({ fault: 'boundary' }))

  it.each<[string, string, MultipartFault]>([
    ['nothing', '', 'framing'],
    ['no part', END, 'framing'],
    ['a preamble', `x\r\n${field('a')}${END}`, 'framing'],
    ['a line before', `\r\n${field('a')}${END}`, 'framing'],
    ['an epilogue', `${field('a')}${END}x`, 'framing'],
    ['another form behind', `${field('a')}${END}${field('c')}${END}`, 'framing'],
    ['a second line end', `${field('a')}${END}\r\n`, 'framing'],
    ['no end', field('a'), 'framing'],
    ['half an end', `${field('a')}--b-`, 'framing'],
    ['only the boundary', '--b', 'framing'],
    ['bare line feeds', `${field('a')}${END}`.replaceAll('\r\n', '\n'), 'framing'],
    ['a bare line feed before a boundary', `${field('a', '1\n--b\r\nContent-Disposition: form-data; name="c"\r\n\r\n2')}${END}`, 'framing'],
    ['a bare return before a boundary', `${field('a', '1\r--b--\r\n')}${END}`, 'framing'],
    ['a boundary in the middle of a line', `${field('a', 'x--b')}${END}`, 'framing'],
    ['a boundary in a header', `${field('--b')}${END}`, 'framing'],
    ['a boundary right behind a header', `${field('a', '--b--')}${END}`, 'framing'],
    ['a space behind a boundary', `${field('a')}--b \r\nContent-Disposition: form-data; name="c"\r\n\r\n2\r\n${END}`, 'framing'],
    ['a longer boundary', `${field('a')}--bc\r\nContent-Disposition: form-data; name="c"\r\n\r\n2\r\n${END}`, 'framing'],
    ['two characters where a line end is', `${field('a')}--bxxContent-Disposition: form-data; name="c"\r\n\r\n2\r\n${END}`, 'framing'],
    ['no header', `--b\r\n\r\n1\r\n${END}`, 'framing'],
    ['a header without content', `--b\r\nContent-Disposition: form-data; name="a"\r\n${END}`, 'framing'],
    ['an empty header before a field', `--b\r\n\r\n${field('a')}${END}`, 'framing'],

    ['a header that is none', `${part('Content-Disposition: form-data; name="a"\r\nhello', '1')}${END}`, 'part-header'],
    ['a folded header', `${part('Content-Disposition: form-data;\r\n name="a"', '1')}${END}`, 'part-header'],
    ['a space before the colon', `${part('Content-Disposition : form-data; name="a"', '1')}${END}`, 'part-header'],
    ['a bare line feed in a header', `${part('Content-Disposition: form-data; name="a"\nContent-Type: text/plain', '1')}${END}`, 'part-header'],
    ['NUL in a header', `${part('Content-Disposition: form-data; name="a\0"', '1')}${END}`, 'part-header'],
    ['two dispositions', `${part('Content-Disposition: form-data; name="a"\r\ncontent-disposition: form-data; name="c"', '1')}${END}`, 'part-header'],
    ['two types', `${part('Content-Disposition: form-data; name="a"\r\nContent-Type: text/plain\r\nContent-Type: text/html', '1')}${END}`, 'part-header'],
    ['no disposition', `${part('Content-Type: text/plain', '1')}${END}`, 'part-header'],
    ['another disposition', `${part('Content-Disposition: attachment; name="a"', '1')}${END}`, 'part-header'],
    ['no name', `${part('Content-Disposition: form-data', '1')}${END}`, 'part-header'],
    ['two names', `${part('Content-Disposition: form-data; name="a"; name="c"', '1')}${END}`, 'part-header'],
    ['two names of files', `${part('Content-Disposition: form-data; name="a"; filename="c"; FileName="d"', '1')}${END}`, 'part-header'],
    ['a name in another encoding', `${part(`Content-Disposition: form-data; name="a"; filename="c"; filename*=utf-8''d`, '1')}${END}`, 'part-header'],
    ['a name that is continued', `${part('Content-Disposition: form-data; name="a"; filename*0="c"', '1')}${END}`, 'part-header'],
    ['an escape', `${part(String.raw`Content-Disposition: form-data; name="a\"; filename=\"c"`, '1')}${END}`, 'part-header'],
    ['a name without quotes', `${part('Content-Disposition: form-data; name=a', '1')}${END}`, 'part-header'],
    ['text behind a parameter', `${part('Content-Disposition: form-data; name="a"x', '1')}${END}`, 'part-header'],
    ['a transfer encoding', `${part('Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64', 'YQ==')}${END}`, 'part-header'],
    ['a header that nobody expects', `${part('Content-Disposition: form-data; name="a"\r\nContent-Length: 5', '1')}${END}`, 'part-header'],

    ['an empty name', `${field('')}${END}`, 'part-name'],
    ['the prototype', `${field('__proto__')}${END}`, 'part-name'],
    ['a name that sets the encoding of others', `${field('_charset_', 'utf-7')}${END}`, 'part-name'],
    ['a long name', `${field('a'.repeat(11))}${END}`, 'part-name'],
    ['a name with an escaped quote', `${field('a%22')}${END}`, 'part-name'],
    ['a path', `${file('../../etc/passwd', 'text/plain')}${END}`, 'file-name'],
    ['a device', `${file('nul.txt', 'text/plain')}${END}`, 'file-name'],
    ['content of a file without a name', `${file('', 'text/plain')}${END}`, 'file-name'],
    ['a type that is none', `${file('a', 'png')}${END}`, 'part-type'],
    ['another charset', `${file('a', 'text/plain; charset=utf-7')}${END}`, 'part-type'],
    ['a form within', `${file('a', 'multipart/mixed; boundary=c')}${END}`, 'nested'],
    ['a message within', `${file('a', 'message/rfc822')}${END}`, 'nested'],
    ['a picture that is a page', `${file('a.png', 'image/png', '<script>')}${END}`, 'type-mismatch'],

    ['a part too many', `${field('a').repeat(4)}${END}`, 'too-many-parts'],
    ['a part too long', `${field('a', 'x'.repeat(81))}${END}`, 'part-length'],
    ['a header too long', `${field('a'.repeat(200))}${END}`, 'part-header-length'],
    ['a header without end', `--b\r\n${'a'.repeat(10_000)}`, 'part-header-length'],
  ])('%s', (_, body, fault) => expect(read(body)).toEqual({ fault }))

  it('a header that is no UTF-8', () => {
    const body = Uint8Array.from(`${field('\xff')}${END}`, (char) => char.charCodeAt(0))
    expect(read(body)).toEqual({ fault: 'part-header' })
  })
})

/** Bytes of a form, changed at some places. */
const changed = fc
  .record({
    parts: fc.array(
      fc.tuple(
        fc.constantFrom('name="a"', 'name="c"; filename="d"', 'name=e', 'name="f"\r\nContent-Type: text/plain'),
        fc.constantFrom('', '1', '\r\n', '--', '-', 'é'),
      ),
      { minLength: 1, maxLength: 3 },
    ),
    edits: fc.array(
      fc.record({
        at: fc.nat(1000),
        drop: fc.nat(3),
        put: fc.constantFrom('', '\r', '\n', '\r\n', '--b', '--', '-', ' ', '"', ';', ':', 'name="x"', '--b--', '\r\n--b\r\n'),
      }),
      { maxLength: 2 },
    ),
  })
  .map(({ parts, edits }) => {
    let body = parts.map(([head, content]) => part(`Content-Disposition: form-data; ${head}`, content)).join('') + END
    for (const { at, drop, put } of edits) body = body.slice(0, at % body.length) + put + body.slice((at % body.length) + drop)
    return body
  })

it('takes no form apart otherwise than the platform does', async () => {
  let taken = 0
  await fc.assert(
    fc.asyncProperty(changed, async (body) => {
      const { parts } = read(body)
      if (parts === undefined) return
      taken++
      const form = await new Response(body, { headers: { 'content-type': TYPE } }).formData()
      const theirs = await Promise.all([...form].map(async ([name, value]) => [name, typeof value === 'string' ? value : await (value as File).text()]))
      expect(parts.map(({ name, content }) => [name, new TextDecoder().decode(content)])).toEqual(theirs)
    }),
    { numRuns: 3000 },
  )
  expect(taken).toBeGreaterThan(300)
})
