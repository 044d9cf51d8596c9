import { parseArgs } from 'node:util'
import { curl } from './curl.ts'
import { StartFailure, startGateway } from './gateway-process.ts'
import { TOKEN, TOUR } from './tour.ts'

/** `npm start [-- --port 9000]`: the gateway with the demo behind it, until Ctrl-C. */
const port = wantedPort()

try {
  console.log('Starting the gateway and the demo behind it…')
  const gateway = await startGateway({ port, onLine: showRequests })
  let isStopping = false
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (isStopping) process.exit(1)
      isStopping = true
      console.log('\nStopping…')
      void gateway.stop()
    })
  }
  console.log(guide(gateway.url))
  await gateway.ended
  if (!isStopping) {
    console.error(`The gateway ended by itself:\n${gateway.log()}`)
    process.exitCode = 1
  }
} catch (error) {
  if (!(error instanceof StartFailure)) throw error
  console.error(error.message)
  process.exitCode = 1
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
  const stops = TOUR.map((stop) => {
    const command = stop.times === undefined ? curl(stop, url) : `for i in $(seq ${stop.times}); do ${curl(stop, url, 'status')}; done`
    return `  ${stop.status}  ${stop.shows}\n       ${command}\n`
  })
  return `
The gateway listens on ${url}. What it allows stands in gateway.config.ts: change it, and it reloads.

First, in another terminal, ${TOKEN.shows}:
       TOKEN=$(${curl(TOKEN, url, 'body')})

Then try what passes and what does not:
${stops.join('')}
Callers are never told why. You are, in another terminal:
       npm run decisions${port === 8787 ? '' : ` -- --port ${port}`}
       npm run decisions -- ${port === 8787 ? '' : `--port ${port} `}--request ID     an x-request-id of above: the whole way of one request

Ctrl-C stops everything. What comes in:
`
}

/** Shows requests and what went wrong; leaves out wrangler's own news and those who only watch. */
function showRequests(line: string): void {
  const text = line.replace(/^\[wrangler:info\] /, '')
  if (text.trim() === '' || text.includes(' /demo/decisions')) return
  const fault = /^✘ \[ERROR\] \{"reason":"([^"]+)".*"requestId":"([^"]+)"/.exec(text)
  console.log(fault === null ? `  ${text}` : `  ${fault[1]}: npm run decisions -- --request ${fault[2]}`)
}
