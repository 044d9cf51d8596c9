import * as v from 'valibot'
import { bodySettings, positiveInteger } from '../../core/body-settings.ts'
import { asking } from '../../core/setting-words.ts'
import { Description } from '../../openapi/description.ts'

const flag = (description: string) => v.optional(v.pipe(v.boolean(), v.description(description)))

/** What `openapi-requests` can be told. */
export const settings = v.strictObject({
  description: v.pipe(
    v.custom<Description>((given) => given instanceof Description, asking('a description', 'import it from what `portcullis import` wrote')),
    v.description('What the API takes: `description` of the module that `portcullis import` writes.'),
  ),
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
  maxQueryParameters: positiveInteger('Most query parameters, repeated ones counted each time. Default 256.', 1000),
  maxFields: positiveInteger('Most fields of a form: pairs, or parts. Default 256.', 10_000),
  ...bodySettings(),
})

/** Checked settings of `openapi-requests`. */
export type Settings = v.InferOutput<typeof settings>
