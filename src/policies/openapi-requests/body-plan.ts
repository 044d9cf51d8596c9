import type { Schemas } from '../../json-schema/schemas.ts'
import { type ContentType, parseContentType } from '../../lib/content-type.ts'
import { Lru } from '../../lib/lru.ts'
import { type BodyOptions, bodyReader, type ReadBody } from '../../openapi/body-readers.ts'
import type { MediaType, RequestBody } from '../../openapi/description.ts'

/** What the media type of a body means for it. */
export interface Accepted {
  readonly contentType: ContentType
  /** `unread`: it is forwarded as it is, within its size. */
  readonly read: ReadBody | 'unread'
}

/** How many fields and media types are kept, at most: they are a client's. What was used longest ago leaves first, so that made-up ones cannot keep real ones out. */
const KEPT = { maxEntries: 64, maxBytes: Number.POSITIVE_INFINITY } as const

/** The bodies that an operation takes, by media type: the most specific range decides (RFC 9110 §12.5.1). */
export class BodyPlan {
  readonly isRequired: boolean
  readonly #schemas: Schemas
  readonly #options: BodyOptions
  readonly #ranges: ReadonlyMap<string, MediaType>
  /** By the field as it came: clients write it in few ways. */
  readonly #kept = new Lru<Accepted>(KEPT)
  /** Of media types that the description names: as many as it has. */
  readonly #readers = new Map<string, Accepted['read'] | undefined>()
  /** Of media types under a range. */
  readonly #ranged = new Lru<{ readonly read: Accepted['read'] | undefined }>(KEPT)

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
    if (accepted !== undefined && field.length <= 64 && !accepted.contentType.parameters.has('boundary')) this.#kept.set(field, accepted, 0)
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
    const kept = this.#ranged.get(mediaType)
    if (kept !== undefined) return kept.read
    const read = bodyReader(mediaType, media, this.#schemas, this.#options)
    if (this.#ranges.has(mediaType)) this.#readers.set(mediaType, read)
    else this.#ranged.set(mediaType, { read }, 0)
    return read
  }
}
