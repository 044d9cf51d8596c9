/** What is shown of a value is no longer. */
const MAX_LENGTH = 80

/** So many members of a list or an object are shown, and so deep. */
const MAX_MEMBERS = 6
const MAX_DEPTH = 2

/** Members whose values are secrets by their name; the short ones are those of private keys (RFC 7518 §6). */
const SECRET_MEMBER = /secret|passw|passphrase|private|credential|api.?key|token$|^(?:k|d|p|q|dp|dq|qi|oth)$/i

/** A PEM, a signed or encrypted token, a JWK: key material wherever it stands. */
const KEY_MATERIAL = /-----BEGIN|^\s*eyJ[\w-]*\.|"(?:kty|k|d)"\s*:/

const USER_INFORMATION = /(^|[/\\\s])[^/\\\s?#]*@/g
const SECRET_PARAMETER = /([?&][^=&]*(?:key|token|secret|sig|pass)[^=&]*=)[^&#]*/gi

/** Writes a value of a configuration for whoever wrote it: short, as JSON where it can be, and without what is a secret by its name or its looks. */
export function shown(value: unknown): string {
  return written(value, MAX_DEPTH)
}

/** Says what kind of value stands where a secret may have been pasted, and nothing of the value: `a text`, `an object of url, secret`. */
export function kindOf(value: unknown): string {
  if (typeof value === 'string') return 'a text'
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  if (typeof value !== 'object') return `a ${typeof value}`
  const names = Object.keys(value).filter((name) => /^[A-Za-z]{1,20}$/.test(name))
  return names.length === 0 ? 'an object' : `an object of ${names.slice(0, MAX_MEMBERS).join(', ')}`
}

/** Whether what stands under this name is a secret, whatever it looks like. */
export function isSecretMember(name: string): boolean {
  return SECRET_MEMBER.test(name)
}

function written(value: unknown, depth: number): string {
  switch (typeof value) {
    case 'string':
      return writtenText(value)
    case 'object':
      return value === null ? 'null' : shortened(writtenObject(value, depth))
    case 'undefined':
      return 'nothing'
    case 'function':
      return 'a function'
    case 'symbol':
      return 'a symbol'
    default:
      return String(value)
  }
}

function writtenText(text: string): string {
  if (KEY_MATERIAL.test(text)) return 'a text that looks like a key or a token'
  const safe = text
    .slice(0, 4 * MAX_LENGTH)
    .replaceAll(USER_INFORMATION, '$1…@')
    .replaceAll(SECRET_PARAMETER, '$1…')
  const json = JSON.stringify(safe)
  return json.length <= MAX_LENGTH ? json : `${json.slice(0, MAX_LENGTH - 2)}…"`
}

function writtenObject(value: object, depth: number): string {
  if (Array.isArray(value)) return writtenList(value, depth)
  if ('check' in value && typeof value.check === 'function' && 'label' in value) return `the control ${String(value.label)}`
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) return `an object of the class ${value.constructor?.name || 'without a name'}`
  const entries = Object.entries(value)
  if (depth === 0 && entries.length > 0) return '{…}'
  const members = entries.slice(0, MAX_MEMBERS).map(([name, member]) => `${JSON.stringify(name)}:${isSecretMember(name) ? '…' : written(member, depth - 1)}`)
  return `{${members.join(',')}${entries.length > MAX_MEMBERS ? ',…' : ''}}`
}

function writtenList(list: readonly unknown[], depth: number): string {
  if (depth === 0 && list.length > 0) return '[…]'
  return `[${list
    .slice(0, MAX_MEMBERS)
    .map((entry) => written(entry, depth - 1))
    .join(',')}${list.length > MAX_MEMBERS ? ',…' : ''}]`
}

function shortened(text: string): string {
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH - 1)}…`
}
