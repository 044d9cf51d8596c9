// How many operations and decisions the audit trail's object writes down in a second, in workerd and on disk, and how fast a file of 100,000 lines is verified.
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EMPTY, type Head, link } from '../src/audit/entry.ts'
import { exportText } from '../src/audit/export.ts'
import { linesOf } from '../src/audit/lines.ts'
import { readSigningKey } from '../src/audit/signing-key.ts'
import { verifyTrail } from '../src/audit/verify.ts'
import type { AuditCheckpoint, AuditEntry, AuditEvent } from '../src/core/audit.ts'
import { SIGNING_KEY, TrailServer } from '../test/audit/trail-server.ts'

const LINES = 100_000
const EVENT: AuditEvent = {
  ...{ type: 'decision.authentication-denied', actor: 'a pseudonym of 22 char', target: 'api GET /v1/users/:id', outcome: 'jwt.expired' },
  facts: {
    zone: 'api',
    route: 'GET /v1/users/:id',
    reason: 'jwt.expired',
    policy: 'jwt',
    status: 401,
    client: 'a pseudonym of 22 char',
    request: crypto.randomUUID(),
  },
}

async function perSecond(number: number, atOnce: number, work: (i: number) => Promise<unknown>): Promise<number> {
  const since = performance.now()
  for (let i = 0; i < number; i += atOnce) await Promise.all(Array.from({ length: atOnce }, (_, k) => work(i + k)))
  return Math.round((number / (performance.now() - since)) * 1000)
}

async function appends() {
  const server = new TrailServer()
  try {
    await server.start()
    for (let i = 0; i < 100; i++) await server.begin(`warm ${i}`)
    return {
      'operations begun and ended a second, one after another': await perSecond(500, 1, async (i) => {
        await server.begin(`one ${i}`)
        await server.end(`one ${i}`, '{}')
      }),
      'operations begun and ended a second, 32 at once': await perSecond(3200, 32, async (i) => {
        await server.begin(`many ${i}`)
        await server.end(`many ${i}`, '{}')
      }),
      'decisions a second, 50 in a message': 50 * (await perSecond(200, 4, () => server.call('note', { events: Array.from({ length: 50 }, () => EVENT) }))),
    }
  } finally {
    await server.stop()
  }
}

async function verification() {
  const key = await readSigningKey(SIGNING_KEY)
  const entries: AuditEntry[] = []
  const checkpoints: AuditCheckpoint[] = []
  let head: Head = EMPTY
  for (let i = 0; entries.length + checkpoints.length + 1 < LINES; i++) {
    const entry = link({ ...EVENT, ...(i % 10 === 0 && { personal: { ip: '192.0.2.1' } }) }, head, Date.UTC(2026, 0, 1) + i, () => 'a salt of 22 character')
    entries.push(entry)
    head = entry
    if (entry.seq % 100 === 0) checkpoints.push(await key.sign(entry, entry.atMs))
  }
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-audit-'))
  const file = join(folder, 'trail.ndjson')
  try {
    writeFileSync(file, exportText({ entries, checkpoints, keys: [key.publicKey] }))
    const since = performance.now()
    const report = await verifyTrail(linesOf(createReadStream(file)), { publicKeys: [key.publicKey] })
    const seconds = (performance.now() - since) / 1000
    if (report.verdict !== 'whole') throw new Error(JSON.stringify(report))
    return {
      'lines verified a second': Math.round(LINES / seconds),
      'signatures among them': report.checkpoints,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

console.log(JSON.stringify({ ...(await appends()), ...(await verification()) }, null, 2))
