import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { rawRequest } from '../test/workerd/raw.ts'
import { build } from './build.ts'
import { type Clients, makeClients } from './clients.ts'
import { type Ends, startEnds } from './ends.ts'
import { KEYRING_PARTS, measureKeyring } from './keyring.ts'
import { LIMITER_PARTS, measureLimiter } from './limiter.ts'
import { type Amount, measure, measureStart, type Runner, startRunner, warmUp } from './measure.ts'
import { shortcomings } from './probe.ts'
import { type Missing, resultsOf, tables } from './report.ts'
import { measureTokens, TOKEN_PARTS } from './tokens.ts'
import { measureValidation, VALIDATION_PARTS } from './validation.ts'
import { type Facts, VARIANTS, type Variant } from './variants.ts'

const USAGE = `npm run bench -- [--json FILE] [--rounds 9] [--requests 6000] [--warmup 3000] [--connections 32] [--only full,pass,…,lease_hit,keys,keys_objects,keyring,token_cpu,token_fetches,validation,first_validation,github_start,routing]`

/** Headers that the connection sets by itself, so that a Worker cannot be made to answer with them. */
const OF_THE_CONNECTION = new Set(['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding'])

const { values } = parseArgs({
  // npm hands `--` on as it stands.
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    json: { type: 'string' },
    rounds: { type: 'string', default: '9' },
    requests: { type: 'string', default: '6000' },
    warmup: { type: 'string', default: '3000' },
    connections: { type: 'string', default: '32' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) console.log(USAGE)
else await main()

async function main(): Promise<void> {
  const amount: Amount = { rounds: count('rounds'), requests: count('requests'), warmup: count('warmup'), connections: count('connections') }
  const wanted = values.only?.split(',')
  const variants = VARIANTS.filter(({ name }) => wanted === undefined || wanted.includes(name))
  const parts = LIMITER_PARTS.filter((name) => wanted?.includes(name) ?? name !== 'keys_objects')
  const tokenParts = TOKEN_PARTS.filter((name) => wanted?.includes(name) ?? true)
  const validationParts = VALIDATION_PARTS.filter((name) => wanted?.includes(name) ?? true)
  const isKeyring = wanted?.includes('keyring') ?? false
  if (variants.length + parts.length + tokenParts.length + validationParts.length === 0 && !isKeyring)
    throw new Error(
      `--only names none of ${[...VARIANTS.map(({ name }) => name), ...LIMITER_PARTS, ...KEYRING_PARTS, ...TOKEN_PARTS, ...VALIDATION_PARTS].join(', ')}`,
    )
  const isPinned = process.platform === 'linux' && availableParallelism() > 1 && existsSync('/usr/bin/taskset')
  if (!isPinned) console.warn('taskset or a second CPU is not there: server and clients share what there is, and figures spread more')
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'))
  const clients = await makeClients()
  const keySet = JSON.stringify(clients.keySet)
  const ends = await startEnds(keySet, isPinned ? 1 : undefined)
  const runners: Runner[] = []
  try {
    installPeers(variants)
    const notRun = await startAll(
      variants,
      { origin: ends.origin, keySet, denial: '', limited: '' },
      { clients, ends, amount, folder, cpu: isPinned ? 0 : undefined, runners },
    )
    for (let round = 1; round <= amount.rounds; round++) await measureRound(round, runners, clients, ends, amount)
    const place = { cpu: isPinned ? 0 : undefined, storage: join(folder, 'objects') }
    const limiter = await measureLimiter(parts, amount.rounds, place, progress)
    const keyring = await measureKeyring(isKeyring, place, progress)
    const tokens = await measureTokens(tokenParts, amount, ends, place, progress)
    const validation = await measureValidation(validationParts, amount, ends, place, progress)
    const results = resultsOf(runners, notRun, { ...limiter, ...keyring, ...tokens, ...validation })
    console.log(`\n${tables(results)}\n`)
    if (values.json !== undefined) {
      writeFileSync(values.json, `${JSON.stringify({ ...results, amount, node: process.version, pinned: isPinned }, null, 2)}\n`)
      console.log(`written to ${values.json}`)
    }
  } finally {
    await Promise.all(runners.map(({ server }) => server.stop()))
    ends.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

interface Setting {
  readonly clients: Clients
  readonly ends: Ends
  readonly amount: Amount
  readonly folder: string
  readonly cpu: number | undefined
  /** Filled one by one, so that whatever runs is stopped when something fails. */
  readonly runners: Runner[]
}

/** Builds, starts and warms up every variant. @returns those that cannot run. */
async function startAll(variants: readonly Variant[], given: Facts, { clients, ends, amount, folder, cpu, runners }: Setting): Promise<readonly Missing[]> {
  const notRun: Missing[] = []
  let facts = given
  for (const variant of variants) {
    progress(`${variant.name}: build and start`)
    const place = { cpu, storage: join(folder, 'objects') }
    let runner: Runner | undefined
    try {
      runner = await startRunner(variant, await build(variant), facts, place)
      const lacking = variant.protects ? await shortcomings(runner.server.port, clients.good[0] ?? '') : []
      if (lacking.length > 0) throw new Error(`it does not protect as the others do: ${lacking.join('; ')}`)
      if (variant.name === 'deny') facts = { ...facts, denial: await denialOf(runner, clients.anonymous) }
      if (variant.name === 'limited') {
        for (const request of clients.good) await rawRequest(runner.server.port, request)
        facts = { ...facts, limited: await denialOf(runner, clients.good) }
      }
      await warmUp(runner, clients, ends, amount.warmup, amount.connections)
      for (let start = 1; start < amount.rounds; start++) await measureStart(runner, facts, place)
      runners.push(runner)
    } catch (error) {
      notRun.push({ name: variant.name, reason: String(error instanceof Error ? error.message : error).trim() })
      console.error(`\n${variant.name} cannot be run: ${notRun.at(-1)?.reason}\n${runner?.server.log() ?? ''}`)
      await runner?.server.stop()
    }
  }
  return notRun
}

/** What the gateway says to a request that it refuses: the Worker that it is compared with says just that. */
async function denialOf({ server }: Runner, [request = '']: readonly string[]): Promise<string> {
  const { status, headers, body } = await rawRequest(server.port, request)
  return JSON.stringify({ status, headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_CONNECTION.has(name))), body })
}

/** Every variant once. Each round begins with another, so that none is always measured first. */
async function measureRound(round: number, runners: readonly Runner[], clients: Clients, ends: Ends, amount: Amount): Promise<void> {
  const first = (round * 7) % runners.length
  const order = [...runners.slice(first), ...runners.slice(0, first)]
  for (const [done, runner] of order.entries()) {
    progress(`round ${round} of ${amount.rounds}, ${done + 1} of ${order.length}: ${runner.variant.name}`)
    await measure(runner, clients, ends, amount)
  }
}

/** The peers' packages are installed with the first measurement; without a registry the peers are named as not run. */
function installPeers(variants: readonly Variant[]): void {
  if (!variants.some(({ of }) => of === 'peer') || existsSync(join(import.meta.dirname, 'node_modules'))) return
  console.log('installing the peers (npm ci --prefix bench)')
  try {
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: import.meta.dirname, stdio: 'inherit' })
  } catch {
    console.error('the peers could not be installed')
  }
}

function count(name: 'rounds' | 'requests' | 'warmup' | 'connections'): number {
  const value = Number(values[name])
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} must be a whole number from 1\n${USAGE}`)
  return value
}

function progress(text: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${text}`)
  else console.log(text)
}
