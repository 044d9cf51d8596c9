import { isHostname, isIpv4, isIpv6 } from './format-host.ts'

/** RFC 5321 §4.5.3.1.1, in octets. */
const MAX_LOCAL = 64
const ATOM = "-A-Za-z0-9!#$%&'*+/=?^_`{|}~"
const WIDE = String.raw`\u{80}-\u{10FFFF}`
const UTF8 = new TextEncoder()

interface Local {
  readonly dotted: RegExp
  readonly quoted: RegExp
}

function local(wide: string): Local {
  const atom = `[${ATOM}${wide}]+`
  return {
    dotted: new RegExp(String.raw`^${atom}(?:\.${atom})*$`, 'u'),
    quoted: new RegExp(String.raw`^"(?:[ !#-\[\]-~${wide}]|\\[ -~])*"$`, 'u'),
  }
}

const ASCII = local('')
const UNICODE = local(WIDE)

/** RFC 5321 §4.1.2 `Mailbox`, in the two forms that its local part may have. */
export function isEmail(text: string): boolean {
  return isMailbox(text, ASCII, isHostname)
}

/** RFC 6531 §3.3: any script in both parts. Of the domain only its form is looked at. */
export function isIdnEmail(text: string): boolean {
  return isMailbox(text, UNICODE, isWideHost)
}

function isMailbox(text: string, { dotted, quoted }: Local, isHost: (host: string) => boolean): boolean {
  const at = text.lastIndexOf('@')
  if (at <= 0 || at > MAX_LOCAL) return false
  const name = text.slice(0, at)
  if (octets(name) > MAX_LOCAL || !(name.startsWith('"') ? quoted : dotted).test(name)) return false
  const host = text.slice(at + 1)
  return host.startsWith('[') && host.endsWith(']') ? isAddress(host.slice(1, -1)) : isHost(host)
}

/** In UTF-8; the encoder is for the few that need it. */
function octets(text: string): number {
  return /^[ -~]*$/.test(text) ? text.length : UTF8.encode(text).length
}

function isAddress(text: string): boolean {
  return /^ipv6:/i.test(text) ? isIpv6(text.slice(5)) : isIpv4(text)
}

function isWideHost(text: string): boolean {
  return (
    text.length <= 253 &&
    text.split('.').every((label) => /^[A-Za-z0-9\u{80}-\u{10FFFF}-]{1,63}$/u.test(label) && !label.startsWith('-') && !label.endsWith('-'))
  )
}
