import * as v from 'valibot'
import { Description } from '../../openapi/description.ts'

const positiveInteger = (description: string, most: number) =>
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most), v.description(description)))

const flag = (description: string) => v.optional(v.pipe(v.boolean(), v.description(description)))

/** What `openapi-requests` can be told. */
export const settings = v.strictObject({
  description: v.pipe(v.instance(Description), v.description('The description that requests are judged by, as `portcullis import` wrote it.')),
  unlisted: v.optional(
    v.pipe(
      v.picklist(['refuse', 'strip']),
      v.description(
        'What becomes of properties in a JSON or form body that the description does not list: `refuse` is 422; `strip` leaves them out, and the body that is left is what is forwarded. Elsewhere they are always refused. Default `refuse`.',
      ),
    ),
  ),
  accept: flag('Refuses requests whose `Accept` takes none of the media types that the operation answers a success with. Default true.'),
  maxBytes: positiveInteger('Longest body in bytes that is read and judged, enforced while it is read. Default 65536.', 100_000_000),
  maxUnreadBytes: positiveInteger(
    'Longest body in bytes of which the description says nothing but its media type: it is forwarded unread. Default 10485760.',
    100_000_000,
  ),
  maxQueryBytes: positiveInteger('Longest query string in bytes, as it was sent. Default 8192.', 16_384),
  maxPairs: positiveInteger('Most `name=value` pairs in a query or a form. Default 256.', 10_000),
  maxPartBytes: positiveInteger('Longest part of a multipart body in bytes. Default: as long as fits in `maxBytes`.', 100_000_000),
  maxRecords: positiveInteger('Most JSON texts in a sequence. Default 1000.', 1_000_000),
  maxElements: positiveInteger('Most elements in an XML document. Default 1000.', 1_000_000),
  maxDepth: positiveInteger('Deepest nesting of arrays and objects in JSON, and of elements in XML; `[]` has depth 1. Default 32.', 256),
  largeNumbers: v.optional(
    v.pipe(
      v.picklist(['deny', 'round']),
      v.description(
        '`deny` refuses integers beyond ±9007199254740991 and numbers beyond a double in JSON, which the schema would judge rounded while the origin reads them exactly; `round` lets them through. Default `deny`.',
      ),
    ),
  ),
  maxKeys: positiveInteger('Most keys in a JSON text, of all its objects together. Default: as many as fit.', 1_000_000),
  maxItems: positiveInteger('Most items of one list in a JSON text. Default: as many as fit.', 1_000_000),
  maxStringLength: positiveInteger('Longest text in JSON or XML, in UTF-16 code units. Default: as long as fits.', 100_000_000),
  maxKeyLength: positiveInteger('Longest key in JSON, in UTF-16 code units. Default: as long as fits.', 1_000_000),
  maxNumberLength: positiveInteger('Longest number in JSON as it is written, in characters without a sign. Default: as long as fits.', 1_000_000),
  compressed: v.optional(
    v.pipe(
      v.picklist(['refuse', 'accept']),
      v.description(
        '`accept` decompresses gzip and deflate, within the length that the body may have and `maxRatio`; the decompressed body is what is judged and forwarded. Default `refuse`.',
      ),
    ),
  ),
  maxRatio: positiveInteger("How many times larger a compressed body may become, beyond 4096 bytes. Needs `compressed: 'accept'`. Default 20.", 1000),
})

/** Checked settings of `openapi-requests`. */
export type Settings = v.InferOutput<typeof settings>
