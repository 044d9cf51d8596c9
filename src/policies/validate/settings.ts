import * as v from 'valibot'
import { isStandardSchema, type StandardSchema } from './standard-schema.ts'

const schema = (description: string) =>
  v.optional(
    v.pipe(
      v.custom<StandardSchema>(() => true),
      v.check((input) => isStandardSchema(input), 'a valibot schema, or any other that implements Standard Schema'),
      v.description(description),
    ),
  )

const positiveInteger = (description: string, most: number) =>
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most), v.description(description)))

const mediaType = v.pipe(v.string(), v.regex(/^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/, 'a media type in lower case, without parameters or wildcards'))

/** What `validate` can be told. */
export const settings = v.strictObject({
  params: schema('Schema of the path parameters, by name; every value is a string. A mismatch is 404.'),
  query: schema('Schema of the query parameters, by name; every value is a string. A mismatch, or a parameter that the schema does not list, is 400.'),
  headers: schema('Schema of request headers, by lower-case name; every value is a string. Headers that it does not list are left alone. A mismatch is 400.'),
  body: schema(
    'Schema of the body, whatever its media type: JSON as it is, forms as objects of texts, sequences as lists, XML as objects. A mismatch, or a key at any depth that the schema does not list, is 422. Without it the body is not read.',
  ),
  repeatable: v.optional(
    v.pipe(
      v.array(v.string()),
      v.description('Names of query parameters that may come more than once; the schema sees them as lists, even of one. Default none.'),
    ),
  ),
  maxQueryParameters: positiveInteger('Most query parameters, repeated ones counted each time. Default 64.', 1000),
  maxQueryBytes: positiveInteger('Longest query string in bytes, as it was sent. Default 8192.', 16_384),
  contentTypes: v.optional(
    v.pipe(
      v.array(mediaType),
      v.minLength(1),
      v.description(
        "Media types that a body may have, exactly; a charset must be absent or utf-8. With `body` they must be JSON, a form, a sequence of JSON or XML. Default `['application/json']` with `body`, else any.",
      ),
    ),
  ),
  maxBytes: positiveInteger('Longest body in bytes, enforced while it is read. Needs `body`. Default 65536.', 100_000_000),
  bodyRequired: v.optional(v.pipe(v.boolean(), v.description('Refuses requests without a body. Needs `body`. Default true.'))),
  maxDepth: positiveInteger('Deepest nesting of arrays and objects in the body; `[]` has depth 1. Needs `body`. Default 32.', 256),
  largeNumbers: v.optional(
    v.pipe(
      v.picklist(['deny', 'round']),
      v.description(
        '`deny` refuses integers beyond ±9007199254740991 and numbers beyond a double, which the schema would judge rounded while the origin reads them exactly; `round` lets them through. Needs `body`. Default `deny`.',
      ),
    ),
  ),
  maxKeys: positiveInteger('Most keys in a JSON text, of all its objects together. Needs `body`. Default: as many as fit.', 1_000_000),
  maxItems: positiveInteger('Most items of one list in a JSON text. Needs `body`. Default: as many as fit.', 1_000_000),
  maxStringLength: positiveInteger('Longest text in JSON or XML, in UTF-16 code units. Needs `body`. Default: as long as fits.', 100_000_000),
  maxKeyLength: positiveInteger('Longest key in JSON, in UTF-16 code units. Needs `body`. Default: as long as fits.', 1_000_000),
  maxNumberLength: positiveInteger('Longest number in JSON as it is written, in characters without a sign. Needs `body`. Default: as long as fits.', 1_000_000),
  repeatableFields: v.optional(
    v.pipe(
      v.array(v.string()),
      v.description(
        'Names of form fields, or of XML elements, that may come more than once; the schema sees them as lists, even of one. Needs `body`. Default none.',
      ),
    ),
  ),
  maxFields: positiveInteger('Most fields of a form: pairs, or parts. Needs `body`. Default 64.', 10_000),
  maxPartBytes: positiveInteger('Longest part of a `multipart/form-data` body in bytes. Needs `body`. Default: as long as fits.', 100_000_000),
  maxRecords: positiveInteger('Most JSON texts in a sequence. Needs `body`. Default 1000.', 1_000_000),
  maxElements: positiveInteger('Most elements in an XML document. Needs `body`. Default 1000.', 1_000_000),
  compressed: v.optional(
    v.pipe(
      v.picklist(['refuse', 'accept']),
      v.description(
        '`accept` decompresses gzip and deflate, within `maxBytes` and `maxRatio`; the decompressed body is what is judged and forwarded. Needs `body`. Default `refuse`.',
      ),
    ),
  ),
  maxRatio: positiveInteger("How many times larger a compressed body may become, beyond 4096 bytes. Needs `compressed: 'accept'`. Default 20.", 1000),
})

/** Checked settings of `validate`. */
export type Settings = v.InferOutput<typeof settings>
