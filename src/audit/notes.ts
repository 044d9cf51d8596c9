import type { AuditEvent } from '../core/audit.ts'
import type { Background, Clock } from '../core/ports.ts'
import { isWithin } from '../lib/age.ts'
import { MAX_EVENTS } from './message.ts'
import { type Counts, counted, hasRoom } from './room.ts'

/** The most events that an isolate takes in a second. */
export const EVENTS_PER_SECOND = 50
/** Of each class so many are taken all the same. */
export const OWN_PER_SECOND = 5
/** The most that wait to be sent, but for so many of each class. */
export const MAX_WAITING = 80
const OWN_WAITING = 5
/** An isolate sends one message in so long: the first at once. */
export const MESSAGE_EVERY_MS = 1000
/** Nothing has been heard of who was sending: whoever comes next sends. */
export const GIVEN_UP_MS = 30_000
/** A request sends so often for others, then the next one does: the platform ends what goes on for too long. */
const ROUNDS = 8

/** What is sent at once. */
export interface Notes {
  readonly events: readonly AuditEvent[]
  /** How many were too many. */
  readonly suppressed: number
  /** How many were sent before and perhaps never arrived. */
  readonly lost: number
}

/** What notes need from outside. */
export interface NotesOptions {
  readonly clock: Clock
  readonly pause: (ms: number) => Promise<void>
  readonly send: (notes: Notes) => Promise<void>
  /** Tells the operator of a message that failed. */
  readonly notice: (detail: string) => void
}

/** Collects an isolate's events behind its responses: bounded in number and memory, sent in few messages. What is not sent is counted, and the number is sent. */
export class NoteBook {
  readonly #options: NotesOptions
  #waiting: AuditEvent[] = []
  #suppressed = 0
  #lost = 0
  #second = 0
  #taken = 0
  #takenOf: Counts = {}
  #waitingOf: Counts = {}
  #sentAt = Number.NEGATIVE_INFINITY
  /** Who is sending, and what is in the air. Data only: no request waits for another's promise. */
  #sender: { readonly sinceMs: number; inTheAir: number } | undefined

  constructor(options: NotesOptions) {
    this.#options = options
  }

  /** Takes an event, or counts it. */
  add(event: AuditEvent, background: Background): void {
    const now = this.#options.clock.now()
    const second = Math.floor(now / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#taken = 0
      this.#takenOf = {}
    }
    if (!this.#hasRoom(event.type)) this.#suppressed++
    else {
      this.#taken++
      this.#takenOf = counted(this.#takenOf, event.type)
      this.#waitingOf = counted(this.#waitingOf, event.type)
      this.#waiting.push(event)
    }
    if (this.#sender !== undefined && isWithin(this.#sender.sinceMs, now, GIVEN_UP_MS)) return
    this.#lost += this.#sender?.inTheAir ?? 0
    const sender = { sinceMs: now, inTheAir: 0 }
    this.#sender = sender
    background.waitUntil(this.#send(sender))
  }

  #hasRoom(type: string): boolean {
    const waiting = this.#waiting.length
    return (
      hasRoom(this.#taken, this.#takenOf, type, { shared: EVENTS_PER_SECOND, own: OWN_PER_SECOND }) &&
      hasRoom(waiting, this.#waitingOf, type, { shared: MAX_WAITING, own: OWN_WAITING }) &&
      waiting < MAX_EVENTS
    )
  }

  async #send(sender: { readonly sinceMs: number; inTheAir: number }): Promise<void> {
    const { clock, pause } = this.#options
    for (let round = 0; this.#sender === sender && this.#isWaiting(); round++) {
      const early = this.#sentAt + MESSAGE_EVERY_MS - clock.now()
      if (early > 0) await pause(Math.min(early, MESSAGE_EVERY_MS))
      if (this.#sender !== sender) return
      this.#sentAt = clock.now()
      // Before the last message: whoever comes while it is on its way sends for itself.
      if (round === ROUNDS) this.#sender = undefined
      await this.#sendWaiting(sender)
    }
    if (this.#sender === sender) this.#sender = undefined
  }

  #isWaiting(): boolean {
    return this.#waiting.length + this.#suppressed + this.#lost > 0
  }

  async #sendWaiting(sender: { inTheAir: number }): Promise<void> {
    const notes = { events: this.#waiting, suppressed: this.#suppressed, lost: this.#lost }
    this.#waiting = []
    this.#waitingOf = {}
    this.#suppressed = 0
    this.#lost = 0
    sender.inTheAir = notes.events.length + notes.suppressed + notes.lost
    try {
      await this.#options.send(notes)
      sender.inTheAir = 0
    } catch (error) {
      const isOurs = this.#sender === sender || this.#sender === undefined
      sender.inTheAir = 0
      // Who took over has counted them.
      if (!isOurs) return
      this.#suppressed += notes.suppressed
      this.#lost += notes.lost + notes.events.length
      if (this.#sender === sender) this.#sender = undefined
      this.#options.notice(`${notes.events.length} decisions may not have been written: ${String(error)}`)
    }
  }
}
