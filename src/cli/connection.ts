import { setTimeout as pause } from 'node:timers/promises'
import { type AdminClient, adminClient } from './admin-client.ts'
import { askedWrongly } from './failure.ts'
import { readSecretFile } from './files.ts'
import { safeUrl } from './safe-url.ts'
import type { Terminal } from './terminal.ts'

/** Where the admin API is unless somebody moved it. */
const ADMIN_PATH = '/_portcullis/admin'
/** Where `npm start` listens. */
const LOCAL_PORT = '8787'
const MAX_TOKEN_BYTES = 16_384

/** The options of every command that asks a gateway. */
export const GATEWAY_ARGS = {
  url: { type: 'string', valueHint: 'URL', description: 'the admin API, like https://api.example.com/_portcullis/admin; else PORTCULLIS_URL' },
  local: { type: 'boolean', description: 'the gateway that npm start runs on this machine' },
  port: { type: 'string', valueHint: 'N', description: 'with --local: where it listens; else PORT, else 8787' },
  'token-file': { type: 'string', valueHint: 'FILE', description: 'holds the token, - for standard input; else PORTCULLIS_TOKEN' },
  timeout: { type: 'string', valueHint: 'SECONDS', description: 'how long one answer may take', default: '15' },
  json: { type: 'boolean', description: 'prints what the API answered' },
} as const

/** The options of every command that changes something. */
export const CHANGE_ARGS = {
  ...GATEWAY_ARGS,
  'idempotency-key': {
    type: 'string',
    valueHint: 'KEY',
    description: 'names the change (16 to 128 visible characters): the same key is the same change; else one is made',
  },
} as const

/** What {@link CHANGE_ARGS} were set to. */
export interface GatewayOptions {
  readonly url?: string | undefined
  readonly local?: boolean | undefined
  readonly port?: string | undefined
  readonly 'token-file'?: string | undefined
  readonly timeout: string
  readonly 'idempotency-key'?: string | undefined
}

/** @returns the gateway that options and environment name. Nothing is asked yet. @throws {Failure} */
export async function connect(options: GatewayOptions, terminal: Terminal): Promise<AdminClient> {
  const baseUrl = addressOf(options, terminal.env)
  const idempotencyKey = options['idempotency-key']
  if (idempotencyKey !== undefined && !/^[\x21-\x7e]{16,128}$/.test(idempotencyKey))
    throw askedWrongly('--idempotency-key wants 16 to 128 visible ASCII characters.')
  return adminClient({
    baseUrl,
    credentials: await credentialsOf(options, terminal),
    timeoutMs: secondsOf(options.timeout) * 1000,
    pause: (ms) => pause(ms),
    tell: (line) => terminal.tell(line),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  })
}

function addressOf({ url, local, port }: GatewayOptions, env: Terminal['env']): URL {
  if (local === true) {
    if (url !== undefined) throw askedWrongly('--local and --url name two gateways: give one.')
    const wanted = port ?? env.PORT ?? LOCAL_PORT
    if (!/^[1-9]\d{0,4}$/.test(wanted) || Number(wanted) > 65_535) throw askedWrongly('--port wants a port, like 8787.')
    // wrangler makes of it the https URL and the host that the gateway is to see.
    return new URL(`http://localhost:${wanted}${ADMIN_PATH}`)
  }
  if (port !== undefined) throw askedWrongly('--port belongs to --local; in --url the port stands in the address.')
  const given = url ?? env.PORTCULLIS_URL
  if (given === undefined || given === '') throw askedWrongly('Which gateway? Give --url https://…/_portcullis/admin, set PORTCULLIS_URL, or use --local.')
  const found = safeUrl(given, url === undefined ? 'PORTCULLIS_URL' : '--url')
  if (found.pathname === '/') found.pathname = ADMIN_PATH
  return found
}

function secondsOf(text: string): number {
  const seconds = Number(text)
  if (!/^\d{1,3}$/.test(text) || seconds < 1 || seconds > 600) throw askedWrongly('--timeout wants 1 to 600 seconds.')
  return seconds
}

async function credentialsOf(options: GatewayOptions, terminal: Terminal): Promise<Readonly<Record<string, string>>> {
  const { PORTCULLIS_ACCESS_CLIENT_ID: id = '', PORTCULLIS_ACCESS_CLIENT_SECRET: secret = '' } = terminal.env
  if ((id === '') !== (secret === '')) throw askedWrongly('PORTCULLIS_ACCESS_CLIENT_ID and PORTCULLIS_ACCESS_CLIENT_SECRET belong together: set both.')
  for (const [name, value] of Object.entries({ PORTCULLIS_ACCESS_CLIENT_ID: id, PORTCULLIS_ACCESS_CLIENT_SECRET: secret }))
    if (value !== '') visible(value, name)
  const access = id === '' ? {} : { 'CF-Access-Client-Id': id, 'CF-Access-Client-Secret': secret }
  const token = await tokenOf(options['token-file'], terminal)
  if (token === undefined && id === '')
    throw askedWrongly('No token: set PORTCULLIS_TOKEN, or name a file that holds it with --token-file FILE (- for standard input).')
  return { ...access, ...(token !== undefined && { authorization: `Bearer ${token}` }) }
}

async function tokenOf(file: string | undefined, terminal: Terminal): Promise<string | undefined> {
  if (file === '-') return visible((await terminal.input(MAX_TOKEN_BYTES)).trim(), 'The token')
  if (file !== undefined) return visible((await readSecretFile(file, 'the file of --token-file', terminal)).trim(), 'The token')
  const { PORTCULLIS_TOKEN: token = '' } = terminal.env
  return token === '' ? undefined : visible(token, 'PORTCULLIS_TOKEN')
}

/** Anything else would end the header, or make an error that repeats it. */
function visible(secret: string, what: string): string {
  if (!/^[\x21-\x7e]{1,16384}$/.test(secret)) throw askedWrongly(`${what} is empty, too long, or holds characters that no token has.`)
  return secret
}
