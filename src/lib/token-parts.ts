/** More parts than any token has are not counted. */
const MOST = 6

/** @returns how many parts a token in compact form has, counted by its dots: three of a JWS (RFC 7515 §7.1), five of a JWE (RFC 7516 §7.1); 6 for more. */
export function partsOf(token: string): number {
  let parts = 1
  for (let at = token.indexOf('.'); at >= 0 && parts < MOST; at = token.indexOf('.', at + 1)) parts++
  return parts
}
