import { SaxesParser, type SaxesTagNS } from 'saxes'

/** An attribute; declarations of namespaces are none. */
export interface XmlAttribute {
  /** Without its prefix. */
  readonly name: string
  readonly prefix: string
  /** Its namespace, or the empty text. */
  readonly uri: string
  readonly value: string
}

/** An element and all that is in it. */
export interface XmlElement {
  /** Without its prefix. */
  readonly name: string
  readonly prefix: string
  /** Its namespace, or the empty text. */
  readonly uri: string
  readonly attributes: readonly XmlAttribute[]
  readonly elements: readonly XmlElement[]
  /** All text that stands directly in it, CDATA too, as it was written; only white space where there are just elements. */
  readonly text: string
}

/** Why bytes are no XML document, or none that everybody reads alike, or too much of one. */
export type XmlFault =
  | 'encoding'
  | 'xml-syntax'
  | 'doctype'
  | 'processing-instruction'
  | 'comment'
  | 'depth'
  | 'too-many-elements'
  | 'too-many-attributes'
  | 'text-length'
  | 'name-length'

/** How much of XML is let in. */
export interface XmlLimits {
  /** Elements in each other; the root has depth 1. */
  readonly maxDepth: number
  readonly maxElements: number
  /** Of one element, declarations of namespaces included. */
  readonly maxAttributes: number
  /** One attribute's value, or the text directly in one element, in UTF-16 code units. */
  readonly maxTextLength: number
  /** Names of elements and attributes with their prefix, in UTF-16 code units. */
  readonly maxNameLength: number
}

/** The root, or why there is none. */
export type XmlReading = { readonly root: XmlElement; readonly fault?: never } | { readonly fault: XmlFault; readonly root?: never }

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const BYTE_ORDER_MARK = 0xfeff
/** The namespace of declarations of namespaces. */
const XMLNS = 'http://www.w3.org/2000/xmlns/'

/**
 * Reads an XML 1.0 document without a DTD: no entities but the five predefined ones (XML 1.0 §4.6), nothing fetched, nothing expanded. Strict UTF-8 without a byte order mark, said or not.
 * Comments and processing instructions are refused wherever they stand: readers that take an element's first text would see another one than readers that take all of it.
 */
export function readXml(bytes: Uint8Array, limits: XmlLimits): XmlReading {
  const text = decode(bytes)
  if (text === undefined || text.charCodeAt(0) === BYTE_ORDER_MARK) return { fault: 'encoding' }
  // Before anything of it is read, wherever it stands.
  if (text.includes('<!DOCTYPE')) return { fault: 'doctype' }
  try {
    return { root: new TreeReader(limits).read(text) }
  } catch (error) {
    if (error instanceof Refused) return { fault: error.fault }
    throw error
  }
}

/** Ends the parser where it stands. */
class Refused extends Error {
  readonly fault: XmlFault

  constructor(fault: XmlFault) {
    super(fault)
    this.fault = fault
  }
}

interface Growing extends XmlElement {
  readonly elements: XmlElement[]
  text: string
}

class TreeReader {
  readonly #limits: XmlLimits
  readonly #parser = new SaxesParser({ xmlns: true, position: false })
  readonly #open: Growing[] = []
  #elements = 0
  #attributes = 0
  #root: XmlElement | undefined

  constructor(limits: XmlLimits) {
    this.#limits = limits
    const parser = this.#parser
    parser.on('error', () => refuse('xml-syntax'))
    parser.on('doctype', () => refuse('doctype'))
    parser.on('processinginstruction', () => refuse('processing-instruction'))
    parser.on('comment', () => refuse('comment'))
    parser.on('xmldecl', ({ version, encoding }) => {
      if (version !== '1.0') refuse('xml-syntax')
      if (encoding !== undefined && encoding.toLowerCase() !== 'utf-8') refuse('encoding')
    })
    parser.on('opentagstart', ({ name }) => this.#start(name))
    parser.on('attribute', ({ name, value }) => this.#attribute(name, value))
    parser.on('opentag', (tag) => this.#opened(tag))
    parser.on('text', (text) => this.#add(text))
    parser.on('cdata', (text) => this.#add(text))
    parser.on('closetag', () => this.#closed())
  }

  read(text: string): XmlElement {
    this.#parser.write(text).close()
    return this.#root ?? refuse('xml-syntax')
  }

  /** Before attributes are read. */
  #start(name: string): void {
    if (this.#open.length >= this.#limits.maxDepth) refuse('depth')
    if (++this.#elements > this.#limits.maxElements) refuse('too-many-elements')
    if (name.length > this.#limits.maxNameLength) refuse('name-length')
    this.#attributes = 0
  }

  #attribute(name: string, value: string): void {
    if (++this.#attributes > this.#limits.maxAttributes) refuse('too-many-attributes')
    if (name.length > this.#limits.maxNameLength) refuse('name-length')
    if (value.length > this.#limits.maxTextLength) refuse('text-length')
  }

  #opened(tag: SaxesTagNS): void {
    const attributes = Object.values(tag.attributes)
      .filter(({ uri }) => uri !== XMLNS)
      .map(({ local, prefix, uri, value }) => ({ name: local, prefix, uri, value }))
    const element: Growing = { name: tag.local, prefix: tag.prefix, uri: tag.uri, attributes, elements: [], text: '' }
    this.#open.at(-1)?.elements.push(element)
    this.#root ??= element
    this.#open.push(element)
  }

  #add(text: string): void {
    const element = this.#open.at(-1)
    // Around the root there is only white space, or an error.
    if (element === undefined) return
    element.text += text
    if (element.text.length > this.#limits.maxTextLength) refuse('text-length')
  }

  #closed(): void {
    this.#open.pop()
  }
}

function refuse(fault: XmlFault): never {
  throw new Refused(fault)
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes)
  } catch {
    return undefined
  }
}
