import { Buffer } from 'node:buffer'
import * as v from 'valibot'
import type { Revocations } from '../core/ports.ts'
import { type KeptRevocation, REVOCATION_KINDS, type Revocation, type RevocationSubject } from '../core/revocation.ts'
import { change, type Operation, reading } from './operation.ts'
import { unprocessableAt } from './refusal.ts'
import { checkLasting, LASTING, LATEST_MS, PAGE, pageOf, REASON, TIME, TIME_ANSWER, text, timeOf, untilMsOf } from './schema.ts'

const SUBJECT = {
  kind: v.picklist(REVOCATION_KINDS),
  issuer: text(1, 4096),
  value: v.exactOptional(v.pipe(text(0, 4096), v.description('Nothing for an issuer.')), ''),
}

const REVOCATION = v.strictObject({
  kind: v.picklist(REVOCATION_KINDS),
  issuer: v.string(),
  value: v.string(),
  issuedBefore: v.exactOptional(v.pipe(TIME_ANSWER, v.description('Only what was issued before. Absent: all.'))),
  until: v.pipe(TIME_ANSWER, v.description('As it is asked for. In the list as it is kept: 65 seconds longer, since clocks differ.')),
  reason: v.string(),
  by: v.string(),
  at: TIME_ANSWER,
})

/** Revocations of credentials that others issued. */
export const REVOCATION_OPERATIONS: readonly Operation[] = [
  change({
    method: 'POST',
    path: '/revocations',
    id: 'revoke',
    role: 'operator',
    summary: 'Revokes tokens: one, a subject’s, a session’s, a client’s, a signing key’s or all of an issuer.',
    type: 'admin.revocations.add',
    status: 201,
    body: v.strictObject({ ...SUBJECT, issuedBefore: v.exactOptional(TIME), ...LASTING, reason: REASON }),
    answer: REVOCATION,
    prepare({ x, body, by }) {
      const { kind, issuer, value, issuedBefore, reason } = body
      checkSubject(body)
      if (cursorOf(body).length > MAX_CURSOR) throw unprocessableAt('#/value', 'issuer and value of fewer characters together')
      checkLasting(body, x.ports.clock.now())
      const beforeMs = issuedBefore === undefined ? undefined : Date.parse(issuedBefore)
      return {
        ...named(x, body),
        personal: { target: wordsOf(body), reason },
        async apply() {
          const atMs = x.ports.clock.now()
          const untilMs = untilMsOf(body, atMs)
          await addRevocation(x.ports.revocations, { kind, issuer, value, ...(beforeMs !== undefined && { beforeMs }), untilMs, reason, by })
          return { answer: answerOf({ kind, issuer, value, beforeMs, untilMs, reason, by, atMs }) }
        },
      }
    },
  }),

  reading({
    path: '/revocations',
    id: 'listRevocations',
    role: 'viewer',
    summary: 'Lists revocations in force.',
    query: v.strictObject(PAGE),
    answer: pageOf(REVOCATION),
    async read({ x, query: { limit, cursor } }) {
      const kept = await x.ports.revocations.list(cursor === undefined || cursor === '' ? undefined : subjectOf(cursor), limit)
      const last = kept.at(-1)
      return { items: kept.map((one) => answerOf(one)), ...(kept.length === limit && last !== undefined && { next: cursorOf(last) }) }
    },
  }),

  change({
    method: 'POST',
    path: '/revocations/lift',
    id: 'liftRevocation',
    role: 'operator',
    summary: 'Takes a revocation back.',
    type: 'admin.revocations.lift',
    status: 200,
    body: v.strictObject({ ...SUBJECT, reason: REASON }),
    answer: v.strictObject({ kind: v.picklist(REVOCATION_KINDS), issuer: v.string(), value: v.string() }),
    prepare({ x, body }) {
      const { kind, issuer, value, reason } = body
      checkSubject(body)
      return {
        ...named(x, body),
        personal: { target: wordsOf(body), reason },
        async apply() {
          await x.ports.revocations.lift([{ kind, issuer, value }])
          return { answer: { kind, issuer, value } }
        },
      }
    },
  }),
]

async function addRevocation(revocations: Revocations, revocation: Revocation): Promise<void> {
  try {
    await revocations.revoke([revocation])
  } catch (error) {
    // By the ledger's clock, which may be ahead.
    throw error instanceof Error && /untilMs has passed/.test(error.message) ? unprocessableAt('#/until', 'a time to come') : error
  }
}

function checkSubject({ kind, value }: RevocationSubject): void {
  if ((value === '') !== (kind === 'issuer')) throw unprocessableAt('#/value', 'a value, and none for an issuer')
}

function named({ ports }: { readonly ports: { pseudonym(value: string): string } }, { kind, value }: RevocationSubject) {
  return { target: value === '' ? kind : `${kind} ${ports.pseudonym(value)}`, facts: { kind } }
}

function wordsOf({ kind, issuer, value }: RevocationSubject): string {
  return `${kind} ${value} of ${issuer}`.slice(0, 1024)
}

/** Later times say "all of them" (see `ALL_ISSUED_MS`): they are nobody's date. */
function answerOf(given: Omit<KeptRevocation, 'beforeMs'> & { readonly beforeMs: number | undefined }): v.InferOutput<typeof REVOCATION> {
  const { kind, issuer, value, beforeMs, untilMs, reason, by, atMs } = given
  const issuedBefore = beforeMs === undefined || beforeMs > LATEST_MS ? {} : { issuedBefore: timeOf(beforeMs) }
  return { kind, issuer, value, ...issuedBefore, until: timeOf(Math.min(untilMs, LATEST_MS)), reason, by, at: timeOf(atMs) }
}

/** A longer cursor is no longer a URL that every gateway takes. */
const MAX_CURSOR = 6000

function cursorOf({ kind, issuer, value }: RevocationSubject): string {
  return Buffer.from(JSON.stringify([kind, issuer, value])).toString('base64url')
}

const CURSOR = v.strictTuple([v.picklist(REVOCATION_KINDS), v.pipe(v.string(), v.minLength(1), v.maxLength(4096)), v.pipe(v.string(), v.maxLength(4096))])

function subjectOf(cursor: string): RevocationSubject {
  try {
    const [kind, issuer, value] = v.parse(CURSOR, JSON.parse(Buffer.from(cursor, 'base64url').toString()))
    return { kind, issuer, value }
  } catch {
    throw unprocessableAt('query/cursor', 'what the page before gave as next')
  }
}
