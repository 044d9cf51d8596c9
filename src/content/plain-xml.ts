import { isForbiddenKey } from '../lib/json-keys.ts'
import { PlainFields, type PlainReading } from './plain-fields.ts'
import type { XmlElement } from './xml.ts'

/**
 * Makes an object of a document: `{ root: … }`. An element with neither elements nor attributes is its text; others are objects, with attributes as `@name` and text, where there is any, as `#text`.
 * A name in a namespace is `{namespace}name`, since prefixes are a client's to choose. Elements that may repeat are lists, even of one; others that do are refused.
 * @param repeatable names of elements, written in the same way.
 */
export function plainXml(root: XmlElement, repeatable: ReadonlySet<string>): PlainReading {
  try {
    const fields = new PlainFields(NOTHING)
    fields.add(nameOf(root), valueOfElement(root, repeatable))
    return fields
  } catch (error) {
    if (error instanceof Refused) return { fault: error.fault }
    throw error
  }
}

const NOTHING: ReadonlySet<string> = new Set()

class Refused extends Error {
  readonly fault: 'duplicate-key' | 'forbidden-key'

  constructor(fault: 'duplicate-key' | 'forbidden-key') {
    super(fault)
    this.fault = fault
  }
}

/** Recurses: the depth of a tree is bounded where it is read. */
function valueOfElement({ attributes, elements, text }: XmlElement, repeatable: ReadonlySet<string>): unknown {
  if (attributes.length === 0 && elements.length === 0) return text
  const fields = new PlainFields(repeatable)
  for (const attribute of attributes) fields.add(`@${nameOf(attribute)}`, attribute.value)
  for (const element of elements) if (fields.add(nameOf(element), valueOfElement(element, repeatable)) !== undefined) throw new Refused('duplicate-key')
  if (elements.length === 0 || /[^\t\n\r ]/.test(text)) fields.value['#text'] = text
  return fields.value
}

function nameOf({ name, uri }: { readonly name: string; readonly uri: string }): string {
  if (isForbiddenKey(name)) throw new Refused('forbidden-key')
  return uri === '' ? name : `{${uri}}${name}`
}
