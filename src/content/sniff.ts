/** Types that bytes give away by how they begin. Those below are the ones that matter where files are taken: pictures and documents, archives, and texts that browsers run. */
export type SniffedType =
  | 'image/png'
  | 'image/jpeg'
  | 'image/gif'
  | 'image/webp'
  | 'application/pdf'
  | 'application/zip'
  | 'application/gzip'
  | 'video/mp4'
  | 'text/html'
  | 'image/svg+xml'
  | 'text/xml'

/** WHATWG MIME Sniffing §6.1, §6.2.1, §6.4 and §7.1: `.` stands for any byte. */
const SIGNATURES: readonly (readonly [SniffedType, string])[] = [
  ['image/png', '\x89PNG\r\n\x1a\n'],
  ['image/jpeg', '\xff\xd8\xff'],
  ['image/gif', 'GIF87a'],
  ['image/gif', 'GIF89a'],
  ['image/webp', 'RIFF....WEBPVP'],
  ['application/pdf', '%PDF-'],
  ['application/zip', 'PK\x03\x04'],
  ['application/gzip', '\x1f\x8b\x08'],
]

/** Nobody lists more brands. */
const MAX_BRANDS_BYTES = 256
/** How far into a text a browser looks for markup: the resource header (§5.2). */
const HEADER_BYTES = 1445
/** §7.1: what makes a browser take a text for HTML; a space or `>` follows. */
const HTML = /^[\t\n\f\r ]*<(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|!--)(?:[\t\n\f\r >]|(?<=!--)|$)/i
const XML = /^[\t\n\f\r ]*<\?xml/i
const SVG = /<svg[\s>/]/i

/** @returns the type that a browser would find in the bytes; undefined for all others. */
export function sniff(bytes: Uint8Array): SniffedType | undefined {
  for (const [type, signature] of SIGNATURES) if (begins(bytes, signature)) return type
  if (isMp4(bytes)) return 'video/mp4'
  return sniffMarkup(bytes.subarray(0, HEADER_BYTES))
}

function begins(bytes: Uint8Array, signature: string): boolean {
  if (bytes.byteLength < signature.length) return false
  for (let i = 0; i < signature.length; i++) if (signature[i] !== '.' && bytes[i] !== signature.charCodeAt(i)) return false
  return true
}

/** §6.2.1: the first box is `ftyp`, and a brand in it begins with `mp4`. Other files of that kind, HEIC and AVIF among them, have other brands. */
function isMp4(bytes: Uint8Array): boolean {
  if (!begins(bytes, '....ftyp') || bytes.byteLength < 12) return false
  const size = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0)
  if (size % 4 !== 0 || size > Math.min(bytes.byteLength, MAX_BRANDS_BYTES)) return false
  for (let at = 8; at + 4 <= size; at += 4) if (at !== 12 && begins(bytes.subarray(at, at + 4), 'mp4')) return true
  return false
}

function sniffMarkup(head: Uint8Array): SniffedType | undefined {
  let text = ''
  for (const byte of head) text += String.fromCharCode(byte)
  const marked = text.startsWith('\xef\xbb\xbf') ? text.slice(3) : text
  if (/^[\t\n\f\r ]*</.test(marked) && SVG.test(marked)) return 'image/svg+xml'
  if (XML.test(marked)) return 'text/xml'
  return HTML.test(marked) ? 'text/html' : undefined
}

const KNOWN: ReadonlySet<string> = new Set(['image/svg+xml', 'video/mp4', ...SIGNATURES.map(([type]) => type)])
const ALIASES: Readonly<Record<string, string>> = {
  'application/x-gzip': 'application/gzip',
  'application/x-zip-compressed': 'application/zip',
  'image/jpg': 'image/jpeg',
}

/**
 * Whether bytes may be what somebody says they are. A type that can be told by its bytes must be told by them; pictures, sound, films and texts must not be of another type that can;
 * of types that nobody can tell, and of `application/octet-stream`, nothing is known.
 */
export function mayBe(declared: string, sniffed: SniffedType | undefined): boolean {
  const type = Object.hasOwn(ALIASES, declared) ? (ALIASES[declared] as string) : declared
  if (KNOWN.has(type)) return sniffed === type
  if (sniffed === undefined) return true
  if (/^(?:audio|video)\//.test(type)) return sniffed === 'video/mp4'
  if (/^(?:image|font)\//.test(type)) return false
  const isMarkup = sniffed === 'text/html' || sniffed === 'text/xml' || sniffed === 'image/svg+xml'
  if (type.startsWith('text/') || type.endsWith('/json') || type.endsWith('+json')) return isMarkup && type.startsWith('text/')
  return true
}
