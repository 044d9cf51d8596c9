/** What is wrong with a schema itself: never with a value. */
export interface SchemaFaultParts {
  /** Where in its document: `#/properties/a`; with the document's URI before it where that is not the one that was given. */
  readonly pointer: string
  readonly found: string
  readonly expected: string
  readonly fix: string
}

/** A schema cannot be used as it is written. Its words are for the author of the schema; they may quote it. */
export class SchemaFault extends Error implements SchemaFaultParts {
  override readonly name = 'SchemaFault'
  readonly pointer: string
  readonly found: string
  readonly expected: string
  readonly fix: string

  constructor({ pointer, found, expected, fix }: SchemaFaultParts) {
    super(`${pointer}: found ${found}, expected ${expected}; ${fix}`)
    this.pointer = pointer
    this.found = found
    this.expected = expected
    this.fix = fix
  }
}
