import type { SchemaId, SchemaObject } from './schema-node.ts'

/** The schema resources entered on the way to where a validation stands, outermost first (2020-12 Core §7.1). One validation runs at a time. */
export class Scopes {
  readonly #entered: Readonly<Record<string, SchemaId>>[] = []

  get isEmpty(): boolean {
    return this.#entered.length === 0
  }

  /** Runs with one more resource entered. */
  within<T>(scope: Readonly<Record<string, SchemaId>>, run: () => T): T {
    this.#entered.push(scope)
    try {
      return run()
    } finally {
      this.#entered.pop()
    }
  }

  /** Where `$dynamicRef` leads now. */
  resolve({ anchor, initial }: NonNullable<SchemaObject['$dynamicRef']>): SchemaId {
    for (const scope of this.#entered) if (Object.hasOwn(scope, anchor)) return scope[anchor] as SchemaId
    return initial
  }
}
