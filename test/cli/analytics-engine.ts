import type { ServerResponse } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { type DecisionRecord, RECORD_BLOBS, RECORD_VERSION } from '../../src/core/record.ts'
import type { Asked } from './loopback.ts'

/** A row of the dataset: what was recorded, when, and for how many requests it stands. */
export interface Point {
  readonly record: Partial<DecisionRecord>
  /** How long ago. */
  readonly ageSeconds: number
  readonly each?: number
  /** Of the layout. */
  readonly version?: string
}

const BLOBS = Array.from({ length: 20 }, (_, i) => `blob${i + 1}`)

/** Answers as the SQL API of Analytics Engine does, to the questions that are asked here: rows that are really kept, and SQL that is really run. */
export class AnalyticsEngine {
  readonly #rows = new DatabaseSync(':memory:')
  readonly #account: string
  readonly #token: string
  readonly #now: Date

  constructor(dataset: string, { account, token, now }: { readonly account: string; readonly token: string; readonly now: Date }) {
    this.#account = account
    this.#token = token
    this.#now = now
    this.#rows.exec(`CREATE TABLE ${dataset} (timestamp TEXT, _sample_interval INTEGER, ${BLOBS.map((name) => `${name} TEXT`).join(', ')})`)
    this.#insert = (point) => {
      const blobs = [point.version ?? RECORD_VERSION, ...RECORD_BLOBS.map((name) => String(point.record[name] ?? ''))]
      const statement = this.#rows.prepare(`INSERT INTO ${dataset} VALUES (${Array(22).fill('?').join(', ')})`)
      statement.run(this.#moment(point.ageSeconds), point.each ?? 1, ...blobs)
    }
  }

  readonly #insert: (point: Point) => void

  write(...points: readonly Point[]): void {
    for (const point of points) this.#insert(point)
  }

  /** What a server on this machine answers. */
  readonly answer = (asked: Asked, response: ServerResponse): void => {
    const { status, text } = this.#answerTo(asked)
    response.writeHead(status, { 'content-type': status === 200 ? 'application/json' : 'text/plain' }).end(text)
  }

  #answerTo({ method, path, headers, body }: Asked): { readonly status: number; readonly text: string } {
    if (method !== 'POST' || path !== `/accounts/${this.#account}/analytics_engine/sql`) return { status: 404, text: 'not found' }
    if (headers.authorization !== `Bearer ${this.#token}`) return { status: 403, text: 'forbidden' }
    try {
      const found = this.#rows.prepare(this.#translated(body)).all()
      // Integers of 64 bits are written as text.
      const data = found.map((row) => ({ ...row, requests: String(row.requests), denied: String(row.denied) }))
      const meta = Object.keys(found[0] ?? {}).map((name) => ({ name, type: ['requests', 'denied'].includes(name) ? 'UInt64' : 'String' }))
      return { status: 200, text: JSON.stringify({ meta, data, rows: data.length, rows_before_limit_at_least: data.length }) }
    } catch (error) {
      return { status: 422, text: `cannot run it: ${String(error)}` }
    }
  }

  /** The few words of that SQL that SQLite does not have. */
  #translated(question: string): string {
    if (!/^SELECT [^;]* FORMAT JSON$/.test(question)) throw new SyntaxError('one question in JSON')
    return question
      .replace(/ FORMAT JSON$/, '')
      .replace(/sumIf\((\w+), (\w+ = '\w+')\)/g, 'SUM(CASE WHEN $2 THEN $1 ELSE 0 END)')
      .replace(/NOW\(\) - INTERVAL '(\d+)' SECOND/g, (_, seconds: string) => `'${this.#moment(Number(seconds))}'`)
  }

  #moment(ageSeconds: number): string {
    return new Date(this.#now.getTime() - ageSeconds * 1000).toISOString().slice(0, 19).replace('T', ' ')
  }
}
