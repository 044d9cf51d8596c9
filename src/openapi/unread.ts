/** A text that cannot be read as its style says, or that two readers would read differently. */
export class Unread {
  /** What to send instead, in words; never the text itself. */
  readonly detail: string

  constructor(detail: string) {
    this.detail = detail
  }
}

/** There twice, where one is read by one server and the other by another. */
export const REPEATED = new Unread('send it once')
/** Percent-encoding that is none. */
export const NOT_TEXT = new Unread('percent-encoded UTF-8')
/** A list of nothing and a list of one empty text are written alike. */
export const EMPTY_LIST = new Unread('at least one value, or leave it away')
/** Names and values do not come in pairs. */
export const NO_PAIRS = new Unread('names and values in turn')
/** A name that comes twice in one object, that is empty, or that reaches prototypes. */
export const BAD_NAME = new Unread('each name once, and only names that are listed')
/** Two ways of writing a list or an object at once. */
export const MIXED = new Unread('one notation, not several')
/** A text where only values of other types are described, by their keywords. */
export const STRAY = new Unread('a value of the type that its rules are about')
