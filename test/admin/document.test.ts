import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ADMIN, ADMIN_TOKEN, type AdminDoor, changing, openAdminDoor } from '../attacks/admin/door.ts'
import { bearer } from '../attacks/front-door.ts'
import { rawRequest, rawText } from '../workerd/raw.ts'

interface Response {
  readonly $ref?: string
  readonly content?: Readonly<Record<string, { readonly schema: object }>>
}
interface Documented {
  readonly operationId: string
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: object } } }
  readonly responses: Readonly<Record<string, Response>>
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Documented>>>>
  readonly components: { readonly responses: Readonly<Record<string, Response>>; readonly schemas: object }
}

let door: AdminDoor
let document: Document
beforeAll(async () => {
  door = await openAdminDoor('zone')
  const { body } = await rawRequest(door.server.port, rawText('GET', `${ADMIN}/openapi.json`, bearer(ADMIN_TOKEN)))
  document = JSON.parse(body) as Document
})
afterAll(() => door.stop())

const ajv = new Ajv2020({ strict: true, allErrors: true, keywords: ['components'] })
ajv.addFormat('date-time', (text: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)))

/** Whatever the document refers to stands in it. */
const validated = (schema: object, value: unknown): readonly string[] => {
  const validate = ajv.compile({ ...schema, components: document.components } as object)
  return validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

/** What is answered is what the document says: status, media type, schema. @returns what the answer says. */
async function called(id: string, params: Readonly<Record<string, string>> = {}, body?: object, query = ''): Promise<Record<string, unknown>> {
  const [path = '', method = '', operation] = operations().find(([, , { operationId }]) => operationId === id) ?? []
  const target = `${ADMIN}${path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => params[name] ?? '')}${query}`
  const sent = body === undefined ? '' : JSON.stringify(body)
  const { 'Content-Type': type = '', ...head } = changing(ADMIN_TOKEN, `an-idempotency-key-${++calls}`)
  const headers = method === 'get' ? bearer(ADMIN_TOKEN) : { ...head, ...(body !== undefined && { 'Content-Type': type }) }
  const { response } = await door.ask(`${method.toUpperCase()} ${target}`, headers, sent)
  const schema = operation?.requestBody?.content['application/json'].schema
  if (schema !== undefined && response.status < 300) expect(validated(schema, body), `${id}: its own request`).toEqual([])
  const found = operation?.responses[response.status]
  const documented = found?.$ref === undefined ? found : document.components.responses[found.$ref.split('/').at(-1) ?? '']
  const mediaType = response.headers['content-type'] ?? ''
  expect(Object.keys(documented?.content ?? {}), `${id} ${response.status} ${response.body}`).toEqual([mediaType])
  const answer: unknown = mediaType.endsWith('json') && !mediaType.includes('ndjson') ? JSON.parse(response.body) : response.body
  expect(validated(documented?.content?.[mediaType]?.schema ?? NOTHING, answer), `${id} ${response.status} ${response.body}`).toEqual([])
  statuses.set(id, [...(statuses.get(id) ?? []), response.status])
  return typeof answer === 'string' ? {} : (answer as Record<string, unknown>)
}
let calls = 0
/** What is not documented is nothing that may be answered. */
const NOTHING = { not: {} }
const statuses = new Map<string, number[]>()
const operations = () => Object.entries(document.paths).flatMap(([path, item]) => Object.entries(item).map(([method, one]) => [path, method, one] as const))

const LASTING = { forSeconds: 600, reason: 'a test' }
const OVERRIDE = { zone: 'api', limit: 'per-ip', whose: { ip: '192.0.2.1' }, figures: { limit: 60_000, burst: 6000 }, ...LASTING }
const REVOKED = { kind: 'subject', issuer: 'https://people.example', value: 'ada' }

it('every operation answers as the document says, done and refused', async () => {
  await called('getDocument')
  await called('getStatus')

  const spec = {
    owner: 'customer-7',
    name: 'n',
    level: 'pro',
    scopes: ['a'],
    roles: ['b'],
    metadata: { c: 'd' },
    limits: { 'per-key': { limit: 10, burst: 5 } },
  }
  const created = await called('createKey', {}, { ...spec, allowedIps: ['192.0.2.0/24'], allowedRoutes: ['api'], expires: '2099-01-01T00:00:00Z' })
  const { id } = created.item as { id: string }
  await called('createKey', {}, { owner: '' })
  await called('listKeys', {}, undefined, '?owner=customer-7&limit=1')
  await called('listKeys', {}, undefined, '?cursor=zz')
  await called('showKey', { id })
  await called('showKey', { id: '0'.repeat(16) })
  await called('rotateKey', { id }, { overlapSeconds: 60 })
  await called('rotateKey', { id }, { overlapSeconds: 60 })
  await called('showKey', { id })
  await called('revokeKey', { id }, { reason: 'a test' })
  await called('showKey', { id })
  await called('revokeKeysOfOwner', {}, { owner: 'customer-7', reason: 'a test' })

  for (const [add, list, remove, body] of [
    ['addBan', 'listBans', 'removeBan', { effect: 'allow', target: 'subject', value: 'ada', issuer: 'https://people.example', zone: 'api', ...LASTING }],
    [
      'addKillSwitch',
      'listKillSwitches',
      'removeKillSwitch',
      { zone: 'open', route: 'GET /*', from: '2098-01-01T00:00:00Z', retryAfterSeconds: 5, ...LASTING },
    ],
    ['addOverride', 'listOverrides', 'removeOverride', OVERRIDE],
  ] as const) {
    const rule = await called(add, {}, body)
    await called(add, {}, { ...body, forSeconds: 0 })
    await called(list, {}, undefined, '?limit=1')
    await called(remove, { id: rule.id as string })
    await called(remove, { id: rule.id as string })
  }

  await called('revoke', {}, { ...REVOKED, issuedBefore: '2025-01-01T00:00:00Z', ...LASTING })
  await called('revoke', {}, { kind: 'issuer', issuer: 'https://bad.example', ...LASTING })
  await called('listRevocations', {}, undefined, '?limit=1')
  await called('liftRevocation', {}, { ...REVOKED, reason: 'a test' })

  await called('signCheckpoint')
  await called('listCheckpoints')
  await called('listAuditEntries', {}, undefined, '?limit=1000')
  await called('exportAudit', {}, undefined, '?limit=3')
  await called('findPseudonyms', {}, { value: 'ada' })

  const ids = operations().map(([, , { operationId }]) => operationId)
  expect(ids.filter((one) => !statuses.get(one)?.some((status) => status < 300))).toEqual([])
  expect(new Set([...statuses.values()].flat())).toEqual(new Set([200, 201, 404, 409, 422]))
})

it('a schema finds what is not its own', () => {
  const schema = document.paths['/status']?.get?.responses['200']?.content?.['application/json']?.schema ?? {}
  expect(validated(schema, { time: 'now' }).length).toBeGreaterThan(3)
})
