import * as v from 'valibot'
import { RECORD_BLOBS, RECORD_VERSION } from '../../core/record.ts'
import { boundedFetch, NoAnswer } from '../bounded-fetch.ts'
import type { CloudflareAccess } from '../cloudflare-access.ts'
import { EXIT, Failure } from '../failure.ts'
import { PREFLIGHT_REASON, type Seen, type Traffic, UNMATCHED } from './traffic.ts'

/** What to ask for. */
export interface AnalyticsQuestion {
  readonly accountId: string
  /** Letters, digits and `_`. */
  readonly dataset: string
  readonly sinceSeconds: number
  /** The same, as people say it: `30d`. */
  readonly since: string
  /** The most lines of what no route took. */
  readonly most: number
}

const TIMEOUT_MS = 60_000
const MAX_BYTES = 33_554_432
/** More routes than any configuration has. */
const MOST_ROUTES = 10_000

/** The column of a recorded fact. */
const blob = (name: (typeof RECORD_BLOBS)[number]): string => `blob${RECORD_BLOBS.indexOf(name) + 2}`

/** Sums over the requests that rows stand for, not over rows. */
const FIGURES = `SUM(_sample_interval) AS requests, sumIf(_sample_interval, ${blob('decision')} = 'deny') AS denied, MAX(timestamp) AS last_seen, MAX(_sample_interval) AS most_each`

/** What each route of a zone was asked for. */
function routesQuery({ dataset, sinceSeconds }: AnalyticsQuestion): string {
  return `SELECT ${blob('zone')} AS zone, ${blob('route')} AS route, ${FIGURES} FROM ${dataset} WHERE ${recorded(sinceSeconds)} AND ${blob('route')} NOT LIKE '${UNMATCHED}%' AND ${blob('reason')} != '${PREFLIGHT_REASON}' GROUP BY zone, route ORDER BY requests DESC LIMIT ${MOST_ROUTES} FORMAT JSON`
}

/** What no route took: one line more than wanted tells whether there is more. */
function unlistedQuery({ dataset, sinceSeconds, most }: AnalyticsQuestion): string {
  return `SELECT ${blob('zone')} AS zone, ${blob('route')} AS route, ${blob('method')} AS method, ${FIGURES} FROM ${dataset} WHERE ${recorded(sinceSeconds)} AND ${blob('route')} LIKE '${UNMATCHED}%' GROUP BY zone, route, method ORDER BY requests DESC LIMIT ${most + 1} FORMAT JSON`
}

function recorded(sinceSeconds: number): string {
  return `timestamp > NOW() - INTERVAL '${sinceSeconds}' SECOND AND blob1 = '${RECORD_VERSION}'`
}

/** Integers of 64 bits come as text, so that no reader rounds them. */
const count = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^\d{1,15}(?:\.0+)?$/), v.transform(Number))]),
  v.number(),
  v.check((number) => Number.isFinite(number) && number >= 0),
)
const MOMENT = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?Z?$/
const row = v.object({
  zone: v.string(),
  route: v.string(),
  method: v.optional(v.string(), ''),
  requests: count,
  denied: count,
  last_seen: v.pipe(v.string(), v.regex(MOMENT)),
  most_each: count,
})
const answer = v.object({ data: v.array(row) })

/** Reads the traffic from Analytics Engine by its SQL API. @throws {Failure} */
export async function analyticsTraffic(access: CloudflareAccess, question: AnalyticsQuestion): Promise<Traffic> {
  const ask = (query: string) => askSql(access, question.accountId, query)
  const [routes, unlisted] = await Promise.all([ask(routesQuery(question)), ask(unlistedQuery(question))])
  const rows = [...routes, ...unlisted.slice(0, question.most)]
  return {
    seen: rows.map(seenOf),
    sampled: rows.some(({ most_each }) => most_each > 1),
    isCut: unlisted.length > question.most,
    span: `in the last ${question.since}`,
  }
}

function seenOf({ zone, route, method, requests, denied, last_seen }: v.InferOutput<typeof row>): Seen {
  const [, day, time] = MOMENT.exec(last_seen) as RegExpExecArray
  return { zone, route, method, requests, denied, lastSeen: `${day}T${time}Z` }
}

async function askSql({ root, token }: CloudflareAccess, accountId: string, query: string): Promise<readonly v.InferOutput<typeof row>[]> {
  const url = new URL(`${root}/accounts/${accountId}/analytics_engine/sql`)
  const failure = (why: string) => new Failure(EXIT.unreachable, `Cloudflare's API (${url.host}) cannot be asked: ${why}.`)
  const { status, text } = await boundedFetch({
    url,
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain', accept: 'application/json' },
    body: query,
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
  }).catch((error: unknown) => {
    throw error instanceof NoAnswer ? failure(error.message) : error
  })
  if (status === 401 || status === 403 || status === 404)
    throw new Failure(EXIT.refused, "Cloudflare's API refuses CLOUDFLARE_API_TOKEN: it needs to read Account Analytics of that account.")
  if (status === 400 || status === 422) throw failure('it does not take the question: there may be no such dataset yet, which is made with its first row')
  if (status !== 200) throw failure(`it answered ${status}`)
  const read = v.safeParse(answer, jsonOf(text))
  if (!read.success) throw failure('its answer is of another form')
  return read.output.data
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
