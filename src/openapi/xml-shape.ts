import { KIND } from '../json-schema/kinds.ts'
import type { SchemaNode, XmlForm } from '../json-schema/schema-node.ts'
import type { SchemaFacts } from './schema-facts.ts'

/** Where one property stands in its object's element. */
export interface XmlPlace {
  readonly property: string
  readonly node: SchemaNode
  /** Without a prefix. */
  readonly name: string
  /** As described; undefined: the default namespace around it, or none for attributes. */
  readonly uri: string | undefined
  /** `items`: each element of that name is an item of a list. */
  readonly as: 'element' | 'attribute' | 'text' | 'items'
}

/** Where the properties of an object stand. */
export interface XmlShape {
  readonly places: readonly XmlPlace[]
  /** The property that is the element's own text. */
  readonly text: XmlPlace | undefined
}

/** Schemas that refer to themselves end here. */
const MAX_REFERENCES = 24

/** Finds how values are written in XML (OpenAPI 3.2 §4.26), once for each schema. */
export class XmlShapes {
  readonly facts: SchemaFacts
  readonly #shapes = new WeakMap<object, XmlShape>()

  constructor(facts: SchemaFacts) {
    this.facts = facts
  }

  /** @returns how a value itself is written: what stands beside `$ref` goes before what is referred to. */
  form(node: SchemaNode | undefined, depth = 0): XmlForm {
    if (node === undefined || typeof node === 'boolean' || depth > MAX_REFERENCES) return NO_FORM
    const inner = node.$ref === undefined ? NO_FORM : this.form(this.facts.schemas.node(node.$ref), depth + 1)
    const parts = (node.allOf ?? []).map((part) => this.form(part, depth + 1))
    return Object.assign({}, inner, ...parts, node.xml)
  }

  shape(node: SchemaNode): XmlShape {
    if (typeof node === 'boolean') return NO_SHAPE
    let shape = this.#shapes.get(node)
    if (shape === undefined) {
      const places = [...this.facts.names(node)].map((property) => this.#place(property, this.facts.property(node, property) ?? true))
      shape = { places, text: places.find(({ as }) => as === 'text') }
      this.#shapes.set(node, shape)
    }
    return shape
  }

  /** Whether a list stands in an element of its own. */
  isWrapped(node: SchemaNode): boolean {
    const { wrapped, nodeType } = this.form(node)
    return wrapped === true || nodeType === 'element'
  }

  /** @returns how the items of a list are called: as they say themselves, else as what they stand for. */
  itemName(node: SchemaNode, otherwise: string): { readonly name: string; readonly uri: string | undefined } {
    const { name = otherwise, namespace } = this.form(this.facts.item(node, 0))
    return { name, uri: namespace }
  }

  #place(property: string, node: SchemaNode): XmlPlace {
    const { name = property, namespace, nodeType } = this.form(node)
    if (nodeType === 'attribute') return { property, node, name, uri: namespace, as: 'attribute' }
    if (nodeType === 'text' || nodeType === 'cdata') return { property, node, name, uri: namespace, as: 'text' }
    if ((this.facts.types(node) & KIND.array) !== 0 && !this.isWrapped(node)) {
      // The name of a list that is not wrapped is nobody's.
      return { property, node, ...this.itemName(node, property), as: 'items' }
    }
    return { property, node, name, uri: namespace, as: 'element' }
  }
}

const NO_FORM: XmlForm = {}
const NO_SHAPE: XmlShape = { places: [], text: undefined }
