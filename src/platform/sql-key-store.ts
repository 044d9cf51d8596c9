import type { KeptKey } from '../core/api-key.ts'
import type { KeyRow, KeyStore } from '../keys/owner.ts'

type SqlRow = { readonly body: string; readonly version: number; readonly applied: string; readonly usedMs: number | null }

const COLUMNS = 'body, version, applied, used_ms AS usedMs'

/** API keys as rows of SQLite. */
export class SqlKeyStore implements KeyStore {
  readonly #sql: SqlStorage
  readonly #storage: DurableObjectStorage

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    this.#sql = storage.sql
    // Each way in which rows are sought has an index that gives them in their order, so that a page costs what it holds.
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS api_key (
        id TEXT PRIMARY KEY, owner TEXT NOT NULL, version INTEGER NOT NULL, revoked INTEGER NOT NULL, used_ms INTEGER, applied TEXT NOT NULL, body TEXT NOT NULL
      );
      CREATE INDEX IF NOT EXISTS api_key_by_owner ON api_key (owner, id);
      CREATE INDEX IF NOT EXISTS api_key_live ON api_key (owner, id) WHERE revoked = 0;
    `)
  }

  atomically<T>(work: () => T): T {
    return this.#storage.transactionSync(work)
  }

  read(id: string): KeyRow | undefined {
    return this.#rows(`SELECT ${COLUMNS} FROM api_key WHERE id = ?`, id)[0]
  }

  write({ key, version, applied }: KeyRow): void {
    const { lastUsedMs, ...body } = key
    this.#sql.exec(
      'INSERT OR REPLACE INTO api_key (id, owner, version, revoked, used_ms, applied, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
      ...[key.id, key.owner, version, key.revoked === undefined ? 0 : 1, lastUsedMs ?? null, JSON.stringify(applied), JSON.stringify(body)],
    )
  }

  writeUsed(id: string, atMs: number): void {
    this.#sql.exec('UPDATE api_key SET used_ms = ? WHERE id = ?', atMs, id)
  }

  page(afterId: string, limit: number, owner?: string): readonly KeyRow[] {
    if (owner === undefined) return this.#rows(`SELECT ${COLUMNS} FROM api_key WHERE id > ? ORDER BY id LIMIT ?`, afterId, limit)
    return this.#rows(`SELECT ${COLUMNS} FROM api_key INDEXED BY api_key_by_owner WHERE owner = ? AND id > ? ORDER BY id LIMIT ?`, owner, afterId, limit)
  }

  live(owner: string, limit: number): readonly KeyRow[] {
    return this.#rows(`SELECT ${COLUMNS} FROM api_key INDEXED BY api_key_live WHERE owner = ? AND revoked = 0 ORDER BY id LIMIT ?`, owner, limit)
  }

  #rows(query: string, ...parameters: readonly SqlStorageValue[]): readonly KeyRow[] {
    return this.#sql
      .exec<SqlRow>(query, ...parameters)
      .toArray()
      .map(rowOf)
  }
}

function rowOf({ body, version, applied, usedMs }: SqlRow): KeyRow {
  const key = JSON.parse(body) as KeptKey
  return { key: usedMs === null ? key : { ...key, lastUsedMs: usedMs }, version, applied: JSON.parse(applied) as string[] }
}
