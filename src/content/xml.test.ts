import { describe, expect, it } from 'vitest'
import { readXml, type XmlFault } from './xml.ts'

const LIMITS = { maxDepth: 4, maxElements: 6, maxAttributes: 4, maxTextLength: 20, maxNameLength: 10 }
const read = (text: string) => readXml(new TextEncoder().encode(text), LIMITS)

describe('what it reads', () => {
  it('elements, attributes, namespaces', () => {
    expect(read('<?xml version="1.0" encoding="utf-8"?>\n<a:b xmlns:a="urn:a" xmlns="urn:b" a:x="1" y="&lt;2"><c/> <c>d</c></a:b>\n')).toEqual({
      root: {
        name: 'b',
        prefix: 'a',
        uri: 'urn:a',
        attributes: [
          { name: 'x', prefix: 'a', uri: 'urn:a', value: '1' },
          { name: 'y', prefix: '', uri: '', value: '<2' },
        ],
        elements: [
          { name: 'c', prefix: '', uri: 'urn:b', attributes: [], elements: [], text: '' },
          { name: 'c', prefix: '', uri: 'urn:b', attributes: [], elements: [], text: 'd' },
        ],
        text: ' ',
      },
    })
  })

  it.each([
    ['entities', '<a>&amp;&lt;&gt;&quot;&apos;</a>', `&<>"'`],
    ['references', '<a>&#65;&#x1F600;</a>', 'A\u{1f600}'],
    ['CDATA', '<a>1<![CDATA[<b>&amp;]]>2</a>', '1<b>&amp;2'],
    ['white space', '<a> b\r\n</a>', ' b\n'],
  ])('%s', (_, text, expected) => expect(read(text).root?.text).toBe(expected))
})

it.each<[string, string, XmlFault]>([
  ['nothing', '', 'xml-syntax'],
  ['text', 'a', 'xml-syntax'],
  ['a doctype', '<!DOCTYPE a><a/>', 'doctype'],
  ['a doctype without end', '<!DOCTYPE a [<!ENTITY b "', 'doctype'],
  ['a doctype within', '<a><!DOCTYPE a></a>', 'doctype'],
  ['a doctype in small letters', '<!doctype a><a/>', 'xml-syntax'],
  ['an entity', '<a>&b;</a>', 'xml-syntax'],
  ['a property of all objects as an entity', '<a>&constructor;</a>', 'xml-syntax'],
  ['an entity of HTML', '<a>&nbsp;</a>', 'xml-syntax'],
  ['an entity in an attribute', '<a b="&c;"/>', 'xml-syntax'],
  ['a stylesheet', '<?xml-stylesheet href="a"?><a/>', 'processing-instruction'],
  ['an instruction within', '<a><?php echo 1 ?></a>', 'processing-instruction'],
  ['a declaration that is not first', ' <?xml version="1.0"?><a/>', 'xml-syntax'],
  ['XML 1.1', '<?xml version="1.1"?><a/>', 'xml-syntax'],
  ['UTF-16, it says', '<?xml version="1.0" encoding="UTF-16"?><a/>', 'encoding'],
  ['UTF-7, it says', '<?xml version="1.0" encoding="UTF-7"?><a>+ADw-b+AD4-</a>', 'encoding'],
  ['a byte order mark', '\u{feff}<a/>', 'encoding'],
  ['a comment', '<a>adm<!-- -->in</a>', 'comment'],
  ['a comment around', '<!-- --><a/>', 'comment'],
  ['two roots', '<a/><b/>', 'xml-syntax'],
  ['text behind', '<a/>b', 'xml-syntax'],
  ['tags that do not match', '<a><b></a></b>', 'xml-syntax'],
  ['no end', '<a><b>', 'xml-syntax'],
  ['an attribute twice', '<a b="1" b="2"/>', 'xml-syntax'],
  ['an attribute twice, by its namespace', '<a xmlns:x="u" xmlns:y="u" x:b="1" y:b="2"/>', 'xml-syntax'],
  ['a prefix that nobody declared', '<x:a/>', 'xml-syntax'],
  ['an attribute without quotes', '<a b=1/>', 'xml-syntax'],
  ['a control character', '<a>\x01</a>', 'xml-syntax'],
  ['a reference to one', '<a>&#0;</a>', 'xml-syntax'],
  ['a reference to a surrogate', '<a>&#xD800;</a>', 'xml-syntax'],
  ['the end of CDATA in text', '<a>]]></a>', 'xml-syntax'],
  ['too deep', '<a><a><a><a><a/></a></a></a></a>', 'depth'],
  ['too deep, without end', '<a>'.repeat(100_000), 'depth'],
  ['too many elements', '<a><b/><b/><b/><b/><b/><b/></a>', 'too-many-elements'],
  ['too many attributes', '<a b="" c="" d="" e="" f=""/>', 'too-many-attributes'],
  ['too long a text', `<a>${'b'.repeat(21)}</a>`, 'text-length'],
  ['too long a text in pieces', `<a>${'b'.repeat(11)}<c/>${'b'.repeat(11)}</a>`, 'text-length'],
  ['too long a text of references', `<a>${'&#65;'.repeat(21)}</a>`, 'text-length'],
  ['too long a value', `<a b="${'b'.repeat(21)}"/>`, 'text-length'],
  ['too long a name', `<${'b'.repeat(11)}/>`, 'name-length'],
  ['too long a name of an attribute', `<a ${'b'.repeat(11)}=""/>`, 'name-length'],
])('refuses %s', (_, text, fault) => expect(read(text)).toEqual({ fault }))

it.each([
  ['UTF-16', [0xff, 0xfe, 0x3c, 0, 0x61, 0, 0x2f, 0, 0x3e, 0]],
  ['Latin-1', [0x3c, 0x61, 0x3e, 0xe9, 0x3c, 0x2f, 0x61, 0x3e]],
])('refuses %s', (_, bytes) => expect(readXml(new Uint8Array(bytes), LIMITS)).toEqual({ fault: 'encoding' }))
it('refuses UTF-16 without a mark', () => expect(readXml(new Uint8Array([0x3c, 0, 0x61, 0, 0x2f, 0, 0x3e, 0]), LIMITS)).toEqual({ fault: 'xml-syntax' }))
