/** What a description cannot say and a person must; in the order of the report. */
export const GAPS = {
  unserved: {
    title: 'Not served',
    todo: 'The gateway answers 404 or 405 for these. Change the description, or write a route by hand in zone.ts.',
  },
  access: {
    title: 'Who may call',
    todo: 'The description does not say it so that it can be asked for. What was written instead is the stricter reading.',
  },
  public: {
    title: 'Open to everybody',
    todo: 'The description asks for no authentication. Check that this is meant for each.',
  },
  servers: {
    title: 'Where it is',
    todo: 'Check hosts and origin in zone.ts.',
  },
  owner: {
    title: 'Whose is it? (a guess by name)',
    todo: "Path parameters that look like somebody's identifier. Where a claim says whose it is, add authorize({ owner: eq(param('…'), claim('sub')) }) to the route; elsewhere the origin must check it.",
  },
  sensitive: {
    title: 'Flows that somebody may abuse (a guess by name)',
    todo: 'Give each a limit of its own: x-portcullis-limits in the description, or rateLimit({ … }) in zone.ts.',
  },
  urls: {
    title: 'Fields that hold URLs',
    todo: 'Where the origin fetches them, somebody else decides what it fetches. Put urlInputs({ fields: [ … ] }) on the route in zone.ts.',
  },
  'long-text': {
    title: 'Texts without a longest length',
    todo: 'Add maxLength, and a pattern where one is known. Until then the size of the whole body bounds them.',
  },
  'long-list': {
    title: 'Lists without a longest length',
    todo: 'Add maxItems. Until then the size of the whole body bounds them.',
  },
  'large-number': {
    title: 'Integers without bounds',
    todo: 'Add minimum and maximum, or a format like int32.',
  },
  'open-object': {
    title: 'Objects that take any property',
    todo: 'List the properties, or set additionalProperties: false. Until then any property passes.',
  },
  'any-body': {
    title: 'Bodies of any media type',
    todo: 'Name the media types that the API reads or writes. Until then a body passes whatever it is.',
  },
  pattern: {
    title: 'Patterns that may take very long',
    todo: 'A crafted text may cost much time. Write the pattern without a repetition inside of a repetition, and add maxLength.',
  },
  unchecked: {
    title: 'Said, but not checked',
    todo: 'The gateway does not hold requests or answers to these. The origin must, where it matters.',
  },
  errors: {
    title: 'Errors that are not described',
    todo: 'Add a default or 4XX response. Until then openapiResponses finds every error undescribed.',
  },
  limits: {
    title: 'Limits that are said otherwise',
    todo: 'Write them as x-portcullis-limits, or as rateLimit({ … }) in zone.ts.',
  },
  renamed: {
    title: 'Parameters that are called otherwise here',
    todo: 'Nothing, unless zone.ts names them: param(…) takes the name that stands in the route.',
  },
  deprecated: {
    title: 'Deprecated operations',
    todo: 'Decide until when they are served.',
  },
} as const

/** One of {@link GAPS}. */
export type GapKind = keyof typeof GAPS

/** One thing that a person must decide, or know. */
export interface Gap {
  readonly kind: GapKind
  /** JSON pointer into the description, all of whose files are read as one. */
  readonly pointer: string
  /** What is found there. */
  readonly found: string
  /** The key of the route that it concerns. */
  readonly route?: string
}

/** Collects gaps, each once, in the order in which they are found. */
export class Gaps {
  readonly all: Gap[] = []
  readonly #seen = new Set<string>()

  add(kind: GapKind, pointer: string, found: string, route?: string): void {
    const key = JSON.stringify([kind, pointer, found, route])
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    this.all.push({ kind, pointer, found, ...(route !== undefined && { route }) })
  }
}
