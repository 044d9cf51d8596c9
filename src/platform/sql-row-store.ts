import type { CellRow, RowStore } from '../limiter/algorithm.ts'

/** The most rows that one sweep looks at. */
export const SWEEP_ROWS = 1000

type Row = { readonly id: string; readonly tat_ms: number; readonly tat_ticks: number; readonly state: string }

/**
 * Cells as rows of SQLite. The columns `tat_ms` and `tat_ticks` are those of the first version, which knew token buckets alone and wrote a row a charge: either version can
 * go on where the other left off.
 */
export class SqlRowStore implements RowStore {
  readonly #sql: SqlStorage
  #hasTable = false
  /** A cell was written since the object woke or was swept clear. */
  hasWritten = false

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  read(id: string): CellRow | undefined {
    this.#ensureTable()
    for (const row of this.#sql.exec<Row>('SELECT tat_ms, tat_ticks, state FROM cell WHERE id = ?', id)) {
      return { fullMs: row.tat_ms, fullTicks: row.tat_ticks, state: row.state }
    }
    return undefined
  }

  write(id: string, { fullMs, fullTicks, state }: CellRow): void {
    this.#ensureTable()
    this.hasWritten = true
    this.#sql.exec(
      'INSERT INTO cell (id, tat_ms, tat_ticks, state) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO UPDATE SET tat_ms = ?2, tat_ticks = ?3, state = ?4',
      id,
      fullMs,
      fullTicks,
      state,
    )
  }

  /** Looks at the cells after `from` in the order of their ids, deletes the full ones, and says which, where it stopped and when the first of the others will be full. */
  sweep(from: string, nowMs: number): { readonly full: readonly string[]; readonly last: string; readonly isEnd: boolean; readonly nextFullMs: number } {
    this.#ensureTable()
    const rows = this.#sql.exec<Row>('SELECT id, tat_ms, tat_ticks FROM cell WHERE id > ? ORDER BY id LIMIT ?', from, SWEEP_ROWS).toArray()
    const full: string[] = []
    let nextFullMs = Number.POSITIVE_INFINITY
    for (const { id, tat_ms: ms, tat_ticks: ticks } of rows) {
      const fullMs = ticks === 0 ? ms : ms + 1
      if (fullMs <= nowMs) full.push(id)
      else nextFullMs = Math.min(nextFullMs, fullMs)
    }
    for (const id of full) this.#sql.exec('DELETE FROM cell WHERE id = ?', id)
    return { full, last: rows.at(-1)?.id ?? '', isEnd: rows.length < SWEEP_ROWS, nextFullMs }
  }

  /** @returns whether there is no cell at all. */
  isClear(): boolean {
    return this.#sql.exec('SELECT 1 FROM cell LIMIT 1').toArray().length === 0
  }

  /** To be called when the storage is deleted. */
  forget(): void {
    this.#hasTable = false
    this.hasWritten = false
  }

  #ensureTable(): void {
    if (this.#hasTable) return
    // Without an index beside it, a charge is one row written.
    this.#sql.exec(
      "CREATE TABLE IF NOT EXISTS cell (id TEXT PRIMARY KEY, tat_ms INTEGER NOT NULL, tat_ticks INTEGER NOT NULL, state TEXT NOT NULL DEFAULT '') WITHOUT ROWID",
    )
    if (this.#sql.exec("SELECT 1 FROM pragma_table_info('cell') WHERE name = 'state'").toArray().length === 0) {
      this.#sql.exec("ALTER TABLE cell ADD COLUMN state TEXT NOT NULL DEFAULT ''")
    }
    this.#hasTable = true
  }
}
