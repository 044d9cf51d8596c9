import { isJsonObject } from '../../lib/json-object.ts'
import type { XmlForm } from '../schema-node.ts'
import { alsoAllOf, type Keyword, mapOf, type Site, type WrittenObject } from './keyword.ts'
import { type as plainType } from './keywords.ts'

/** `type` of OpenAPI 3.0: `nullable` adds null to it, and only to it: a list of values must name null itself (3.0.3, proposal "Clarify Nullable"). */
export const type: Keyword = {
  name: 'type',
  write(out, value, site) {
    plainType.write?.(out, value, site)
    const { nullable } = site.schema
    if (nullable !== undefined && typeof nullable !== 'boolean') throw site.fault(['nullable'], nullable, 'true or false', 'correct or remove nullable')
    const types = Array.isArray(value) ? value : [value]
    if (nullable === true && !types.includes('null')) out.type = [...types, 'null']
  },
}

type Bound = 'maximum' | 'minimum'
type ExclusiveBound = 'exclusiveMaximum' | 'exclusiveMinimum'
const isNumber = (value: unknown) => typeof value === 'number' && Number.isFinite(value)

/** A bound, which a boolean beside it makes exclusive. */
function bound(name: Bound, exclusive: ExclusiveBound): Keyword {
  return {
    name,
    write(out, value, site) {
      if (!isNumber(value)) throw site.fault([name], value, 'a number', `correct or remove ${name}`)
      out[site.schema[exclusive] === true ? exclusive : name] = value
    },
  }
}

/** What makes a bound exclusive; a number, which only later versions take, can mean but one thing. */
function exclusiveBound(name: Bound, exclusive: ExclusiveBound): Keyword {
  return {
    name: exclusive,
    write(out, value, site) {
      if (isNumber(value)) out[exclusive] = value
      else if (typeof value !== 'boolean') throw site.fault([exclusive], value, 'true or false', `write ${name} with ${exclusive}: true`)
    },
  }
}

/** The bounds of OpenAPI 3.0. */
export const BOUNDS: readonly Keyword[] = [
  bound('maximum', 'exclusiveMaximum'),
  exclusiveBound('maximum', 'exclusiveMaximum'),
  bound('minimum', 'exclusiveMinimum'),
  exclusiveBound('minimum', 'exclusiveMinimum'),
]

const discriminator: Keyword = {
  name: 'discriminator',
  write(out, _value, site) {
    const found = site.dispatch()
    if (found === undefined) return
    const { property, mapping, otherwise } = found
    if (otherwise === undefined) out.discriminator = { property, mapping }
    else {
      const listed = { type: 'object', required: [property], properties: { [property]: { enum: Object.keys(mapping) } } }
      const chosen: WrittenObject = { discriminator: { property, mapping } }
      alsoAllOf(out, [
        mapOf<unknown>([
          ['if', listed],
          ['then', chosen],
          ['else', { $ref: otherwise }],
        ]),
      ])
    }
  },
}

const NODE_TYPES: ReadonlySet<unknown> = new Set(['element', 'attribute', 'text', 'cdata', 'none'])

const xml: Keyword = {
  name: 'xml',
  write(out, value, site) {
    if (!site.xml) return
    if (!isJsonObject(value)) throw site.fault(['xml'], value, 'an object', 'correct or remove xml')
    const form = xmlForm(value, site)
    if (Object.keys(form).length > 0) out.xml = form
  },
}

function xmlForm(given: Readonly<Record<string, unknown>>, site: Site): XmlForm {
  const text = (name: 'name' | 'namespace' | 'prefix') => {
    const value = given[name]
    if (value !== undefined && typeof value !== 'string') throw site.fault(['xml', name], value, 'a text', `correct or remove ${name}`)
    return value === undefined ? {} : { [name]: value }
  }
  const { nodeType, attribute, wrapped } = given
  if (nodeType !== undefined && !NODE_TYPES.has(nodeType))
    throw site.fault(['xml', 'nodeType'], nodeType, 'element, attribute, text, cdata or none', 'correct or remove nodeType')
  const isList = [site.schema.type].flat().includes('array')
  // An element of their own around the items is what 3.2 calls a list that is an element.
  const isWrapped = isList && (wrapped === true || nodeType === 'element')
  const node = isWrapped ? undefined : (nodeType ?? (attribute === true ? 'attribute' : undefined))
  return {
    ...text('name'),
    ...text('namespace'),
    ...text('prefix'),
    ...(node === undefined ? {} : { nodeType: node as NonNullable<XmlForm['nodeType']> }),
    ...(isWrapped ? { wrapped: true } : {}),
  }
}

/** What OpenAPI adds to JSON Schema. */
export const OWN: readonly Keyword[] = [discriminator, xml]
