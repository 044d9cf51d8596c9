/** What a provider keeps of a session, a grant, a code, a token. */
interface Kept {
  readonly uid?: string
  readonly grantId?: string
  consumed?: number
}

/** Where a provider keeps one kind of thing, as oidc-provider asks for it. */
interface Adapter {
  find(id: string): Promise<Kept | undefined>
  findByUid(uid: string): Promise<Kept | undefined>
  upsert(id: string, kept: Kept): Promise<void>
  consume(id: string): Promise<void>
  destroy(id: string): Promise<void>
  revokeByGrantId(grantId: string): Promise<void>
}

/** Makes the place for a kind by its name. */
export type Store = (kind: string) => Adapter

/** A store in memory that outlives the providers that use it: an issuer that starts again with other keys still knows its sessions and grants. */
export function memoryStore(): Store {
  const kinds = new Map<string, Map<string, Kept>>()
  return (kind) => {
    const kept = kinds.get(kind) ?? new Map<string, Kept>()
    kinds.set(kind, kept)
    return {
      find: (id) => Promise.resolve(kept.get(id)),
      findByUid: (uid) => Promise.resolve([...kept.values()].find((each) => each.uid === uid)),
      upsert: (id, one) => Promise.resolve(void kept.set(id, one)),
      consume: (id) => {
        const one = kept.get(id)
        if (one !== undefined) one.consumed = Math.floor(Date.now() / 1000)
        return Promise.resolve()
      },
      destroy: (id) => Promise.resolve(void kept.delete(id)),
      revokeByGrantId: (grantId) => {
        for (const [id, one] of kept) if (one.grantId === grantId) kept.delete(id)
        return Promise.resolve()
      },
    }
  }
}
