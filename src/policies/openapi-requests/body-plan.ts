import type { Schemas } from '../../json-schema/schemas.ts'
import { type ContentType, parseContentType } from '../../lib/content-type.ts'
import { type BodyOptions, bodyReader, type ReadBody } from '../../openapi/body-readers.ts'
import type { MediaType, RequestBody } from '../../openapi/description.ts'

/** What the media type of a body means for it. */
export interface Accepted {
  readonly contentType: ContentType
  /** `unread`: it is forwarded as it is, within its size. */
  readonly read: ReadBody | 'unread'
}

/** How many fields and media types are kept, at most: they are a client's; beyond that they are looked up anew. */
const MAX_KEPT = 64

/** The bodies that an operation takes, by media type: the most specific range decides (RFC 9110 §12.5.1). */
export class BodyPlan {
  readonly isRequired: boolean
  readonly #schemas: Schemas
  readonly #options: BodyOptions
  readonly #ranges: ReadonlyMap<string, MediaType>
  /** By the field as it came: clients write it in few ways. */
  readonly #kept = new Map<string, Accepted>()
  readonly #readers = new Map<string, Accepted['read'] | undefined>()

  constructor({ required, content }: RequestBody, schemas: Schemas, options: BodyOptions) {
    this.isRequired = required === true
    this.#schemas = schemas
    this.#options = options
    this.#ranges = new Map(Object.entries(content).map(([range, media]) => [(range.split(';', 1)[0] as string).trim().toLowerCase(), media]))
  }

  /** @returns undefined for a media type or charset that is not accepted */
  accept(field: string): Accepted | undefined {
    const kept = this.#kept.get(field)
    if (kept !== undefined) return kept
    const accepted = this.#find(field)
    // A boundary is another one each time.
    if (accepted !== undefined && this.#kept.size < MAX_KEPT && field.length <= 64 && !accepted.contentType.parameters.has('boundary'))
      this.#kept.set(field, accepted)
    return accepted
  }

  #find(field: string): Accepted | undefined {
    const contentType = parseContentType(field)
    if (contentType === undefined) return undefined
    const charset = contentType.parameters.get('charset')
    if (charset !== undefined && charset.toLowerCase() !== 'utf-8') return undefined
    const { mediaType } = contentType
    const type = mediaType.slice(0, mediaType.indexOf('/'))
    const media = this.#ranges.get(mediaType) ?? this.#ranges.get(`${type}/*`) ?? this.#ranges.get('*/*')
    if (media === undefined) return undefined
    const read = this.#reader(mediaType, media)
    return read === undefined ? undefined : { contentType, read }
  }

  #reader(mediaType: string, media: MediaType): Accepted['read'] | undefined {
    if (this.#readers.has(mediaType)) return this.#readers.get(mediaType)
    const read = bodyReader(mediaType, media, this.#schemas, this.#options)
    if (this.#readers.size < MAX_KEPT) this.#readers.set(mediaType, read)
    return read
  }
}
