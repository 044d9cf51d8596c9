import { fold } from './careless-path.ts'

/** The routes of one path. What requests want to know of it is found out when the first of them asks. */
export class Shape<R> {
  readonly #text: string
  readonly #keys: string[]
  #byMethod: Map<string, R> | undefined
  #isLiteral: boolean | undefined
  #folded: string | undefined

  constructor(text: string, key: string) {
    this.#text = text
    this.#keys = [key]
  }

  get isLiteral(): boolean {
    this.#isLiteral ??= !/\/[:*]/.test(this.#text)
    return this.#isLiteral
  }

  /** As a careless server reads it. */
  get folded(): string {
    this.#folded ??= fold(this.#text)
    return this.#folded
  }

  /** As the first route that has it writes it. */
  get path(): string {
    const key = this.#keys[0] as string
    return key.slice(key.indexOf(' ') + 1)
  }

  get methods(): readonly string[] {
    return this.#keys.map(methodOf)
  }

  add(key: string): void {
    this.#keys.push(key)
  }

  /** @returns the route of a method, made by `routeOf` when it is first asked for. */
  by(method: string, routeOf: (key: string) => R): R | undefined {
    this.#byMethod ??= new Map()
    const known = this.#byMethod.get(method)
    if (known !== undefined) return known
    const key = this.#keys.find((one) => methodOf(one) === method)
    if (key === undefined) return undefined
    const route = routeOf(key)
    this.#byMethod.set(method, route)
    return route
  }
}

function methodOf(key: string): string {
  return key.slice(0, key.indexOf(' '))
}
