/** What the controls of one gateway have in common, such as an issuer's keys that several routes ask for: made when the first of them is compiled. */
export class Shared {
  readonly #made = new Map<string, unknown>()

  /** @returns the one thing of this name. Who asks for a name must always make the same kind of thing. */
  of<T>(name: string, make: () => T): T {
    if (!this.#made.has(name)) this.#made.set(name, make())
    return this.#made.get(name) as T
  }
}
