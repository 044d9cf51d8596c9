import type { MediaType, Operation, Parameter, ParameterPlace, ParameterStyle } from '../openapi/description.ts'
import { readMediaType, type Surroundings } from './media-types.ts'
import type { Place } from './place.ts'
import type { PlannedRoute } from './plan-routes.ts'

/** The style of a parameter that says none (OpenAPI 3.2 §4.8.12). */
const DEFAULT_STYLES: Readonly<Record<ParameterPlace, ParameterStyle>> = { path: 'simple', query: 'form', header: 'simple', cookie: 'form' }
/** Lists and objects in these are written out unless the parameter says otherwise. */
const EXPLODES: readonly ParameterStyle[] = ['form', 'cookie']
const STYLES: Readonly<Record<ParameterPlace, readonly ParameterStyle[]>> = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form', 'cookie'],
}
/** Said elsewhere in a description: as parameters they do not count (OpenAPI 3.2 §4.8.12.1). */
const ELSEWHERE: ReadonlySet<string> = new Set(['accept', 'content-type', 'authorization'])

/** @returns the parameters of a route: those of its path that the operation does not replace, and its own. */
export function readParameters(route: PlannedRoute, around: Surroundings): Pick<Operation, 'parameters' | 'querystring'> {
  const places = new Map<string, Place>()
  for (const holder of [route.pathItem, route.operation]) {
    for (const given of holder.child('parameters')?.items() ?? []) {
      const place = given.resolved()
      places.set(JSON.stringify([place.text('in'), place.text('name')]), place)
    }
  }
  let querystring: Operation['querystring']
  const parameters: Parameter[] = []
  for (const place of places.values()) {
    if (place.text('in') === 'querystring') querystring = readQuerystring(place, around)
    else parameters.push(...readParameter(place, route, around))
  }
  const described = new Set(parameters.flatMap((one) => (one.in === 'path' ? [one.name] : [])))
  for (const [name, from] of route.sources) {
    if (described.has(name)) continue
    around.gaps.add('unchecked', route.operation.pointer, `the path's {${name}} is no parameter: any text passes`, route.key)
    parameters.push({ name, in: 'path', from, required: true, style: 'simple', explode: false })
  }
  for (const [name, value] of route.query) {
    if (/[{}]/.test(value)) around.gaps.add('unchecked', route.operation.pointer, `the value of ${name} in the path`, route.key)
    const schema = around.schemas.add(/[{}]/.test(value) ? {} : { const: value })
    if (!parameters.some((one) => one.in === 'query' && one.name === name))
      parameters.push({ name, in: 'query', required: true, style: 'form', explode: true, schema })
  }
  return { ...(parameters.length > 0 && { parameters }), ...(querystring !== undefined && { querystring }) }
}

function readParameter(place: Place, { sources, key }: PlannedRoute, around: Surroundings): readonly Parameter[] {
  const name = place.text('name')
  const where = place.text('in')
  if (name === undefined || !isPlace(where)) {
    around.gaps.add('unchecked', place.pointer, 'a parameter without a name, or of no known place', key)
    return []
  }
  if (where === 'header' && ELSEWHERE.has(name.toLowerCase())) {
    around.gaps.add('unchecked', place.pointer, `the header ${name} as a parameter: the specification ignores it`, key)
    return []
  }
  const from = where === 'path' ? sources.get(name) : undefined
  if (where === 'path' && from === undefined) {
    around.gaps.add('unchecked', place.pointer, `${name} stands in no segment of the path`, key)
    return []
  }
  return [
    {
      name,
      in: where,
      ...(from !== undefined && { from }),
      ...((where === 'path' || place.is('required')) && { required: true }),
      ...styleOf(place, where, around),
      ...(where === 'query' && place.is('allowEmptyValue') && { allowEmptyValue: true }),
      ...schemaOf(place, around),
    },
  ]
}

function isPlace(where: string | undefined): where is ParameterPlace {
  return where !== undefined && Object.hasOwn(DEFAULT_STYLES, where)
}

function styleOf(place: Place, where: ParameterPlace, around: Surroundings): Pick<Parameter, 'style' | 'explode'> {
  const given = place.text('style')
  const style = STYLES[where].find((one) => one === given) ?? DEFAULT_STYLES[where]
  if (given !== undefined && given !== style)
    around.gaps.add(
      'unchecked',
      `${place.pointer}/style`,
      `style ${JSON.stringify(given)}, which a ${where} parameter cannot have: read as ${style}`,
      around.route,
    )
  const explode = place.child('explode')?.value
  return { style, explode: typeof explode === 'boolean' ? explode : EXPLODES.includes(style) }
}

function schemaOf(place: Place, around: Surroundings): Pick<Parameter, 'schema' | 'content'> {
  const [content] = place.child('content')?.entries() ?? []
  if (content !== undefined) {
    const [mediaType, given] = content
    const schema = given.resolved().child('schema')
    return { content: { mediaType: mediaType.toLowerCase(), ...(schema !== undefined && { schema: around.schemas.of(schema, around.direction) }) } }
  }
  const schema = place.child('schema')
  if (schema === undefined) around.gaps.add('unchecked', place.pointer, 'a parameter without a schema: any text passes', around.route)
  return schema === undefined ? {} : { schema: around.schemas.of(schema, around.direction) }
}

function readQuerystring(place: Place, around: Surroundings): MediaType & { readonly required?: true; readonly mediaType: string } {
  const [content] = place.child('content')?.entries() ?? []
  const mediaType = content?.[0].toLowerCase() ?? 'application/x-www-form-urlencoded'
  return {
    mediaType,
    ...(place.is('required') && { required: true as const }),
    ...(content !== undefined && readMediaType(content[1].resolved(), mediaType, around)),
  }
}
