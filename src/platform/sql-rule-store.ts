import type { KeptRule, RuntimeRule } from '../core/runtime-rule.ts'
import type { RuleStore } from '../ledger/rule-book.ts'

/** Rules as rows of SQLite. Their tables are their own: an object of a version that knows no rules leaves them alone, and so their version. */
export class SqlRuleStore implements RuleStore {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS rule (id TEXT PRIMARY KEY, kind TEXT NOT NULL, until_ms INTEGER NOT NULL, rule TEXT NOT NULL) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS rule_by_until ON rule (until_ms);
      CREATE TABLE IF NOT EXISTS rules_state (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL);
    `)
  }

  readRule(id: string): KeptRule | undefined {
    return this.#rules('SELECT rule FROM rule WHERE id = ?', id)[0]
  }

  writeRule(rule: KeptRule): void {
    this.#sql.exec('INSERT OR REPLACE INTO rule (id, kind, until_ms, rule) VALUES (?, ?, ?, ?)', rule.id, rule.kind, rule.untilMs, JSON.stringify(rule))
  }

  deleteRule(id: string): void {
    this.#sql.exec('DELETE FROM rule WHERE id = ?', id)
  }

  countRules(nowMs: number): number {
    return this.#sql.exec<{ n: number }>('SELECT count(*) AS n FROM rule WHERE until_ms > ?', nowMs).one().n
  }

  copiedRules(nowMs: number): readonly KeptRule[] {
    return this.#rules("SELECT rule FROM rule WHERE kind <> 'override' AND until_ms > ?", nowMs)
  }

  pageOfRules(afterId: string, limit: number, nowMs: number, kind?: RuntimeRule['kind']): readonly KeptRule[] {
    return this.#rules(
      'SELECT rule FROM rule WHERE id > ? AND until_ms > ? AND (? IS NULL OR kind = ?) ORDER BY id LIMIT ?',
      ...[afterId, nowMs, kind ?? null, kind ?? null, limit],
    )
  }

  sweepRules(nowMs: number, limit: number): number {
    return this.#sql
      .exec('DELETE FROM rule WHERE id IN (SELECT id FROM rule WHERE until_ms <= ? ORDER BY until_ms LIMIT ?) RETURNING id', nowMs, limit)
      .toArray().length
  }

  readRulesVersion(): number {
    return this.#sql.exec<{ version: number }>('SELECT version FROM rules_state').toArray()[0]?.version ?? 0
  }

  writeRulesVersion(version: number): void {
    this.#sql.exec('INSERT OR REPLACE INTO rules_state (one, version) VALUES (1, ?)', version)
  }

  /** Whether there is no rule at all, not even one that is over. */
  protected hasNoRules(): boolean {
    return this.#sql.exec('SELECT 1 FROM rule LIMIT 1').toArray().length === 0
  }

  #rules(query: string, ...parameters: readonly SqlStorageValue[]): readonly KeptRule[] {
    return this.#sql
      .exec<{ rule: string }>(query, ...parameters)
      .toArray()
      .map(({ rule }) => JSON.parse(rule) as KeptRule)
  }
}
