import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { decisionReader, type ReadDecision } from './decision-reader.ts'
import { table, tableRow, widthsOf } from './table.ts'

const HELP = `npm run decisions [-- OPTIONS]: what the gateway that npm start runs decided, and why

  --follow        goes on as requests come in, until Ctrl-C
  --request ID    the whole way of one request (its x-request-id)
  --count N       the latest N (default 20)
  --all           with those that only read the decisions
  --port N        where the gateway listens (default 8787)`

const HEADING = ['request', 'status', 'reason', 'by', 'would have (report)', 'request id']
const FOLLOW_EVERY_MS = 1000

const values = options()
const url = `http://localhost:${values.port}`
const read = decisionReader(url)

try {
  if (values.help) console.log(HELP)
  else if (values.request !== undefined) await showOne(values.request)
  else await showLatest()
} catch (error) {
  // `fetch` throws a TypeError when nobody listens.
  const isDown = error instanceof TypeError
  console.error(isDown ? `Nothing answers at ${url}. Start the gateway first, in another terminal: npm start` : messageOf(error))
  process.exitCode = 1
}

async function showLatest(): Promise<void> {
  const decisions = await read()
  const rows = decisions.filter(isWanted).slice(-Number(values.count)).map(rowOf)
  console.log(table([HEADING, ...rows]))
  const widths = widthsOf([HEADING, ...rows])
  let last = decisions.at(-1)?.id ?? 0
  while (values.follow) {
    await pause(FOLLOW_EVERY_MS)
    const news = await read({ after: last })
    last = news.at(-1)?.id ?? last
    for (const decision of news.filter(isWanted)) console.log(tableRow(rowOf(decision), widths))
  }
}

async function showOne(requestId: string): Promise<void> {
  if (!/^[0-9a-f-]{36}$/.test(requestId)) throw new Error('--request wants the x-request-id of a response, like 7ce4eb87-9959-4bf5-8145-31fa49a16673.')
  const [decision] = await read({ request: requestId })
  if (decision === undefined) throw new Error(`No request ${requestId} among the latest 500.`)
  const { trace, ...record } = decision
  const facts = Object.entries(record).filter(([, value]) => value !== '' && value !== -1)
  console.log(facts.map(([name, value]) => `${name.padEnd(14)}${value}`).join('\n'))
  console.log('\nIts way:\n')
  console.log(
    table([
      ['stage', 'policy', 'outcome', 'reason', 'waited', 'detail'],
      ...trace.map(({ stage, policy, mode, outcome, reason = '', waitedMs, detail }) => [
        stage,
        policy,
        mode === 'report' ? `${outcome} (report)` : outcome,
        reason,
        waitedMs === undefined ? '' : `${waitedMs} ms`,
        detail === undefined ? '' : JSON.stringify(detail),
      ]),
    ]),
  )
}

/** Whoever only watches is not shown. */
function isWanted({ route, decision }: ReadDecision): boolean {
  return values.all || route !== 'GET /demo/decisions' || decision !== 'allow'
}

function rowOf({ method, route, status, reason, policy, reported, requestId }: ReadDecision): readonly string[] {
  return [route.startsWith(`${method} `) ? route : `${method} (${route})`, `${status}`, reason, policy, reported, requestId]
}

function options() {
  try {
    const port = process.env.PORT ?? '8787'
    return parseArgs({
      options: {
        follow: { type: 'boolean', default: false },
        request: { type: 'string' },
        count: { type: 'string', default: '20' },
        all: { type: 'boolean', default: false },
        port: { type: 'string', default: port },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${HELP}`)
    process.exit(1)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
