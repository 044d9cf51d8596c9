/** Something that stands at a shape: a path whose parameters are `:` and whose wildcard is `*`, as in `/users/:/files/*`. */
interface Pending<T> {
  readonly shape: string
  /** Where the segment begins that the place it waits at has yet to look at: it waits at one place at a time. */
  at: number
  readonly value: T
}

/** What shapes share that are alike up to here. It is taken apart when somebody first walks through it: of thousands of paths most requests touch a few. */
class Place<T> {
  #pending: Pending<T>[] | undefined = []
  #literals: Map<string, Place<T>> | undefined
  /** The length of the longest of them: a client's segment of thousands of characters is not looked for at each place. */
  #longest = 0
  #param: Place<T> | undefined
  /** Of the shape whose last segment is a wildcard here. */
  #wildcard: T | undefined
  /** Of the shape that ends here. */
  #value: T | undefined

  add(pending: Pending<T>): void {
    if (this.#pending === undefined) this.#settle(pending)
    else this.#pending.push(pending)
  }

  /** No deeper than the shapes are, and through no place twice. */
  find(path: string, at: number): T | undefined {
    if (this.#pending !== undefined) {
      const waiting = this.#pending
      this.#pending = undefined
      for (const pending of waiting) this.#settle(pending)
    }
    if (at > path.length) return this.#value
    const next = endOf(path, at) + 1
    const exact = next - 1 - at > this.#longest ? undefined : this.#literals?.get(path.slice(at, next - 1))?.find(path, next)
    if (exact !== undefined) return exact
    const param = next - 1 === at ? undefined : this.#param?.find(path, next)
    if (param !== undefined) return param
    return this.#wildcard !== undefined && hasSegment(path, at) ? this.#wildcard : undefined
  }

  #settle(pending: Pending<T>): void {
    const { shape, at, value } = pending
    if (at > shape.length) {
      this.#value ??= value
      return
    }
    const end = endOf(shape, at)
    const text = shape.slice(at, end)
    if (text === '*') this.#wildcard ??= value
    else {
      pending.at = end + 1
      this.#next(text).add(pending)
    }
  }

  #next(text: string): Place<T> {
    if (text === ':') {
      this.#param ??= new Place()
      return this.#param
    }
    this.#literals ??= new Map()
    let place = this.#literals.get(text)
    if (place === undefined) {
      place = new Place()
      this.#literals.set(text, place)
      this.#longest = Math.max(this.#longest, text.length)
    }
    return place
  }
}

/** Shapes by their segments. A path takes the most specific way through them: segment by segment a literal before a parameter before a wildcard. */
export class ShapeTree<T> {
  readonly #root = new Place<T>()

  /** @param shape begins with `/`. Of two values at one shape the first stays. */
  add(shape: string, value: T): void {
    this.#root.add({ shape, at: 1, value })
  }

  /** @returns what stands at the most specific shape that a path has. */
  find(path: string): T | undefined {
    return this.#root.find(path, 1)
  }
}

/** @returns where the segment ends that begins there. */
export function endOf(path: string, at: number): number {
  const slash = path.indexOf('/', at)
  return slash < 0 ? path.length : slash
}

/** A slash at the end begins no segment: many servers read `/users/` as `/users`, which a wildcard below it does not list. The root is one, and empty. */
function hasSegment(path: string, at: number): boolean {
  return at < path.length || at === 1
}
