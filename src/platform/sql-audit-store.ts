import type { Head } from '../audit/entry.ts'
import { EMPTY } from '../audit/entry.ts'
import type { AuditState, AuditStore, OperationRow } from '../audit/store.ts'
import type { AuditCheckpoint, AuditEntry, AuditPublicKey } from '../core/audit.ts'

type Row = Record<string, SqlStorageValue>
type EntryRow = Row &
  Omit<AuditEntry, 'facts' | 'personal' | 'personalHash'> & { facts: string; personalHash: string | null; salt: string | null; text: string | null }
type OperationSqlRow = Row & Omit<OperationRow, 'answer'> & { status: number | null; body: string | null }

const ENTRY = `SELECT entry.seq AS seq, entry.at_ms AS atMs, type, actor, target, outcome, facts, personal_hash AS personalHash, previous, hash, salt, text
  FROM entry LEFT JOIN personal ON personal.seq = entry.seq`
const OPERATION = 'SELECT id, fingerprint, seed, at_ms AS atMs, begun_seq AS begunSeq, status, body FROM operation'
const CHECKPOINT = 'SELECT seq, hash, at_ms AS atMs, key_id AS keyId, signature FROM checkpoint'

/** The trail as rows of SQLite. */
export class SqlAuditStore implements AuditStore {
  readonly #sql: SqlStorage
  readonly #storage: DurableObjectStorage

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    this.#sql = storage.sql
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS entry (
        seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, type TEXT NOT NULL, actor TEXT NOT NULL, target TEXT NOT NULL, outcome TEXT NOT NULL,
        facts TEXT NOT NULL, personal_hash TEXT, previous TEXT NOT NULL, hash TEXT NOT NULL
      );
      CREATE TABLE IF NOT EXISTS personal (seq INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, salt TEXT NOT NULL, text TEXT NOT NULL);
      CREATE INDEX IF NOT EXISTS personal_by_time ON personal (at_ms);
      CREATE TABLE IF NOT EXISTS checkpoint (seq INTEGER PRIMARY KEY, hash TEXT NOT NULL, at_ms INTEGER NOT NULL, key_id TEXT NOT NULL, signature TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS public_key (kid TEXT PRIMARY KEY, x TEXT NOT NULL);
      CREATE TABLE IF NOT EXISTS operation (
        id TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, seed TEXT NOT NULL, at_ms INTEGER NOT NULL, begun_seq INTEGER NOT NULL, status INTEGER, body TEXT
      ) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS operation_by_time ON operation (at_ms);
      CREATE TABLE IF NOT EXISTS state (one INTEGER PRIMARY KEY CHECK (one = 1), state TEXT NOT NULL);
    `)
  }

  atomically<T>(work: () => T): T {
    return this.#storage.transactionSync(work)
  }

  readState(): AuditState | undefined {
    const [row] = this.#sql.exec<{ state: string }>('SELECT state FROM state').toArray()
    return row === undefined ? undefined : (JSON.parse(row.state) as AuditState)
  }

  writeState(state: AuditState): void {
    this.#sql.exec('INSERT OR REPLACE INTO state (one, state) VALUES (1, ?)', JSON.stringify(state))
  }

  head(): Head {
    const [row] = this.#sql.exec<Row & Head>('SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1').toArray()
    return row ?? EMPTY
  }

  append({ seq, atMs, type, actor, target, outcome, facts, personalHash, personal, previous, hash }: AuditEntry): void {
    this.#sql.exec(
      'INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      ...[seq, atMs, type, actor, target, outcome, JSON.stringify(facts), personalHash ?? null, previous, hash],
    )
    if (personal !== undefined) this.#sql.exec('INSERT INTO personal VALUES (?, ?, ?, ?)', seq, atMs, personal.salt, personal.text)
  }

  entries(afterSeq: number, limit: number): readonly AuditEntry[] {
    return this.#sql.exec<EntryRow>(`${ENTRY} WHERE entry.seq > ? ORDER BY entry.seq LIMIT ?`, afterSeq, limit).toArray().map(entryOf)
  }

  forget(untilMs: number, limit: number): number {
    const over = this.#sql.exec<{ seq: number }>('SELECT seq FROM personal WHERE at_ms <= ? ORDER BY at_ms LIMIT ?', untilMs, limit).toArray()
    for (const { seq } of over) this.#sql.exec('DELETE FROM personal WHERE seq = ?', seq)
    return over.length
  }

  oldestPersonalMs(): number | undefined {
    return this.#sql.exec<{ atMs: number }>('SELECT at_ms AS atMs FROM personal ORDER BY at_ms LIMIT 1').toArray()[0]?.atMs
  }

  lastCheckpoint(): AuditCheckpoint | undefined {
    return this.#sql.exec<Row & AuditCheckpoint>(`${CHECKPOINT} ORDER BY seq DESC LIMIT 1`).toArray()[0]
  }

  addCheckpoint({ seq, hash, atMs, keyId, signature }: AuditCheckpoint): void {
    this.#sql.exec('INSERT INTO checkpoint VALUES (?, ?, ?, ?, ?)', seq, hash, atMs, keyId, signature)
  }

  checkpoints(fromSeq: number, limit: number): readonly AuditCheckpoint[] {
    return this.#sql.exec<Row & AuditCheckpoint>(`${CHECKPOINT} WHERE seq >= ? ORDER BY seq LIMIT ?`, fromSeq, limit).toArray()
  }

  keys(): readonly AuditPublicKey[] {
    const rows = this.#sql.exec<{ kid: string; x: string }>('SELECT kid, x FROM public_key ORDER BY kid').toArray()
    return rows.map(({ kid, x }) => ({ kty: 'OKP', crv: 'Ed25519', x, kid }))
  }

  addKey({ kid, x }: AuditPublicKey): void {
    this.#sql.exec('INSERT OR IGNORE INTO public_key VALUES (?, ?)', kid, x)
  }

  operation(id: string): OperationRow | undefined {
    return this.#sql.exec<OperationSqlRow>(`${OPERATION} WHERE id = ?`, id).toArray().map(operationOf)[0]
  }

  writeOperation({ id, fingerprint, seed, atMs, begunSeq, answer }: OperationRow): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO operation VALUES (?, ?, ?, ?, ?, ?, ?)',
      ...[id, fingerprint, seed, atMs, begunSeq, answer?.status ?? null, answer?.body ?? null],
    )
  }

  operationsUntil(untilMs: number, limit: number): readonly OperationRow[] {
    return this.#sql.exec<OperationSqlRow>(`${OPERATION} WHERE at_ms <= ? ORDER BY at_ms LIMIT ?`, untilMs, limit).toArray().map(operationOf)
  }

  deleteOperation(id: string): void {
    this.#sql.exec('DELETE FROM operation WHERE id = ?', id)
  }

  bytes(): number {
    return this.#sql.databaseSize
  }
}

function entryOf({ seq, atMs, type, actor, target, outcome, facts, personalHash, salt, text, previous, hash }: EntryRow): AuditEntry {
  return {
    ...{ seq, atMs, type, actor, target, outcome, facts: JSON.parse(facts) as AuditEntry['facts'] },
    ...(personalHash !== null && { personalHash }),
    ...(salt !== null && text !== null && { personal: { salt, text } }),
    ...{ previous, hash },
  }
}

function operationOf({ id, fingerprint, seed, atMs, begunSeq, status, body }: OperationSqlRow): OperationRow {
  return { id, fingerprint, seed, atMs, begunSeq, ...(status !== null && body !== null && { answer: { status, body } }) }
}
