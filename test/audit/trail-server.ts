import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { exportText } from '../../src/audit/export.ts'
import type { AuditCheckpoint, AuditEntry, AuditEvent, AuditPublicKey } from '../../src/core/audit.ts'
import { bundle, type Server, serve, type Target } from '../workerd/serve.ts'

/** The test key of RFC 8032 §7.1. */
export const SIGNING_KEY = JSON.stringify({
  kty: 'OKP',
  crv: 'Ed25519',
  d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
})

/** The real object in workerd, on disk, as it can be killed, changed behind its back and started again. */
export class TrailServer {
  readonly #storage = mkdtempSync(join(tmpdir(), 'portcullis-audit-'))
  #server: Server | undefined
  readonly #outside: Target | undefined

  /** @param outside where everything goes that the object sends; default: nowhere. */
  constructor(outside?: Target) {
    this.#outside = outside
  }

  async start(): Promise<void> {
    this.#server = await serve({
      worker: {
        bundle: await bundle('test/audit/wrangler.toml'),
        vars: { AUDIT_SIGNING_KEY: SIGNING_KEY },
        objects: { AUDIT: 'Audit' },
        ...(this.#outside !== undefined && { globalOutbound: this.#outside }),
      },
      storage: this.#storage,
    })
  }

  /** @throws with what the object said. */
  async call<T>(method: string, message: object = {}): Promise<T> {
    const response = await fetch(`${this.#server?.url}/${method}`, { method: 'POST', body: JSON.stringify(message) })
    if (!response.ok) throw new Error(`${method}: ${response.status}`)
    return (await response.json()) as T
  }

  begin(id: string, event: Partial<AuditEvent> = {}): Promise<{ readonly kind: string; readonly seed: string }> {
    const whole = { type: 'admin.keys.create', actor: 'pseudonym', target: id, outcome: 'begun', facts: {}, ...event }
    return this.call('begin', { operation: { id: `operation ${id}`.padEnd(20), fingerprint: 'a fingerprint of it', event: whole } })
  }

  end(id: string, body: string): Promise<void> {
    return this.call('end', {
      ...{ id: `operation ${id}`.padEnd(20), status: 201, body },
      event: { type: 'admin.keys.create', actor: 'pseudonym', target: id, outcome: 'done', facts: {} },
    })
  }

  async keys(): Promise<readonly AuditPublicKey[]> {
    return (await this.call<{ readonly keys: readonly AuditPublicKey[] }>('keys')).keys
  }

  async checkpoints(): Promise<readonly AuditCheckpoint[]> {
    return (await this.call<{ readonly checkpoints: readonly AuditCheckpoint[] }>('checkpoints', { from: 0, limit: 1000 })).checkpoints
  }

  async export(): Promise<string> {
    const { entries } = await this.call<{ readonly entries: readonly AuditEntry[] }>('entries', { from: 0, limit: 1000 })
    return exportText({ entries, checkpoints: await this.checkpoints(), keys: await this.keys() })
  }

  /** Everything that it wrote since it was started. */
  log(): string {
    return this.#server?.log() ?? ''
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    await this.#server?.kill()
    this.#server = undefined
  }

  /** Changes the file, while nothing runs. */
  change(work: (database: DatabaseSync) => void): void {
    const [file] = readdirSync(this.#storage, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.sqlite') && !name.includes('metadata'))
    const database = new DatabaseSync(join(this.#storage, file as string))
    try {
      work(database)
    } finally {
      database.close()
    }
  }

  async stop(): Promise<void> {
    await this.#server?.stop()
    rmSync(this.#storage, { recursive: true, force: true })
  }
}
