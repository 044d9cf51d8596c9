import type { Background, Keys, LocationCache } from '../src/core/ports.ts'
import type { CreateMessage } from '../src/keys/message.ts'
import { mintKey } from '../src/keys/mint.ts'
import { KeyOwner } from '../src/keys/owner.ts'
import { KEY_SHARDS, keyShardOf } from '../src/keys/shards.ts'
import { durableKeyring } from '../src/platform/durable-keyring.ts'
import { Keyring as KeyringHere } from '../src/platform/keyring.ts'
import { SqlKeyStore } from '../src/platform/sql-key-store.ts'

/** The keyring as it is deployed, which takes many keys in one call: a million calls would say nothing of it. */
export class Keyring extends KeyringHere {
  readonly #store = new SqlKeyStore(this.ctx.storage)

  fill(keys: readonly CreateMessage['key'][]): void {
    const owner = new KeyOwner(this.#store)
    this.#store.atomically(() => {
      for (const key of keys) owner.create({ v: 1, key }, Date.now())
    })
  }
}

interface Env {
  readonly KEYRING: DurableObjectNamespace<Keyring>
}

const NOWHERE: LocationCache = { get: () => Promise.resolve(undefined), put: () => Promise.resolve() }
const PEPPER = 'a pepper for the bench: and for nothing else'
const KEYS_OF_ONE = 20

let keys: Keys | undefined

/** Fills the keyring, looks keys up at their owner or in the isolate's copies, and lists them: the request's path says what, from which number on, and how many. */
export default {
  async fetch({ url }: Request, { KEYRING }: Env, background: Background): Promise<Response> {
    keys ??= durableKeyring(KEYRING, NOWHERE)
    const [what = '', first = '', many = ''] = new URL(url).pathname.slice(1).split('/')
    const [from, count] = [Number(first), Number(many)]
    const caller = { meter: { objectCalls: 0 }, background }
    switch (what) {
      case 'fill':
        await fill(KEYRING, from, count)
        break
      // What the others do beside looking up.
      case 'ids':
        for (let n = from; n < from + count; n++) minted(n)
        break
      case 'lookups':
      case 'copies': {
        const staleness = what === 'copies' ? { maxStalenessMs: 3_600_000, failAfterMs: 3_600_000 } : { maxStalenessMs: 0, failAfterMs: 0 }
        for (let n = from; n < from + count; n++) if ((await keys.find(minted(n).id, staleness, caller)) === undefined) throw new Error('a key is gone')
        break
      }
      case 'page': {
        const { id } = minted(from)
        const cursor = keyShardOf(id).toString(16).padStart(2, '0') + id
        await keys.list({ cursor, limit: count })
        break
      }
      case 'owner': {
        const page = await keys.list({ cursor: '', limit: count, owner: ownerOf(from) })
        if (page.keys.length !== KEYS_OF_ONE) throw new Error('an owner has other keys')
        break
      }
    }
    return new Response()
  },
}

async function fill(namespace: Env['KEYRING'], from: number, count: number): Promise<void> {
  const shards = Array.from({ length: KEY_SHARDS }, (): CreateMessage['key'][] => [])
  for (let n = from; n < from + count; n++) {
    const { id, secret } = minted(n)
    const key = { owner: ownerOf(n), name: `key ${n}`, level: 'pro', scopes: ['users:read', 'users:write'], roles: [], metadata: { team: 'blue' } }
    const place = { limits: {}, allowedIps: [], allowedOrigins: [], allowedRoutes: [], prefix: 'acme', environment: 'live', createdBy: 'bench' }
    shards[keyShardOf(id)]?.push({ ...key, ...place, id, secret })
  }
  await Promise.all(shards.map((batch, shard) => (batch.length === 0 ? undefined : namespace.getByName(`keys|${shard}`).fill(batch))))
}

function minted(n: number) {
  return mintKey({ prefix: 'acme', environment: 'live', seed: `${n}`.padStart(43, 's'), pepper: PEPPER })
}

function ownerOf(n: number): string {
  return `owner-${Math.floor(n / KEYS_OF_ONE)}`
}
