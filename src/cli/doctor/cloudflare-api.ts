import * as v from 'valibot'
import { boundedFetch, NoAnswer } from '../bounded-fetch.ts'
import { cloudflareAccess } from '../cloudflare-access.ts'
import { EXIT, Failure } from '../failure.ts'
import type { Terminal } from '../terminal.ts'

const TIMEOUT_MS = 15_000
/** A zone has at most 1000 routes. */
const MAX_BYTES = 4_194_304

/** A zone's route as Cloudflare has it. */
const route = v.object({ pattern: v.string(), script: v.nullish(v.string()), request_limit_fail_open: v.optional(v.boolean()) })
export type DeployedRoute = v.InferOutput<typeof route>

/** What is deployed, by Cloudflare's own word. It is read, never changed. */
export interface CloudflareApi {
  routes(zoneId: string): Promise<readonly DeployedRoute[]>
  /** @returns the ids of the zones of that name that the token sees. */
  zoneIds(name: string): Promise<readonly string[]>
  /** Whether the Worker answers on workers.dev and on preview addresses; nothing where it is not deployed. */
  subdomain(accountId: string, worker: string): Promise<{ readonly enabled: boolean; readonly previews_enabled?: boolean | undefined } | undefined>
}

/** @returns the API, where the environment holds a token for it. @throws {Failure} */
export function cloudflareApi(env: Terminal['env']): CloudflareApi | undefined {
  const access = cloudflareAccess(env)
  if (access === undefined) return undefined
  const { root, token } = access
  const ask = <S extends v.GenericSchema>(path: string, result: S) => askApi(new URL(`${root}${path}`), token, result)
  return {
    routes: async (zoneId) => (await ask(`/zones/${encodeURIComponent(zoneId)}/workers/routes`, v.array(route))) ?? [],
    zoneIds: async (name) => ((await ask(`/zones?name=${encodeURIComponent(name)}`, v.array(v.object({ id: v.string() })))) ?? []).map(({ id }) => id),
    subdomain: (accountId, worker) =>
      ask(
        `/accounts/${encodeURIComponent(accountId)}/workers/scripts/${encodeURIComponent(worker)}/subdomain`,
        v.object({ enabled: v.boolean(), previews_enabled: v.optional(v.boolean()) }),
      ),
  }
}

/** @returns what was asked for; nothing where there is no such thing. */
async function askApi<S extends v.GenericSchema>(url: URL, token: string, result: S): Promise<v.InferOutput<S> | undefined> {
  const failure = (why: string) => new Failure(EXIT.unreachable, `Cloudflare's API (${url.host}) cannot be asked: ${why}.`)
  const { status, text } = await boundedFetch({
    url,
    headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_BYTES,
  }).catch((error: unknown) => {
    throw error instanceof NoAnswer ? failure(error.message) : error
  })
  if (status === 404) return undefined
  if (status === 401 || status === 403)
    throw new Failure(EXIT.refused, "Cloudflare's API refuses CLOUDFLARE_API_TOKEN: it needs to read Workers routes and scripts, and the zone.")
  if (status !== 200) throw failure(`it answered ${status}`)
  const answer = v.safeParse(v.object({ success: v.literal(true), result }), jsonOf(text))
  if (!answer.success) throw failure('its answer is of another form')
  return answer.output.result as v.InferOutput<S>
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
