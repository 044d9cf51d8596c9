/** Why a URL is not one thing to everybody who will parse it. */
export type UrlFault =
  | 'not-http'
  | 'userinfo'
  | 'odd-port'
  | 'bad-host'
  | 'fragment'
  | 'backslash'
  /** A raw control character or space. */
  | 'control-character'
  | 'not-ascii'
  | 'bad-percent-encoding'
  | 'encoded-separator'
  | 'encoded-dot'
  | 'encoded-control-character'
  | 'double-encoding'
  | 'invalid-utf8'
  | 'dot-segment'
  | 'empty-segment'

/** What stands in place of a part of a URL that has no canonical form. */
export interface Faulty {
  readonly fault: UrlFault
}
