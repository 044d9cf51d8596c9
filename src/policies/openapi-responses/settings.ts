import * as v from 'valibot'
import { mediaType, positiveInteger } from '../../core/body-settings.ts'
import { asking } from '../../core/setting-words.ts'
import { Description } from '../../openapi/description.ts'

/** Statuses that an undescribed answer may keep, where all else of it is dropped: those that the gateway has words for. */
const BARE_STATUSES = [400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 415, 416, 422, 429, 500, 502, 503, 504] as const

/** What servers, and what stands before them, answer whatever the operation is. */
export const DEFAULT_BARE_STATUSES: readonly (typeof BARE_STATUSES)[number][] = [412, 416, 429, 500, 502, 503, 504]

/** What `openapi-responses` can be told. */
export const settings = v.strictObject({
  description: v.pipe(
    v.custom<Description>((given) => given instanceof Description, asking('a description', 'import it from what `portcullis import` wrote')),
    v.description('What the API promises: `description` of the module that `portcullis import` writes.'),
  ),
  unlisted: v.optional(
    v.pipe(
      v.picklist(['refuse', 'strip']),
      v.description(
        'What becomes of a JSON body with properties that its schema does not list: `refuse` answers 502; `strip` takes them out and sends the rest, if that is as described. Default `refuse`.',
      ),
    ),
  ),
  bareStatuses: v.optional(
    v.pipe(
      v.array(v.picklist(BARE_STATUSES)),
      v.description(
        `Statuses that an answer keeps though the description does not list them, as a problem document of the gateway’s own: nothing of the origin’s body and, but for \`Retry-After\`, of its headers leaves. Every other undescribed status is 502, but 304. Default \`[${DEFAULT_BARE_STATUSES.join(', ')}]\`.`,
      ),
    ),
  ),
  maxBytes: positiveInteger(
    'Longest JSON body in bytes, decompressed, enforced while it is read: so much memory an answer may take, several times over once it is parsed. Default 1048576.',
    33_554_432,
  ),
  largeUnchecked: v.optional(
    v.pipe(
      v.array(mediaType),
      v.description('JSON media types whose bodies of more than `maxBytes` stream on unchecked, and are recorded as that. Default none: 502.'),
    ),
  ),
  maxDepth: positiveInteger('Deepest nesting of arrays and objects in a JSON body; `[]` has depth 1. Default 64.', 256),
  streams: v.optional(
    v.pipe(
      v.picklist(['refuse', 'pass']),
      v.description(
        'What becomes of sequences whose items are described. `refuse`: NDJSON, JSON Lines and JSON text sequences are read whole, up to `maxBytes`, and judged; event streams and others, which nothing checks, are 502. `pass` lets all of them stream on unread. Default `refuse`.',
      ),
    ),
  ),
})

/** Checked settings of `openapi-responses`. */
export type Settings = v.InferOutput<typeof settings>
