import { DurableObject } from 'cloudflare:workers'

/** The most decisions kept; the oldest go first. */
export const KEPT = 10_000

/** One row of the log, as it is read back. */
export interface LoggedDecision {
  /** Counts up; ask for what came after it. */
  readonly id: number
  /** JSON of a `DecisionRecord`. */
  readonly record: string
  /** JSON of `TraceEntry[]`. */
  readonly trace: string
}

/** Keeps decisions with the columns of the Analytics Engine dataset where that dataset cannot be read: on the developer's own machine. */
export class DecisionLog extends DurableObject {
  constructor(state: DurableObjectState, env: unknown) {
    super(state, env as never)
    state.storage.sql.exec('CREATE TABLE IF NOT EXISTS decisions (id INTEGER PRIMARY KEY AUTOINCREMENT, record TEXT NOT NULL, trace TEXT NOT NULL)')
  }

  /** Adds one decision. */
  append(record: string, trace: string): void {
    const { sql } = this.ctx.storage
    sql.exec('INSERT INTO decisions (record, trace) VALUES (?, ?)', record, trace)
    sql.exec('DELETE FROM decisions WHERE id <= (SELECT max(id) FROM decisions) - ?', KEPT)
  }

  /** @returns up to `limit` decisions after `id`, oldest first. */
  after(id: number, limit: number): readonly LoggedDecision[] {
    return this.#rows('SELECT id, record, trace FROM decisions WHERE id > ? ORDER BY id LIMIT ?', id, limit)
  }

  /** @returns the last `limit` decisions, oldest first. */
  latest(limit: number): readonly LoggedDecision[] {
    return this.#rows('SELECT id, record, trace FROM decisions ORDER BY id DESC LIMIT ?', limit).toReversed()
  }

  #rows(query: string, ...parameters: readonly number[]): readonly LoggedDecision[] {
    return this.ctx.storage.sql.exec<LoggedDecision & Record<string, SqlStorageValue>>(query, ...parameters).toArray()
  }
}
