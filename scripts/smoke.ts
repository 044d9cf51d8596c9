import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { forged } from './curl.ts'
import { decisionReader, type ReadDecision } from './decision-reader.ts'
import { freePort, type Gateway, StartFailure, secretsFolder, startGateway } from './gateway-process.ts'
import { localSecretFile } from './local-secrets.ts'
import { table } from './table.ts'
import { type Command, DESCRIBED, OPERATING, type Stop, TOKEN, TOUR } from './tour.ts'

const EVERYTHING_WITHIN_MS = 180_000
const ANSWERS_WITHIN_MS = 15_000
const RECORDED_WITHIN_MS = 10_000
const CLI = resolve(import.meta.dirname, '../src/cli/main.ts')
const STEPS = 1 + TOUR.length + DESCRIBED.length + OPERATING.length

/** What a stop of the tour came to. */
interface Played {
  readonly stop: Stop
  readonly status: number
  readonly requestId: string
  readonly body: string
  readonly mediaType: string
}

/** `npm run smoke`: starts what `npm start` starts, on a free port and with empty storage, plays the tour, and compares. */
const storage = mkdtempSync(join(tmpdir(), 'portcullis-smoke-'))
let gateway: Gateway | undefined
const watchdog = setTimeout(() => {
  console.error(`Not done within ${EVERYTHING_WITHIN_MS / 1000} seconds.`)
  process.exit(1)
}, EVERYTHING_WITHIN_MS)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1))

try {
  gateway = await startGateway({ port: await freePort(), storage })
  const failures = await play(gateway.url)
  if (failures > 0) {
    console.error(`\n${failures} of ${STEPS} went otherwise. What the gateway wrote:\n${gateway.log()}`)
    process.exitCode = 1
  } else console.log(`\nAll ${STEPS} as expected.`)
} catch (error) {
  console.error(error instanceof StartFailure ? error.message : error)
  process.exitCode = 1
} finally {
  await gateway?.stop()
  rmSync(storage, { recursive: true, force: true })
  clearTimeout(watchdog)
}

/** @returns how many stops went otherwise than expected. */
async function play(url: string): Promise<number> {
  const first = await send(url, TOKEN, '')
  const played = [first]
  for (const stop of TOUR) played.push(await send(url, stop, first.body))
  const given: Given = {}
  const operated: Row[] = []
  for (const step of [...DESCRIBED, ...OPERATING]) {
    if ('args' in step) operated.push(await operate(url, step, given))
    else played.push(await send(url, step, first.body, given.KEY))
  }
  const decisions = await decisionsOn(url, played)
  const rows = [...played.map((one) => rowOf(one, decisions.get(one.requestId))), ...operated]
  console.log(table([['request', 'shows', 'status', 'reason', ''], ...rows.map(({ cells }) => cells)]))
  return rows.filter(({ isExpected }) => !isExpected).length
}

/** What commands gave to those after them. */
interface Given {
  KEY?: string
  KEY_ID?: string
  RULE?: string
}

/** Runs a command, as whoever holds the bootstrap token where it asks the admin API, and remembers what it gives. */
async function operate(url: string, { shows, args, gives, asks, holds = '', code: expected = 0 }: Command, given: Given): Promise<Row> {
  const words = args.map((word) => (word.startsWith('$') ? (given[word.slice(1) as keyof Given] ?? word) : word))
  const options = [
    '--json',
    ...(asks === 'nobody' ? [] : ['--local', '--port', new URL(url).port]),
    ...(asks === undefined ? ['--token-file', localSecretFile(secretsFolder(storage), 'ADMIN_TOKEN')] : []),
  ]
  const { code, out, told } = await new Promise<{ code: number; out: string; told: string }>((done) =>
    execFile(process.execPath, [CLI, ...words, ...options], { timeout: ANSWERS_WITHIN_MS }, (error, stdout, stderr) =>
      done({ code: error === null ? 0 : Number(error.code), out: stdout, told: stderr }),
    ),
  )
  const token = readFileSync(localSecretFile(secretsFolder(storage), 'ADMIN_TOKEN'), 'utf8')
  const wrong = [
    ...(code === expected ? [] : [`exit code ${code}: ${told.trim()}`]),
    ...(out.includes(holds) ? [] : [`it does not print ${holds}`]),
    ...(`${out}${told}`.includes(token) ? ['the token is repeated'] : []),
  ]
  if (gives !== undefined && wrong.length === 0) {
    const answer = JSON.parse(out) as { readonly key?: string; readonly item?: { readonly id: string }; readonly id?: string }
    Object.assign(given, gives === 'KEY' ? { KEY: answer.key, KEY_ID: answer.item?.id } : { RULE: answer.id })
  }
  const cells = [`portcullis ${args.slice(0, 2).join(' ')}`, shows, `${code}`, '', wrong.length === 0 ? 'ok' : `WRONG: ${wrong.join(', ')}`]
  return { cells, isExpected: wrong.length === 0 }
}

async function send(url: string, stop: Stop, token: string, key = ''): Promise<Played> {
  const { method, path, headers = {}, body = null, times = 1 } = stop
  const authorization = stop.token === undefined ? {} : { authorization: `Bearer ${stop.token === 'sound' ? token : forged(token)}` }
  for (let sent = 1; ; sent++) {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...headers, ...authorization, ...(stop.key && { 'x-api-key': key }) },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
    })
    const text = await response.text()
    if (sent < times) continue
    return {
      stop,
      status: response.status,
      requestId: response.headers.get('x-request-id') ?? '',
      body: text,
      mediaType: response.headers.get('content-type') ?? '',
    }
  }
}

/** Reads what was recorded of these requests. It is written behind the responses, so the last ones may be a moment late. */
async function decisionsOn(url: string, played: readonly Played[]): Promise<ReadonlyMap<string, ReadDecision>> {
  const read = decisionReader(url)
  const deadline = Date.now() + RECORDED_WITHIN_MS
  for (;;) {
    const found = new Map((await read()).map((decision) => [decision.requestId, decision]))
    if (played.every(({ requestId }) => found.has(requestId)) || Date.now() > deadline) return found
    await pause(200)
  }
}

/** A line of the table. */
interface Row {
  readonly cells: readonly string[]
  readonly isExpected: boolean
}

function rowOf({ stop, status, mediaType, body, requestId }: Played, decision: ReadDecision | undefined): Row {
  const reason = decision?.reason ?? '(not recorded)'
  const wrong: string[] = []
  if (status !== stop.status) wrong.push(`expected ${stop.status}`)
  if (reason !== stop.reason) wrong.push(`expected ${stop.reason}`)
  if (decision !== undefined && decision.status !== status) wrong.push(`recorded as ${decision.status}`)
  if (stop.holds !== undefined && !body.includes(stop.holds)) wrong.push(`the answer does not hold ${stop.holds}`)
  if (stop.hides !== undefined && body.includes(stop.hides)) wrong.push(`the answer holds ${stop.hides}`)
  if (status >= 400) {
    if (mediaType !== 'application/problem+json' || !body.includes(requestId)) wrong.push('no problem document')
    if (body.includes(stop.reason)) wrong.push('the caller is told the reason')
  }
  const request = `${stop.method} ${stop.path}${stop.times === undefined ? '' : ` (${stop.times} times)`}`
  return { cells: [request, stop.shows, `${status}`, reason, wrong.length === 0 ? 'ok' : `WRONG: ${wrong.join(', ')}`], isExpected: wrong.length === 0 }
}
