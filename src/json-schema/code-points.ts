/** Whether a string has at least so many code points. Looks at its characters only where the count of UTF-16 code units does not tell. */
export function codePointsAtLeast(text: string, count: number): boolean {
  if (text.length < count) return false
  if (text.length >= 2 * count) return true
  let pairs = 0
  for (let i = 1; i < text.length; i++) {
    if ((text.charCodeAt(i) & 0xfc00) !== 0xdc00 || (text.charCodeAt(i - 1) & 0xfc00) !== 0xd800) continue
    if (text.length - ++pairs < count) return false
    i++
  }
  return true
}
