import type { KeptKey, KeptSecret } from '../../core/api-key.ts'
import type { Ports } from '../../core/ports.ts'
import { type Pepper, pepperOf } from '../../keys/pepper.ts'
import { isSecretInForce } from '../../keys/verify.ts'
import { Lru } from '../../lib/lru.ts'

/** A verified key is verified again after this. */
export const VERIFIED_FOR_MS = 60_000
/** The most keys that one authenticator remembers in an isolate. */
export const MAX_VERIFIED = 10_000
/** The most memory that they may take. */
export const MAX_VERIFIED_BYTES = 4 * 1024 * 1024

/** A key's text that was verified, and the hash that it was verified by. */
interface Verified {
  readonly id: string
  readonly hash: string
  readonly atMs: number
}

/** Remembers keys by their whole text, in memory only, so that a known one is not hashed again. What it says of a key is never more than this: everything else is judged each time, by the key as it now is. */
export class VerifiedKeys {
  readonly #keys = new Lru<Verified>({ maxEntries: MAX_VERIFIED, maxBytes: MAX_VERIFIED_BYTES })

  /** @returns the id in a text that was good when it was last looked at. */
  idOf(text: string): string | undefined {
    return this.#keys.get(text)?.id
  }

  /** Whether the text was verified a moment ago by a secret that the key still has. */
  isVerified(text: string, key: KeptKey, nowMs: number): boolean {
    const known = this.#keys.get(text)
    if (known === undefined) return false
    const isStill = ({ hash, ...more }: KeptSecret) => hash === known.hash && isSecretInForce({ hash, ...more }, nowMs)
    if (known.id === key.id && nowMs >= known.atMs && nowMs - known.atMs < VERIFIED_FOR_MS && key.secrets.some(isStill)) return true
    this.#keys.delete(text)
    return false
  }

  set(text: string, { id }: KeptKey, { hash }: KeptSecret, nowMs: number): void {
    this.#keys.set(text, { id, hash, atMs: nowMs }, 2 * text.length + 200)
  }
}

/** The peppers of an authenticator, taken from the Worker's secrets once. */
export class Peppers {
  readonly #names: readonly string[]
  #known: readonly { readonly text: string | undefined; readonly pepper: Pepper }[] = []
  #peppers: readonly Pepper[] | undefined

  /** @param names of the secrets, the newest first. */
  constructor(names: readonly string[]) {
    this.#names = names
  }

  /** @throws {PepperUnfit} when one is not set, or too short. */
  of({ secret }: Pick<Ports, 'secret'>): readonly Pepper[] {
    const texts = this.#names.map((name) => secret(name))
    if (this.#peppers !== undefined && texts.every((text, i) => text === this.#known[i]?.text)) return this.#peppers
    this.#known = texts.map((text, i) => ({ text, pepper: pepperOf(this.#names[i] ?? '', text) }))
    this.#peppers = this.#known.map(({ pepper }) => pepper)
    return this.#peppers
  }
}
