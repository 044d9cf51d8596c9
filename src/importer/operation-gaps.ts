import { quoted } from './code.ts'
import type { Gaps } from './gap.ts'
import type { Place } from './place.ts'
import type { PlannedRoute } from './plan-routes.ts'
import type { SchemaGaps } from './schema-gaps.ts'
import { urlFields } from './url-fields.ts'

/** Names of parameters that look like somebody's identifier. */
const IDENTIFIER =
  /(?:^|[_-])(?:id|uuid|guid|uid|user|username|login|owner|account|customer|member|org|organization|organisation|tenant|team|project)s?$|[a-z](?:Id|ID|Uuid|UUID|Guid)s?$/
/** Names of what is worth abusing in large numbers. */
const SENSITIVE =
  /log-?in|sign-?(?:in|up)|register|password|passwd|passcode|reset|forgot|verif|(?:^|[^a-z])(?:otp|mfa|2fa|totp)|token|session|payment|pay(?:out|ments?)|charge|checkout|transfer|refund|withdraw|deposit|purchase|order|booking|reserv|coupon|voucher|gift|invit|vote|comment|message|email|sms/i
const CHANGING: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])

/** Notes what the description of one operation leaves to a person. */
export function noteOperation(route: PlannedRoute, schemas: SchemaGaps, gaps: Gaps): void {
  const { key, operation, pathItem, sources } = route
  const identifiers = [...sources].flatMap(([name, { param }]) => (IDENTIFIER.test(name) ? [param] : []))
  if (identifiers.length > 0) gaps.add('owner', operation.pointer, identifiers.map((name) => `:${name}`).join(', '), key)
  if (operation.is('deprecated')) gaps.add('deprecated', operation.pointer, 'deprecated', key)
  const name = SENSITIVE.exec(`${route.path} ${operation.text('operationId') ?? ''}`)?.[0]
  if (name !== undefined && CHANGING.has(route.method)) gaps.add('sensitive', operation.pointer, `its name has ${JSON.stringify(name.toLowerCase())}`, key)
  const fields: string[] = []
  for (const holder of [pathItem, operation]) {
    for (const given of holder.child('parameters')?.items() ?? []) {
      const place = given.resolved()
      noteSchemas(place, schemas)
      fields.push(...parameterFields(place))
    }
  }
  for (const [mediaType, given] of operation.at('requestBody')?.child('content')?.entries() ?? []) {
    const place = given.resolved()
    noteSchemas(place, schemas)
    const schema = place.child('schema')
    if (schema !== undefined && READ.test(mediaType)) fields.push(...urlFields(schema, '#'))
  }
  const places = [...new Set(fields)].filter((place) => PLACE.test(place))
  if (places.length > 0) gaps.add('urls', operation.pointer, `fields: [${places.map(quoted).join(', ')}]`, key)
}

/** Bodies whose fields are read. */
const READ = /json|x-www-form-urlencoded|multipart\/form-data/i
/** What `urlInputs` takes. */
const PLACE = /^(?:#(?:\/(?:[^~/]|~[01])+){1,16}|query\/[^/]{1,64}|header\/[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64})$/

function parameterFields(parameter: Place): readonly string[] {
  const where = parameter.text('in')
  const name = parameter.text('name') ?? ''
  const schema = parameter.child('schema')
  if (schema === undefined || (where !== 'query' && where !== 'header')) return []
  // A parameter's value is one text there.
  return urlFields(schema, `${where}/${where === 'header' ? name.toLowerCase() : name}`, name).slice(0, 1)
}

function noteSchemas(holder: Place, schemas: SchemaGaps): void {
  for (const key of ['schema', 'itemSchema']) {
    const schema = holder.child(key)
    if (schema !== undefined) schemas.look(schema)
  }
  for (const [, given] of holder.child('content')?.entries() ?? []) noteSchemas(given.resolved(), schemas)
}
