import { SchemaFault } from '../json-schema/schema-fault.ts'
import { type DocumentFault, ImportFault } from './import-fault.ts'
import { DOCUMENT } from './schema-numbers.ts'

/** More faults say nothing more. */
const MAX_FAULTS = 20

/** Collects what cannot be served, so that no fault hides behind another. */
export class Faults {
  readonly #all = new Map<string, DocumentFault>()

  /** @returns what a step gives; nothing where it found a fault, which is kept. */
  collect<T>(step: () => T): T | undefined {
    try {
      return step()
    } catch (error) {
      if (error instanceof ImportFault) for (const fault of error.faults) this.#keep(fault)
      else if (error instanceof SchemaFault) this.#keep({ pointer: plainPointer(error.pointer), found: error.found, expected: error.expected, fix: error.fix })
      else throw error
      return undefined
    }
  }

  /** @throws {ImportFault} where there is any */
  throwAny(): void {
    if (this.#all.size > 0) throw new ImportFault([...this.#all.values()])
  }

  #keep(fault: DocumentFault): void {
    // A reference that leads nowhere is met more than once.
    const key = fault.pointer.replace(/\/\$ref$/, '')
    if (this.#all.size < MAX_FAULTS && !this.#all.has(key)) this.#all.set(key, fault)
  }
}

/** As the importer writes them: without the description's own address, and not as a URI's fragment. */
function plainPointer(pointer: string): string {
  const own = pointer.replace(DOCUMENT, '')
  try {
    return decodeURIComponent(own)
  } catch {
    return own
  }
}
