import { LEASE_MS } from './algorithm.ts'

/** Tokens that an isolate took ahead of its requests: already charged, and to be spent before they expire. */
export interface Lease {
  left: number
  /** How many there were at first. */
  readonly size: number
  /** By the isolate's clock, counted from before it asked. */
  readonly untilMs: number
  /** When they were charged, by their object's clock. */
  readonly chargedMs: number | undefined
}

/** A part of a lease that nobody spent, and nobody will. */
export interface Charge {
  readonly count: number
  readonly chargedMs: number
}

/** When so little of the last lease is left, more are fetched behind the request. */
const REFILL_AT = 0.25
/** The most expired leases that are remembered for being given back; of more the oldest stay charged. */
const MAX_EXPIRED = 4

/** The leases of one key in one isolate: at most two, the older spent first. */
export class Leases {
  #current: Lease | undefined
  #next: Lease | undefined
  #expired: Charge[] = []

  /** @returns the tokens that can be spent now. */
  left(nowMs: number): number {
    this.#expire(nowMs)
    return (this.#current?.left ?? 0) + (this.#next?.left ?? 0)
  }

  /** Spends so many, all of one lease. @returns that lease; undefined when none has as many. */
  spend(cost: number, nowMs: number): Lease | undefined {
    this.#expire(nowMs)
    const lease = this.#current !== undefined && this.#current.left >= cost ? this.#current : this.#next
    if (lease === undefined || lease.left < cost) return undefined
    lease.left -= cost
    return lease
  }

  /** @returns whether it is time to fetch more. */
  isLow(): boolean {
    return this.#next === undefined && this.#current !== undefined && this.#current.left <= this.#current.size * REFILL_AT
  }

  /** Takes in a new lease. With two of them already the one with less left makes room. */
  add(lease: Lease, nowMs: number): void {
    this.#expire(nowMs)
    if (lease.left === 0 || !isAlive(lease, nowMs)) this.#drop(lease)
    else if (this.#current === undefined) this.#current = lease
    else {
      if (this.#next !== undefined) {
        this.#drop(this.#current)
        this.#current = this.#next
      }
      this.#next = lease
    }
  }

  /** Puts back what a request did not need after all, if its lease still lives. */
  putBack(count: number, chargedMs: number, nowMs: number): boolean {
    this.#expire(nowMs)
    const lease = this.#current?.chargedMs === chargedMs ? this.#current : this.#next?.chargedMs === chargedMs ? this.#next : undefined
    if (lease === undefined) return false
    lease.left += count
    return true
  }

  /** Nothing of any lease may be spent any more. */
  end(): void {
    if (this.#current !== undefined) this.#drop(this.#current)
    if (this.#next !== undefined) this.#drop(this.#next)
    this.#current = undefined
    this.#next = undefined
  }

  /** Takes in what is to be given back with the next question. */
  owe(charge: Charge): void {
    if (this.#expired.length === MAX_EXPIRED) this.#expired.shift()
    this.#expired.push(charge)
  }

  /** @returns what expired unspent since the last time. */
  takeExpired(nowMs: number): readonly Charge[] {
    this.#expire(nowMs)
    const expired = this.#expired
    if (expired.length > 0) this.#expired = []
    return expired
  }

  #expire(nowMs: number): void {
    if (this.#current !== undefined && !isAlive(this.#current, nowMs)) {
      this.#drop(this.#current)
      this.#current = this.#next
      this.#next = undefined
    }
    if (this.#current !== undefined && !isAlive(this.#current, nowMs)) {
      this.#drop(this.#current)
      this.#current = undefined
    } else if (this.#current?.left === 0 && this.#next !== undefined) {
      this.#current = this.#next
      this.#next = undefined
    }
  }

  #drop({ left, chargedMs }: Lease): void {
    if (left > 0 && chargedMs !== undefined) this.owe({ count: left, chargedMs })
  }
}

/** A lease that seems to live for longer than any does is none: the clock was set back, and nobody knows how long ago it began. */
function isAlive({ untilMs }: Lease, nowMs: number): boolean {
  return nowMs < untilMs && untilMs - nowMs <= LEASE_MS
}
