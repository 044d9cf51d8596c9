import type { Words } from '../core/setting-words.ts'

/** One thing in a description that cannot be served, and what to do about it. */
export interface DocumentFault extends Words {
  /** JSON pointer into the description, with its file where that is another than the first. */
  readonly pointer: string
}

/** A description from which no gateway can be made. The message lists every fault. */
export class ImportFault extends Error {
  override readonly name = 'ImportFault'
  readonly faults: readonly DocumentFault[]

  constructor(faults: readonly DocumentFault[]) {
    const lines = faults.map(({ pointer, found, expected, fix }) => `  ${pointer}\n    found: ${found}\n    expected: ${expected}\n    fix: ${fix}`)
    super(`${faults.length} fault${faults.length === 1 ? '' : 's'} in the description:\n${lines.join('\n')}`)
    this.faults = faults
  }
}

/** @returns the error of one fault. */
export function importFault(pointer: string, words: Words): ImportFault {
  return new ImportFault([{ pointer, ...words }])
}
