import type { LedgerRow, LedgerState, LedgerStore } from '../ledger/owner.ts'
import { SqlRuleStore } from './sql-rule-store.ts'

type Row = Omit<LedgerRow, 'lifted'> & { readonly lifted: number }
type SqlRow = Row & Record<string, SqlStorageValue>
type StateRow = { readonly epoch: string; readonly version: number; readonly floor: number; readonly recent: string }

const COLUMNS = 'name, kind, issuer, value, before_ms AS beforeMs, until_ms AS untilMs, reason, author AS "by", at_ms AS atMs, version, lifted'

/** Revocations as rows of SQLite, and beside them the rules. */
export class SqlLedgerStore extends SqlRuleStore implements LedgerStore {
  readonly #sql: SqlStorage
  readonly #storage: DurableObjectStorage
  #count: number | undefined

  constructor(storage: DurableObjectStorage) {
    super(storage.sql)
    this.#storage = storage
    this.#sql = storage.sql
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS revocation (
        name TEXT PRIMARY KEY, kind TEXT NOT NULL, issuer TEXT NOT NULL, value TEXT NOT NULL, before_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,
        reason TEXT NOT NULL, author TEXT NOT NULL, at_ms INTEGER NOT NULL, version INTEGER NOT NULL, lifted INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS revocation_by_version ON revocation (version);
      CREATE INDEX IF NOT EXISTS revocation_by_until ON revocation (until_ms);
      CREATE TABLE IF NOT EXISTS state (one INTEGER PRIMARY KEY CHECK (one = 1), epoch TEXT NOT NULL, version INTEGER NOT NULL, floor INTEGER NOT NULL, recent TEXT NOT NULL);
    `)
  }

  atomically(work: () => void): void {
    this.#storage.transactionSync(work)
  }

  readState(): LedgerState | undefined {
    for (const { epoch, version, floor, recent } of this.#sql.exec<StateRow>('SELECT epoch, version, floor, recent FROM state')) {
      return { epoch, version, floor, recent: JSON.parse(recent) as number[] }
    }
    return undefined
  }

  writeState({ epoch, version, floor, recent }: LedgerState): void {
    this.#sql.exec('INSERT OR REPLACE INTO state (one, epoch, version, floor, recent) VALUES (1, ?, ?, ?, ?)', epoch, version, floor, JSON.stringify(recent))
  }

  read(name: string): LedgerRow | undefined {
    return this.#rows(`SELECT ${COLUMNS} FROM revocation WHERE name = ?`, name)[0]
  }

  write(row: LedgerRow): void {
    const { name, kind, issuer, value, beforeMs, untilMs, reason, by, atMs, version, lifted } = row
    this.#count = undefined
    this.#sql.exec(
      'INSERT OR REPLACE INTO revocation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ...[name, kind, issuer, value, beforeMs, untilMs, reason, by, atMs, version, lifted ? 1 : 0],
    )
  }

  changedAfter(version: number, limit: number): readonly LedgerRow[] {
    return this.#rows(`SELECT ${COLUMNS} FROM revocation WHERE version > ? ORDER BY version LIMIT ?`, version, limit)
  }

  *live(nowMs: number): Iterable<LedgerRow> {
    for (const row of this.#sql.exec<SqlRow>(`SELECT ${COLUMNS} FROM revocation WHERE lifted = 0 AND until_ms > ?`, nowMs)) yield rowOf(row)
  }

  *liveNames(nowMs: number): Iterable<string> {
    for (const { name } of this.#sql.exec<{ name: string }>('SELECT name FROM revocation WHERE lifted = 0 AND until_ms > ?', nowMs)) yield name
  }

  count(): number {
    this.#count ??= this.#sql.exec<{ n: number }>('SELECT count(*) AS n FROM revocation').one().n
    return this.#count
  }

  page(afterName: string, limit: number, nowMs: number): readonly LedgerRow[] {
    return this.#rows(`SELECT ${COLUMNS} FROM revocation WHERE name > ? AND lifted = 0 AND until_ms > ? ORDER BY name LIMIT ?`, afterName, nowMs, limit)
  }

  sweep(nowMs: number, limit: number): { readonly deleted: number; readonly newestLifted: number } {
    const over = this.#rows(`SELECT ${COLUMNS} FROM revocation WHERE until_ms <= ? ORDER BY until_ms LIMIT ?`, nowMs, limit)
    for (const { name } of over) this.#sql.exec('DELETE FROM revocation WHERE name = ?', name)
    if (over.length > 0) this.#count = undefined
    return { deleted: over.length, newestLifted: Math.max(0, ...over.filter(({ lifted }) => lifted).map(({ version }) => version)) }
  }

  /** Whether there is no row at all. */
  isEmpty(): boolean {
    return this.hasNoRules() && this.#sql.exec('SELECT 1 FROM revocation LIMIT 1').toArray().length === 0
  }

  #rows(query: string, ...parameters: readonly SqlStorageValue[]): readonly LedgerRow[] {
    return this.#sql
      .exec<SqlRow>(query, ...parameters)
      .toArray()
      .map(rowOf)
  }
}

function rowOf({ lifted, ...row }: SqlRow): LedgerRow {
  return { ...(row as unknown as Row), lifted: lifted === 1 }
}
