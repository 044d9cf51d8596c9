import type { DocumentFault } from './denials.ts'

/** Why a document is refused: thrown and caught inside of this folder alone. */
export class DocumentRefused extends Error {
  override readonly name = 'DocumentRefused'
  readonly fault: DocumentFault

  constructor(fault: DocumentFault) {
    super(fault)
    this.fault = fault
  }
}
