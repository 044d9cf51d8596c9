import type { Background, Clock, Ports } from '../core/ports.ts'
import { MIN_STRONG_CHARACTERS } from '../core/secret-name.ts'
import { isWithin } from '../lib/age.ts'
import { bindingOf, readSecret, textOf } from './read-secret.ts'

/** Values older than this are read again, behind a request. */
export const REREAD_AFTER_MS = 2 * 60_000

/** A request waits for a newer value where what is known is as old as this: no answer rests on an older one while the store answers. */
export const MAX_AGE_MS = 5 * 60_000

/** A store that failed is left alone for this long. */
export const REST_AFTER_FAILURE_MS = 30_000

/** An outage of which nobody has heard for so long may be over: a request waits to hear. While there are requests, one of them asks sooner. */
export const OUTAGE_HEARD_MS = 60_000

/** The same while nothing is known yet: every request meanwhile is 503. */
export const REST_BEFORE_FIRST_MS = 1000

/** Which secrets there are, and which of them must not be guessed. */
export interface SecretNames {
  readonly secrets: readonly string[]
  readonly strongSecrets: readonly string[]
}

type Outside = Pick<Ports, 'clock' | 'notice'>

/**
 * The secrets that a gateway names, each set at the Worker or in the Secrets Store. Those of the Worker never change; those of the store are read
 * before the first request is answered, then again and again. What was read is shared by requests, a promise never.
 */
export class Secrets {
  readonly #env: Readonly<Record<string, unknown>>
  readonly #strong: ReadonlySet<string>
  /** Those that have to be asked for. */
  readonly #stored: readonly string[]
  readonly #clock: Clock
  readonly #notice: Ports['notice']
  readonly #known = new Map<string, string>()
  /** When the reading began that everything known is as young as. */
  #readAtMs: number | undefined
  /** How many readings have begun, and which of them said what is known. No clock tells their order as surely. */
  #readings = 0
  #heard = 0
  /** Which secrets the store did not give when it was asked last. */
  #failed: readonly string[] = []
  #failedAtMs = Number.NEGATIVE_INFINITY
  #rest: { readonly sinceMs: number; readonly forMs: number } | undefined
  #version = 0

  constructor(env: Readonly<Record<string, unknown>>, names: SecretNames, { clock, notice }: Outside) {
    this.#env = env
    this.#strong = new Set(names.strongSecrets)
    this.#stored = names.secrets.filter((name) => {
      const binding = bindingOf(env, name)
      return binding !== undefined && typeof binding !== 'string'
    })
    this.#clock = clock
    this.#notice = notice
  }

  /** Changes whenever a value, or what is unread, may have. */
  get version(): number {
    return this.#version
  }

  /** @returns the secrets that the store has never given; while there are any, nothing may run. */
  get unread(): readonly string[] {
    if (this.#readAtMs !== undefined || this.#stored.length === 0) return []
    return this.#failed.length > 0 ? this.#failed : this.#stored
  }

  /** @returns what a secret is now; undefined where it is not set, or not read yet. */
  get(name: string): string | undefined {
    return this.#known.get(name) ?? textOf(bindingOf(this.#env, name))
  }

  /** Whether a secret could be guessed. */
  isWeak(name: string): boolean {
    const value = this.get(name)
    return value !== undefined && this.#isWeak(name, value)
  }

  /** Reads again what is no longer young. @returns a promise where the request has to wait for it. */
  refresh(background: Background): Promise<void> | undefined {
    if (this.#stored.length === 0) return undefined
    const now = this.#clock.now()
    if (this.#rest !== undefined && isWithin(this.#rest.sinceMs, now, this.#rest.forMs)) return undefined
    if (this.#readAtMs === undefined) return this.#read(background)
    if (isWithin(this.#readAtMs, now, REREAD_AFTER_MS)) return undefined
    const isOut = this.#failed.length > 0 && isWithin(this.#failedAtMs, now, OUTAGE_HEARD_MS)
    const isWaitedFor = !isOut && !isWithin(this.#readAtMs, now, MAX_AGE_MS)
    // Others need not ask at the same time. Where the one that asks is lost, the next does.
    if (!isWaitedFor) this.#rest = { sinceMs: now, forMs: REST_AFTER_FAILURE_MS }
    const reading = this.#read(background)
    return isWaitedFor ? reading : undefined
  }

  /** Never rejects. Goes on behind the request, where its client goes away. */
  #read(background: Background): Promise<void> {
    const reading = this.#readAll()
    background.waitUntil(reading)
    return reading
  }

  async #readAll(): Promise<void> {
    const beganAtMs = this.#clock.now()
    const reading = ++this.#readings
    const isFirst = this.#readAtMs === undefined
    const read = await Promise.all(
      this.#stored.map(async (name) => {
        const value = await readSecret(this.#env, name).catch(() => null)
        return { name, value }
      }),
    )
    // Another request may have read later and have been told sooner.
    if (this.#readAtMs !== undefined && reading < this.#heard) return
    this.#heard = Math.max(this.#heard, reading)
    const failed = read.filter(({ value }) => value === null).map(({ name }) => name)
    if (failed.length > 0) this.#fail(failed)
    if (failed.length > 0 && this.#readAtMs === undefined) return
    const unusable = read.filter(({ name, value }) => value !== null && this.#known.has(name) && !this.#isUsable(name, value))
    for (const { name, value } of read) if (typeof value === 'string' && !unusable.some((each) => each.name === name)) this.#learn(name, value)
    if (unusable.length > 0) this.#notice('config.weak-secret', `not taken up from the Secrets Store: ${unusable.map(({ name }) => name).join(', ')}`)
    if (failed.length > 0) return
    this.#failed = []
    this.#rest = undefined
    this.#readAtMs = beganAtMs
    if (isFirst) this.#version++
  }

  #fail(names: readonly string[]): void {
    this.#failed = names
    this.#failedAtMs = this.#clock.now()
    if (this.#readAtMs === undefined) this.#version++
    this.#rest = { sinceMs: this.#failedAtMs, forMs: this.#readAtMs === undefined ? REST_BEFORE_FIRST_MS : REST_AFTER_FAILURE_MS }
    this.#notice('config.secret-store', `the Secrets Store did not give ${names.join(', ')}`)
  }

  #learn(name: string, value: string): void {
    if (this.#known.get(name) === value) return
    this.#known.set(name, value)
    this.#version++
  }

  /** What is in use is not given up for what would stop everything. */
  #isUsable(name: string, value: string | undefined): boolean {
    return value !== undefined && (!this.#isWeak(name, value) || this.isWeak(name))
  }

  #isWeak(name: string, value: string): boolean {
    return this.#strong.has(name) && value.length < MIN_STRONG_CHARACTERS
  }
}
