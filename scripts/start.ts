import { watch } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { curl, portcullis } from './curl.ts'
import { failureOf, type Gateway, StartFailure, secretsFolder, startGateway } from './gateway-process.ts'
import { localSecretFile } from './local-secrets.ts'
import { type Command, DESCRIBED, OPERATING, type Stop, TOKEN, TOUR } from './tour.ts'

/** `npm start [-- --port 9000]`: the gateway with the demo behind it, until Ctrl-C. */

const CONFIGURATION = resolve(import.meta.dirname, '../gateway.config.ts')
/** How long wrangler may take to end by itself after a configuration that cannot run. */
const ENDS_WITHIN_MS = 2000

const port = wantedPort()
/** What `npm run decisions` must be told to find this gateway. */
const PORT_OPTION = port === 8787 ? '' : `--port ${port} `
let gateway: Gateway | undefined
let isStopping = false

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (gateway === undefined || isStopping) process.exit(isStopping ? 1 : 0)
    isStopping = true
    console.log('\nStopping…')
    void gateway.stop()
  })
}

console.log('Starting the gateway and the demo behind it…')
let isGuided = false
while (!isStopping) {
  const failure = await run()
  if (isStopping) break
  console.error(`\n${failure.message}\n`)
  if (!failure.isConfiguration) process.exit(1)
  console.error('Nothing runs until gateway.config.ts is mended. Waiting for it to change…')
  await changed(CONFIGURATION)
}

/** Runs the gateway until it ends. @returns why it did. */
async function run(): Promise<StartFailure> {
  let isBroken = false
  const onLine = (line: string) => {
    // The rest of what wrangler says of it is of no use: it is told whole at the end.
    if (line.includes('ConfigurationError') && !isBroken) {
      isBroken = true
      void pause(ENDS_WITHIN_MS).then(() => gateway?.stop())
    }
    if (!isBroken) showRequest(line)
  }
  try {
    gateway = await startGateway({ port, onLine })
    console.log(isGuided ? '\nRunning again.\n' : guide(gateway.url))
    isGuided = true
    await gateway.ended
    return failureOf(gateway.log())
  } catch (error) {
    if (error instanceof StartFailure) return error
    throw error
  } finally {
    gateway = undefined
  }
}

/** Resolves when a file was written. */
async function changed(path: string): Promise<void> {
  for await (const _ of watch(path)) break
  // Editors write in several steps.
  await pause(300)
}

function wantedPort(): number {
  try {
    const { values } = parseArgs({ options: { port: { type: 'string', default: process.env.PORT ?? '8787' } } })
    const wanted = Number(values.port)
    if (Number.isInteger(wanted) && wanted > 0 && wanted < 65_536) return wanted
    console.error(`${values.port} is no port.`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
  }
  console.error('npm start [-- --port 9000]')
  process.exit(1)
}

function guide(url: string): string {
  const steps = (all: readonly (Stop | Command)[]) =>
    all.map((step) => ('args' in step ? `       ${step.shows}\n       ${portcullis(step, port)}\n` : told(step, url))).join('')
  const tokenFile = relative(process.cwd(), localSecretFile(secretsFolder(undefined), 'ADMIN_TOKEN'))
  return `
The gateway listens on ${url}. What it allows stands in gateway.config.ts: change it, and it reloads.

First, in another terminal, ${TOKEN.shows}:
       TOKEN=$(${curl(TOKEN, url, 'body')})

Then try what passes and what does not:
${steps(TOUR)}
Some routes come from an OpenAPI description, demo/orders.yaml:
${steps(DESCRIBED)}
What you change without a deployment, as who holds the bootstrap token of this machine:
       export PORTCULLIS_TOKEN=$(cat ${tokenFile})
${steps(OPERATING)}
Callers are never told why. You are, in another terminal:
       npm run decisions -- ${PORT_OPTION}--follow
       npm run decisions -- ${PORT_OPTION}--request ID     the whole way of one request; its ID is the x-request-id above

Ctrl-C stops everything. What comes in:
`
}

function told(stop: Stop, url: string): string {
  const command = stop.times === undefined ? curl(stop, url) : `for i in $(seq ${stop.times}); do ${curl(stop, url, 'status')}; done`
  return `  ${stop.status}  ${stop.shows}\n       ${command}\n`
}

/** Shows requests and what went wrong; leaves out wrangler's own marks and those who only watch. */
function showRequest(line: string): void {
  const text = line.replace(/^\[wrangler:info\] /, '')
  if (text.trim() === '' || text.includes(' /demo/decisions 200')) return
  const fault = /^✘ \[ERROR\] \{"reason":"([^"]+)".*"requestId":"([^"]+)"/.exec(text)
  console.log(fault === null ? `  ${text}` : `  ${fault[1]}: npm run decisions -- ${PORT_OPTION}--request ${fault[2]}`)
}
