import type { SchemaUse } from '../json-schema/normalise/schema-pool.ts'
import type { Encoding, HeaderDescription, MediaType } from '../openapi/description.ts'
import type { Gaps } from './gap.ts'
import type { Place } from './place.ts'
import type { SchemaNumbers } from './schema-numbers.ts'

/** What the parts of an operation's conversion share. */
export interface Surroundings {
  readonly schemas: SchemaNumbers
  readonly gaps: Gaps
  readonly direction: NonNullable<SchemaUse['direction']>
  readonly route: string
}

/** @returns what a body may be, by media range, lower case and without parameters. */
export function readContent(content: Place, around: Surroundings): Readonly<Record<string, MediaType>> {
  const types = new Map<string, MediaType>()
  for (const [name, given] of content.entries()) {
    const range = (name.split(';')[0] ?? '').trim().toLowerCase()
    const place = given.resolved()
    if (!/^(?:\*|[a-z0-9!#$&^_.+-]+)\/(?:\*|[a-z0-9!#$&^_.+-]+)$/.test(range)) {
      around.gaps.add('unchecked', place.pointer, 'no media type: bodies of it are refused', around.route)
      continue
    }
    if (name.includes(';')) around.gaps.add('unchecked', place.pointer, 'parameters of a media type: they are not compared', around.route)
    if (types.has(range)) continue
    if (range === '*/*') around.gaps.add('any-body', place.pointer, around.direction === 'request' ? 'a request' : 'a response', around.route)
    types.set(range, readMediaType(place, range, around))
  }
  return Object.fromEntries(types)
}

/** @param range lower case. */
export function readMediaType(place: Place, range: string, around: Surroundings): MediaType {
  const use = { xml: /[/+]xml$/.test(range) }
  const schema = place.child('schema')
  const itemSchema = place.child('itemSchema')
  const encoding = readEncoding(place, range, around)
  for (const key of ['prefixEncoding', 'itemEncoding']) {
    if (place.has(key)) around.gaps.add('unchecked', `${place.pointer}/${key}`, `${key} of a body without named parts`, around.route)
  }
  return {
    ...(schema !== undefined && { schema: around.schemas.of(schema, around.direction, use) }),
    ...(itemSchema !== undefined && { itemSchema: around.schemas.of(itemSchema, around.direction, use) }),
    ...(encoding !== undefined && { encoding }),
  }
}

function readEncoding(place: Place, range: string, around: Surroundings): Readonly<Record<string, Encoding>> | undefined {
  if (range !== 'application/x-www-form-urlencoded' && !range.startsWith('multipart/')) return undefined
  const encoding = place.child('encoding')
  // A property may be called as an extension is.
  const names = encoding?.isObject() ? Object.keys(encoding.value as object) : []
  if (names.length === 0) return undefined
  return Object.fromEntries(names.map((name) => [name, readOne(encoding?.child(name) as Place, range, around)]))
}

/** Style and explode count where one of the three is said (OpenAPI 3.2 §4.8.15); in an urlencoded form, also where no content type is. */
function readOne(place: Place, range: string, around: Surroundings): Encoding {
  const contentType = place.text('contentType')
  const hasStyle = ['style', 'explode', 'allowReserved'].some((key) => place.has(key)) || (range.startsWith('application/') && contentType === undefined)
  const style = (place.text('style') ?? 'form') as NonNullable<Encoding['style']>
  const headers = place.child('headers')
  if (place.has('encoding')) around.gaps.add('unchecked', `${place.pointer}/encoding`, 'encoding within a part', around.route)
  return {
    ...(contentType !== undefined && {
      contentType: contentType
        .split(',')
        .map((one) => one.trim().toLowerCase())
        .filter((one) => one !== ''),
    }),
    ...(hasStyle && { style, explode: (place.child('explode')?.value ?? style === 'form') === true }),
    ...(headers !== undefined && range.startsWith('multipart/') && { headers: readHeaders(headers, around) }),
  }
}

/** @returns headers by lower-case name. `Content-Type` is said elsewhere (OpenAPI 3.2 §4.8.17). */
export function readHeaders(headers: Place, around: Surroundings): Readonly<Record<string, HeaderDescription>> {
  const read = headers
    .entries()
    .flatMap(([name, given]) => (name.toLowerCase() === 'content-type' ? [] : [[name.toLowerCase(), readHeader(given.resolved(), around)] as const]))
  return Object.fromEntries(read)
}

function readHeader(place: Place, around: Surroundings): HeaderDescription {
  const schema = place.child('schema')
  if (place.has('content')) around.gaps.add('unchecked', `${place.pointer}/content`, 'a header that is a document of its own', around.route)
  return {
    ...(place.is('required') && { required: true as const }),
    ...(place.is('explode') && { explode: true as const }),
    ...(schema !== undefined && { schema: around.schemas.of(schema, around.direction) }),
  }
}
