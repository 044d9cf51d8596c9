/** The same numbers from the same seed, from 0 and below 1 (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

interface Event {
  readonly atMs: number
  readonly order: number
  /** Absent, when it was called off. */
  run: (() => void) | undefined
}

/** What happens when, in a time of its own: events in the order of their times, then of their making. Times are whole milliseconds. */
export class Events {
  nowMs: number
  /** A promise was settled, and who waits for it is to go on before the next event. */
  isAwaited = false
  #made = 0
  /** A binary heap, the next event first. */
  readonly #heap: Event[] = []

  constructor(startMs: number) {
    this.nowMs = startMs
  }

  /** Has that done in so many milliseconds. @returns what calls it off. */
  in(delayMs: number, run: () => void): () => void {
    const heap = this.#heap
    const event: Event = { atMs: this.nowMs + Math.max(0, Math.round(delayMs)), order: this.#made++, run }
    let at = heap.push(event) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#swapUnlessBefore(parent, at)) break
      at = parent
    }
    return () => {
      event.run = undefined
    }
  }

  /** Lets everything happen, until nothing is left to happen. */
  async run(): Promise<void> {
    for (let event = this.#pop(); event !== undefined; event = this.#pop()) {
      if (event.run === undefined) continue
      this.nowMs = event.atMs
      event.run()
      if (!this.isAwaited) continue
      this.isAwaited = false
      await new Promise(setImmediate)
    }
  }

  #pop(): Event | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    heap[0] = last
    for (let at = 0; ; ) {
      const left = 2 * at + 1
      if (left >= heap.length) return first
      const right = left + 1
      const child = right < heap.length && isBefore(heap[right] as Event, heap[left] as Event) ? right : left
      if (!this.#swapUnlessBefore(at, child)) return first
      at = child
    }
  }

  #swapUnlessBefore(parent: number, child: number): boolean {
    const heap = this.#heap
    const [above, below] = [heap[parent] as Event, heap[child] as Event]
    if (!isBefore(below, above)) return false
    heap[parent] = below
    heap[child] = above
    return true
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
