import * as v from 'valibot'
import { bodySettings, mediaType, positiveInteger } from '../../core/body-settings.ts'
import { isStandardSchema, type StandardSchema } from './standard-schema.ts'

const schema = (description: string) =>
  v.optional(
    v.pipe(
      v.custom<StandardSchema>(() => true),
      v.check((input) => isStandardSchema(input), 'a valibot schema, or any other that implements Standard Schema'),
      v.description(description),
    ),
  )

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
  ...bodySettings('Needs `body`. '),
  repeatableFields: v.optional(
    v.pipe(
      v.array(v.string()),
      v.description(
        'Names of form fields, or of XML elements, that may come more than once; the schema sees them as lists, even of one. Needs `body`. Default none.',
      ),
    ),
  ),
  maxFields: positiveInteger('Most fields of a form: pairs, or parts. Needs `body`. Default 64.', 10_000),
})

/** Checked settings of `validate`. */
export type Settings = v.InferOutput<typeof settings>
