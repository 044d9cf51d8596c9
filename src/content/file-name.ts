/** Longest name of a file, in bytes of UTF-8: what file systems take. */
const MAX_BYTES = 255
/** Devices of Windows, with any extension (CON, nul.txt, COM¹). */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9])[ ]*(?:\.|$)/i
/** What separates folders or drives somewhere, and what cuts a name off. */
const SEPARATOR = /[/\\:]/
/** The same, percent-encoded: some decode a name once more. */
const ENCODED_SEPARATOR = /%(?:2f|5c|3a|00|0a|0d|2e)/i

/**
 * Whether a name of a file is nothing but a name: no path, no device, nothing that shows as something else. Judged as it is and in compatibility form (Unicode NFKC), since systems map
 * `／` to `/`.
 */
export function isPlainFileName(name: string): boolean {
  if (name === '' || new TextEncoder().encode(name).byteLength > MAX_BYTES || !isPlainText(name)) return false
  return isPlain(name) && isPlain(name.normalize('NFKC'))
}

/** Begins and ends with what belongs to a name: `..` and names that a system would shorten do not. */
function isPlain(name: string): boolean {
  return !SEPARATOR.test(name) && !ENCODED_SEPARATOR.test(name) && !DEVICE.test(name) && !/^[ ~]|^\.{1,2}$|[. ]$/.test(name)
}

/** Whether a text has no control characters, no unpaired surrogates, and none that reorder or hide what is shown (Unicode TR36 §2.6: bidirectional controls, zero width). */
export function isPlainText(text: string): boolean {
  return !/[\p{Cc}\p{Cs}\u{ad}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}\u{fff9}-\u{fffb}]/u.test(text)
}
