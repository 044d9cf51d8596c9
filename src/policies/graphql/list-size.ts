import type { ArgumentNode, FieldNode, OperationDefinitionNode, ValueNode } from 'graphql'
import { isJsonObject, type JsonObject } from '../../lib/json-object.ts'
import { DocumentRefused } from './document-refused.ts'
import type { GraphqlSettings } from './settings.ts'

/** What arguments say of the length of a list. */
interface Said {
  /** The largest number; 0 where there is none. */
  readonly most: number
  /** Somebody asked for a number that is not said: null, 0, nothing. */
  readonly unknown: boolean
}

const NOTHING: Said = Object.freeze({ most: 0, unknown: false })
const UNKNOWN: Said = Object.freeze({ most: 0, unknown: true })

/** How long lists are asked to be, by the arguments of their fields: literal numbers, variables and their defaults. One is made for one operation and its variables. */
export class ListSizes {
  readonly #names: ReadonlySet<string>
  readonly #sizes: ReadonlyMap<string, number>
  readonly #unknownSize: number
  readonly #variables: JsonObject
  readonly #defaults: ReadonlyMap<string, ValueNode | undefined>
  /** Variables are read once, however often they are used. */
  readonly #direct = new Map<string, Said>()
  readonly #nested = new Map<string, Said>()
  readonly #members = new Map<string, Said>()

  constructor(
    settings: Pick<GraphqlSettings, 'listArguments' | 'listSizes' | 'unknownListSize'>,
    { variableDefinitions = [] }: OperationDefinitionNode,
    variables: JsonObject,
  ) {
    this.#names = new Set(settings.listArguments)
    this.#sizes = new Map(Object.entries(settings.listSizes))
    this.#unknownSize = settings.unknownListSize
    this.#variables = variables
    this.#defaults = new Map(variableDefinitions.map(({ variable, defaultValue }) => [variable.name.value, defaultValue]))
  }

  /** @returns at least 1. @throws {DocumentRefused} where an argument is no number at all. */
  of({ name, arguments: given = [] }: FieldNode): number {
    let direct = NOTHING
    let nested = NOTHING
    for (const argument of given) {
      if (this.#names.has(argument.name.value)) direct = larger(direct, this.#argument(argument))
      else nested = larger(nested, this.#within(argument.value))
    }
    const configured = this.#sizes.get(name.value)
    if (direct.most > 0) return Math.max(direct.most, nested.most)
    if (direct.unknown || nested.unknown) return Math.max(nested.most, configured ?? this.#unknownSize)
    return nested.most > 0 ? nested.most : (configured ?? 1)
  }

  #argument({ value }: ArgumentNode): Said {
    if (value.kind !== 'Variable') return this.#number(value)
    const name = value.name.value
    const known = this.#direct.get(name)
    if (known !== undefined) return known
    const given = this.#variables
    const said = Object.hasOwn(given, name) ? this.#numberOfJson(given[name]) : this.#default(name, (otherwise) => this.#number(otherwise))
    this.#direct.set(name, said)
    return said
  }

  #default(name: string, read: (value: ValueNode) => Said): Said {
    const value = this.#defaults.get(name)
    return value === undefined ? UNKNOWN : read(value)
  }

  /** Of an argument that is to be a number. */
  #number(value: ValueNode): Said {
    switch (value.kind) {
      case 'IntValue':
        return figure(Number(value.value))
      case 'NullValue':
        return UNKNOWN
      case 'ObjectValue':
        return this.#within(value)
      default:
        throw new DocumentRefused('list-size')
    }
  }

  #numberOfJson(value: unknown): Said {
    if (value === null) return UNKNOWN
    if (typeof value === 'number') return figure(value)
    if (isJsonObject(value)) return this.#withinJson(value)
    throw new DocumentRefused('list-size')
  }

  /** Of any argument: numbers under these names, however deep in input objects. Other things have such names, too. */
  #within(value: ValueNode): Said {
    switch (value.kind) {
      case 'ListValue':
        return value.values.reduce((said, item) => larger(said, this.#within(item)), NOTHING)
      case 'ObjectValue':
        return value.fields.reduce(
          (said, field) => larger(said, this.#names.has(field.name.value) ? this.#member(field.value) : this.#within(field.value)),
          NOTHING,
        )
      case 'Variable': {
        const name = value.name.value
        const known = this.#nested.get(name)
        if (known !== undefined) return known
        const said = Object.hasOwn(this.#variables, name) ? this.#withinJson(this.#variables[name]) : larger(NOTHING, this.#defaultWithin(name))
        this.#nested.set(name, said)
        return said
      }
      default:
        return NOTHING
    }
  }

  #defaultWithin(name: string): Said {
    const value = this.#defaults.get(name)
    return value === undefined ? NOTHING : this.#within(value)
  }

  #member(value: ValueNode): Said {
    if (value.kind === 'IntValue') return orUnknown(Number(value.value))
    if (value.kind === 'FloatValue' || value.kind === 'NullValue') return UNKNOWN
    if (value.kind !== 'Variable') return this.#within(value)
    const name = value.name.value
    const known = this.#members.get(name)
    if (known !== undefined) return known
    const given = this.#variables
    const said = Object.hasOwn(given, name) ? this.#memberOfJson(given[name]) : this.#default(name, (otherwise) => this.#member(otherwise))
    this.#members.set(name, said)
    return said
  }

  #withinJson(value: unknown): Said {
    if (Array.isArray(value)) return value.reduce<Said>((said, item) => larger(said, this.#withinJson(item)), NOTHING)
    if (!isJsonObject(value)) return NOTHING
    return Object.keys(value).reduce((said, key) => larger(said, this.#names.has(key) ? this.#memberOfJson(value[key]) : this.#withinJson(value[key])), NOTHING)
  }

  #memberOfJson(value: unknown): Said {
    if (value === null) return UNKNOWN
    return typeof value === 'number' ? orUnknown(value) : this.#withinJson(value)
  }
}

/** A number that is none of a list's is refused; 0 means everything to some. */
function figure(number: number): Said {
  if (!Number.isInteger(number) || number < 0) throw new DocumentRefused('list-size')
  return orUnknown(number)
}

function orUnknown(number: number): Said {
  return Number.isInteger(number) && number >= 1 ? { most: Math.min(number, Number.MAX_SAFE_INTEGER), unknown: false } : UNKNOWN
}

function larger(a: Said, b: Said): Said {
  if (b === NOTHING) return a
  return a === NOTHING ? b : { most: Math.max(a.most, b.most), unknown: a.unknown || b.unknown }
}
