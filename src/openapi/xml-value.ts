import type { XmlElement } from '../content/xml.ts'
import type { Violation } from '../core/problem.ts'
import { KIND } from '../json-schema/kinds.ts'
import type { SchemaNode } from '../json-schema/schema-node.ts'
import type { Schemas } from '../json-schema/schemas.ts'
import { isForbiddenKey } from '../lib/json-keys.ts'
import { jsonPointer } from '../lib/json-pointer.ts'
import type { MediaType } from './description.ts'
import { NOT_LISTED, note } from './parameter-value.ts'
import { SchemaFacts } from './schema-facts.ts'
import { textValueOf } from './text-value.ts'
import { Unread } from './unread.ts'
import { type XmlPlace, XmlShapes } from './xml-shape.ts'

/** What a document says, or why it says nothing. */
export type XmlValueReading = { readonly value: unknown; readonly violations?: never } | { readonly violations: readonly Violation[]; readonly value?: never }

const INSTANCE = 'http://www.w3.org/2001/XMLSchema-instance'
const OTHERWISE = 'expected: what has this name, in its namespace and as an element or an attribute, as described'
const NOT_BLANK = /[^\t\n\r ]/

/**
 * Makes the value of a document that a schema describes by its `xml` objects. The schema judges it: elements and attributes that nothing describes become properties that it does not list, so that they are
 * refused as all others; namespaces are compared, prefixes are not. A value that comes twice where no list is meant is refused here, since some servers take the first and some the last.
 */
export class XmlValue {
  readonly #node: SchemaNode
  readonly #facts: SchemaFacts
  readonly #shapes: XmlShapes

  constructor({ schema }: MediaType, schemas: Schemas) {
    this.#node = schema === undefined ? true : schemas.node(schema)
    this.#facts = SchemaFacts.of(schemas)
    this.#shapes = new XmlShapes(this.#facts)
  }

  /** The root's name is compared where the schema says one; its namespace always. */
  read(root: XmlElement): XmlValueReading {
    const { name = root.name, namespace = '' } = this.#shapes.form(this.#node)
    if (root.name !== name || root.uri !== namespace) {
      return { violations: [{ pointer: '#', rule: 'xml', detail: 'expected another root element, or another namespace of it' }] }
    }
    const found: Violation[] = []
    const value = this.#valueOf(root, this.#node, '', [], found)
    return found.length === 0 ? { value } : { violations: found }
  }

  /** @param around the default namespace that the description has in force here. Recurses: the depth of a tree is bounded where it is read. */
  #valueOf(element: XmlElement, node: SchemaNode | undefined, around: string, path: readonly PropertyKey[], found: Violation[]): unknown {
    const { attributes, elements, text } = element
    const types = node === undefined ? 0 : this.#facts.types(node)
    const isBare = attributes.length === 0 && elements.length === 0
    if ((types & KIND.null) !== 0 && isNil(element)) return null
    if (node !== undefined && (types & KIND.array) !== 0 && (types & KIND.object) === 0)
      return this.#listOf(element, node, this.#inside(node, around), path, found)
    // An object that is nothing but text is none; one that is nothing at all is an empty one.
    if (isBare && ((types & KIND.object) === 0 || ((types & ~KIND.object) !== 0 && text !== ''))) return this.#textOf(text, node, path, found)
    return this.#objectOf(element, node ?? true, this.#inside(node, around), path, found)
  }

  #textOf(text: string, node: SchemaNode | undefined, path: readonly PropertyKey[], found: Violation[]): unknown {
    const value = textValueOf(text, node, this.#facts)
    if (value instanceof Unread) note(found, { pointer: jsonPointer('#', path), rule: 'xml', detail: `expected: ${value.detail}` })
    return value
  }

  /** A namespace without a prefix is the default one for what stands inside. */
  #inside(node: SchemaNode | undefined, around: string): string {
    const { namespace, prefix } = this.#shapes.form(node)
    return namespace !== undefined && prefix === undefined ? namespace : around
  }

  #objectOf(element: XmlElement, node: SchemaNode, around: string, path: readonly PropertyKey[], found: Violation[]): object {
    const { places, text } = this.#shapes.shape(node)
    const value: Record<string, unknown> = Object.create(null)
    const put = (place: XmlPlace | undefined, name: string, make: (node: SchemaNode | undefined, path: readonly PropertyKey[]) => unknown) => {
      const property = place?.property ?? name
      const own = place?.node ?? (places.some((other) => other.property === name) ? undefined : this.#facts.property(node, name))
      if (isForbiddenKey(property)) note(found, { pointer: jsonPointer('#', [...path, property]), rule: 'additionalProperties', detail: NOT_LISTED })
      else if (place?.as === 'items') {
        const list = (value[property] as unknown[] | undefined) ?? []
        value[property] = list
        list.push(make(this.#facts.item(place.node, list.length), [...path, property, list.length]))
      } else if (property in value) note(found, { pointer: jsonPointer('#', [...path, property]), rule: 'xml', detail: 'expected: send it once' })
      else value[property] = make(own, [...path, property])
    }
    for (const { name, uri, value: given } of element.attributes) {
      const place = places.find((other) => other.as === 'attribute' && other.name === name && (other.uri ?? '') === uri)
      if (place === undefined && uri !== '' && uri !== INSTANCE && places.some((other) => other.as === 'attribute' && other.name === name))
        note(found, { pointer: jsonPointer('#', [...path, `@${qualified(name, uri)}`]), rule: 'xml', detail: OTHERWISE })
      put(place, `@${qualified(name, uri)}`, (own, inner) => this.#textOf(given, own, inner, found))
    }
    for (const child of element.elements) {
      const place = places.find((other) => (other.as === 'element' || other.as === 'items') && other.name === child.name && (other.uri ?? around) === child.uri)
      const isPlain = child.uri === around && !places.some(({ property }) => property === child.name)
      // Who does not look at namespaces would take it for the described one, whatever else the schema lets in.
      if (place === undefined && places.some((other) => other.name === child.name || other.property === child.name))
        note(found, { pointer: jsonPointer('#', [...path, `{${child.uri}}${child.name}`]), rule: 'xml', detail: OTHERWISE })
      // The name of a property that is written otherwise is no name for an element: `{}` makes it another one.
      put(place, isPlain ? child.name : `{${child.uri}}${child.name}`, (own, inner) => this.#valueOf(child, own, around, inner, found))
    }
    if (text !== undefined) put(text, text.property, (own, inner) => this.#textOf(element.text, own, inner, found))
    else if (NOT_BLANK.test(element.text)) value['#text'] = element.text
    return value
  }

  /** A list in an element of its own. */
  #listOf(element: XmlElement, node: SchemaNode, around: string, path: readonly PropertyKey[], found: Violation[]): unknown[] {
    const { name, uri = around } = this.#shapes.itemName(node, element.name)
    const list: unknown[] = []
    for (const child of element.elements) {
      const inner = [...path, list.length]
      if (child.name !== name || child.uri !== uri) note(found, { pointer: jsonPointer('#', inner), rule: 'xml', detail: 'expected another element here' })
      list.push(this.#valueOf(child, this.#facts.item(node, list.length), around, inner, found))
    }
    if (element.attributes.length > 0 || NOT_BLANK.test(element.text))
      note(found, { pointer: jsonPointer('#', path), rule: 'xml', detail: 'expected items alone' })
    return list
  }
}

/** `xsi:nil` (OpenAPI 3.2 §4.26.5): nothing stands in such an element. */
function isNil({ attributes: [nil, ...others], elements, text }: XmlElement): boolean {
  return nil !== undefined && others.length === 0 && nil.uri === INSTANCE && nil.name === 'nil' && nil.value === 'true' && elements.length === 0 && text === ''
}

function qualified(name: string, uri: string): string {
  return uri === '' ? name : `{${uri}}${name}`
}
