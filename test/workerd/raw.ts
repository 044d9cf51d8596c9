import { connect } from 'node:net'

/** An answer as it stood on the wire. */
export interface RawResponse {
  readonly status: number
  /** Names in lower case; of a repeated field the values, joined by `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** The fields in their order and spelling. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** Without chunk framing. */
  readonly body: string
  /** Everything that came, one character a byte. */
  readonly raw: string
}

/**
 * Sends bytes exactly as given over one new connection: what no HTTP client would let a test say.
 * Ends with the response, or when the server closes. A string is sent as one byte a character (Latin-1).
 * @throws when nothing that looks like a response came within `timeoutMs` (default 10,000).
 */
export function rawRequest(port: number, bytes: string | Uint8Array, timeoutMs = 10_000): Promise<RawResponse> {
  return new Promise((answered, failed) => {
    const socket = connect(port, '127.0.0.1')
    let raw = ''
    const finish = (end: boolean) => {
      const response = parse(raw, end)
      if (response === undefined && !end) return
      clearTimeout(patience)
      socket.destroy()
      if (response === undefined) failed(new Error(`no response came, but ${JSON.stringify(raw)}`))
      else answered(response)
    }
    const patience = setTimeout(() => finish(true), timeoutMs)
    socket.setEncoding('latin1')
    socket.on('connect', () => socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes))
    socket.on('data', (chunk: string) => {
      raw += chunk
      finish(false)
    })
    socket.on('error', () => finish(true))
    socket.on('close', () => finish(true))
  })
}

/** A plain request for {@link rawRequest}: the target as it is to stand on the wire, over https, by 192.0.2.1, unless the headers say otherwise. */
export function rawText(method: string, target: string, headers: Readonly<Record<string, string>> = {}, body = ''): string {
  const lower = new Set(Object.keys(headers).map((name) => name.toLowerCase()))
  const all: [string, string][] = Object.entries(headers)
  for (const [name, value] of [
    ['Host', 'api.example.com'],
    ['CF-Connecting-IP', '192.0.2.1'],
    ['portcullis-proto', 'https'],
  ] as const) {
    if (!lower.has(name.toLowerCase())) all.unshift([name, value])
  }
  if (body !== '' && !lower.has('content-length') && !lower.has('transfer-encoding')) all.push(['Content-Length', String(Buffer.byteLength(body, 'latin1'))])
  return `${method} ${target} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`
}

/** @returns the response when all of it is there, or when `ended` says that no more will come. */
function parse(raw: string, ended: boolean): RawResponse | undefined {
  const head = raw.indexOf('\r\n\r\n')
  if (head < 0) return undefined
  const [statusLine = '', ...lines] = raw.slice(0, head).split('\r\n')
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1])
  if (Number.isNaN(status)) return undefined
  const fields = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()] as const)
  const headers: Record<string, string> = {}
  for (const [name, value] of fields) {
    const key = name.toLowerCase()
    headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`
  }
  const rest = raw.slice(head + 4)
  const body = content(rest, status, headers)
  if (body === undefined && !ended) return undefined
  return { status, headers, fields, body: body ?? rest, raw }
}

/** @returns the body once it is complete. */
function content(rest: string, status: number, headers: Readonly<Record<string, string>>): string | undefined {
  if (status === 101 || status === 204 || status === 304) return ''
  if (headers['transfer-encoding']?.toLowerCase() === 'chunked') return unchunked(rest)
  const length = headers['content-length']
  if (length === undefined) return undefined
  return rest.length >= Number(length) ? rest.slice(0, Number(length)) : undefined
}

function unchunked(rest: string): string | undefined {
  let body = ''
  for (let at = 0; ; ) {
    const line = rest.indexOf('\r\n', at)
    if (line < 0) return undefined
    const size = Number.parseInt(rest.slice(at, line), 16)
    if (Number.isNaN(size) || rest.length < line + 2 + size + 2) return undefined
    if (size === 0) return body
    body += rest.slice(line + 2, line + 2 + size)
    at = line + 2 + size + 2
  }
}
