import { shown } from '../core/shown.ts'
import { importFault } from './import-fault.ts'

/** How many `$ref`s may lead to the next. */
const MAX_HOPS = 32

/** A value in a description, with the JSON pointer to it (RFC 6901, as a URI fragment's text). What is not there, or is of another kind, reads as absent. */
export class Place {
  readonly root: unknown
  readonly value: unknown
  readonly pointer: string

  constructor(root: unknown, value: unknown = root, pointer = '#') {
    this.root = root
    this.value = value
    this.pointer = pointer
  }

  /** @returns what stands under a key, as it stands there: `$ref`s are not followed. */
  child(key: string | number): Place | undefined {
    const { value } = this
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    const found = (value as Readonly<Record<string | number, unknown>>)[key]
    return found === undefined ? undefined : new Place(this.root, found, `${this.pointer}/${escapeKey(String(key))}`)
  }

  /** The same at the end of its `$ref`s. */
  at(key: string | number): Place | undefined {
    return this.child(key)?.resolved()
  }

  /** @returns the members of an object, but extensions (`x-…`). */
  entries(): readonly (readonly [key: string, place: Place])[] {
    if (!this.isObject()) return []
    return Object.keys(this.value as object).flatMap((key) => (key.startsWith('x-') ? [] : [[key, this.child(key) as Place] as const]))
  }

  /** @returns the members of an array. */
  items(): readonly Place[] {
    return Array.isArray(this.value) ? this.value.map((_, i) => this.child(i) as Place) : []
  }

  /** @returns the whole description. */
  top(): Place {
    return new Place(this.root)
  }

  isObject(): boolean {
    return typeof this.value === 'object' && this.value !== null && !Array.isArray(this.value)
  }

  has(key: string): boolean {
    return this.child(key) !== undefined
  }

  text(key: string): string | undefined {
    const value = this.child(key)?.value
    return typeof value === 'string' ? value : undefined
  }

  /** Whether a flag is set. */
  is(key: string): boolean {
    return this.child(key)?.value === true
  }

  number(key: string): number | undefined {
    const value = this.child(key)?.value
    return typeof value === 'number' ? value : undefined
  }

  /** Follows `$ref`s within the description. @throws {ImportFault} where one leads nowhere */
  resolved(): Place {
    let place: Place = this
    for (let hops = 0; ; hops++) {
      const ref = place.text('$ref')
      if (ref === undefined) return place
      const next = hops < MAX_HOPS ? place.#target(ref) : undefined
      if (next === undefined) throw place.#leadsNowhere(ref, hops)
      place = next
    }
  }

  #target(ref: string): Place | undefined {
    if (ref === '#') return new Place(this.root)
    if (!ref.startsWith('#/')) return undefined
    let place: Place | undefined = new Place(this.root)
    for (const part of ref.slice(2).split('/')) {
      place = place.child(unescapeKey(part))
      if (place === undefined) return undefined
    }
    return place
  }

  #leadsNowhere(ref: string, hops: number) {
    const at = `${this.pointer}/$ref`
    if (hops >= MAX_HOPS)
      return importFault(at, { found: 'a reference that leads on and on', expected: 'a value at its end', fix: 'let it lead to what is meant' })
    if (/^https?:/i.test(ref)) {
      return importFault(at, {
        found: shown(ref),
        expected: 'a file of this machine: nothing is fetched',
        fix: 'save that document beside the description and refer to the copy',
      })
    }
    return importFault(at, { found: `${shown(ref)}, which leads nowhere`, expected: 'a reference to something there', fix: 'correct it, or add what it names' })
  }
}

/** Writes a key as a part of a JSON pointer. */
export function escapeKey(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

function unescapeKey(part: string): string {
  return decoded(part).replaceAll('~1', '/').replaceAll('~0', '~')
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
