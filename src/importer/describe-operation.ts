import type { Operation, RequestBody, ResponseDescription } from '../openapi/description.ts'
import { readContent, readHeaders, type Surroundings } from './media-types.ts'
import { readParameters } from './parameters.ts'
import type { Place } from './place.ts'
import type { PlannedRoute } from './plan-routes.ts'

/** @returns what the description promises of one operation. */
export function describeOperation(route: PlannedRoute, around: Omit<Surroundings, 'direction' | 'route'>): Operation {
  const { operation, key } = route
  const id = operation.text('operationId')
  const body = readBody(operation.at('requestBody'), { ...around, direction: 'request', route: key })
  return {
    ...(id !== undefined && { id }),
    ...(operation.is('deprecated') && { deprecated: true as const }),
    ...readParameters(route, { ...around, direction: 'request', route: key }),
    ...(body !== undefined && { body }),
    responses: readResponses(operation, { ...around, direction: 'response', route: key }),
  }
}

function readBody(place: Place | undefined, around: Surroundings): RequestBody | undefined {
  const content = place?.child('content')
  if (place === undefined || content === undefined) return undefined
  return { ...(place.is('required') && { required: true as const }), content: readContent(content, around) }
}

function readResponses(operation: Place, around: Surroundings): Readonly<Record<string, ResponseDescription>> {
  const responses = operation.child('responses')
  const read = (responses?.entries() ?? []).flatMap(([status, given]) => {
    const name = status === 'default' ? status : status.toUpperCase()
    if (name !== 'default' && !/^[1-5](?:\d\d|XX)$/.test(name)) {
      around.gaps.add('unchecked', given.pointer, `${JSON.stringify(status)}, which is no status`, around.route)
      return []
    }
    return [[name, readResponse(given.resolved(), around)] as const]
  })
  const isFailure = (status: string) => status === 'default' || /^[45]/.test(status)
  if (!read.some(([status]) => status === 'default' || status.startsWith('4'))) {
    around.gaps.add(
      'errors',
      responses?.pointer ?? operation.pointer,
      read.some(([status]) => isFailure(status)) ? 'no 4XX and no default' : 'no error at all',
      around.route,
    )
  }
  return Object.fromEntries(read)
}

function readResponse(place: Place, around: Surroundings): ResponseDescription {
  const content = place.child('content')
  const headers = place.child('headers')
  const types = content === undefined ? {} : readContent(content, around)
  const described = headers === undefined ? {} : readHeaders(headers, around)
  return { ...(Object.keys(types).length > 0 && { content: types }), ...(Object.keys(described).length > 0 && { headers: described }) }
}
