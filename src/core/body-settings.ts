import * as v from 'valibot'
import type { JsonLimits } from '../lib/json-body.ts'

/** A setting that is a count or a size; it may be left out. */
export const positiveInteger = (description: string, most: number) =>
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most), v.description(description)))

/** A media type as settings name it. */
export const mediaType = v.pipe(v.string(), v.regex(/^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/, 'a media type in lower case, without parameters or wildcards'))

/**
 * What every control that reads bodies of clients can be told, in the same words and with the same defaults.
 * @param needs a sentence on what must be set beside them, with a space behind it.
 */
export const bodySettings = (needs = '') => ({
  maxDepth: positiveInteger(`Deepest nesting of arrays and objects in JSON, and of elements in XML; \`[]\` has depth 1. ${needs}Default 32.`, 256),
  largeNumbers: v.optional(
    v.pipe(
      v.picklist(['deny', 'round']),
      v.description(
        `\`deny\` refuses integers beyond ±9007199254740991 and numbers beyond a double in JSON, which the schema would judge rounded while the origin reads them exactly; \`round\` lets them through. ${needs}Default \`deny\`.`,
      ),
    ),
  ),
  maxKeys: positiveInteger(`Most keys in a JSON text, of all its objects together. ${needs}Default: as many as fit.`, 1_000_000),
  maxItems: positiveInteger(`Most items of one list in a JSON text. ${needs}Default: as many as fit.`, 1_000_000),
  maxStringLength: positiveInteger(`Longest text in JSON or XML, in UTF-16 code units. ${needs}Default: as long as fits.`, 100_000_000),
  maxKeyLength: positiveInteger(`Longest key in JSON, in UTF-16 code units. ${needs}Default: as long as fits.`, 1_000_000),
  maxNumberLength: positiveInteger(`Longest number in JSON as it is written, in characters without a sign. ${needs}Default: as long as fits.`, 1_000_000),
  maxPartBytes: positiveInteger(`Longest part of a \`multipart/form-data\` body in bytes. ${needs}Default: as long as fits in \`maxBytes\`.`, 100_000_000),
  maxRecords: positiveInteger(`Most JSON texts in a sequence. ${needs}Default 1000.`, 1_000_000),
  maxElements: positiveInteger(`Most elements in an XML document. ${needs}Default 1000.`, 1_000_000),
  compressed: v.optional(
    v.pipe(
      v.picklist(['refuse', 'accept']),
      v.description(
        `\`accept\` decompresses gzip and deflate, within the length that the body may have and \`maxRatio\`; the decompressed body is what is judged and forwarded. ${needs}Default \`refuse\`.`,
      ),
    ),
  ),
  maxRatio: positiveInteger("How many times larger a compressed body may become, beyond 4096 bytes. Needs `compressed: 'accept'`. Default 20.", 1000),
})

const settings = v.object(bodySettings())

/** Those settings, checked. */
export type BodySettings = v.InferOutput<typeof settings>

/** Longest body in bytes where a setting says nothing. */
export const DEFAULT_MAX_BYTES = 65_536

/** @returns limits with their defaults. */
export function bodyLimitsOf(given: BodySettings, maxBytes: number) {
  const { maxDepth = 32, largeNumbers = 'deny', maxKeys, maxItems, maxStringLength, maxKeyLength, maxNumberLength } = given
  const json: JsonLimits = { maxDepth, largeNumbers, maxKeys, maxItems, maxStringLength, maxKeyLength, maxNumberLength }
  const { maxPartBytes = maxBytes, maxRecords = 1000, maxElements = 1000 } = given
  return { json, maxPartBytes, maxRecords, maxElements }
}

/** @returns how many times larger a compressed body may become; undefined where none may be compressed. */
export function maxRatioOf({ compressed, maxRatio = 20 }: BodySettings): number | undefined {
  return compressed === 'accept' ? maxRatio : undefined
}
