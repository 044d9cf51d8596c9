import { createServer, type Socket } from 'node:net'
import { ORIGIN_BODY, ORIGIN_HEADERS } from './scenario.ts'

const END = Buffer.from('\r\n\r\n')
const KEYS = Buffer.from('GET /.well-known/jwks.json')

function response(headers: Readonly<Record<string, string>>, body: string): Buffer {
  const fields = Object.entries({ ...headers, 'Content-Length': String(Buffer.byteLength(body)) }).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`HTTP/1.1 200 OK\r\n${fields.join('')}\r\n${body}`)
}

/**
 * The leanest origin that Node can be: requests in, one constant answer out, connections kept open.
 * The less it costs, the more surely the gateway is what is measured.
 * @returns the port.
 */
export function startOrigin(keySet: string): Promise<number> {
  const answer = response(ORIGIN_HEADERS, ORIGIN_BODY)
  const keys = response({ 'Content-Type': 'application/json' }, keySet)
  const server = createServer({ noDelay: true }, (socket) => serveConnection(socket, answer, keys))
  return new Promise((listening, failed) => {
    server.once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address !== null && typeof address === 'object') listening(address.port)
    })
  })
}

function serveConnection(socket: Socket, answer: Buffer, keys: Buffer): void {
  let pending: Buffer = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: Buffer) => {
    let rest = pending.length === 0 ? chunk : Buffer.concat([pending, chunk])
    for (let end = rest.indexOf(END); end >= 0; end = rest.indexOf(END)) {
      const next = end + END.length + bodyBytes(rest.subarray(0, end))
      if (rest.length < next) break
      socket.write(rest.subarray(0, KEYS.length).equals(KEYS) ? keys : answer)
      rest = rest.subarray(next)
    }
    pending = rest
  })
}

/** Bodies have a declared length here; they are waited for, and not looked at. */
function bodyBytes(head: Buffer): number {
  const at = head.indexOf('Content-Length: ')
  return at < 0 ? 0 : Number.parseInt(head.toString('latin1', at + 16, at + 26), 10)
}
