import type { AuditCheckpoint, AuditEntry, AuditPublicKey } from '../core/audit.ts'
import { EMPTY, entryHash, GENESIS, type Head, personalHash } from './entry.ts'
import { readLine } from './read-line.ts'
import { isSignedBy, publicKeyOf } from './signing-key.ts'
import { TrailFault, type TrailFaultCode } from './trail-fault.ts'

/** What whoever verifies knows from elsewhere. Without any of it a trail can only be consistent with itself. */
export interface VerifyOptions {
  /** The keys whose signatures count. */
  readonly publicKeys?: readonly AuditPublicKey[]
  /** The trail goes on after this entry, as the file before it ended. Default: it begins with the chain's first. */
  readonly after?: { readonly seq: number; readonly hash?: string }
  /** An entry that the trail must have, as the gateway's status or an older file told it. */
  readonly head?: Head
  /** Checkpoints that were kept elsewhere: the trail must have what they signed. */
  readonly checkpoints?: readonly AuditCheckpoint[]
  /** Personal facts of entries from this moment on must still be there, in milliseconds since the epoch. Default: any may have been deleted. */
  readonly personalKeptSinceMs?: number
}

/** What is known of a trail. After a fault, of the part before it. */
export interface TrailReport {
  /** `whole`: nothing was changed, and a key that was named signed it up to `signedSeq`. `unsigned`: consistent, but signed by nobody who was named. `broken`: see `fault`. */
  readonly verdict: 'whole' | 'unsigned' | 'broken'
  readonly fault?: { readonly line: number; readonly code: TrailFaultCode; readonly why: string }
  readonly entries: number
  /** 0 where there are none. */
  readonly firstSeq: number
  readonly lastSeq: number
  readonly lastHash: string
  readonly lastAtMs: number
  readonly checkpoints: number
  /** Entries that were known from elsewhere, and are those. */
  readonly confirmed: number
  /** The last entry that a named key signed; 0 where none did. */
  readonly signedSeq: number
  /** Entries after it, that nobody can vouch for. */
  readonly unsignedTail: number
  /** Ids of the named keys that signed. */
  readonly signers: readonly string[]
  /** Ids of keys that signed, stand in the trail and were not named. */
  readonly strangers: readonly string[]
  /** The last entry that any of them signed: what may be believed by who believes the keys in the trail itself. */
  readonly strangersSeq: number
  /** Public keys in the trail, each once. */
  readonly keys: readonly AuditPublicKey[]
  /** Entries whose personal facts are there and are those that were written, and entries of which they were deleted. */
  readonly personal: { readonly kept: number; readonly deleted: number }
}

/** The most public keys that one trail may have. */
const MAX_KEYS = 1000

/**
 * Verifies a trail line by line, and holds no more of it than a line: any edit, deletion, insertion, repetition or reordering of entries is found, and the first one is named.
 * What was cut off at the end is found by `head` or `checkpoints`, if the caller has any from elsewhere.
 */
export async function verifyTrail(lines: AsyncIterable<string> | Iterable<string>, options: VerifyOptions = {}): Promise<TrailReport> {
  const verification = new Verification(options)
  let line = 0
  let isTaking = false
  try {
    for await (const text of lines) {
      line++
      isTaking = true
      await verification.take(text)
      isTaking = false
    }
  } catch (error) {
    if (!(error instanceof TrailFault)) throw error
    // What cannot even be read as a line is the next one.
    return verification.report({ line: isTaking ? line : line + 1, code: error.code, why: error.message })
  }
  return verification.end(line)
}

class Verification {
  readonly #options: VerifyOptions
  readonly #named: ReadonlyMap<string, AuditPublicKey>
  readonly #found = new Map<string, AuditPublicKey>()
  /** Hashes that entries must have, by their number. */
  readonly #expected = new Map<number, string>()
  readonly #signers = new Set<string>()
  readonly #strangers = new Set<string>()
  #head: Head
  #first = 0
  #entries = 0
  #lastAtMs = 0
  #checkpoints = 0
  #confirmed = 0
  #checkpointAt = 0
  #signedSeq = 0
  #strangersSeq = 0
  #kept = 0
  #deleted = 0

  constructor(options: VerifyOptions) {
    this.#options = options
    // A key's id follows from the key: whatever whoever named it calls it.
    this.#named = new Map((options.publicKeys ?? []).map(({ x }) => [publicKeyOf(x).kid, publicKeyOf(x)]))
    const { after } = options
    this.#head = after === undefined ? EMPTY : { seq: after.seq, hash: after.hash ?? '' }
  }

  /** What others remember of the chain. A checkpoint that is not signed by whom it says is no proof against a trail. */
  async #remember(): Promise<void> {
    const { head, checkpoints = [] } = this.#options
    if (head !== undefined && head.seq > 0) this.#expected.set(head.seq, head.hash)
    for (const checkpoint of checkpoints) {
      const key = this.#named.get(checkpoint.keyId)
      if (key === undefined || !(await isSignedBy(key, checkpoint))) {
        throw new TrailFault('head', `the checkpoint of entry ${checkpoint.seq} that was kept elsewhere is not signed by a key that was named`)
      }
      const other = this.#expected.get(checkpoint.seq)
      if (other !== undefined && other !== checkpoint.hash)
        throw new TrailFault('head', `what is known from elsewhere of entry ${checkpoint.seq} contradicts itself`)
      this.#expected.set(checkpoint.seq, checkpoint.hash)
    }
  }

  #remembered = false

  async take(text: string): Promise<void> {
    await this.#start()
    const line = readLine(text)
    if (line.kind === 'entry') this.#takeEntry(line.entry)
    else if (line.kind === 'checkpoint') await this.#takeCheckpoint(line.checkpoint)
    else this.#takeKey(line.key)
  }

  async #start(): Promise<void> {
    if (this.#remembered) return
    this.#remembered = true
    await this.#remember()
    this.#rememberBefore()
  }

  /** What is known of the entry before the file, or of one that stands in no part of it: a proof that is never looked at would be none. */
  #rememberBefore(): void {
    const { after, head } = this.#options
    if (after === undefined || after.seq === 0) return
    if (head !== undefined && head.seq > 0 && head.seq < after.seq)
      throw new TrailFault('head', `entry ${head.seq}, which is known from elsewhere, stands before this file, which goes on after entry ${after.seq}`)
    const expected = this.#expected.get(after.seq)
    if (expected === undefined) return
    if (after.hash !== undefined && after.hash !== expected)
      throw new TrailFault('head', `what is known from elsewhere of entry ${after.seq} contradicts itself`)
    this.#head = { seq: after.seq, hash: expected }
    this.#confirmed++
  }

  #takeEntry(entry: AuditEntry): void {
    const { seq, previous, hash } = entry
    const head = this.#head
    if (seq !== head.seq + 1) throw new TrailFault(this.#entries === 0 ? 'beginning' : 'sequence', this.#misplaced(seq))
    const isOpen = this.#entries === 0 && this.#options.after !== undefined && head.hash === ''
    if (!isOpen && previous !== head.hash) {
      throw new TrailFault(
        'previous',
        seq === 1 ? 'entry 1 is not the beginning of a chain' : `entry ${seq} does not follow this entry ${head.seq}, but another one`,
      )
    }
    if (seq === 1 && previous !== GENESIS) throw new TrailFault('previous', 'entry 1 is not the beginning of a chain')
    if (entryHash(entry) !== hash) throw new TrailFault('hash', `entry ${seq} was changed: it does not have its hash`)
    this.#takePersonal(entry)
    const expected = this.#expected.get(seq)
    if (expected !== undefined && expected !== hash)
      throw new TrailFault('head', `entry ${seq} is another one than was known from elsewhere: the chain was written anew`)
    if (expected !== undefined) this.#confirmed++
    this.#head = { seq, hash }
    if (this.#entries === 0) this.#first = seq
    this.#entries++
    this.#lastAtMs = entry.atMs
  }

  #misplaced(seq: number): string {
    const { seq: last } = this.#head
    if (this.#entries === 0) return `the trail begins with entry ${seq} instead of ${last + 1}: its beginning is missing`
    if (seq > last) return seq === last + 2 ? `entry ${last + 1} is missing` : `entries ${last + 1} to ${seq - 1} are missing`
    return `entry ${seq} stands after entry ${last}: it is there twice, or in the wrong place`
  }

  #takePersonal({ seq, atMs, personal, personalHash: expected }: AuditEntry): void {
    if (personal !== undefined) {
      if (expected === undefined || personalHash(personal) !== expected) throw new TrailFault('personal', `the personal facts of entry ${seq} were changed`)
      this.#kept++
    } else if (expected !== undefined) {
      const { personalKeptSinceMs } = this.#options
      if (personalKeptSinceMs !== undefined && atMs >= personalKeptSinceMs) {
        throw new TrailFault('personal', `the personal facts of entry ${seq} are missing, though they are not older than they are kept`)
      }
      this.#deleted++
    }
  }

  async #takeCheckpoint(checkpoint: AuditCheckpoint): Promise<void> {
    const { seq, hash, keyId } = checkpoint
    const head = this.#head
    if (this.#entries === 0 || seq !== head.seq)
      throw new TrailFault('checkpoint', `a checkpoint of entry ${seq} stands after ${this.#entries === 0 ? 'no entry' : `entry ${head.seq}`}`)
    if (seq === this.#checkpointAt) throw new TrailFault('checkpoint', `a second checkpoint of entry ${seq}`)
    if (hash !== head.hash) throw new TrailFault('checkpoint', `what was signed as entry ${seq} is not what stands here`)
    const named = this.#named.get(keyId)
    const key = named ?? this.#found.get(keyId)
    if (key === undefined)
      throw new TrailFault('unknown-key', `the checkpoint of entry ${seq} is by a key that nobody knows: ${JSON.stringify(keyId.slice(0, 16))}`)
    if (!(await isSignedBy(key, checkpoint).catch(() => false))) throw new TrailFault('signature', `the signature of entry ${seq} is false`)
    this.#checkpoints++
    this.#checkpointAt = seq
    if (named === undefined) {
      this.#strangers.add(keyId)
      this.#strangersSeq = seq
    } else {
      this.#signers.add(keyId)
      this.#signedSeq = seq
    }
  }

  #takeKey(key: AuditPublicKey): void {
    if (this.#found.size >= MAX_KEYS && !this.#found.has(key.kid)) throw new TrailFault('key', `more than ${MAX_KEYS} public keys`)
    this.#found.set(key.kid, key)
  }

  async end(line: number): Promise<TrailReport> {
    try {
      await this.#start()
      if (this.#entries === 0 && this.#options.after === undefined) throw new TrailFault('beginning', 'there is no entry at all')
      const missing = [...this.#expected.keys()].find((seq) => seq > this.#head.seq)
      if (missing !== undefined)
        throw new TrailFault('end', `the trail ends with entry ${this.#head.seq}, though there was an entry ${missing}: its end was cut off`)
    } catch (error) {
      if (!(error instanceof TrailFault)) throw error
      return this.report({ line: line + 1, code: error.code, why: error.message })
    }
    return this.report()
  }

  report(fault?: NonNullable<TrailReport['fault']>): TrailReport {
    const { seq, hash } = this.#head
    return {
      verdict: fault !== undefined ? 'broken' : this.#signedSeq > 0 ? 'whole' : 'unsigned',
      ...(fault !== undefined && { fault }),
      entries: this.#entries,
      firstSeq: this.#first,
      lastSeq: this.#entries === 0 ? 0 : seq,
      lastHash: hash,
      lastAtMs: this.#lastAtMs,
      checkpoints: this.#checkpoints,
      confirmed: this.#confirmed,
      signedSeq: this.#signedSeq,
      unsignedTail: this.#entries === 0 ? 0 : seq - Math.max(this.#signedSeq, this.#first - 1),
      signers: [...this.#signers],
      strangers: [...this.#strangers],
      strangersSeq: this.#strangersSeq,
      keys: [...this.#found.values()],
      personal: { kept: this.#kept, deleted: this.#deleted },
    }
  }
}
