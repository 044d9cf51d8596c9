import * as v from 'valibot'
import { boundedFetch, NoAnswer } from '../bounded-fetch.ts'
import { EXIT, Failure } from '../failure.ts'
import { PREFLIGHT_REASON, type Seen, type Traffic, UNMATCHED } from './traffic.ts'

const TIMEOUT_MS = 10_000
const MAX_BYTES = 33_554_432
/** What the demo gives at once, and what the log keeps. */
const PAGE = 500
const KEPT = 10_000

const decision = v.object({ id: v.number(), zone: v.string(), route: v.string(), method: v.string(), decision: v.string(), reason: v.string() })
type LoggedDecision = v.InferOutput<typeof decision>

/** Reads the traffic from the log of the gateway that `npm start` runs on this machine, as `npm run decisions` does. The log has no times. @throws {Failure} */
export async function localTraffic(port: number): Promise<Traffic> {
  const base = `http://localhost:${port}/demo`
  const token = await ask(new URL(`${base}/token`), {
    method: 'POST',
    headers: { accept: 'text/plain', 'content-type': 'application/x-www-form-urlencoded' },
    body: 'sub=operator&scope=decisions%3Aread',
  })
  const decisions: LoggedDecision[] = []
  for (let after = 0; decisions.length < KEPT; after = decisions.at(-1)?.id ?? 0) {
    const page = pageOf(await ask(new URL(`${base}/decisions?after=${after}`), { headers: { authorization: `Bearer ${token}` } }))
    decisions.push(...page)
    if (page.length < PAGE) break
  }
  return { seen: tally(decisions), sampled: false, isCut: false, span: `in the latest ${decisions.length} decisions on this machine` }
}

async function ask(
  url: URL,
  request: { readonly method?: string; readonly headers: Readonly<Record<string, string>>; readonly body?: string },
): Promise<string> {
  const failure = (why: string) =>
    new Failure(EXIT.unreachable, `The gateway at ${url.origin} cannot be asked: ${why}. Start it first, in another terminal: npm start`)
  const { status, text } = await boundedFetch({ url, ...request, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES }).catch((error: unknown) => {
    throw error instanceof NoAnswer ? failure(error.message) : error
  })
  if (status !== 200) throw failure(`it answered ${status} to ${url.pathname}`)
  return text
}

function pageOf(text: string): readonly LoggedDecision[] {
  const read = v.safeParse(v.array(decision), jsonOf(text))
  if (!read.success) throw new Failure(EXIT.unreachable, 'What answered there is no log of decisions.')
  return read.output
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function tally(decisions: readonly LoggedDecision[]): readonly Seen[] {
  const found = new Map<string, { readonly seen: Omit<Seen, 'requests' | 'denied'>; requests: number; denied: number }>()
  for (const { zone, route, method, decision, reason } of decisions) {
    if (reason === PREFLIGHT_REASON) continue
    const seen = { zone, route, method: route.startsWith(UNMATCHED) ? method : '' }
    const key = JSON.stringify(seen)
    const entry = found.get(key) ?? { seen, requests: 0, denied: 0 }
    entry.requests++
    if (decision === 'deny') entry.denied++
    found.set(key, entry)
  }
  return [...found.values()].map(({ seen, requests, denied }) => ({ ...seen, requests, denied }))
}
