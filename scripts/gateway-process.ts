import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { localSecrets } from './local-secrets.ts'

const ROOT = resolve(import.meta.dirname, '..')
const WRANGLER = join(ROOT, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
const READY_WITHIN_MS = 90_000
const STOPS_WITHIN_MS = 5000
/** What wrangler says of the request that found it ready is of no interest. */
const SETTLES_WITHIN_MS = 100

/** How to run the gateway with the demo behind it. */
export interface GatewayOptions {
  readonly port: number
  /** A folder for the Durable Objects' data. Default: wrangler's own, so that it outlives the process. */
  readonly storage?: string
  /** Gets every line that the gateway writes once it is ready, without colours. */
  readonly onLine?: (line: string) => void
}

/** A running gateway. */
export interface Gateway {
  /** `http://localhost:8787`, without a slash at the end. */
  readonly url: string
  /** Resolves when the process has ended, whoever ended it. */
  readonly ended: Promise<void>
  /** Everything it wrote so far, without colours. */
  log(): string
  /** Ends it and every process that it started. */
  stop(): Promise<void>
}

/** The gateway does not run. The message says why, as far as it is known. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure'
  /** Only gateway.config.ts is wrong. */
  readonly isConfiguration: boolean

  constructor(message: string, isConfiguration = false) {
    super(message)
    this.isConfiguration = isConfiguration
  }
}

/** What the compiler of the configuration says, without what wrangler says around it. */
const PROBLEMS = /ConfigurationError: (\d+ problems? in .*\n[\s\S]*?)\n\s+at /

/** @returns why a gateway ended, from what it wrote. */
export function failureOf(log: string): StartFailure {
  const problems = PROBLEMS.exec(log)?.[1]
  if (problems !== undefined) return new StartFailure(problems, true)
  const error = log.indexOf('✘ [ERROR]')
  return new StartFailure(`The gateway does not run:\n${error < 0 ? log : log.slice(error)}`)
}

/**
 * Runs gateway and demo in wrangler's local runtime, as production would see them: https, the configured host, a client address. Nothing outside this machine is asked.
 * @throws {StartFailure}
 */
export async function startGateway({ port, storage, onLine }: GatewayOptions): Promise<Gateway> {
  if (!(await isFree(port))) throw new StartFailure(`Port ${port} is in use. Stop what listens there, or choose another port: npm start -- --port ${port + 1}`)
  const scratch = mkdtempSync(join(tmpdir(), 'portcullis-'))
  const child = spawn(process.execPath, [WRANGLER, 'dev', ...flags(port, storage)], {
    cwd: ROOT,
    env: environment(scratch, localSecrets(secretsFolder(storage))),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that it can be ended whole.
    detached: process.platform !== 'win32',
  })
  const endAtOnce = () => kill(child, 'SIGKILL')
  process.once('exit', endAtOnce)
  const ended = once(child, 'close').then(() => {
    process.removeListener('exit', endAtOnce)
    rmSync(scratch, { recursive: true, force: true })
  })

  const lines: string[] = []
  let isReady = false
  for (const output of [child.stdout, child.stderr]) {
    createInterface({ input: output }).on('line', (line) => {
      const plain = stripVTControlCharacters(line)
      lines.push(plain)
      if (isReady) onLine?.(plain)
    })
  }
  const gateway: Gateway = { url: `http://localhost:${port}`, ended, log: () => lines.join('\n'), stop: () => stop(child, ended) }
  try {
    await ready(gateway, child)
  } catch (error) {
    await gateway.stop()
    throw error
  }
  isReady = true
  return gateway
}

/** @returns a port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('a TCP server without a port')
  return address.port
}

/** @returns where the secrets of a gateway on this machine stand: beside what it keeps. */
export function secretsFolder(storage: string | undefined): string {
  return storage === undefined ? join(ROOT, '.wrangler', 'secrets') : join(storage, 'secrets')
}

function flags(port: number, storage: string | undefined): readonly string[] {
  return [
    ...['--config', 'wrangler.toml', '--config', 'demo/wrangler.toml'],
    ...['--ip', 'localhost', '--port', `${port}`, '--inspector-port', '0'],
    // With these, request.url is what it is in production.
    ...['--upstream-protocol', 'https', '--local-upstream', 'api.example.com'],
    ...['--show-interactive-dev-session', 'false'],
    ...(storage === undefined ? [] : ['--persist-to', storage]),
  ]
}

function environment(scratch: string, secrets: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return {
    ...process.env,
    // wrangler takes the secrets that wrangler.toml declares from here.
    ...secrets,
    // Asks for nothing, neither a person nor the network, and meets no other wrangler on this machine.
    CI: '1',
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_WRITE_LOGS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    WRANGLER_NO_SKILLS_UPDATE_PROMPTS: 'true',
    WRANGLER_REGISTRY_PATH: join(scratch, 'registry'),
  }
}

async function ready(gateway: Gateway, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) throw failureOf(gateway.log())
    if (await answers(gateway.url)) return await pause(SETTLES_WITHIN_MS)
    if (gateway.log().includes('✘ [ERROR]')) {
      // The lines that say what is wrong are still to come.
      await pause(1000)
      throw failureOf(gateway.log())
    }
    await pause(200)
  }
  throw new StartFailure(`The gateway was not ready within ${READY_WITHIN_MS / 1000} seconds:\n${gateway.log()}`)
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5000) })
    await response.body?.cancel()
    return response.headers.has('x-request-id')
  } catch {
    return false
  }
}

async function isFree(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '::1']) {
    const server = createServer().listen(port, host)
    const problem = await new Promise<NodeJS.ErrnoException | undefined>((done) => {
      server.once('listening', () => done(undefined)).once('error', done)
    })
    server.close()
    if (problem?.code === 'EADDRINUSE' || problem?.code === 'EACCES') return false
  }
  return true
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  kill(child, 'SIGTERM')
  const late = new AbortController()
  await Promise.race([ended, pause(STOPS_WITHIN_MS, undefined, { signal: late.signal }).catch(() => undefined)])
  late.abort()
  kill(child, 'SIGKILL')
  await ended
}

/** Signals the process and all that it started. */
function kill(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') spawn('taskkill', ['/pid', `${child.pid}`, '/t', '/f'])
    else process.kill(-child.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
