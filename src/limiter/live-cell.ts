import type { Cell, LimitVerdict } from '../core/limit.ts'
import { type Counter, LEASE_MS, type RowStore } from './algorithm.ts'
import { Ban, type BanState, banFault, banId, episodeMs } from './ban.ts'
import { openCounter } from './counters.ts'
import { sameFigures, weightOf } from './figures.ts'
import { Holders } from './holders.ts'
import { type Override, overridden, overrideId, readOverride } from './override.ts'

/** About what a cell takes in memory beside its name, its counter and its leaseholders. */
const CELL_BYTES = 512
/** About what one leaseholder takes. */
const HOLDER_BYTES = 256

/** How a cell stands, for an operator. */
export interface CellState extends Omit<LimitVerdict, 'admitted'> {
  readonly ban?: BanState
  readonly override?: Override
}

/**
 * One cell in the memory of its owner: what counts it, who leases of it, and whether its key is banned. Requests differ in what a cell weighs for them and in whom they ban, so
 * with each call comes the cell as the request names it; counts are in the requests' cost, of which each takes as many tokens as the cell weighs.
 */
export class LiveCell {
  /** What its owner's memory was told that it takes; 0, when it is not kept there. */
  keptBytes = 0
  readonly #cell: Cell
  readonly #store: RowStore
  readonly #override: Override | undefined
  readonly #counter: Counter
  readonly #apartMs: number
  /** Read when a request comes that bans. */
  #ban: Ban | undefined
  /** Made when somebody wants a lease. */
  #holders: Holders | undefined

  /** @throws {RangeError} for figures that cannot be counted. */
  constructor(cell: Cell, store: RowStore, nowMs: number) {
    this.#cell = cell
    this.#store = store
    this.#override = readOverride(store.read(overrideId(cell.id)), nowMs)
    const counted = this.countedOf(cell)
    this.#counter = openCounter(counted, store.read(cell.id), nowMs)
    this.#apartMs = episodeMs(counted)
  }

  /** About how much memory it takes. */
  get bytes(): number {
    return CELL_BYTES + 4 * this.#cell.id.length + this.#counter.bytes + HOLDER_BYTES * (this.#holders?.size ?? 0)
  }

  /** @returns whether it counts by these figures. */
  isOf(cell: Cell): boolean {
    return sameFigures(this.#cell, cell)
  }

  /** @returns whether it counts by an operator's figures that hold no longer. */
  isOver(nowMs: number): boolean {
    return this.#override !== undefined && nowMs >= this.#override.untilMs
  }

  /** @returns the cell with the figures that it is counted by. */
  countedOf(cell: Cell): Cell {
    return this.#override === undefined ? cell : overridden(cell, this.#override)
  }

  /** @throws {RangeError} for a cost that can never be had, and for a ban by no figures. An operator's figures are no mistake of who asks. */
  check(cell: Cell, cost: number): void {
    if (cost * weightOf(cell) > this.#counter.capacity && this.#override === undefined)
      throw new RangeError('the cost must be a whole number from 1 to the burst')
    const fault = cell.ban === undefined ? undefined : banFault(cell.ban)
    if (fault !== undefined) throw new RangeError(fault)
  }

  /** @returns how much cost can be had now. */
  available(cell: Cell, nowMs: number): number {
    return this.#bannedMs(cell, nowMs) > 0 ? 0 : Math.floor(this.#counter.available(nowMs) / weightOf(cell))
  }

  /** Takes down that this one wants a lease. @returns how many do. */
  sharedBy(holder: string, nowMs: number): number {
    this.#holders ??= new Holders(LEASE_MS)
    return this.#holders.seen(holder, nowMs)
  }

  /** Charges what {@link available} has just said is there. @param cost how much of it the request itself needs. */
  charge(cell: Cell, count: number, cost: number, leaseMs: number, slot: string, nowMs: number): LimitVerdict {
    const weight = weightOf(cell)
    this.#note(cell, true, nowMs)
    this.#counter.take(count * weight, nowMs, leaseMs, slot)
    return this.#said(cell, { ...this.#counter.verdict(cost * weight, true, nowMs), chargedMs: nowMs })
  }

  /** Says how the cell stands for a request that is refused, by this cell or by another. */
  refuse(cell: Cell, cost: number, isRefundable: boolean, nowMs: number): LimitVerdict {
    const needed = cost * weightOf(cell)
    const admits = this.available(cell, nowMs) >= cost
    if (this.#bannedMs(cell, nowMs) === 0) this.#note(cell, admits, nowMs, isRefundable)
    const bannedMs = this.#bannedMs(cell, nowMs)
    const verdict = this.#counter.verdict(needed, admits, nowMs)
    if (bannedMs > 0) {
      return this.#said(cell, { admitted: false, remaining: 0, retryAfterMs: bannedMs, resetMs: Math.max(bannedMs, verdict.resetMs), banned: true })
    }
    // More than an operator's figures ever grant.
    const isNever = needed > this.#counter.capacity && this.#override !== undefined
    return this.#said(cell, isNever ? { ...verdict, retryAfterMs: this.#override.untilMs - nowMs } : verdict)
  }

  giveBack(cell: Cell, count: number, chargedMs: number, nowMs: number): void {
    this.#counter.giveBack(count * weightOf(cell), chargedMs, nowMs)
    this.#ban?.gaveBack()
  }

  release(slot: string, nowMs: number): void {
    this.#counter.release(slot, nowMs)
  }

  /** Forgets the ban in memory: it is another in storage. */
  rereadBan(): void {
    this.#ban = undefined
  }

  /** @returns how the cell stands, charging nothing. */
  state(cell: Cell, nowMs: number): CellState {
    const { admitted: _, ...standing } = this.#said(cell, this.#counter.verdict(weightOf(cell), this.available(cell, nowMs) >= 1, nowMs))
    const ban = cell.ban === undefined ? undefined : this.#banOf(cell.id).state(nowMs)
    return { ...standing, ...(ban !== undefined && { ban }), ...(this.#override !== undefined && { override: this.#override }) }
  }

  /** Has in storage what must be there before anything that was said may leave. */
  save(cell: Cell, nowMs: number): void {
    const row = this.#counter.unsaved(nowMs)
    if (row !== undefined) this.#store.write(cell.id, row)
    const ban = cell.ban === undefined ? undefined : this.#ban?.unsaved(cell.ban, this.#apartMs, nowMs)
    if (ban !== undefined) this.#store.write(banId(cell.id), ban)
  }

  #said(cell: Cell, verdict: LimitVerdict): LimitVerdict {
    return this.#override === undefined ? verdict : { ...verdict, counted: this.countedOf(cell) }
  }

  #note({ ban: figures, id }: Cell, admits: boolean, nowMs: number, isOpen = false): void {
    if (figures !== undefined) this.#banOf(id).note(admits, figures, this.#apartMs, nowMs, isOpen)
  }

  #bannedMs({ ban: figures, id }: Cell, nowMs: number): number {
    return figures === undefined ? 0 : this.#banOf(id).leftMs(figures, nowMs)
  }

  #banOf(id: string): Ban {
    this.#ban ??= new Ban(this.#store.read(banId(id)))
    return this.#ban
  }
}
