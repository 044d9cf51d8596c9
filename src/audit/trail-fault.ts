/** What can be wrong with a trail. */
export type TrailFaultCode =
  | 'encoding'
  | 'shape'
  | 'form'
  | 'sequence'
  | 'previous'
  | 'hash'
  | 'personal'
  | 'checkpoint'
  | 'signature'
  | 'unknown-key'
  | 'key'
  | 'beginning'
  | 'end'
  | 'head'

/** The first thing that is wrong with a trail. */
export class TrailFault extends Error {
  override readonly name = 'TrailFault'
  readonly code: TrailFaultCode

  constructor(code: TrailFaultCode, why: string) {
    super(why)
    this.code = code
  }
}
