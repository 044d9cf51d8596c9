import { type Context, Hono } from 'hono'
import { BodyAborted } from '../core/body.ts'
import { type Decision, deny, reply } from '../core/decision.ts'
import type { Exchange } from '../core/exchange.ts'
import type { Judgement } from '../core/policy.ts'
import { refuseCrossSite } from './cross-site.ts'
import type { AdminFacts, Call, Operation, TextAnswer } from './operation.ts'
import { OPERATIONS } from './operations.ts'
import { idempotencyKeyOf, perform } from './perform.ts'
import { readBody, readParams, readQuery } from './read-call.ts'
import { Refusal, refusal } from './refusal.ts'
import { compileRoles, includes, type RoleConditions } from './role.ts'
import { compileStepUp, type StepUp } from './step-up.ts'

/** What the app of one admin API is made from. */
export interface AppParts {
  readonly host: string
  readonly path: string
  readonly roles: RoleConditions
  readonly stepUp?: StepUp | undefined
  readonly facts: AdminFacts
}

interface Env {
  readonly Bindings: {
    readonly x: Exchange
    /** What went wrong: the pipeline writes the denial. */
    readonly fault: { error?: unknown }
  }
}

/** The longest name of who did something, in the ledger and the trail. */
const MAX_BY = 256

/** Makes the app: one route for each line of the table of operations, and a 405 where a path has others. */
export function adminApp({ host, path, roles, stepUp, facts }: AppParts): Judgement {
  const roleOf = compileRoles(roles)
  const checkStepUp = stepUp === undefined ? undefined : compileStepUp(stepUp)
  const ownOrigin = `https://${host}`

  const serve = async (operation: Operation, c: Context<Env>): Promise<Response> => {
    const { x } = c.env
    const role = roleOf(x)
    if (role === undefined || !includes(role, operation.role)) throw refusal(403, 'role', `This needs the role ${operation.role}.`)
    const changes = operation.kind === 'change'
    refuseCrossSite(x, ownOrigin, changes)
    if (changes) checkStepUp?.(x)
    const key = changes ? idempotencyKeyOf(x) : ''
    const params = readParams(operation.params, c.req.param() as Record<string, string>)
    const { bytes, value } = await readBody(x, changes ? operation.body : undefined)
    const call: Call = { x, facts, params, query: readQuery(x, operation.query), body: value, role, by: nameOf(x) }
    if (operation.kind === 'reading') return answered(await operation.read(call), operation.mediaType)
    const { status, answer } = await perform(operation, call, await operation.prepare(call), key, bytes)
    return json(JSON.stringify(answer), status)
  }

  const app = new Hono<Env>().basePath(path)
  for (const operation of OPERATIONS) app.on(operation.method, [patternOf(operation)], (c) => serve(operation, c))
  for (const [pattern, operations] of Map.groupBy(OPERATIONS, patternOf)) {
    const allow = [...new Set(operations.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))].toSorted().join(', ')
    app.all(pattern, () => {
      throw refusal(405, 'method', 'This path has other methods.', { headers: { allow } })
    })
  }
  app.notFound(() => {
    throw refusal(404, 'unlisted', 'There is no such path.')
  })
  app.onError((error, c) => {
    c.env.fault.error = error
    return new Response(null, { status: 500 })
  })

  return async (x): Promise<Decision> => {
    const fault: Env['Bindings']['fault'] = {}
    const response = await app.fetch(x.request, { x, fault })
    if (fault.error === undefined) return reply(response, 'admin.answered')
    if (fault.error instanceof Refusal) return fault.error.deny
    if (fault.error instanceof BodyAborted) throw fault.error
    // A port out of reach, or a fault of ours: nothing of it is for callers, and whatever was begun is done by the same request again.
    x.ports.notice('admin.unavailable', String(fault.error).slice(0, 1024))
    return deny(503, 'admin.unavailable', { detail: String(fault.error), problem: { detail: UNAVAILABLE }, headers: { 'retry-after': '5' } })
  }
}

const UNAVAILABLE = 'This cannot be done now. Send the same request again, with the same Idempotency-Key.'

/** `/keys/{id}` as the router has it. */
function patternOf({ path }: Pick<Operation, 'path'>): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}

function answered(answer: unknown, mediaType = 'application/json'): Response {
  if (!isText(answer)) return json(JSON.stringify(answer), 200)
  return new Response(answer.text, { headers: { ...HEADERS, 'content-type': mediaType, ...answer.headers } })
}

function isText(answer: unknown): answer is TextAnswer {
  return typeof answer === 'object' && answer !== null && 'text' in answer && typeof answer.text === 'string'
}

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'content-type': 'application/json' } as const

function json(text: string, status: number): Response {
  return new Response(text, { status, headers: HEADERS })
}

/** Who is calling, for people: of several identities, all. */
function nameOf({ principal }: Exchange): string {
  if (principal === undefined) throw new TypeError('nobody is calling')
  const names = [principal, ...(principal.factors ?? [])].map(({ issuer, subject }) => `${subject} (${issuer})`)
  // The cut comes first: it may leave half of a character.
  return names.join(' and ').slice(0, MAX_BY).toWellFormed()
}
