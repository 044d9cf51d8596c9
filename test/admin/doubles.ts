import { createHash } from 'node:crypto'
import { type KeptKey, KeyConflict } from '../../src/core/api-key.ts'
import type { AuditCheckpoint, AuditEntry, AuditEvent, OperationStart } from '../../src/core/audit.ts'
import type { AuditTrail, Clock, Keys, LimitOperator, Revocations, RuntimeRules } from '../../src/core/ports.ts'
import type { KeptRevocation } from '../../src/core/revocation.ts'
import type { KeptRule, RuntimeRule } from '../../src/core/runtime-rule.ts'
import { CompiledRules } from '../../src/ledger/rules-in-force.ts'

/** Stand in for the objects behind the ports, in memory, with the promises that the ports make. They take the place of objects that other rooms own. */
export interface Doubles {
  readonly audit: AuditTrail
  readonly keys: Keys
  readonly runtime: RuntimeRules
  readonly limitOperator: LimitOperator
  readonly revocations: Revocations
  /** Every entry, oldest first. */
  readonly trail: AuditEntry[]
  readonly kept: Map<string, KeptKey>
  readonly rules: Map<string, KeptRule>
  readonly revoked: Map<string, KeptRevocation>
  readonly overridden: Map<string, unknown>
  /** Of operations, by their ids. */
  readonly operations: Map<string, { fingerprint: string; seed: string; status?: number; body?: string }>
  /** Ports that are out of reach, and how often each changing call was made. */
  readonly out: Set<string>
  readonly calls: string[]
  /** How many rules there may be. */
  readonly bounds: { rules: number }
}

const unused = () => {
  throw new Error('requests do not ask this here')
}
const sha = (text: string) => createHash('sha256').update(text).digest('base64url')

/** Makes them, empty. */
export function doubles(clock: Clock): Doubles {
  const trail: AuditEntry[] = []
  const checkpoints: AuditCheckpoint[] = []
  const kept = new Map<string, KeptKey>()
  const rules = new Map<string, KeptRule>()
  const revoked = new Map<string, KeptRevocation>()
  const overridden = new Map<string, unknown>()
  const operations: Doubles['operations'] = new Map()
  const out = new Set<string>()
  const calls: string[] = []
  const reach = async (port: string, call: string) => {
    await Promise.resolve()
    if (out.has(port) || out.has(`${port}.${call}`)) throw new Error(`${port} is out of reach`)
    calls.push(`${port}.${call}`)
  }
  const write = ({ type, actor, target, outcome, facts, personal }: AuditEvent) => {
    const seq = trail.length + 1
    const previous = trail.at(-1)?.hash ?? 'A'.repeat(43)
    const text = JSON.stringify(personal ?? {})
    const personalHash = sha(`salt${text}`)
    const hash = sha(JSON.stringify([seq, type, actor, target, outcome, facts, personalHash, previous]))
    trail.push({ seq, atMs: clock.now(), type, actor, target, outcome, facts, personalHash, personal: { salt: 'salt', text }, previous, hash })
  }
  const idOf = (rule: RuntimeRule) => {
    const { reason: _, by: __, untilMs: ___, ...about } = rule
    const name = 'target' in rule ? `${rule.kind}.${rule.target}` : rule.kind
    return `${name}.${sha(JSON.stringify(about)).slice(0, 22)}`
  }
  const nameOf = ({ kind, issuer, value }: { kind: string; issuer: string; value: string }) => JSON.stringify([kind, issuer, value])
  const made: Doubles = {
    trail,
    kept,
    rules,
    revoked,
    overridden,
    operations,
    out,
    calls,
    bounds: { rules: 10_000 },
    audit: {
      async begin({ id, fingerprint, event }): Promise<OperationStart> {
        await reach('audit', 'begin')
        const known = operations.get(id)
        if (known === undefined) {
          const seed = sha(`seed ${id} ${operations.size}`)
          operations.set(id, { fingerprint, seed })
          write(event)
          return { kind: 'do', seed }
        }
        if (known.fingerprint !== fingerprint) return { kind: 'conflict' }
        const { seed, status, body } = known
        return status === undefined || body === undefined ? { kind: 'do', seed } : { kind: 'done', seed, status, body }
      },
      async end(id, { event, status, body }) {
        await reach('audit', 'end')
        const known = operations.get(id)
        if (known === undefined) throw new Error('nothing of that name has begun')
        if (known.status !== undefined) return
        Object.assign(known, { status, body })
        write(event)
      },
      note: unused,
      async entries(after, limit) {
        await reach('audit', 'entries')
        return trail.filter(({ seq }) => seq > after).slice(0, limit)
      },
      async checkpoints(from, limit) {
        await reach('audit', 'checkpoints')
        return checkpoints.filter(({ seq }) => seq >= from).slice(0, limit)
      },
      async checkpoint() {
        await reach('audit', 'checkpoint')
        const last = trail.at(-1)
        if (last === undefined) return undefined
        const checkpoint = { seq: last.seq, hash: last.hash, atMs: clock.now(), keyId: 'k'.repeat(16), signature: 's'.repeat(86) }
        checkpoints.push(checkpoint)
        return checkpoint
      },
      async publicKeys() {
        await reach('audit', 'publicKeys')
        return [{ kty: 'OKP', crv: 'Ed25519', x: 'x'.repeat(43), kid: 'k'.repeat(16) }]
      },
      async status() {
        await reach('audit', 'status')
        return { lastSeq: trail.length, lastHash: trail.at(-1)?.hash ?? '', signedSeq: checkpoints.at(-1)?.seq ?? 0, exportedSeq: 0 }
      },
    },
    keys: {
      find: unused,
      newer: unused,
      used: unused,
      rehash: unused,
      async read(id) {
        await reach('keys', 'read')
        return kept.get(id)
      },
      async create({ secret, ...spec }) {
        await reach('keys', 'create')
        const known = kept.get(spec.id)
        if (known !== undefined && known.secrets[0]?.hash !== secret.hash) throw new KeyConflict()
        const key = known ?? { ...spec, secrets: [secret], createdMs: clock.now() }
        kept.set(key.id, key)
        return key
      },
      async rotate(id, secret, overlapUntilMs) {
        await reach('keys', 'rotate')
        const key = kept.get(id)
        if (key === undefined || key.secrets[0]?.hash === secret.hash) return key
        const [present, before] = key.secrets
        if (key.revoked !== undefined || present === undefined || (before?.untilMs ?? 0) > clock.now()) throw new KeyConflict()
        const rotated = { ...key, secrets: [secret, { ...present, untilMs: overlapUntilMs }], rotatedMs: clock.now() }
        kept.set(id, rotated)
        return rotated
      },
      async revoke(id, by, reason) {
        await reach('keys', 'revoke')
        const key = kept.get(id)
        if (key === undefined || key.revoked !== undefined) return key
        const ended = { ...key, revoked: { atMs: clock.now(), by, reason } }
        kept.set(id, ended)
        return ended
      },
      async revokeOwner(owner, by, reason) {
        await reach('keys', 'revokeOwner')
        const theirs = [...kept.values()].filter((key) => key.owner === owner && key.revoked === undefined)
        for (const key of theirs) kept.set(key.id, { ...key, revoked: { atMs: clock.now(), by, reason } })
        return theirs.length
      },
      async list({ cursor, limit, owner }) {
        await reach('keys', 'list')
        const all = [...kept.values()]
          .filter((key) => key.id > cursor && (owner === undefined || key.owner === owner))
          .toSorted((a, b) => (a.id < b.id ? -1 : 1))
        const keys = all.slice(0, limit)
        const next = keys.at(-1)?.id
        return { keys, ...(all.length > limit && next !== undefined && { next }) }
      },
    },
    runtime: {
      current: () => new CompiledRules([...rules.values()].flatMap((rule) => (rule.kind === 'override' ? [] : [rule]))),
      async add(given) {
        await reach('runtime', 'add')
        const added = given.map((rule) => ({ ...rule, id: idOf(rule), atMs: clock.now() }))
        if (new Set([...rules.keys(), ...added.map(({ id }) => id)]).size > made.bounds.rules) throw new RangeError('ledger: there are too many rules')
        for (const rule of added) rules.set(rule.id, rule)
        return added
      },
      async remove(ids) {
        await reach('runtime', 'remove')
        return ids.flatMap((id) => {
          const rule = rules.get(id)
          rules.delete(id)
          return rule ?? []
        })
      },
      async list(after, limit, kind) {
        await reach('runtime', 'list')
        const all = [...rules.values()].filter((rule) => rule.id > after && (kind === undefined || rule.kind === kind))
        return all.toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit)
      },
    },
    limitOperator: {
      async override(owner, cell, figures) {
        await reach('limitOperator', 'override')
        if (figures === undefined) overridden.delete(`${owner} ${cell}`)
        else overridden.set(`${owner} ${cell}`, figures)
      },
      liftBan: unused,
    },
    revocations: {
      async find(revocable) {
        await reach('revocations', 'find')
        return revocable.names.find((name) =>
          [...revoked.values()].some(({ kind, issuer, value }) => name === `${kind}|${issuer.length}:${issuer}|${value.length}:${value}`),
        )
      },
      async revoke(given) {
        await reach('revocations', 'revoke')
        for (const one of given) revoked.set(nameOf(one), { beforeMs: 8_640_000_000_000_000, ...one, atMs: clock.now() })
      },
      async lift(subjects) {
        await reach('revocations', 'lift')
        for (const subject of subjects) revoked.delete(nameOf(subject))
      },
      async list(after, limit) {
        await reach('revocations', 'list')
        const from = after === undefined ? '' : nameOf(after)
        const all = [...revoked.entries()].filter(([name]) => name > from).toSorted(([a], [b]) => (a < b ? -1 : 1))
        return all.slice(0, limit).map(([, one]) => one)
      },
    },
  }
  return made
}
