import type { SchemaId, SchemaNode } from '../json-schema/schema-node.ts'
import { type PackedJson, UnpackedJson } from '../lib/packed-json.ts'

/** The first packed value: what an API's description promises, and where. */
export interface DescriptionHead {
  /** The version of this format. */
  readonly version: 1
  readonly title: string
  readonly apiVersion: string
  /** SHA-256 of the packed text with nothing in this place, hexadecimal: what the configuration's hash is made of, instead of the text. */
  readonly digest: string
  /** The place of each {@link Operation} among the packed values, by the route's key in the configuration. */
  readonly operations: Readonly<Record<string, number>>
}

/** One operation: which requests and answers are as described. */
export interface Operation {
  /** `operationId`. */
  readonly id?: string
  readonly deprecated?: true
  /** Of the path item and of the operation. */
  readonly parameters?: readonly Parameter[]
  /** The whole query string, read as a form (OpenAPI 3.2 `in: querystring`). */
  readonly querystring?: MediaType & { readonly required?: true; readonly mediaType: string }
  readonly body?: RequestBody
  /** By status, `2XX` or `default`. */
  readonly responses: Readonly<Record<string, ResponseDescription>>
}

/** Where a parameter stands. */
export type ParameterPlace = 'path' | 'query' | 'header' | 'cookie'

/** How lists and objects are written into a parameter (OpenAPI 3.2 §4.12.2). */
export type ParameterStyle = 'matrix' | 'label' | 'simple' | 'form' | 'spaceDelimited' | 'pipeDelimited' | 'deepObject' | 'cookie'

/** One parameter. Defaults of OpenAPI are written out. */
export interface Parameter {
  /** As in the description. */
  readonly name: string
  readonly in: ParameterPlace
  /** Of a path parameter: where it is read from. */
  readonly from?: PathSource
  readonly required?: true
  readonly style: ParameterStyle
  readonly explode: boolean
  readonly allowEmptyValue?: true
  readonly schema?: SchemaId
  /** Instead of style and schema: the text is a document of that type. */
  readonly content?: { readonly mediaType: string; readonly schema?: SchemaId }
}

/** A path parameter's place in the route: all of a segment, or what stands between two texts in it (`{base}...{head}`). */
export interface PathSource {
  /** The name of the route's parameter. */
  readonly param: string
  /** Texts before, between and behind the values of a segment that holds several; and which of them is meant. */
  readonly parts?: { readonly literals: readonly string[]; readonly index: number }
}

/** What an operation's requests carry. */
export interface RequestBody {
  readonly required?: true
  /** By media range, lower case: `application/json`, `image/*`, and the one that takes anything. */
  readonly content: Readonly<Record<string, MediaType>>
}

/** One form of a body. */
export interface MediaType {
  readonly schema?: SchemaId
  /** Of each item of a sequence: NDJSON and its relatives (OpenAPI 3.2). */
  readonly itemSchema?: SchemaId
  /** Of forms and multipart bodies: by property. */
  readonly encoding?: Readonly<Record<string, Encoding>>
}

/** How one property of a form is written. */
export interface Encoding {
  /** Media ranges that its part may have, lower case. */
  readonly contentType?: readonly string[]
  readonly style?: ParameterStyle
  readonly explode?: boolean
  /** Headers of its part, by lower-case name. */
  readonly headers?: Readonly<Record<string, HeaderDescription>>
}

/** A header of a response, or of a part: style `simple`. */
export interface HeaderDescription {
  readonly required?: true
  readonly explode?: true
  readonly schema?: SchemaId
}

/** One answer. */
export interface ResponseDescription {
  /** By media range, lower case; absent where there is no body. */
  readonly content?: Readonly<Record<string, MediaType>>
  /** By lower-case name. */
  readonly headers?: Readonly<Record<string, HeaderDescription>>
}

/** What an API's description says, read piece by piece when it is asked for. `portcullis import` writes the packed form. */
export class Description {
  readonly head: DescriptionHead
  readonly #values: UnpackedJson

  constructor(packed: PackedJson) {
    this.#values = new UnpackedJson(packed)
    this.head = this.#values.at(0) as DescriptionHead
  }

  /** Whether it says something of a route, by its key in the configuration. */
  has(routeKey: string): boolean {
    return Object.hasOwn(this.head.operations, routeKey)
  }

  /** @returns the operation of a route, by its key in the configuration. Parsed anew each time. */
  operation(routeKey: string): Operation | undefined {
    const { operations } = this.head
    return this.has(routeKey) ? (this.#values.at(operations[routeKey] as number) as Operation) : undefined
  }

  /** @returns a schema. Parsed anew each time. */
  schema(id: SchemaId): SchemaNode {
    return this.#values.at(id) as SchemaNode
  }

  /** What a configuration's hash is made of. */
  toJSON(): string {
    return `${this.head.title} ${this.head.apiVersion} ${this.head.digest}`
  }
}
