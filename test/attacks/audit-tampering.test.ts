import type { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { entryHash, GENESIS } from '../../src/audit/entry.ts'
import { linesOf } from '../../src/audit/lines.ts'
import { type TrailReport, type VerifyOptions, verifyTrail } from '../../src/audit/verify.ts'
import type { AuditCheckpoint, AuditEntry, AuditPublicKey } from '../../src/core/audit.ts'
import { TrailServer } from '../audit/trail-server.ts'

let server: TrailServer
let keys: readonly AuditPublicKey[]
let outside: readonly AuditCheckpoint[]

/** Five operations, signed after the third and at the end: ten entries. */
beforeEach(async () => {
  server = new TrailServer()
  await server.start()
  for (let i = 1; i <= 5; i++) {
    await server.begin(`a${i}`, { personal: { ip: `192.0.2.${i}` } })
    await server.end(`a${i}`, '{}')
    if (i === 3 || i === 5) await server.call('checkpoint')
  }
  keys = await server.keys()
  outside = await server.checkpoints()
})
afterEach(async () => await server.stop())

const verified = async (options: VerifyOptions = {}): Promise<TrailReport> =>
  await verifyTrail(linesOf([new TextEncoder().encode(await server.export())]), { publicKeys: keys, ...options })

/** Whoever has the disk changes it while the object is not there, and starts it again. */
async function tamper(work: (database: DatabaseSync) => void): Promise<void> {
  await server.kill()
  server.change(work)
  await server.start()
}

/** What a thorough forger does: every hash from there on is made anew. */
function rehash(database: DatabaseSync): void {
  const rows = database.prepare('SELECT * FROM entry ORDER BY seq').all() as unknown as (AuditEntry & {
    at_ms: number
    facts: unknown
    personal_hash: string | null
  })[]
  let previous = GENESIS
  for (const { seq, at_ms, type, actor, target, outcome, facts, personal_hash } of rows) {
    const entry = {
      seq,
      atMs: at_ms,
      type,
      actor,
      target,
      outcome,
      facts: JSON.parse(String(facts)),
      ...(personal_hash !== null && { personalHash: personal_hash }),
      previous,
    }
    const hash = entryHash(entry)
    database.prepare('UPDATE entry SET previous = ?, hash = ? WHERE seq = ?').run(previous, hash, seq)
    previous = hash
  }
}

/** Puts another number on every entry from `from` on, without a gap. */
function shift(database: DatabaseSync, from: number): void {
  database.exec(
    `UPDATE entry SET seq = -seq WHERE seq >= ${from}; UPDATE entry SET seq = -seq - 1 WHERE seq < 0; UPDATE personal SET seq = seq - 1 WHERE seq >= ${from}`,
  )
}

const sql = (query: string) => (database: DatabaseSync) => database.exec(query)

describe('whoever changes the rows of the trail', () => {
  it('is not accused before', async () => {
    await tamper(() => {})
    expect(await verified({ checkpoints: outside })).toMatchObject({ verdict: 'whole', entries: 10, signedSeq: 10, unsignedTail: 0, personal: { kept: 5 } })
  })

  it.each<[what: string, work: (database: DatabaseSync) => void, code: string]>([
    ['an outcome', sql("UPDATE entry SET outcome = 'refused' WHERE seq = 4"), 'hash'],
    ['an actor', sql("UPDATE entry SET actor = 'somebody else' WHERE seq = 4"), 'hash'],
    ['a time', sql('UPDATE entry SET at_ms = at_ms - 1 WHERE seq = 4'), 'hash'],
    ['a fact', sql(`UPDATE entry SET facts = '{"begun":9}' WHERE seq = 4`), 'hash'],
    [
      'an outcome, with new hashes from there on',
      (database) => {
        sql("UPDATE entry SET outcome = 'refused' WHERE seq = 4")(database)
        rehash(database)
      },
      'checkpoint',
    ],
    [
      'the order of two entries, with new hashes',
      (database) => {
        sql('UPDATE entry SET seq = -3 WHERE seq = 3; UPDATE entry SET seq = 3 WHERE seq = 4; UPDATE entry SET seq = 4 WHERE seq = -3')(database)
        rehash(database)
      },
      'personal',
    ],
    ['an entry, by deleting it', sql('DELETE FROM entry WHERE seq = 4'), 'sequence'],
    ['the first entries, by deleting them', sql('DELETE FROM entry WHERE seq <= 6'), 'beginning'],
    [
      'an entry, by deleting it and closing the gap',
      (database) => {
        sql('DELETE FROM entry WHERE seq = 4; DELETE FROM personal WHERE seq = 4')(database)
        shift(database, 5)
        rehash(database)
      },
      'checkpoint',
    ],
    [
      'an entry more',
      sql(`INSERT INTO entry SELECT 11, at_ms, type, actor, target, outcome, facts, NULL, previous, hash FROM entry WHERE seq = 10`),
      'previous',
    ],
    ['personal facts', sql(`UPDATE personal SET text = '{"ip":"192.0.2.99"}' WHERE seq = 3`), 'personal'],
    ['whose personal facts they are', sql('UPDATE personal SET seq = 4 WHERE seq = 3'), 'personal'],
    ['a signature', sql('UPDATE checkpoint SET signature = (SELECT signature FROM checkpoint WHERE seq = 10) WHERE seq = 6'), 'signature'],
    ['the time of a signature', sql('UPDATE checkpoint SET at_ms = at_ms + 1 WHERE seq = 6'), 'signature'],
    ['the key’s name', sql("UPDATE checkpoint SET key_id = 'another key’s id'"), 'unknown-key'],
    ['the key itself', sql("UPDATE public_key SET x = 'PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw'"), 'key'],
  ])('changes %s: found', async (_what, work, code) => {
    await tamper(work)
    expect((await verified()).fault).toMatchObject({ code, line: expect.any(Number), why: expect.any(String) })
  })

  it('cuts off the end: found by whoever kept a checkpoint elsewhere, and the chain goes on into a contradiction', async () => {
    await tamper(sql('DELETE FROM entry WHERE seq > 6; DELETE FROM personal WHERE seq > 6; DELETE FROM checkpoint WHERE seq > 6'))
    expect(await verified()).toMatchObject({ verdict: 'whole', lastSeq: 6 })
    expect((await verified({ checkpoints: outside })).fault).toMatchObject({ code: 'end' })
    for (let i = 0; i < 3; i++) await server.begin(`b${i}`.padEnd(8), {})
    await server.begin('b4', {})
    await server.call('checkpoint')
    expect((await verified({ checkpoints: outside })).fault).toMatchObject({ code: 'head' })
  })

  it('replaces it by one of their own: signed by nobody who was named', async () => {
    await tamper((database) => {
      sql("UPDATE entry SET outcome = 'refused' WHERE seq = 4; DELETE FROM checkpoint")(database)
      rehash(database)
    })
    expect(await verified()).toMatchObject({ verdict: 'unsigned', signedSeq: 0 })
    expect((await verified({ checkpoints: outside })).fault).toMatchObject({ code: 'head' })
  })
})

describe('what was acknowledged', () => {
  /** `PORTCULLIS_KILLS=1000` for as many as one likes. */
  const kills = Number(process.env.PORTCULLIS_KILLS ?? 12)

  it(`is there after each of ${kills} crashes: begun operations, their seeds, their ends`, async () => {
    let seed = ''
    for (let i = 0; i < kills; i++) {
      if (i % 2 === 0) seed = (await server.begin(`kill ${i}`)).seed
      else await server.end(`kill ${i - 1}`, `{"answer":${i}}`)
      await server.kill()
      await server.start()
      const again = await server.begin(`kill ${i - (i % 2)}`)
      expect(again).toEqual(i % 2 === 0 ? { v: 1, kind: 'do', seed, again: true } : { v: 1, kind: 'done', seed, status: 201, body: `{"answer":${i}}` })
    }
    expect(await verified()).toMatchObject({ verdict: 'whole', entries: Math.min(10 + kills, 1000) })
  }, 600_000)
})
