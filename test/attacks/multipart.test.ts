import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type FrontDoor, forwarded, openFrontDoor, refused } from './front-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(() => door.stop())
afterEach(async () => {
  expect((await door.ask('GET /health')).said, 'the gateway lives on').toBe('200 origin.answered')
})

const TYPE = 'multipart/form-data; boundary=b'
const send = (body: string, type = TYPE) => door.ask('POST /upload', { Host: 'content.example.com', 'Content-Type': type }, body)
const part = (head: string, content: string) => `--b\r\n${head}\r\n\r\n${content}\r\n`
const field = (name: string, content = 'a') => part(`Content-Disposition: form-data; name="${name}"`, content)
const file = (name: string, type: string, content: string) =>
  part(`Content-Disposition: form-data; name="photo"; filename="${name}"\r\nContent-Type: ${type}`, content)
const PNG = '\x89PNG\r\n\x1a\n'
const END = '--b--\r\n'

it('an honest form arrives byte for byte', async () => {
  const body = field('title') + file('caf\xc3\xa9.png', 'image/png', `${PNG}\0\xff`) + END
  const outcome = await send(body)
  expect(outcome.said).toBe('200 origin.answered')
  expect(forwarded(outcome).body.toString('latin1')).toBe(body)
})

describe('a body that another parser would take apart otherwise', () => {
  const smuggled = field('admin')
  it.each([
    ['a part before the first boundary', `${smuggled.slice(3)}${field('title')}${END}`],
    ['a part behind the last one', `${field('title')}${END}${smuggled}${END}`],
    ['text behind the last one', `${field('title')}${END}admin`],
    ['no last one', field('title')],
    ['bare line feeds', (field('title') + END).replaceAll('\r\n', '\n')],
    ['a part for those who take bare line feeds', `${field('title', `a\n${smuggled.replaceAll('\r\n', '\n')}`)}${END}`],
    ['a part for those who take bare returns', `${field('title', `a\r--b\r${smuggled}`)}${END}`],
    ['a part for those who skip spaces', `${field('title', 'a')}--b \r\n${smuggled.slice(5)}${END}`],
    ['a part for those who compare beginnings', `${field('title', 'a')}--bb\r\n${smuggled.slice(5)}${END}`],
    ['an end for those who compare beginnings', `${field('title', 'a')}--b--x\r\n${smuggled}${END}`],
    ['an end in a header', `${part('Content-Disposition: form-data; name="title\r\n--b--"', 'a')}${END}`],
    ['a boundary right behind a header', `${part('Content-Disposition: form-data; name="title"', smuggled)}${END}`],
    ['two characters for a line end', `${field('title')}--b##${smuggled.slice(5)}${END}`],
  ])('%s', async (_, body) => expect(await send(body)).toMatchObject(refused('400 validate.body-syntax')))

  it.each([
    ['two boundaries', `${TYPE}; boundary=c`, '415 validate.content-type'],
    ['two boundaries, one in capitals', `${TYPE}; BOUNDARY=c`, '415 validate.content-type'],
    ['a boundary that goes on', `${TYPE}; boundary*0=c`, '400 validate.body-syntax'],
    ['an encoded boundary', "multipart/form-data; boundary*=utf-8''b", '400 validate.body-syntax'],
    ['no boundary', 'multipart/form-data', '400 validate.body-syntax'],
    ['an empty boundary', 'multipart/form-data; boundary=""', '400 validate.body-syntax'],
    ['a boundary with a line end', 'multipart/form-data; boundary="b\\\r"', ''],
    ['a boundary that ends in a space', 'multipart/form-data; boundary="b "', '400 validate.body-syntax'],
    ['a boundary for those who stop at a comma', 'multipart/form-data; boundary=b,c', '415 validate.content-type'],
    ['a boundary without end', `multipart/form-data; boundary=${'b'.repeat(71)}`, '400 validate.body-syntax'],
    ['another kind', 'multipart/mixed; boundary=b', '415 validate.content-type'],
    ['another charset', `${TYPE}; charset=utf-16`, '415 validate.content-type'],
  ])('%s', async (_, type, said) => {
    const outcome = await send(field('title') + END, type)
    if (said === '') expect(outcome.received).toEqual([])
    else expect(outcome).toMatchObject(refused(said))
  })
})

describe('a part that says two things', () => {
  const head = (text: string) => part(text, 'a') + END
  it.each([
    ['two names', head('Content-Disposition: form-data; name="title"; name="admin"')],
    ['two dispositions', head('Content-Disposition: form-data; name="title"\r\nContent-Disposition: form-data; name="admin"')],
    ['a folded header', head('Content-Disposition: form-data;\r\n name="title"')],
    ['an escaped quote', head('Content-Disposition: form-data; name="title\\"; filename=\\"a.php"')],
    ['two names of a file', head('Content-Disposition: form-data; name="photo"; filename="a.png"; filename="a.php"')],
    ['a name of a file in another charset', head(`Content-Disposition: form-data; name="photo"; filename="a.png"; filename*=utf-8''a.php`)],
    ['a name of a file that goes on', head('Content-Disposition: form-data; name="photo"; filename="a.png"; filename*1=".php"')],
    ['no quotes to end', head('Content-Disposition: form-data; name="title; filename=a')],
    ['a disposition for those who ignore it', head('Content-Disposition: attachment; name="title"')],
    ['a transfer encoding', head('Content-Disposition: form-data; name="title"\r\nContent-Transfer-Encoding: quoted-printable')],
    ['a length', head('Content-Disposition: form-data; name="title"\r\nContent-Length: 0')],
    ['a bare line feed in the header', head('Content-Disposition: form-data; name="title"\nX: y')],
    ['NUL in the header', head('Content-Disposition: form-data; name="title\0admin"')],
    ['another charset for all', field('_charset_', 'utf-7') + END],
    ['another charset', part('Content-Disposition: form-data; name="title"\r\nContent-Type: text/plain; charset=utf-7', '+ADw-') + END],
    ['a form within', part('Content-Disposition: form-data; name="photo"\r\nContent-Type: multipart/mixed; boundary=c', '--c--') + END],
    ['the prototype', field('__proto__') + END],
    ['bytes that are no text', part('Content-Disposition: form-data; name="\xff"', 'a') + END],
  ])('%s', async (_, body) => expect(await send(body)).toMatchObject(refused('400 validate.part-header')))

  it('a name twice', async () => expect(await send(field('title') + field('title', 'b') + END)).toMatchObject(refused('400 validate.duplicate-key')))
  it('a field that nobody lists', async () => expect(await send(field('admin') + END)).toMatchObject(refused('422 validate.body')))
  it('a file where a text is', async () =>
    expect(await send(file('a.txt', 'text/plain', 'a').replace('photo', 'title') + END)).toMatchObject(refused('422 validate.body')))
  it('a text where a file is', async () => expect(await send(field('photo') + END)).toMatchObject(refused('422 validate.body')))
  it('a text that is none', async () => expect(await send(field('title', '\xff') + END)).toMatchObject(refused('400 validate.encoding')))
})

describe('a file', () => {
  it.each([
    '../../etc/passwd',
    '..',
    'a/b.png',
    '/etc/passwd',
    'C:a.png',
    'a.png:b',
    'nul.png',
    'COM1',
    'a.png.',
    'a.png ',
    '..%2f..%2fa',
    'a%00.png',
    '\xe2\x80\xaegnp.exe',
    '\xef\xbc\x8fetc',
    'a'.repeat(256),
  ])('called %j', async (name) => expect(await send(file(name, 'image/png', PNG) + END)).toMatchObject(refused('400 validate.file-name')))

  it.each([
    ['a page', 'image/png', '<script>alert(1)</script>'],
    ['a drawing with a script', 'image/png', '<svg onload="alert(1)"/>'],
    ['another picture', 'image/png', '\xff\xd8\xff\xe0'],
    ['nothing known', 'image/jpeg', 'MZ\x90\0'],
    ['an archive', 'text/plain', 'PK\x03\x04'],
  ])('that is %s and calls itself %s', async (_, type, content) =>
    expect(await send(file('a', type, content) + END)).toMatchObject(refused('400 validate.file-type')),
  )

  it('of a kind that is not listed', async () => expect(await send(file('a', 'image/gif', 'GIF89a') + END)).toMatchObject(refused('422 validate.body')))
  it('that is larger than its schema says', async () =>
    expect(await send(file('a', 'text/plain', 'a'.repeat(20_001)) + END)).toMatchObject(refused('422 validate.body')))
})

describe('too much of it', () => {
  it.each([
    ['parts', field('title').repeat(5) + END],
    ['parts, by far', field('a').repeat(900) + END],
    ['content of one part', field('title', 'a'.repeat(30_001)) + END],
    ['header', part(`Content-Disposition: form-data; name="title"\r\nContent-Type: text/plain;${' '.repeat(3000)}`, 'a') + END],
    ['header without end', `--b\r\n${'a'.repeat(60_000)}`],
  ])('%s', async (_, body) => expect(await send(body)).toMatchObject(refused('400 validate.body-limit')))

  it('a whole body', async () => expect(await send(field('title', 'a'.repeat(66_000)) + END)).toMatchObject(refused('413 validate.too-large')))

  it('spaces in headers, which some patterns read again and again', async () => {
    const head = `Content-Disposition: form-data; name="title"\r\nContent-Type: text/plain${' '.repeat(1900)};`
    const from = performance.now()
    expect(await send(part(head, 'a').repeat(4) + END)).toMatchObject(refused('400 validate.part-header'))
    expect(performance.now() - from).toBeLessThan(2000)
  })

  it('what nearly is a boundary, all the time', async () => {
    const boundary = `${'-'.repeat(69)}b`
    const body = `--${boundary}\r\nContent-Disposition: form-data; name="title"\r\n\r\n${'-'.repeat(29_000)}\r\n--${boundary}--\r\n`
    expect(await send(body, `multipart/form-data; boundary=${boundary}`)).toMatchObject(refused('422 validate.body'))
  })
})
