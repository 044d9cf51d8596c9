import { deferred, exchange } from '../../test/exchange.ts'
import type { KeptKey, KeptSecret, KeySpec } from '../core/api-key.ts'
import type { LocationCache, ObjectCaller } from '../core/ports.ts'
import type { Staleness } from '../core/revocation.ts'
import { IsolateKeys } from './isolate.ts'
import {
  readCreateMessage,
  readFindMessage,
  readListMessage,
  readRehashMessage,
  readRevokeMessage,
  readRevokeOwnerMessage,
  readRotateMessage,
  readUsedMessage,
} from './message.ts'
import { type Minted, mintKey } from './mint.ts'
import { KeyOwner, type KeyRow, type KeyStore } from './owner.ts'
import { KEY_SHARDS, type KeyringShard } from './shards.ts'

/** The moment of the tests. */
export const NOW = Date.UTC(2026, 0, 1)
export const PEPPER = 'a pepper for tests: and for nothing else'
export const OTHER_PEPPER = 'another pepper for tests: and nothing else'

/** A seed that no other number has. */
export function seedOf(n: number): string {
  return `${n}`.padStart(43, 's')
}

/** A key that is minted as keys are, of a seed that is this number's. */
export function minted(n = 0, pepper = PEPPER): Minted {
  return mintKey({ prefix: 'acme', environment: 'live', seed: seedOf(n), pepper })
}

/** What an operator says of a key, but for what the test changes. */
export function specOf(more: Partial<KeySpec> = {}): KeySpec {
  return { owner: 'ada', name: 'a key', scopes: [], roles: [], metadata: {}, limits: {}, allowedIps: [], allowedOrigins: [], allowedRoutes: [], ...more }
}

/** Everything that the keyring is told to keep a key. */
export function newKey({ id, secret }: Minted, more: Partial<KeySpec> = {}) {
  return { ...specOf(more), id, secret, prefix: 'acme', environment: 'live', createdBy: 'tests' }
}

/** A key as the keyring keeps it. */
export function keptKey(key: Minted, more: Partial<KeptKey> = {}): KeptKey {
  const { secret, ...rest } = newKey(key)
  return { ...rest, secrets: [secret], createdMs: NOW, ...more }
}

/** A secret like any other, by number. */
export function secretOf(n: number, pepper = 'pepper00'): KeptSecret {
  return { hash: `${n}`.padStart(43, 'h'), pepper }
}

/** Rows in memory, for the owner's own rules; the platform's are in SQLite. */
export class MemoryKeyStore implements KeyStore {
  rows = new Map<string, KeyRow>()
  /** While it is set, nothing can be written. */
  isFull = false

  atomically<T>(work: () => T): T {
    const before = new Map(this.rows)
    try {
      return work()
    } catch (error) {
      this.rows = before
      throw error
    }
  }
  read(id: string): KeyRow | undefined {
    return this.rows.get(id)
  }
  write(row: KeyRow): void {
    if (this.isFull) throw new Error('database or disk is full: SQLITE_FULL')
    this.rows.set(row.key.id, structuredClone(row))
  }
  writeUsed(id: string, atMs: number): void {
    const row = this.rows.get(id)
    if (row !== undefined) this.write({ ...row, key: { ...row.key, lastUsedMs: atMs } })
  }
  page(afterId: string, limit: number, owner?: string): readonly KeyRow[] {
    return this.#sorted()
      .filter(({ key }) => key.id > afterId && (owner === undefined || key.owner === owner))
      .slice(0, limit)
  }
  live(owner: string, limit: number): readonly KeyRow[] {
    return this.#sorted()
      .filter(({ key }) => key.owner === owner && key.revoked === undefined)
      .slice(0, limit)
  }
  #sorted(): readonly KeyRow[] {
    return [...this.rows.values()].toSorted((a, b) => (a.key.id < b.key.id ? -1 : 1))
  }
}

/** A keyring of 64 shards, one location, and as many isolates as a test likes; its clock stands until the test moves it. */
export class KeyringWorld {
  time = NOW
  readonly stores = Array.from({ length: KEY_SHARDS }, () => new MemoryKeyStore())
  readonly owners = this.stores.map((store) => new KeyOwner(store))
  /** What the location remembers. */
  readonly location = new Map<string, string>()
  /** What was asked of the keyring, oldest first. */
  readonly calls: string[] = []
  readonly notices: string[] = []
  /** How long a question takes to the keyring, and an answer back. */
  oneWayMs = 0
  /** By how much the objects' clocks are ahead. */
  objectsAheadMs = 0
  /** While it is set, a shard does what it is told, or not, and answers like this. */
  outage: ((run: () => unknown, shard: number) => Promise<unknown>) | undefined

  pass(ms: number): void {
    this.time += ms
  }

  /** A new isolate; `near: false`: of a location that remembers nothing; `aheadMs`: by how much its clock is ahead. */
  isolate({ near = true, aheadMs = 0 }: { readonly near?: boolean; readonly aheadMs?: number } = {}): IsolateKeys {
    const location: LocationCache = {
      get: (key) => Promise.resolve(near ? this.location.get(key) : undefined),
      put: (key, text) => Promise.resolve(void (near && this.location.set(key, text))),
    }
    return new IsolateKeys({
      clock: { now: () => this.time + aheadMs },
      location,
      shard: (number) => this.#stub(number),
      notice: (detail) => void this.notices.push(detail),
    })
  }

  #stub(number: number): KeyringShard {
    const owner = this.owners[number] as KeyOwner
    const now = () => this.time + this.objectsAheadMs
    const answer = async (call: string, run: () => unknown): Promise<unknown> => {
      this.calls.push(call)
      this.pass(this.oneWayMs)
      const reply = structuredClone(this.outage === undefined ? run() : await this.outage(run, number))
      this.pass(this.oneWayMs)
      return reply
    }
    return {
      find: (message) => answer('find', () => owner.find(readFindMessage(message).id)),
      create: (message) => answer('create', () => owner.create(readCreateMessage(message), now())),
      rotate: (message) => answer('rotate', () => owner.rotate(readRotateMessage(message), now())),
      revoke: (message) => answer('revoke', () => owner.revoke(readRevokeMessage(message), now())),
      revokeOwner: (message) => answer('revokeOwner', () => owner.revokeOwner(readRevokeOwnerMessage(message), now())),
      list: (message) => answer('list', () => owner.list(readListMessage(message))),
      used: (message) => answer('used', () => owner.used(readUsedMessage(message), now())),
      rehash: (message) => answer('rehash', () => owner.rehash(readRehashMessage(message), now())),
    }
  }
}

/** How old knowledge may be, unless a test says otherwise. */
export const STALENESS: Staleness = { maxStalenessMs: 30_000, failAfterMs: 300_000 }

/** One request: the key that it finds, and whether it had to wait; its background work is done when this resolves. */
export async function asked(
  isolate: IsolateKeys,
  id: string,
  staleness: Partial<Staleness> = {},
): Promise<{ readonly key: KeptKey | undefined; readonly waited: boolean; readonly objectCalls: number }> {
  const meter = { objectCalls: 0 }
  const result = await behind(async ({ background }) => {
    const found = isolate.find(id, { ...STALENESS, ...staleness }, { meter, background })
    return { key: await found, waited: found instanceof Promise }
  })
  return { ...result, objectCalls: meter.objectCalls }
}

/** Does something in the name of a request; its background work is done when this resolves. */
export async function behind<T>(work: (caller: ObjectCaller) => T | Promise<T>): Promise<T> {
  const x = exchange()
  try {
    return await work(x)
  } finally {
    for (let done = 0; done < deferred(x).length; done++) await deferred(x)[done]
  }
}
