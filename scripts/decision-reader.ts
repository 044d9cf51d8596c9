import type { DecisionRecord, TraceEntry } from '../src/core/record.ts'

/** One decision of the log: what is recorded in production too, and the request's trace. */
export type ReadDecision = DecisionRecord & { readonly id: number; readonly trace: readonly TraceEntry[] }

/** Which decisions to read. Default: the latest. */
export interface Wanted {
  /** Only those after the one with this id. */
  readonly after?: number
  /** Only that of this request. */
  readonly request?: string
}

const ANSWERS_WITHIN_MS = 10_000
/** Half of what a token of the demo is good for. */
const TOKEN_LASTS_MS = 300_000

/** @returns a function that reads the gateway's decisions, oldest first, as an operator with the scope `decisions:read`. */
export function decisionReader(url: string): (wanted?: Wanted) => Promise<readonly ReadDecision[]> {
  let token = ''
  let renewAt = 0
  return async ({ after, request } = {}) => {
    if (Date.now() >= renewAt) {
      token = await operatorToken(url)
      renewAt = Date.now() + TOKEN_LASTS_MS
    }
    const query = new URLSearchParams({ ...(after !== undefined && { after: `${after}` }), ...(request !== undefined && { request }) })
    const response = await fetch(`${url}/demo/decisions?${query}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
    })
    if (!response.ok) throw new Error(`the gateway answered with ${response.status}: ${await response.text()}`)
    return (await response.json()) as readonly ReadDecision[]
  }
}

async function operatorToken(url: string): Promise<string> {
  const response = await fetch(`${url}/demo/token`, {
    method: 'POST',
    headers: { accept: 'text/plain' },
    body: new URLSearchParams({ sub: 'operator', scope: 'decisions:read' }),
    signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
  })
  if (!response.ok) throw new Error(`the gateway gave no token: ${response.status}`)
  return await response.text()
}
