import { randomUUID } from 'node:crypto'
import { refusal } from './admin-refusal.ts'
import { type BoundedAnswer, boundedFetch, NoAnswer } from './bounded-fetch.ts'
import { EXIT, Failure } from './failure.ts'

/** A list of 1000 keys with all that they may say of themselves is smaller. */
const MAX_BYTES = 33_554_432
/** How often a question is asked that got no answer, or a broken one. */
const ATTEMPTS = 4
const FIRST_PAUSE_MS = 250
/** Whoever is told to come back later than that is told so, and does not wait here. */
const MAX_PAUSE_MS = 10_000

/** Where the admin API is, and what one shows there. */
export interface AdminConnection {
  /** Without a slash at the end. */
  readonly baseUrl: URL
  /** `Authorization` and what Cloudflare Access asks for. */
  readonly credentials: Readonly<Record<string, string>>
  readonly timeoutMs: number
  /** One's own name for the change; else one is made. */
  readonly idempotencyKey?: string
  /** Waits between two attempts. */
  pause(ms: number): Promise<void>
  /** Says that it is tried again. */
  tell(line: string): void
}

/** What a question asks for besides its path; what is undefined is left out. */
export type Query = Readonly<Record<string, string | number | undefined>>

/** The admin API of one gateway. Each method resolves to what it answered, and throws a {@link Failure} in words. */
export interface AdminClient {
  read(path: string, query?: Query): Promise<unknown>
  /** Reads lines of JSON, with the cursor to what follows. */
  readLines(path: string, query: Query): Promise<{ readonly lines: readonly string[]; readonly next: string | undefined }>
  /** Changes something: once, however often it must be asked. */
  change(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown>
}

interface Question {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly query?: Query
  readonly body?: unknown
  readonly idempotencyKey?: string
  readonly accept: string
}

/** @returns a client; nothing is asked yet. */
export function adminClient(connection: AdminConnection): AdminClient {
  return {
    async read(path, query = {}) {
      return json(await answer(connection, { method: 'GET', path, query, accept: 'application/json' }))
    },
    async readLines(path, query) {
      const { text, headers } = await answer(connection, { method: 'GET', path, query, accept: 'application/x-ndjson' })
      return { lines: text.split('\n').filter((line) => line !== ''), next: headers.get('portcullis-next') ?? undefined }
    },
    async change(method, path, body) {
      // Made once: the retry of a lost answer is the same change.
      const idempotencyKey = connection.idempotencyKey ?? randomUUID()
      return json(await answer(connection, { method, path, body, idempotencyKey, accept: 'application/json' }))
    },
  }
}

async function answer(connection: AdminConnection, question: Question): Promise<BoundedAnswer> {
  for (let attempt = 1; ; attempt++) {
    const outcome = await ask(connection, question)
    if (!(outcome instanceof Trouble)) {
      if (outcome.status >= 200 && outcome.status < 300) return expectType(outcome, question.accept)
      throw refusal(outcome, connection.baseUrl)
    }
    const pauseMs = Math.max(outcome.retryAfterMs ?? 0, FIRST_PAUSE_MS * 2 ** (attempt - 1))
    if (outcome.isFinal || attempt === ATTEMPTS || pauseMs > MAX_PAUSE_MS) throw lost(outcome, connection, question)
    connection.tell(`${outcome.words}; asking again (${attempt} of ${ATTEMPTS - 1})…`)
    await connection.pause(pauseMs)
  }
}

/** No answer, or none that says what became of the question. */
class Trouble {
  readonly words: string
  readonly isFinal: boolean
  readonly retryAfterMs: number | undefined

  constructor(words: string, isFinal = false, retryAfterMs?: number) {
    this.words = words
    this.isFinal = isFinal
    this.retryAfterMs = retryAfterMs
  }
}

async function ask(
  { baseUrl, credentials, timeoutMs }: AdminConnection,
  { method, path, query = {}, body, idempotencyKey, accept }: Question,
): Promise<BoundedAnswer | Trouble> {
  const url = new URL(`${baseUrl.href.replace(/\/$/, '')}${path}`)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, `${value}`)
  const headers = {
    ...credentials,
    accept,
    'user-agent': 'portcullis-cli',
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
  }
  try {
    const found = await boundedFetch({ url, method, headers, timeoutMs, maxBytes: MAX_BYTES, ...(body !== undefined && { body: JSON.stringify(body) }) })
    if (found.status < 500 && found.status !== 429) return found
    return new Trouble(`the gateway answered ${found.status}${busy(found.status)}`, found.status === 501, retryAfterMs(found.headers))
  } catch (error) {
    if (error instanceof NoAnswer) return new Trouble(error.message, error.isFinal)
    throw error
  }
}

function busy(status: number): string {
  return status === 429 ? ' (too many requests)' : ''
}

function retryAfterMs(headers: Headers): number | undefined {
  const seconds = headers.get('retry-after')
  return seconds !== null && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : undefined
}

function lost({ words, retryAfterMs: later }: Trouble, { baseUrl, idempotencyKey: own }: AdminConnection, { idempotencyKey }: Question): Failure {
  const when = later === undefined ? '' : ` Try again in ${Math.ceil(later / 1000)} s.`
  const again =
    idempotencyKey === undefined
      ? ''
      : `\nNobody knows here whether the change was made. The same command with ${own === undefined ? `--idempotency-key ${idempotencyKey}` : 'the same --idempotency-key'} finds out: it makes the change once, within a day.`
  return new Failure(EXIT.unreachable, `${baseUrl.origin}: ${words}.${when}${again}`)
}

function expectType(found: BoundedAnswer, accept: string): BoundedAnswer {
  const type = found.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type === accept) return found
  throw new Failure(
    EXIT.unreachable,
    'What answered there is no admin API: its answer is of another media type. Is the URL that of the admin API? Does a login page stand before it?',
  )
}

function json({ text }: BoundedAnswer): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Failure(EXIT.unreachable, 'What answered there is no admin API: its answer is no JSON.')
  }
}
