import * as v from 'valibot'
import { exportText, TRAIL_MEDIA_TYPE } from '../audit/export.ts'
import type { AuditCheckpoint, AuditEntry } from '../core/audit.ts'
import { change, type Operation, reading } from './operation.ts'
import { refusal } from './refusal.ts'
import { includes, type Role } from './role.ts'
import { PAGE, pageOf, TIME_ANSWER, text, timeOf, words } from './schema.ts'

const SEQ = v.pipe(v.string(), v.regex(/^\d{1,15}$/, words('the number of an entry')), v.transform(Number), v.number(), v.integer(), v.minValue(0))

const FACTS = v.record(v.string(), v.union([v.string(), v.number(), v.boolean()]))

const ENTRY = v.strictObject({
  seq: v.number(),
  at: TIME_ANSWER,
  type: v.string(),
  actor: v.pipe(v.string(), v.description('A pseudonym.')),
  target: v.string(),
  outcome: v.string(),
  facts: FACTS,
  personalHash: v.exactOptional(v.string()),
  personal: v.exactOptional(v.pipe(v.record(v.string(), v.string()), v.description('For admins, while it is kept.'))),
  previous: v.string(),
  hash: v.string(),
})

const CHECKPOINT = v.strictObject({ seq: v.number(), hash: v.string(), at: TIME_ANSWER, keyId: v.string(), signature: v.string() })

/** A call gathers no more of them to an export. */
const MAX_CHECKPOINTS = 1000

/** What operations do with the audit trail; nobody writes to it here. */
export const AUDIT_OPERATIONS: readonly Operation[] = [
  reading({
    path: '/audit/entries',
    id: 'listAuditEntries',
    role: 'viewer',
    summary: 'Lists entries of the audit trail after one, oldest first; personal facts for admins alone.',
    query: v.strictObject({ limit: PAGE.limit, after: v.exactOptional(SEQ, '0') }),
    answer: pageOf(ENTRY),
    async read({ x, role, query: { after, limit } }) {
      const entries = await x.ports.audit.entries(after, limit)
      const last = entries.at(-1)
      return { items: entries.map((entry) => entryAnswer(entry, role)), ...(entries.length === limit && last !== undefined && { next: String(last.seq) }) }
    },
  }),

  reading({
    path: '/audit/checkpoints',
    id: 'listCheckpoints',
    role: 'viewer',
    summary: 'Lists signatures of the audit trail from one entry on, oldest first.',
    query: v.strictObject({ limit: PAGE.limit, from: v.exactOptional(SEQ, '0') }),
    answer: pageOf(CHECKPOINT),
    async read({ x, query: { from, limit } }) {
      const checkpoints = await x.ports.audit.checkpoints(from, limit)
      const last = checkpoints.at(-1)
      return { items: checkpoints.map(checkpointAnswer), ...(checkpoints.length === limit && last !== undefined && { next: String(last.seq + 1) }) }
    },
  }),

  reading({
    path: '/audit/export',
    id: 'exportAudit',
    role: 'admin',
    summary:
      'Gives a piece of the audit trail as it is verified: entries, the checkpoints over them, the public keys. `portcullis-next` is there while there is more.',
    mediaType: TRAIL_MEDIA_TYPE,
    query: v.strictObject({ limit: PAGE.limit, after: v.exactOptional(SEQ, '0') }),
    answer: v.string(),
    async read({ x, query: { after, limit } }) {
      const entries = await x.ports.audit.entries(after, limit)
      const last = entries.at(-1)
      const checkpoints = last === undefined ? [] : await x.ports.audit.checkpoints(after + 1, MAX_CHECKPOINTS)
      const text = exportText({
        entries,
        checkpoints: checkpoints.filter(({ seq }) => seq <= (last?.seq ?? 0)),
        keys: await x.ports.audit.publicKeys(),
      })
      return { text, ...(entries.length === limit && last !== undefined && { headers: { 'portcullis-next': String(last.seq) } }) }
    },
  }),

  change({
    method: 'POST',
    path: '/audit/checkpoints',
    id: 'signCheckpoint',
    role: 'operator',
    summary: 'Signs the audit trail as it stands.',
    type: 'admin.audit.checkpoint',
    status: 201,
    answer: CHECKPOINT,
    prepare: ({ x }) => ({
      target: 'audit',
      async apply() {
        const checkpoint = await x.ports.audit.checkpoint()
        if (checkpoint === undefined) throw refusal(409, 'unsigned', 'There is nothing to sign.')
        return { answer: checkpointAnswer(checkpoint) }
      },
    }),
  }),

  change({
    method: 'POST',
    path: '/pseudonyms',
    id: 'findPseudonyms',
    role: 'admin',
    summary: 'Gives the pseudonyms under which records and entries name a value, by every key in use.',
    type: 'admin.pseudonyms.find',
    status: 200,
    body: v.strictObject({ value: text(1, 1024) }),
    answer: v.strictObject({ pseudonyms: v.array(v.string()) }),
    prepare({ x: { ports }, body: { value } }) {
      const pseudonyms = [...ports.pseudonyms(value)]
      return { target: pseudonyms[0] ?? '', personal: { target: value }, apply: async () => ({ answer: { pseudonyms } }) }
    },
  }),
]

function entryAnswer(entry: AuditEntry, role: Role): v.InferOutput<typeof ENTRY> {
  const { seq, atMs, type, actor, target, outcome, facts, personalHash, personal, previous, hash } = entry
  return {
    ...{ seq, at: timeOf(atMs), type, actor, target, outcome, facts: { ...facts } },
    ...(personalHash !== undefined && { personalHash }),
    ...(personal !== undefined && includes(role, 'admin') && { personal: JSON.parse(personal.text) as Record<string, string> }),
    ...{ previous, hash },
  }
}

function checkpointAnswer({ seq, hash, atMs, keyId, signature }: AuditCheckpoint): v.InferOutput<typeof CHECKPOINT> {
  return { seq, hash, at: timeOf(atMs), keyId, signature }
}
