import { setTimeout as pause } from 'node:timers/promises'
import { defineCommand } from 'citty'
import { exportTrail } from './audit-export.ts'
import { openAuditFile } from './audit-file.ts'
import { command, type Invocation } from './command.ts'
import { CHANGE_ARGS, connect, GATEWAY_ARGS } from './connection.ts'
import { askedWrongly, EXIT, Failure } from './failure.ts'
import { harmless, jsonDocument, jsonLine } from './harmless.ts'
import { cell, countOf, type Item, itemOf, pageOf } from './listing.ts'
import { bar } from './progress.ts'
import { tableRow } from './table.ts'
import { told } from './time.ts'

const FOLLOW_EVERY_MS = 2000
const PAGE = 1000
/** Terminals are wide enough for these; what is longer is cut on a terminal alone. */
const TAIL_HEADING = ['SEQ', 'WHEN', 'TYPE', 'OUTCOME', 'ACTOR', 'TARGET', 'FACTS']
const TAIL_WIDTHS = [8, 28, 32, 24, 24, 24, 60]

const tail = command({
  meta: { name: 'tail', description: 'Shows the latest entries; with --follow those that come, until Ctrl-C' },
  args: {
    count: { type: 'string', valueHint: 'N', description: 'the latest so many', default: '20' },
    after: { type: 'string', valueHint: 'SEQ', description: 'instead: all after this entry' },
    follow: { type: 'boolean', description: 'goes on' },
    ...GATEWAY_ARGS,
  },
  example: 'audit tail --follow',
  async run(args, invocation) {
    const { terminal } = invocation
    const count = countOf(args.count, 'count')
    const given = args.after === undefined ? undefined : seqOf(args.after)
    const client = await connect(args, terminal)
    let after = given ?? Math.max(0, Number(itemOf(itemOf(await client.read('/status')).audit ?? {}).lastSeq ?? 0) - count)
    if (args.json !== true) await terminal.print(terminal.heading(tailRow(TAIL_HEADING, terminal.columns)))
    for (;;) {
      const { items } = pageOf(await client.read('/audit/entries', { after, limit: PAGE }))
      const before = after
      for (const entry of items) {
        await terminal.print(args.json === true ? jsonLine(entry) : tailRow(entryCells(entry, terminal.now()), terminal.columns))
        after = Math.max(after, Number(entry.seq) || after)
      }
      if (items.length > 0 && after === before) throw new Failure(EXIT.unreachable, 'The gateway says that there is more, and gives nothing.')
      if (items.length === PAGE) continue
      if (args.follow !== true) return
      await pause(FOLLOW_EVERY_MS)
    }
  },
})

const exported = command({
  meta: { name: 'export', description: 'Writes the trail to a file, or adds what the file lacks' },
  args: {
    file: { type: 'positional', description: 'where to; a file that is there is continued', required: true },
    after: { type: 'string', valueHint: 'SEQ', description: 'a new file begins after this entry', default: '0' },
    ...GATEWAY_ARGS,
  },
  example: 'audit export trail.ndjson',
  async run(args, invocation) {
    const { terminal } = invocation
    const after = seqOf(args.after)
    const client = await connect(args, terminal)
    const total = Number(itemOf(itemOf(await client.read('/status')).audit ?? {}).lastSeq ?? 0)
    const file = await openAuditFile(args.file)
    if (file.last !== undefined && after > 0) {
      await file.stop()
      throw askedWrongly(`The file goes on after its last entry, ${file.last.seq}: --after is for a new one.`)
    }
    const start = file.last?.seq ?? after
    const report = await exportTrail(client, args.file, file, after, total, (last) =>
      terminal.progress(bar(last - start, total - start, `entry ${last} of ${total}`)),
    )
    terminal.progress('')
    if (args.json === true) return terminal.print(jsonDocument(report))
    await terminal.print(
      `${report.entries} entries added; the last is ${report.lastSeq}${report.lastHash === '' ? '' : `, its hash ${harmless(report.lastHash)}`}`,
    )
  },
})

const verify = command({
  meta: { name: 'verify', description: 'Proves offline that nothing in a file of the trail was changed, left out or moved' },
  args: {
    file: { type: 'positional', description: 'as `audit export` or the gateway’s export wrote it', required: true },
    key: {
      type: 'string',
      valueHint: 'FILE…',
      description: 'a public key whose signatures count (JWK, JWK Set, PEM); without one nothing vouches for the trail',
    },
    head: { type: 'string', valueHint: '[SEQ:]HASH', description: 'an entry that it must have, by its hash; the last one, without SEQ' },
    after: { type: 'string', valueHint: 'SEQ[:HASH]', description: 'the file goes on after this entry; else it begins with the first' },
    'personal-since': {
      type: 'string',
      valueHint: 'TIME',
      description: 'personal facts of entries from this moment on must still be there; without one any may have been deleted',
    },
    json: { type: 'boolean', description: 'prints the whole report' },
  },
  example: 'audit verify trail.ndjson --key audit-public.pem',
  async run(args, { terminal, all }: Invocation) {
    const { verifyFile } = await import('./audit-verify.ts')
    const known = { keyFiles: all('key'), head: args.head, after: args.after, personalSince: args['personal-since'] }
    const { report, fault } = await verifyFile(args.file, known, (bytes, of) => terminal.progress(bar(bytes, of, args.file)))
    terminal.progress('')
    if (args.json === true) await terminal.print(jsonDocument({ ...report, verified: fault === undefined }))
    else {
      if (report.entries > 0) {
        await terminal.print(
          `entries ${report.firstSeq} to ${report.lastSeq}, the last of ${told(isoOf(report.lastAtMs), terminal.now())}, its hash ${harmless(report.lastHash)}`,
        )
        await terminal.print(
          `signed up to entry ${report.signedSeq}${report.signers.length === 0 ? '' : ` by ${report.signers.join(', ')}`}; ${report.unsignedTail} after it are signed by nobody who was named`,
        )
        await terminal.print(`personal facts: ${report.personal.kept} there and unchanged, ${report.personal.deleted} deleted`)
      }
      if (report.strangers.length > 0)
        terminal.tell(`Keys that signed and were not named with --key: ${report.strangers.map(harmless).join(', ')}. A key in the trail itself proves nothing.`)
      if (fault === undefined) await terminal.print(verifiedWords(report.signedSeq, report.unsignedTail))
    }
    if (fault !== undefined) terminal.tell(`Not verified: ${harmless(fault)}`)
    return fault === undefined ? EXIT.done : EXIT.found
  },
})

const checkpoint = command({
  meta: { name: 'checkpoint', description: 'Signs the trail as it stands' },
  args: CHANGE_ARGS,
  example: 'audit checkpoint',
  async run(args, { terminal }) {
    const signed = itemOf(await (await connect(args, terminal)).change('POST', '/audit/checkpoints'))
    await terminal.print(args.json === true ? jsonDocument(signed) : `Signed entry ${harmless(cell(signed.seq))} by key ${harmless(cell(signed.keyId))}`)
  },
})

const pseudonyms = command({
  meta: {
    name: 'pseudonyms',
    description: 'Says under which pseudonyms records and entries name a value, by every key in use; that one asked is written down',
  },
  args: { value: { type: 'positional', description: 'an address, a subject…', required: true }, ...CHANGE_ARGS },
  example: 'audit pseudonyms 203.0.113.7',
  async run(args, { terminal }) {
    const answer = itemOf(await (await connect(args, terminal)).change('POST', '/pseudonyms', { value: args.value }))
    if (args.json === true) return terminal.print(jsonDocument(answer))
    for (const pseudonym of Array.isArray(answer.pseudonyms) ? answer.pseudonyms : []) await terminal.print(harmless(cell(pseudonym)))
  },
})

/** `portcullis audit`. */
export const audit = defineCommand({
  meta: { name: 'portcullis audit', description: 'The audit trail: tail, export, verify, checkpoint, pseudonyms' },
  subCommands: { tail, export: exported, verify, checkpoint, pseudonyms },
})

function verifiedWords(signedSeq: number, unsignedTail: number): string {
  const tail = unsignedTail === 0 ? '' : ` Nobody vouches yet for what comes after it (${unsignedTail}), nor can a file alone say whether its end was cut off.`
  return `Verified: up to entry ${signedSeq} nothing was changed, left out or moved.${tail}`
}

/** What is no time that there is, is shown as it is: a forged trail may say anything. */
function isoOf(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? `${ms}` : date.toISOString()
}

function seqOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw askedWrongly('--after wants the number of an entry.')
  return Number(text)
}

function entryCells({ seq, at, atMs, type, outcome, actor, target, facts, personal }: Item, now: Date): readonly string[] {
  const when = told(typeof atMs === 'number' ? isoOf(atMs) : at, now)
  return [cell(seq), when, cell(type), cell(outcome), cell(actor), cell(target), [cell(facts), cell(personal)].filter(Boolean).join(' ')]
}

/** Entries come one by one: the columns are as wide as such things are. */
function tailRow(cells: readonly string[], columns: number): string {
  const isTerminal = Number.isFinite(columns)
  return tableRow(
    cells,
    cells.map((text, i) => (isTerminal ? (TAIL_WIDTHS[i] as number) : Math.max(TAIL_WIDTHS[i] as number, harmless(text).length))),
  )
}
