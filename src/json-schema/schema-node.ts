/** The number of a schema among the packed ones. */
export type SchemaId = number

/** A schema as the compiler takes it: keywords of JSON Schema 2020-12 that assert or apply, every reference resolved to a number, everything else left out. */
export type SchemaNode = boolean | SchemaObject

/** The types of JSON Schema (2020-12 Core §4.2.1). */
export type SchemaType = 'null' | 'boolean' | 'object' | 'array' | 'number' | 'integer' | 'string'

/** The keywords; those of older drafts and of OpenAPI 3.0 are written as these when a schema is normalised. */
export interface SchemaObject {
  /** Another schema that judges the same value; its siblings count too. */
  readonly $ref?: SchemaId
  /** Of all schema resources entered on the way here, the outermost that has this anchor in its {@link SchemaObject.$scope}; else `initial`. */
  readonly $dynamicRef?: { readonly anchor: string; readonly initial: SchemaId }
  /** What the resource that this schema begins, or stands in, offers to `$dynamicRef`: entered with the schema. Absent where no schema asks. */
  readonly $scope?: Readonly<Record<string, SchemaId>>

  readonly type?: SchemaType | readonly SchemaType[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly format?: string

  readonly multipleOf?: number
  readonly maximum?: number
  readonly exclusiveMaximum?: number
  readonly minimum?: number
  readonly exclusiveMinimum?: number

  /** Code points, not UTF-16 code units. */
  readonly maxLength?: number
  readonly minLength?: number
  /** ECMA-262 with the `u` flag; not anchored. */
  readonly pattern?: string

  readonly maxItems?: number
  readonly minItems?: number
  readonly uniqueItems?: true
  readonly prefixItems?: readonly SchemaNode[]
  /** Items behind `prefixItems`. */
  readonly items?: SchemaNode
  readonly contains?: SchemaNode
  readonly maxContains?: number
  readonly minContains?: number
  readonly unevaluatedItems?: SchemaNode

  readonly maxProperties?: number
  readonly minProperties?: number
  readonly required?: readonly string[]
  readonly dependentRequired?: Readonly<Record<string, readonly string[]>>
  readonly properties?: Readonly<Record<string, SchemaNode>>
  /** Properties that are `false` because only the server sets them. Says no more: a violation is told by it. */
  readonly readOnly?: readonly string[]
  /** Properties that are `false` because only clients send them. */
  readonly writeOnly?: readonly string[]
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>
  readonly additionalProperties?: SchemaNode
  readonly propertyNames?: SchemaNode
  readonly dependentSchemas?: Readonly<Record<string, SchemaNode>>
  readonly unevaluatedProperties?: SchemaNode
  /**
   * Own properties that no schema applied to this object has listed are refused, or stripped: `unevaluatedProperties: false` where the description's
   * author said nothing. Set where a value begins (a body, a property's value, an item), never inside of `allOf` and its relatives.
   */
  readonly closed?: true

  readonly allOf?: readonly SchemaNode[]
  readonly anyOf?: readonly SchemaNode[]
  readonly oneOf?: readonly SchemaNode[]
  readonly not?: SchemaNode
  readonly if?: SchemaNode
  readonly then?: SchemaNode
  readonly else?: SchemaNode
  /** OpenAPI's: the object must have this property, its value must be listed, and the schema that is listed for it must hold, beside all other keywords. */
  readonly discriminator?: { readonly property: string; readonly mapping: Readonly<Record<string, SchemaId>> }

  /** OpenAPI's, kept where the schema describes an XML document: how the value is written there. */
  readonly xml?: XmlForm
}

/** OpenAPI's `xml` object (3.2 §4.8.26); `attribute` and `wrapped` of 3.0 and 3.1 are written as node types. */
export interface XmlForm {
  readonly name?: string
  readonly namespace?: string
  readonly prefix?: string
  readonly nodeType?: 'element' | 'attribute' | 'text' | 'cdata' | 'none'
  /** Of an array: its items stand inside of an element of their own. */
  readonly wrapped?: true
}
