import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FrontDoor, forwarded, openFrontDoor, refused } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())

const ask = (line: string, type: string, body: string) => door.ask(line, { Host: 'described-content.example.com', 'Content-Type': type }, body)
const upload = (...parts: readonly string[]) => ask('POST /upload', 'multipart/form-data; boundary=b', `${parts.join('')}--b--\r\n`)
const xml = (body: string) => ask('POST /xml', 'application/xml', body)

const part = (head: string, content: string) => `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`
const title = part('name="title"', 'a')
const PNG = '\x89PNG\r\n\x1a\n'
const photo = (type: string, content: string, name = 'a.png') => part(`name="photo"; filename="${name}"\r\nContent-Type: ${type}`, content)
const note = (inside: string, attributes = '') => `<note xmlns="urn:note"${attributes}>${inside}</note>`

describe('a form with files', () => {
  it('arrives byte for byte', async () => {
    const parts = [title, part('name="meta"\r\nContent-Type: application/json', '{"rate":5}'), photo('image/png', `${PNG}\0\xff`)]
    const outcome = await upload(...parts)
    expect(outcome.said).toBe('200 origin.answered')
    expect(forwarded(outcome).body.toString('latin1')).toBe(`${parts.join('')}--b--\r\n`)
  })

  it.each<[string, readonly string[], string]>([
    ['a part that nobody describes', [title, part('name="admin"', '1')], '422 openapi-requests.body'],
    ['a property in JSON that nobody describes', [title, part('name="meta"', '{"admin":1}')], '422 openapi-requests.body'],
    ['a key twice in JSON', [title, part('name="meta"', '{"rate":1,"rate":9}')], '400 openapi-requests.duplicate-key'],
    ['the prototype in JSON', [title, part('name="meta"', '{"__proto__":{"rate":9}}')], '400 openapi-requests.forbidden-key'],
    ['JSON that calls itself text', [title, part('name="meta"\r\nContent-Type: text/plain', '{"rate":1}')], '422 openapi-requests.body'],
    ['a part twice', [title, title], '422 openapi-requests.body'],
    ['a part that is missing', [photo('image/png', PNG)], '422 openapi-requests.body'],
    ['a page for a picture', [title, photo('text/html', '<script>')], '422 openapi-requests.body'],
    ['a page that calls itself a picture', [title, photo('image/png', '<script>')], '400 openapi-requests.file-type'],
    ['a picture of another kind', [title, photo('image/gif', 'GIF89a')], '422 openapi-requests.body'],
    ['a picture that is too large', [title, photo('image/png', `${PNG}${'a'.repeat(2000)}`)], '422 openapi-requests.body'],
    ['a path', [title, photo('image/png', PNG, '../../a.png')], '400 openapi-requests.file-name'],
    ['a part behind the end', [title, '--b--\r\n', part('name="admin"', '1')], '400 openapi-requests.body-syntax'],
    ['too many parts', Array.from({ length: 7 }, () => title), '400 openapi-requests.body-limit'],
    ['no parts', [], '400 openapi-requests.body-syntax'],
  ])('%s', async (_, parts, said) => expect(await upload(...parts)).toMatchObject(refused(said)))

  it('another kind of parts', async () => {
    expect(await ask('POST /upload', 'multipart/mixed; boundary=b', `${title}--b--\r\n`)).toMatchObject(refused('415 openapi-requests.content-type'))
  })
})

describe('a document', () => {
  it('arrives byte for byte', async () => {
    const body = '<n:note xmlns:n="urn:note" xmlns="urn:note" id="7"><title>a</title>\n<tags><tag>b</tag><tag>c</tag></tags></n:note>'
    const outcome = await xml(body)
    expect(outcome.said).toBe('200 origin.answered')
    expect(forwarded(outcome).body.toString()).toBe(body)
  })

  it.each([
    ['an entity', `<!DOCTYPE note [<!ENTITY x SYSTEM "file:///etc/passwd">]>${note('<title>&x;</title>')}`, '400 openapi-requests.doctype'],
    ['a comment', note('<title>a<!-- --></title>'), '400 openapi-requests.body-syntax'],
    ['an element that nobody describes', note('<title>a</title><admin/>'), '422 openapi-requests.body'],
    ['an attribute that nobody describes', note('<title>a</title>', ' admin="1"'), '422 openapi-requests.body'],
    ['an element for an attribute', note('<title>a</title><id>7</id>'), '422 openapi-requests.body'],
    ['an attribute for an element', note('', ' title="a"'), '422 openapi-requests.body'],
    ['an element twice', note('<title>a</title><title>b</title>'), '422 openapi-requests.body'],
    ['another namespace', '<note><title>a</title></note>', '422 openapi-requests.body'],
    ['another namespace inside', note('<title xmlns="urn:x">a</title>'), '422 openapi-requests.body'],
    ['another root', '<admin xmlns="urn:note"><title>a</title></admin>', '422 openapi-requests.body'],
    ['a number that is none', note('<title>a</title>', ' id="0x7"'), '422 openapi-requests.body'],
    ['too many items', note(`<title>a</title><tags>${'<tag/>'.repeat(4)}</tags>`), '422 openapi-requests.body'],
    ['too many elements', note('<title/>'.repeat(50)), '400 openapi-requests.body-limit'],
    ['too deep', '<note>'.repeat(9), '400 openapi-requests.depth'],
    [
      'a type for those who look for one',
      note('<title xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="admin">a</title>'),
      '422 openapi-requests.body',
    ],
    ['JSON', '{"title":"a"}', '400 openapi-requests.body-syntax'],
  ])('%s', async (_, body, said) => expect(await xml(body)).toMatchObject(refused(said)))
})
