import type { Invocation } from './command.ts'
import { askedWrongly } from './failure.ts'
import { countOf } from './listing.ts'
import { durationSeconds, moment } from './time.ts'

const MAX_TOKENS = 10_000_000

/** What may be said of a new key. */
export const SPEC_ARGS = {
  owner: { type: 'string', valueHint: 'OWNER', description: 'whose key it is: the subject of its requests', required: true },
  name: { type: 'string', valueHint: 'TEXT', description: 'what people call it', required: true },
  prefix: { type: 'string', valueHint: 'PREFIX', description: 'which apiKey() of the configuration it is for, where there are several' },
  environment: { type: 'string', valueHint: 'ENVIRONMENT', description: 'the same: live, test…' },
  level: { type: 'string', valueHint: 'LEVEL', description: 'its plan' },
  scope: { type: 'string', valueHint: 'SCOPE…', description: 'what it may do' },
  role: { type: 'string', valueHint: 'ROLE…', description: 'its roles' },
  metadata: { type: 'string', valueHint: 'NAME=TEXT…', description: 'what else people should know' },
  'own-limit': { type: 'string', valueHint: 'LIMIT=N[:BURST]…', description: 'figures of its own for a limit of the configuration, in that limit’s period' },
  'allow-ip': { type: 'string', valueHint: 'CIDR…', description: 'only from there' },
  'allow-origin': { type: 'string', valueHint: 'ORIGIN…', description: 'only for web pages of there' },
  'allow-route': { type: 'string', valueHint: 'ZONE[ ROUTE]…', description: "only there: 'api' or 'api GET /v1/users/:id'" },
  'not-before': { type: 'string', valueHint: 'MOMENT', description: 'good from then on' },
  expires: { type: 'string', valueHint: 'MOMENT', description: 'good until then' },
  for: { type: 'string', valueHint: 'TIME', description: 'good for so long, like 90d' },
} as const

type SpecOptions = { readonly [K in keyof typeof SPEC_ARGS]?: string | undefined }

/** @returns what `POST /keys` takes. @throws {Failure} */
export function keySpec(options: SpecOptions, { all, terminal }: Invocation): Readonly<Record<string, unknown>> {
  if (options.expires !== undefined && options.for !== undefined) throw askedWrongly('--expires and --for say the same: give one.')
  const expires = options.for === undefined ? options.expires : new Date(terminal.now().getTime() + durationSeconds(options.for, 'for') * 1000).toISOString()
  const given = {
    owner: options.owner,
    name: options.name,
    prefix: options.prefix,
    environment: options.environment,
    level: options.level,
    scopes: all('scope'),
    roles: all('role'),
    metadata: pairs(all('metadata'), 'metadata', (text) => text),
    limits: pairs(all('own-limit'), 'own-limit', figures),
    allowedIps: all('allow-ip'),
    allowedOrigins: all('allow-origin'),
    allowedRoutes: all('allow-route'),
    notBefore: options['not-before'] === undefined ? undefined : moment(options['not-before'], 'not-before'),
    expires: expires === undefined ? undefined : moment(expires, 'expires'),
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && !(typeof value === 'object' && Object.keys(value).length === 0)))
}

function pairs<T>(given: readonly string[], option: string, read: (text: string) => T): Readonly<Record<string, T>> {
  const entries = given.map((text) => {
    const equals = text.indexOf('=')
    if (equals < 1) throw askedWrongly(`--${option} wants a name and a value: NAME=…`)
    return [text.slice(0, equals), read(text.slice(equals + 1))] as const
  })
  if (new Set(entries.map(([name]) => name)).size < entries.length) throw askedWrongly(`--${option} names the same twice.`)
  return Object.fromEntries(entries)
}

function figures(text: string): { readonly limit: number; readonly burst?: number } {
  const [, limit, burst] = /^(\d+)(?::(\d+))?$/.exec(text) ?? []
  if (limit === undefined) throw askedWrongly('--own-limit wants a number, like per-key=600 or per-key=600:60.')
  return { limit: countOf(limit, 'own-limit', MAX_TOKENS), ...(burst !== undefined && { burst: countOf(burst, 'own-limit', MAX_TOKENS) }) }
}
